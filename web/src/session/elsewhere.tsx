// Signing in at an identity provider: the way there, and what went wrong on the way back.
import { useQuery } from '@tanstack/react-query'
import type { ElsewhereFault, IdentityProviderState } from '../../../src/api/contract.ts'
import { getJson } from '../api/client.ts'
import { backPath } from './session.tsx'

const faultWords: Readonly<Record<ElsewhereFault, string>> = {
  none: 'There is no other account to sign in with here. Use a name and a password.',
  unavailable: 'The other account cannot be asked right now. Try again in a moment, or tell whoever runs Roadstream.',
  refused: 'The sign-in was broken off, or was not let through there. Try again.',
  expired: 'The sign-in took too long, or began in another browser. Try again.',
  'no-role': 'You are known there, and have no role here. Ask an administrator to put you in a group that has one.',
}

/** The fault that the address tells, in words; undefined where it tells none. */
export function elsewhereFault(search: string): string | undefined {
  const fault = new URLSearchParams(search).get('elsewhere') ?? ''
  return Object.hasOwn(faultWords, fault) ? faultWords[fault as ElsewhereFault] : undefined
}

/** A link that leaves the dashboard, so that the browser goes where it is sent. */
export function SignInElsewhere({ search }: { readonly search: string }) {
  const { data } = useQuery({
    queryKey: ['/session/identity-provider'],
    queryFn: ({ signal }) => getJson<IdentityProviderState>('/session/identity-provider', {}, signal),
    staleTime: 60_000,
  })
  if (data === undefined || data.name === null) return null
  return (
    <a className="button" href={`/api/v1/session/identity-provider/start?back=${encodeURIComponent(backPath(search))}`}>
      Sign in with your {data.name}
    </a>
  )
}
