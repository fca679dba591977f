// Signed sessions: the cookie holds who and until when, with an HMAC-SHA256; nothing is stored for
// a session that lives. It ends by expiry, by logout (revocations.ts), and when its user goes or
// changes the password, which is looked up again every few seconds.
import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import type { User, UserStore } from '../../storage/user-store.ts'
import type { PersonCaller } from '../server-types.ts'
import type { Revocations } from './revocations.ts'

export type Session = Pick<User, 'name' | 'grants' | 'tenant'> & {
  readonly id: string
  /** The id of the person. */
  readonly person: string
  readonly expiresAt: number
}

export const sessionLimits = {
  lifeMs: 12 * 3_600_000,
  userCacheMs: 2000,
  usersCachedMax: 1000,
  tokenCharsMax: 1024,
} as const

export type SignIns = {
  issue(user: User): { readonly token: string; readonly session: Session }
  /** The session of a cookie, or undefined when it is forged, expired, ended, or its user is no
   *  more what it was. Rejects with the user store's Outage. */
  find(token: string): Promise<Session | undefined>
  /** Whether a session found earlier still stands. */
  stands(session: Session): boolean
  end(session: Session): Promise<void>
}

/** The person of a session, as who calls. */
export const callerOfSession = (session: Session): PersonCaller => {
  const { id, person, name, tenant, grants } = session
  return { kind: 'person', id: person, name, tenant, grants, session, accessId: id }
}

type Claims = { readonly id: string; readonly name: string; readonly print: string; readonly expiresAt: number }

export function createSignIns(secret: Uint8Array, users: UserStore, revocations: Revocations, clock: Clock): SignIns {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'roadstream session', 32))
  const sign = (text: string): Buffer => createHmac('sha256', key).update(text).digest()
  const cached = new Map<string, { readonly user: User | undefined; readonly at: number }>()

  const userOf = async (name: string): Promise<User | undefined> => {
    const known = cached.get(name)
    if (known !== undefined && Math.abs(clock.now() - known.at) < sessionLimits.userCacheMs) return known.user
    const user = await users.findByName(name)
    if (cached.size >= sessionLimits.usersCachedMax) cached.clear()
    cached.set(name, { user, at: clock.now() })
    return user
  }
  const stands = (session: Pick<Session, 'id' | 'expiresAt'>): boolean =>
    session.expiresAt > clock.now() && !revocations.has(session.id)

  return {
    stands,
    issue(user) {
      const { name, grants, tenant } = user
      const session = {
        id: randomBytes(16).toString('base64url'),
        person: user.id,
        name,
        grants,
        tenant,
        expiresAt: clock.now() + sessionLimits.lifeMs,
      }
      const claims: Claims = { id: session.id, name, print: fingerprint(user), expiresAt: session.expiresAt }
      const text = Buffer.from(JSON.stringify(claims)).toString('base64url')
      cached.delete(name)
      return { token: `${text}.${sign(text).toString('base64url')}`, session }
    },
    async find(token) {
      const claims = token.length <= sessionLimits.tokenCharsMax ? verified(token, sign) : undefined
      if (claims === undefined || !stands(claims)) return undefined
      const user = await userOf(claims.name)
      if (user === undefined || fingerprint(user) !== claims.print) return undefined
      const { id: person, name, grants, tenant } = user
      return { id: claims.id, person, name, grants, tenant, expiresAt: claims.expiresAt }
    },
    end: (session) => revocations.add(session.id, session.expiresAt),
  }
}

/** Changes with the password, so that a new one ends every session of the old. */
const fingerprint = (user: User): string =>
  createHash('sha256').update(`${user.id} ${user.passwordHash}`).digest('base64url').slice(0, 16)

function verified(token: string, sign: (text: string) => Buffer): Claims | undefined {
  const [text = '', mac = '', ...rest] = token.split('.')
  const given = Buffer.from(mac, 'base64url')
  const wanted = sign(text)
  if (rest.length > 0 || given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined
  // Only `issue` makes what verifies, so what is inside has the form it gave it.
  return JSON.parse(Buffer.from(text, 'base64url').toString()) as Claims
}
