// The making of the first administrator: possible once, with the token printed at first start,
// while there is no user. The first administrator has a fixed id, which the user store keeps
// unique, so that two at once, in one process or two, still make one.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { Outage } from '../../base/errors.ts'
import type { Asker } from '../../base/fair-turns.ts'
import { wholeGrant } from '../../rights/grant.ts'
import type { User, UserStore } from '../../storage/user-store.ts'
import { problem } from '../problem.ts'
import type { Passwords } from './password.ts'
import { passwordFault } from './password-rules.ts'

/** A new one-time token for the link that is printed at first start: 32 random bytes in
 *  base64url. */
export const newSetupToken = (): string => randomBytes(32).toString('base64url')

const firstAdministratorId = 'first-administrator'

export type Setup = {
  needed(): Promise<boolean>
  /** Throws the problems `already-set-up`, `wrong-setup-token` and, for a password that is easy to
   *  guess, `invalid-request`. */
  complete(token: string, name: string, password: string, asker: Asker): Promise<User>
}

export function createSetup(
  users: UserStore,
  passwords: Passwords,
  given: { readonly token?: string; readonly tenant: string },
): Setup {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  const wanted = given.token === undefined ? undefined : digest(given.token)
  /** Once there is a user there always is one. */
  let done = false
  const needed = async (): Promise<boolean> => {
    done ||= (await users.count()) > 0
    return !done
  }

  return {
    needed,
    async complete(token, name, password, asker) {
      if (!(await needed())) throw alreadySetUp()
      if (wanted === undefined || !timingSafeEqual(digest(token), wanted))
        throw problem(
          'wrong-setup-token',
          'Use the whole link that the server printed when it started, or start it again for a new one.',
        )
      // After the token, so that only who may set up can make the server judge passwords.
      const fault = await passwordFault(password, name)
      if (fault !== undefined)
        throw problem('invalid-request', fault, { errors: [{ field: 'password', message: fault }] })
      const passwordHash = await passwords.hash(password, asker)
      const user: User = {
        id: firstAdministratorId,
        name,
        passwordHash,
        identity: null,
        grants: [wholeGrant('administrator')],
        tenant: given.tenant,
      }
      try {
        await users.add(user)
      } catch (error) {
        if (error instanceof Outage && error.code === 'USER_EXISTS') throw alreadySetUp()
        throw error
      }
      done = true
      return user
    },
  }
}

const alreadySetUp = (): Error =>
  problem('already-set-up', 'There is an administrator already, and the setup link is void. Sign in instead.')
