// `user`: the people who may sign in, from the machine itself, for whoever has the data folder (or
// the password of the server) has all of it already. Works beside a system that runs.
import { randomInt } from 'node:crypto'
import { auditEntry } from '../audit/audit-entry.ts'
import { systemClock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { createPasswords } from '../api/session/password.ts'
import { openUsers } from '../compose/user-adapters.ts'
import { rolesOf } from '../rights/grant.ts'
import type { Config } from '../config/config.ts'

const help = `roadstream user list: the people who may sign in, with roles and tenant.
roadstream user reset NAME: gives NAME a new password, which is printed once; whoever is signed in as NAME is signed out within seconds.

  Both work while Roadstream runs, and while it does not.
`

export type UserDeps = {
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
  readonly logger: Logger
}

/** Without 0, 1, I, L, O and U, which are taken for each other when read aloud. */
const letters = '23456789abcdefghjkmnpqrstvwxyz'

/** Five groups of four: 98 bits. */
const newPassword = (): string =>
  Array.from({ length: 5 }, () => Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join('')).join(
    '-',
  )

/** The command. Exit codes: 0 done, 1 there is no such person, 2 called wrongly; an Outage says
 *  what else went wrong. */
export async function userCommand(
  args: readonly string[],
  config: Config,
  { print, complain, logger }: UserDeps,
): Promise<number> {
  const [what, name, ...rest] = args
  if (what === '--help' || what === '-h') {
    print(help)
    return 0
  }
  const isList = what === 'list' && name === undefined
  if (!isList && (what !== 'reset' || name === undefined || rest.length > 0)) {
    complain(`roadstream user: say what to do.\n${help}`)
    return 2
  }
  await using opened = await openUsers(config, logger)
  const { users, audit } = opened
  if (isList) {
    const all = await users.list()
    print(
      all.map((user) => `${user.name}\t${rolesOf(user.grants).join(',')}\t${user.tenant}\n`).join('') ||
        'There is nobody yet.\n',
    )
    return 0
  }
  const user = await users.findByName(name!)
  if (user === undefined) {
    complain(`roadstream user reset: there is nobody of the name ${name}; \`user list\` shows who is there.\n`)
    return 1
  }
  const password = newPassword()
  const passwordHash = await createPasswords().hash(password, { name: user.id, isPreferred: true })
  await audit.append(
    auditEntry({
      at: systemClock.now(),
      tenant: user.tenant,
      who: { kind: 'system', id: 'machine', name: 'Somebody on the machine' },
      action: 'reset',
      target: { kind: 'password', id: user.id },
      from: { address: null, agent: 'roadstream user reset' },
    }),
  )
  await users.setPassword(user.id, passwordHash)
  complain(`${user.name} signs in with this password from now on, and with no other:\n`)
  print(`${password}\n`)
  return 0
}
