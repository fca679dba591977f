// Access tokens of OAuth: for ten minutes, in place of a program's token, and held to a part of its
// permissions where that was asked for. Signed like sessions, opaque to whoever has one, and good
// only for as long as the token it was given for stands.
import type { Clock } from '../../base/clock.ts'
import type { Permission } from '../../rights/permissions.ts'
import { createSignedClaims } from '../signed-text.ts'

export const accessTokenLifeMs = 600_000
const prefix = 'rsa_'
/** Without the prefix. */
const charsMax = 2048 - prefix.length

/** `hash` is that of the program's token. */
export type AccessClaims = { readonly hash: string; readonly scope?: readonly Permission[]; readonly expiresAt: number }

export type AccessTokens = {
  issue(claims: Omit<AccessClaims, 'expiresAt'>): string
  /** Undefined when it is forged or expired. */
  open(text: string): AccessClaims | undefined
}

export function createAccessTokens(secret: Uint8Array, clock: Clock): AccessTokens {
  const signed = createSignedClaims<AccessClaims>(secret, 'access token', charsMax)
  return {
    issue: (given) => prefix + signed.seal({ ...given, expiresAt: clock.now() + accessTokenLifeMs }),
    open(text) {
      const claims = text.startsWith(prefix) ? signed.open(text.slice(prefix.length)) : undefined
      return claims !== undefined && claims.expiresAt > clock.now() ? claims : undefined
    },
  }
}
