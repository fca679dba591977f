// Where one is signed in: each can be ended, or all but this one.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { SignInInfo, SignInList } from '../../../src/api/contract.ts'
import { getJson, sendJson } from '../api/client.ts'
import { Age, Instant } from '../shell/instant.tsx'
import { Empty, Failed, Loading, Outdated } from '../shell/page-states.tsx'

export const signInsKey = ['/account/sign-ins'] as const

export function SignIns() {
  return (
    <section className="card" aria-labelledby="sign-ins">
      <h2 id="sign-ins">Where you are signed in</h2>
      <SignInRows />
    </section>
  )
}

/** `id`: of one; all others without it. */
function useEnd(id?: string) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: () =>
      sendJson<undefined>('DELETE', `/account/sign-ins${id === undefined ? '' : `/${encodeURIComponent(id)}`}`),
    onSettled: () => queryClient.invalidateQueries({ queryKey: signInsKey }),
  })
}

function SignInRows() {
  const end = useEnd()
  const { data, error, refetch } = useQuery({
    queryKey: signInsKey,
    queryFn: ({ signal }) => getJson<SignInList>('/account/sign-ins', {}, signal),
  })
  if (data === undefined)
    return error === null ? (
      <Loading what="sessions" />
    ) : (
      <Failed what="sessions" error={error} retry={() => void refetch()} />
    )
  if (data.rows.length === 0) return <Empty title="You are signed in nowhere" />
  return (
    <>
      <Outdated error={error} />
      <ul className="links" data-testid="sign-ins">
        {data.rows.map((signIn) => (
          <SignInRow key={signIn.id} signIn={signIn} />
        ))}
      </ul>
      {end.isError ? (
        <p className="error" role="alert">
          {end.error.message}
        </p>
      ) : null}
      {data.rows.some(({ isThis }) => !isThis) ? (
        <button type="button" className="button danger" disabled={end.isPending} onClick={() => end.mutate()}>
          {end.isPending ? 'Ending …' : 'End all others'}
        </button>
      ) : (
        <p className="help">You are signed in nowhere else.</p>
      )}
    </>
  )
}

function SignInRow({ signIn: { id, isThis, browser, address, since, usedAt } }: { readonly signIn: SignInInfo }) {
  const end = useEnd(id)
  const name = browser === '' ? 'A browser that does not say which' : browser
  return (
    <li>
      <div>
        <p>
          {name}
          {isThis ? <strong> (this one)</strong> : null}
        </p>
        <p className="help">
          From <span className="mono">{address}</span>, since <Instant at={since} />; last used <Age at={usedAt} />
        </p>
        {end.isError ? (
          <p className="error" role="alert">
            {end.error.message}
          </p>
        ) : null}
      </div>
      {isThis ? null : (
        <button
          type="button"
          className="button small danger"
          disabled={end.isPending}
          aria-label={`End ${name} from ${address}`}
          onClick={() => end.mutate()}
        >
          {end.isPending ? 'Ending …' : 'End'}
        </button>
      )}
    </li>
  )
}
