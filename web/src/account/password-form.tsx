// Another password, by whoever knows the old one. Faults stand at their fields, and nothing that
// was typed stays once it is changed.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import type { PasswordRequest, SessionInfo } from '../../../src/api/contract.ts'
import { ApiError, sendJson } from '../api/client.ts'
import { sessionQuery } from '../session/session.tsx'
import { NewPassword, textIn } from '../session/new-password.tsx'
import { passwordCharsMin } from '../session/setup-form.ts'
import { TextField } from '../session/text-field.tsx'
import { signInsKey } from './sign-ins.tsx'

const fields = ['old', 'password', 'again'] as const
type Faults = { readonly [field in (typeof fields)[number]]?: string }

function checked({ old, password }: PasswordRequest, again: string): Faults {
  return {
    ...(old === '' ? { old: 'Give the password you have now.' } : {}),
    ...(password.length < passwordCharsMin
      ? { password: `Use at least ${passwordCharsMin} characters; this has ${password.length}.` }
      : {}),
    ...(password === again ? {} : { again: 'The two passwords differ.' }),
  }
}

export function PasswordForm({ name }: { readonly name: string }) {
  const queryClient = useQueryClient()
  const [faults, setFaults] = useState<Faults>({})
  const change = useMutation({
    mutationFn: (request: PasswordRequest) => sendJson<SessionInfo>('PUT', '/account/password', request),
    onSuccess: (session) => {
      queryClient.setQueryData(sessionQuery.queryKey, session)
      return queryClient.invalidateQueries({ queryKey: signInsKey })
    },
    onError: (error) =>
      setFaults(
        Object.fromEntries((error instanceof ApiError ? error.fields : []).map((each) => [each.field, each.message])),
      ),
  })
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault()
    const form = event.currentTarget
    const filled = new FormData(form)
    const request = { old: textIn(filled, 'old'), password: textIn(filled, 'password') }
    const wrong = checked(request, textIn(filled, 'again'))
    setFaults(wrong)
    change.reset()
    if (Object.keys(wrong).length === 0) change.mutate(request, { onSuccess: () => form.reset() })
  }
  return (
    <form className="account-password" onSubmit={submit} noValidate>
      <p className="help">All your other sessions end with it; you stay signed in here.</p>
      <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
      <TextField
        label="Old password"
        name="old"
        type="password"
        autoComplete="current-password"
        required
        error={faults.old}
      />
      <NewPassword label="New password" errors={faults} />
      {change.isError && !fields.some((field) => faults[field] !== undefined) ? (
        <p className="error" role="alert">
          {change.error.message}
        </p>
      ) : null}
      <p role="status">{change.isSuccess ? 'The password is changed. All your other sessions have ended.' : ''}</p>
      <button type="submit" className="button primary" disabled={change.isPending}>
        {change.isPending ? 'Changing …' : 'Change the password'}
      </button>
    </form>
  )
}
