// Sign in, and back to where one was.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { useLocation, useSearch } from 'wouter'
import type { SessionInfo, SetupState } from '../../../src/api/contract.ts'
import { getJson, isSignedOut, sendJson } from '../api/client.ts'
import { Mark } from '../shell/icons.tsx'
import { usePageTitle } from '../shell/page-header.tsx'
import { elsewhereFault, SignInElsewhere } from './elsewhere.tsx'
import { backPath, sessionQuery } from './session.tsx'
import { TextField } from './text-field.tsx'

export function LoginPage() {
  usePageTitle('Sign in')
  const [, navigate] = useLocation()
  const search = useSearch()
  const queryClient = useQueryClient()
  const [error, setError] = useState<string | undefined>(() => elsewhereFault(search))
  const [busy, setBusy] = useState(false)
  const setup = useQuery({
    queryKey: ['/setup'],
    queryFn: ({ signal }) => getJson<SetupState>('/setup', {}, signal),
    staleTime: 0,
  })

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    setBusy(true)
    setError(undefined)
    try {
      const session = await sendJson<SessionInfo>('POST', '/session', {
        name: form.get('name'),
        password: form.get('password'),
      })
      queryClient.setQueryData(sessionQuery.queryKey, session)
      navigate(backPath(search), { replace: true })
    } catch (failure) {
      setError(
        isSignedOut(failure)
          ? 'Name or password is wrong.'
          : failure instanceof Error
            ? failure.message
            : String(failure),
      )
      setBusy(false)
    }
  }

  return (
    <main className="alone">
      <form className="card narrow" onSubmit={(event) => void submit(event)}>
        <p className="brand">
          <Mark /> Roadstream
        </p>
        <h1>Sign in</h1>
        {search.includes('back=') ? <p className="help">Sign in to go on where you were.</p> : null}
        {setup.data?.needed === true ? (
          <p className="notice" role="status">
            There is no administrator yet. Open the one-time link that Roadstream printed in its terminal when it
            started.
          </p>
        ) : null}
        <TextField
          label="Name"
          name="name"
          autoComplete="username"
          required
          autoFocus
          autoCapitalize="none"
          spellCheck={false}
        />
        <TextField label="Password" name="password" type="password" autoComplete="current-password" required />
        {error === undefined ? null : (
          <p className="error" role="alert">
            {error}
          </p>
        )}
        <button type="submit" className="button primary" disabled={busy}>
          {busy ? 'Signing in …' : 'Sign in'}
        </button>
        <SignInElsewhere search={search} />
        <p className="help">
          Forgot the password? Whoever runs Roadstream gives you another one with <code>roadstream user reset</code>.
        </p>
      </form>
    </main>
  )
}
