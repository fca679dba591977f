// Access tokens of OAuth: for ten minutes, in place of a program's token, and held to a part of its
// permissions where that was asked for. Signed like sessions, opaque to whoever has one, and good
// only for as long as the token it was given for stands.
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import type { Permission } from '../../rights/permissions.ts'

export const accessTokenLifeMs = 600_000
const prefix = 'rsa_'
const charsMax = 2048

/** `hash` is that of the program's token. */
export type AccessClaims = { readonly hash: string; readonly scope?: readonly Permission[]; readonly expiresAt: number }

export type AccessTokens = {
  issue(claims: Omit<AccessClaims, 'expiresAt'>): string
  /** Undefined when it is forged or expired. */
  open(text: string): AccessClaims | undefined
}

export function createAccessTokens(secret: Uint8Array, clock: Clock): AccessTokens {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'roadstream access token', 32))
  const sign = (text: string): Buffer => createHmac('sha256', key).update(text).digest()
  return {
    issue(given) {
      const claims: AccessClaims = { ...given, expiresAt: clock.now() + accessTokenLifeMs }
      const text = Buffer.from(JSON.stringify(claims)).toString('base64url')
      return `${prefix}${text}.${sign(text).toString('base64url')}`
    },
    open(text) {
      if (!text.startsWith(prefix) || text.length > charsMax) return undefined
      const [body = '', mac = '', ...rest] = text.slice(prefix.length).split('.')
      const [given, wanted] = [Buffer.from(mac, 'base64url'), sign(body)]
      if (rest.length > 0 || given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined
      // Only `issue` makes what verifies, so what is inside has the form it gave it.
      const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as AccessClaims
      return claims.expiresAt > clock.now() ? claims : undefined
    },
  }
}
