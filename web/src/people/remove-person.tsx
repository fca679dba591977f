// The removal of a person, after a question that says what it does.
import { AlertDialog } from '@base-ui/react/alert-dialog'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { PersonInfo } from '../../../src/api/contract.ts'
import { sendJson } from '../api/client.ts'
import { peopleKey, personPath } from './people-paths.ts'

export function RemovePerson({ person: { id, name } }: { readonly person: PersonInfo }) {
  const queryClient = useQueryClient()
  const [isAsked, setIsAsked] = useState(false)
  const removal = useMutation({
    mutationFn: () => sendJson<undefined>('DELETE', personPath(id)),
    onSuccess: () => setIsAsked(false),
    onSettled: () => queryClient.invalidateQueries({ queryKey: peopleKey }),
  })
  const ask = (open: boolean): void => {
    removal.reset()
    setIsAsked(open)
  }
  return (
    <AlertDialog.Root open={isAsked} onOpenChange={ask}>
      <AlertDialog.Trigger className="button small danger" aria-label={`Remove ${name}`}>
        Remove …
      </AlertDialog.Trigger>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className="backdrop over" />
        <AlertDialog.Popup className="dialog question">
          <AlertDialog.Title>Remove {name}?</AlertDialog.Title>
          <AlertDialog.Description render={<div className="question-text" />}>
            <p>
              The account is gone with its roles and password, and signed out wherever it is signed in. It does not come
              back: {name} needs another invitation then.
            </p>
            <p>What {name} did stays in the audit. To keep somebody out for a while, use “Keep out”.</p>
          </AlertDialog.Description>
          {removal.isError ? (
            <p className="error" role="alert">
              {removal.error.message}
            </p>
          ) : null}
          <div className="dialog-actions">
            <AlertDialog.Close className="button">Cancel</AlertDialog.Close>
            <button
              type="button"
              className="button primary danger"
              disabled={removal.isPending}
              onClick={() => removal.mutate()}
            >
              {removal.isPending ? 'Removing …' : 'Remove'}
            </button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  )
}
