// The page of a link that invites somebody, or lets somebody choose another password. The token is
// in the part of the address that browsers send to no server.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type FormEvent } from 'react'
import { Link, useLocation } from 'wouter'
import type { AccountLinkInfo, SessionInfo } from '../../../src/api/contract.ts'
import { ApiError, sendJson } from '../api/client.ts'
import { Mark } from '../shell/icons.tsx'
import { usePageTitle } from '../shell/page-header.tsx'
import { Loading } from '../shell/page-states.tsx'
import { sessionQuery } from './session.tsx'
import { NewPassword, textIn } from './new-password.tsx'
import { checkSetup, refusedSetup, type SetupErrors } from './setup-form.ts'
import { TextField } from './text-field.tsx'

export function WelcomePage() {
  usePageTitle('Welcome')
  const [token] = useState(() => location.hash.slice(1))
  const link = useQuery({
    queryKey: ['/account-links', token],
    queryFn: () => sendJson<AccountLinkInfo>('POST', '/account-links/look', { token }),
    staleTime: Infinity,
    enabled: token !== '',
  })
  return (
    <main className="alone">
      <div className="card narrow">
        <p className="brand">
          <Mark /> Roadstream
        </p>
        {token === '' ? (
          <NoLink why="The address has no token. Open the whole link that you were given." />
        ) : link.error !== null ? (
          <NoLink why={link.error.message} retry={() => void link.refetch()} />
        ) : link.data === undefined ? (
          <Loading what="the link" />
        ) : (
          <WelcomeForm token={token} link={link.data} />
        )}
      </div>
    </main>
  )
}

function NoLink({ why, retry }: { readonly why: string; readonly retry?: () => void }) {
  return (
    <>
      <h1>This link does not work</h1>
      <p role="alert">{why}</p>
      {retry === undefined ? null : (
        <button type="button" className="button" onClick={retry}>
          Try again
        </button>
      )}
      <Link className="button" href="/login">
        Sign in
      </Link>
    </>
  )
}

function WelcomeForm({ token, link }: { readonly token: string; readonly link: AccountLinkInfo }) {
  const [, navigate] = useLocation()
  const queryClient = useQueryClient()
  const [errors, setErrors] = useState<SetupErrors>({})
  const [failure, setFailure] = useState<string>()
  const [busy, setBusy] = useState(false)
  const isNew = link.name === null

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const name = link.name ?? textIn(form, 'name').trim()
    const password = textIn(form, 'password')
    const wrong = checkSetup({ token, name, password, again: textIn(form, 'again') })
    setErrors(wrong)
    setFailure(undefined)
    if (Object.keys(wrong).length > 0) return
    setBusy(true)
    try {
      const session = await sendJson<SessionInfo>('POST', '/account-links/use', {
        token,
        password,
        ...(isNew && { name }),
      })
      queryClient.clear()
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
      <h1>{isNew ? 'Welcome' : 'Another password'}</h1>
      <p className="help">
        {isNew
          ? `${link.madeBy} invites you (${link.label}) to ${link.tenant}. Choose how you sign in from now on.`
          : `For the account ${link.name} of ${link.tenant}. Wherever it is signed in, it is signed out.`}
      </p>
      {isNew ? (
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
      ) : (
        <input type="text" name="username" autoComplete="username" value={link.name ?? ''} readOnly hidden />
      )}
      <NewPassword errors={errors} autoFocus={!isNew} />
      {failure === undefined ? null : (
        <p className="error" role="alert">
          {failure}
        </p>
      )}
      <button type="submit" className="button primary" disabled={busy}>
        {busy ? 'Saving …' : isNew ? 'Create the account' : 'Set the password'}
      </button>
    </form>
  )
}
