// The session: who is signed in, and what happens when nobody is. A lost session leads to sign-in
// and back to where one was.
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useMemo, type ReactNode } from 'react'
import { Redirect, useLocation } from 'wouter'
import type { SessionInfo } from '../../../src/api/contract.ts'
import { getJson, isSignedOut, onSignedOut, sendJson } from '../api/client.ts'
import { ApiDown } from './api-down.tsx'

export type SessionActions = { readonly session: SessionInfo; signOut(): Promise<void> }

const SessionContext = createContext<SessionActions | null>(null)

/** The session, or null when nobody is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ['/session'],
  queryFn: ({ signal }) =>
    getJson<SessionInfo>('/session', {}, signal).catch((error: unknown) => {
      if (isSignedOut(error)) return null
      throw error
    }),
  staleTime: 60_000,
})

export function useSession(): SessionActions {
  const session = useContext(SessionContext)
  if (session === null) throw new Error('useSession is for components inside SessionGate')
  return session
}

/** Where sign-in leads back to: a path of ours and nothing else. */
export function backPath(search: string): string {
  const back = new URLSearchParams(search).get('back') ?? '/'
  return back.startsWith('/') && !back.startsWith('//') && !back.startsWith('/\\') && !back.startsWith('/login')
    ? back
    : '/'
}

export function SessionGate({ children }: { readonly children: ReactNode }) {
  const queryClient = useQueryClient()
  const [, navigate] = useLocation()
  const { data: session, error, isPending, refetch } = useQuery(sessionQuery)

  useEffect(
    () =>
      onSignedOut(() => {
        if (queryClient.getQueryData(sessionQuery.queryKey) !== null)
          queryClient.setQueryData(sessionQuery.queryKey, null)
      }),
    [queryClient],
  )

  const actions = useMemo<SessionActions | null>(
    () =>
      session === null || session === undefined
        ? null
        : {
            session,
            async signOut() {
              await sendJson('DELETE', '/session').catch(() => undefined)
              navigate('/login', { replace: true })
              queryClient.clear()
            },
          },
    [session, queryClient, navigate],
  )

  if (session === undefined && error !== null) return <ApiDown error={error} retry={() => void refetch()} />
  if (isPending) return <div className="boot" role="status" aria-label="Loading Roadstream" />
  if (actions === null) {
    const here = location.pathname + location.search
    return <Redirect to={here === '/' ? '/login' : `/login?back=${encodeURIComponent(here)}`} replace />
  }
  return <SessionContext value={actions}>{children}</SessionContext>
}
