// Links that make an account, or give one another password: a secret that is told once, kept as a
// hash, works once and for a time. Nobody but who opens the link learns the password.
import { randomBytes } from 'node:crypto'
import type { Clock } from '../../base/clock.ts'
import { Outage } from '../../base/errors.ts'
import type { Asker } from '../../base/fair-turns.ts'
import type { AccountLink, AccountLinkStore } from '../../storage/account-link-store.ts'
import type { User, UserStore } from '../../storage/user-store.ts'
import { problem } from '../problem.ts'
import { hashOfSecret } from '../signed-text.ts'
import { passwordFault } from '../session/password-rules.ts'
import type { Passwords } from '../session/password.ts'
import { personNameFault } from '../session/person-name.ts'

export const linkLimits = { lifeMs: 7 * 86_400_000, lifeMaxMs: 14 * 86_400_000, resetLifeMs: 86_400_000 } as const

export type LinkWish = Omit<AccountLink, 'id' | 'hash' | 'madeAt' | 'expiresAt'> & { readonly expiresAt?: number }
export type LinkUse = { readonly token: string; readonly password: string; readonly name?: string }

export type AccountLinks = {
  /** Throws `invalid-request` for an expiry that is past or too far. */
  make(wish: LinkWish): Promise<{ readonly id: string; readonly token: string; readonly expiresAt: number }>
  /** Rejects with `link-not-valid`. `user`: whose password it sets; undefined where it invites. */
  look(token: string): Promise<{ readonly link: AccountLink; readonly user: User | undefined }>
  /** The person, with the new password. Rejects with `link-not-valid`, `name-taken`, and
   *  `invalid-request` for a name or a password that nobody can have; the link stays valid then. */
  use(use: LinkUse, asker: Asker): Promise<User>
}

type Parts = {
  readonly links: AccountLinkStore
  readonly users: UserStore
  readonly passwords: Passwords
  readonly clock: Clock
}

export function createAccountLinks({ links, users, passwords, clock }: Parts): AccountLinks {
  const look: AccountLinks['look'] = async (token) => {
    const link = await links.find(hashOfSecret(token))
    if (link === undefined || link.expiresAt <= clock.now()) throw notValid()
    if (link.person === null) return { link, user: undefined }
    const user = await users.findById(link.person)
    if (user === undefined || user.disabledAt !== undefined) throw notValid()
    return { link, user }
  }
  /** Does it once, whoever else has the link. */
  const taking = async (link: AccountLink, work: () => Promise<void>): Promise<void> => {
    if (!(await links.take(link.tenant, link.id))) throw notValid()
    try {
      await work()
    } catch (error) {
      await links.add(link)
      throw error
    }
  }
  return {
    look,
    async make(wish) {
      const now = clock.now()
      const expiresAt = wish.expiresAt ?? now + (wish.person === null ? linkLimits.lifeMs : linkLimits.resetLifeMs)
      if (expiresAt <= now || expiresAt > now + linkLimits.lifeMaxMs)
        throw faultyField('expiresAt', 'Give an instant from now on, at most 14 days ahead.')
      const token = randomBytes(32).toString('base64url')
      const id = newId()
      await links.add({ ...wish, id, hash: hashOfSecret(token), madeAt: now, expiresAt })
      return { id, token, expiresAt }
    },
    async use({ token, password, name }, asker) {
      const { link, user } = await look(token)
      const called = user?.name ?? name
      if (called === undefined) throw faultyField('name', 'Give the name to sign in with.')
      if (user === undefined) {
        const fault = personNameFault(called)
        if (fault !== undefined) throw faultyField('name', fault)
        if ((await users.findByName(called)) !== undefined) throw nameTaken()
      }
      const fault = await passwordFault(password, called)
      if (fault !== undefined) throw faultyField('password', fault)
      const passwordHash = await passwords.hash(password, asker)
      const { tenant, grants } = link
      const made: User =
        user === undefined
          ? { id: newId(), name: called, passwordHash, identity: null, grants, tenant }
          : { ...user, passwordHash }
      await taking(link, () => (user === undefined ? adding(users, made) : users.setPassword(made.id, passwordHash)))
      return made
    },
  }
}

async function adding(users: UserStore, user: User): Promise<void> {
  try {
    await users.add(user)
  } catch (error) {
    if (error instanceof Outage && error.code === 'USER_EXISTS') throw nameTaken()
    throw error
  }
}

const newId = (): string => randomBytes(12).toString('base64url')

const notValid = (): Error =>
  problem(
    'link-not-valid',
    'The link is used, has expired or was withdrawn, or is not whole. Ask whoever gave it to you for another one.',
  )
const nameTaken = (): Error =>
  problem('name-taken', 'Somebody has that name already: choose another.', {
    errors: [{ field: 'name', message: 'Somebody has that name already: choose another.' }],
  })
export const faultyField = (field: string, message: string): Error =>
  problem('invalid-request', message, { errors: [{ field, message }] })
