// Other roles for a person: taken away and added in a dialog, which says what saving them does.
import { Dialog } from '@base-ui/react/dialog'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import type { Grant, PersonInfo } from '../../../src/api/contract.ts'
import { sendJson } from '../api/client.ts'
import { GrantFields, grantIn } from './grant-fields.tsx'
import { grantText } from './grant-text.ts'
import { peopleKey, personPath } from './people-paths.ts'
import { DialogFrame } from '../shell/dialog-frame.tsx'

type Props = { readonly person: PersonInfo }

export function ChangeGrants({ person }: Props) {
  const [isOpen, setIsOpen] = useState(false)
  return (
    <Dialog.Root open={isOpen} onOpenChange={setIsOpen}>
      <Dialog.Trigger className="button small" aria-label={`Change the roles of ${person.name}`}>
        Roles …
      </Dialog.Trigger>
      <DialogFrame title={`Roles of ${person.name}`}>
        <GrantsForm person={person} done={() => setIsOpen(false)} />
      </DialogFrame>
    </Dialog.Root>
  )
}

const keyOf = (grant: Grant): string => JSON.stringify(grant)
const textOf = (grants: readonly Grant[]): string => grants.map(grantText).join('; ')

function GrantsForm({ person: { id, name, grants: before }, done }: Props & { readonly done: () => void }) {
  const queryClient = useQueryClient()
  const [grants, setGrants] = useState(before)
  const change = useMutation({
    mutationFn: () => sendJson<PersonInfo>('PUT', `${personPath(id)}/grants`, { grants }),
    onSuccess: done,
    onSettled: () => queryClient.invalidateQueries({ queryKey: peopleKey }),
  })
  const add = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const added = grantIn(new FormData(event.currentTarget))
    if (!grants.some((grant) => keyOf(grant) === keyOf(added))) setGrants([...grants, added])
  }
  const without = (some: readonly Grant[], others: readonly Grant[]): readonly Grant[] =>
    some.filter((grant) => !others.some((other) => keyOf(other) === keyOf(grant)))
  const [gained, lost] = [without(grants, before), without(before, grants)]
  const isSame = gained.length + lost.length === 0
  return (
    <>
      <ul className="links">
        {grants.map((grant) => (
          <li key={keyOf(grant)}>
            {grantText(grant)}
            <button
              type="button"
              className="button small"
              aria-label={`Take away ${grantText(grant)}`}
              onClick={() => setGrants(without(grants, [grant]))}
            >
              Take away
            </button>
          </li>
        ))}
      </ul>
      <form className="share-form" onSubmit={add}>
        <GrantFields />
        <button type="submit" className="button">
          Add
        </button>
      </form>
      <p role="status">
        {isSame
          ? 'Nothing is changed yet.'
          : grants.length === 0
            ? 'A person has a role at least. To take all of them away, remove the person or keep the person out.'
            : `Saved, this holds at once, also where ${name} is signed in.${gained.length === 0 ? '' : ` Gained: ${textOf(gained)}.`}${lost.length === 0 ? '' : ` Lost: ${textOf(lost)}.`}`}
      </p>
      {change.isError ? (
        <p className="error" role="alert">
          {change.error.message}
        </p>
      ) : null}
      <div className="dialog-actions">
        <Dialog.Close className="button">Cancel</Dialog.Close>
        <button
          type="button"
          className="button primary"
          disabled={isSame || grants.length === 0 || change.isPending}
          onClick={() => change.mutate()}
        >
          {change.isPending ? 'Saving …' : 'Save'}
        </button>
      </div>
    </>
  )
}
