// The first administrator, made with the one-time link. Afterwards the link is worth nothing.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { Link, useLocation, useSearch } from 'wouter'
import type { SessionInfo, SetupState } from '../../../src/api/contract.ts'
import { ApiError, getJson, sendJson } from '../api/client.ts'
import { Mark } from '../shell/icons.tsx'
import { usePageTitle } from '../shell/page-header.tsx'
import { sessionQuery } from './session.tsx'
import { NewPassword, textIn } from './new-password.tsx'
import { checkSetup, refusedSetup, type SetupErrors } from './setup-form.ts'
import { TextField } from './text-field.tsx'

export function SetupPage() {
  usePageTitle('First administrator')
  const token = new URLSearchParams(useSearch()).get('token') ?? ''
  const setup = useQuery({
    queryKey: ['/setup'],
    queryFn: ({ signal }) => getJson<SetupState>('/setup', {}, signal),
    staleTime: 0,
  })
  return (
    <main className="alone">
      <div className="card narrow">
        <p className="brand">
          <Mark /> Roadstream
        </p>
        {setup.data?.needed === false ? (
          <>
            <h1>This is set up already</h1>
            <p>An administrator exists, so the one-time link is used up.</p>
            <Link className="button primary" href="/login">
              Sign in
            </Link>
          </>
        ) : (
          <SetupFormFields token={token} />
        )}
      </div>
    </main>
  )
}

function SetupFormFields({ token }: { readonly token: string }) {
  const [, navigate] = useLocation()
  const queryClient = useQueryClient()
  const [errors, setErrors] = useState<SetupErrors>({})
  const [failure, setFailure] = useState<string>()
  const [busy, setBusy] = useState(false)

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const filled = {
      token,
      name: textIn(form, 'name').trim(),
      password: textIn(form, 'password'),
      again: textIn(form, 'again'),
    }
    const wrong = checkSetup(filled)
    setErrors(wrong)
    setFailure(wrong.token)
    if (Object.keys(wrong).length > 0) return
    setBusy(true)
    try {
      const session = await sendJson<SessionInfo>('POST', '/setup', {
        token,
        name: filled.name,
        password: filled.password,
      })
      queryClient.setQueryData(sessionQuery.queryKey, session)
      navigate('/', { replace: true })
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      const refused = refusedSetup(message, error instanceof ApiError ? error.fields : [])
      setErrors(refused.errors)
      setFailure(refused.failure)
      setBusy(false)
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <h1>First administrator</h1>
      <p className="help">This account may do everything.</p>
      <TextField
        label="Name"
        name="name"
        autoComplete="username"
        required
        autoFocus
        autoCapitalize="none"
        spellCheck={false}
        error={errors.name}
      />
      <NewPassword
        errors={errors}
        advice="easy to guess: no common password, no name of yours, no repeats. A few unrelated words are better than one hard one; a password manager is better still."
      />
      {failure === undefined ? null : (
        <p className="error" role="alert">
          {failure}
        </p>
      )}
      <button type="submit" className="button primary" disabled={busy}>
        {busy ? 'Saving …' : 'Create the account'}
      </button>
    </form>
  )
}
