// Sessions of people: the cookie holds an id with an HMAC-SHA256, and a row of the store says whose
// it is. A forged cookie costs no look at the store. A session ends by expiry, when its row goes,
// and when its person goes, is kept out or has another password; both are looked up again every
// few seconds.
import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import type { SignInRow, SignInStore } from '../../storage/sign-in-store.ts'
import type { User, UserStore } from '../../storage/user-store.ts'
import type { PersonCaller } from '../server-types.ts'
import { createSignedClaims } from '../signed-text.ts'

export type Session = Pick<User, 'name' | 'grants' | 'tenant'> & {
  readonly id: string
  /** The id of the person. */
  readonly person: string
  readonly expiresAt: number
  /** When the person last proved who he is. */
  readonly provenAt: number
}

export const sessionLimits = {
  lifeMs: 12 * 3_600_000,
  /** How long a row and its person are believed. */
  cacheMs: 2000,
  cachedMax: 10_000,
  tokenCharsMax: 1024,
  /** The use of a session is noted once in as long. */
  markMs: 60_000,
} as const

/** From where somebody signs in. */
export type SignInPlace = Pick<SignInRow, 'address' | 'browser'>

export type SignIns = {
  issue(user: User, place: SignInPlace): Promise<{ readonly token: string; readonly session: Session }>
  /** The session of a cookie, or undefined when it is forged, expired, ended, or its person is no
   *  more what he was. Rejects with the Outage of a store. */
  find(token: string): Promise<Session | undefined>
  /** Notes that the person of a session has proved anew who he is. */
  prove(session: Session): Promise<void>
  /** True where the person had such a session. Other processes know within `cacheMs`. */
  end(person: string, id: string): Promise<boolean>
  endAll(person: string, but?: string): Promise<void>
}

/** The person of a session, as who calls. */
export const callerOfSession = (session: Session): PersonCaller => {
  const { id, person, name, tenant, grants } = session
  return { kind: 'person', id: person, name, tenant, grants, session, accessId: id }
}

type Claims = { readonly id: string; readonly print: string; readonly expiresAt: number }
type Known = { readonly row: SignInRow; readonly user: User; readonly at: number }

export type SignInStores = { readonly users: UserStore; readonly signIns: SignInStore }

export function createSignIns(secret: Uint8Array, { users, signIns }: SignInStores, clock: Clock): SignIns {
  const signed = createSignedClaims<Claims>(secret, 'session', sessionLimits.tokenCharsMax)
  const cached = new Map<string, Known>()

  const known = async (id: string): Promise<Known | undefined> => {
    const found = cached.get(id)
    if (found !== undefined && Math.abs(clock.now() - found.at) < sessionLimits.cacheMs) return found
    cached.delete(id)
    const row = await signIns.get(id)
    const user = row && (await users.findById(row.person))
    if (user === undefined || user.disabledAt !== undefined) return undefined
    const at = clock.now()
    if (at - row!.usedAt >= sessionLimits.markMs) await signIns.mark(id, { usedAt: at })
    if (cached.size >= sessionLimits.cachedMax) cached.clear()
    const fresh = { row: row!, user, at }
    cached.set(id, fresh)
    return fresh
  }
  const forget = (person: string): void => {
    for (const [id, { row }] of cached) if (row.person === person) cached.delete(id)
  }

  return {
    async issue(user, place) {
      const now = clock.now()
      const row: SignInRow = {
        id: randomBytes(16).toString('base64url'),
        person: user.id,
        since: now,
        usedAt: now,
        provenAt: now,
        expiresAt: now + sessionLimits.lifeMs,
        ...place,
      }
      await signIns.add(row)
      const token = signed.seal({ id: row.id, print: fingerprint(user), expiresAt: row.expiresAt })
      return { token, session: sessionOf(row, user) }
    },
    async find(token) {
      const claims = signed.open(token)
      if (claims === undefined || claims.expiresAt <= clock.now()) return undefined
      const found = await known(claims.id)
      return found === undefined || fingerprint(found.user) !== claims.print
        ? undefined
        : sessionOf(found.row, found.user)
    },
    async prove({ id }) {
      await signIns.mark(id, { provenAt: clock.now() })
      cached.delete(id)
    },
    async end(person, id) {
      const ended = await signIns.end(person, id)
      forget(person)
      return ended
    },
    async endAll(person, but) {
      await signIns.endAll(person, but)
      forget(person)
    },
  }
}

const sessionOf = ({ id, expiresAt, provenAt }: SignInRow, user: User): Session => {
  const { id: person, name, grants, tenant } = user
  return { id, person, name, grants, tenant, expiresAt, provenAt }
}

/** Changes with the password, so that a new one ends every session of the old. */
const fingerprint = (user: User): string =>
  createHash('sha256').update(`${user.id} ${user.passwordHash}`).digest('base64url').slice(0, 16)
