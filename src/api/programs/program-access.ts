// Programs let in by their tokens. A token is looked up in the store by its hash, and what was
// found is believed for two seconds: one that is revoked by another process ends within these, and
// one that is revoked here at once.
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import { Outage } from '../../base/errors.ts'
import { allPermissions, overPeople, type Permission } from '../../rights/permissions.ts'
import type { Program, ProgramStore, ProgramToken } from '../../storage/program-store.ts'
import type { RateLimit } from '../rate-limit.ts'
import { tooMany } from '../problem.ts'
import type { ProgramCaller } from '../server-types.ts'
import { programLimits } from './program-limits.ts'
import { hashOfSecret } from '../signed-text.ts'
import { isTokenText } from './token-text.ts'

/** A program, and the token that lets it in. */
export type AdmittedProgram = { readonly program: Program; readonly token: ProgramToken }

export type ProgramAccess = {
  /** Undefined when there is no such token (any more), or it has expired. Rejects with the store's
   *  Outage, and with `too-many-requests` where one that nobody knows is asked for too often from
   *  the address. */
  find(text: string, address: string): Promise<AdmittedProgram | undefined>
  /** The same by the hash of the token. */
  findByHash(hash: string, address: string): Promise<AdmittedProgram | undefined>
  /** Ends the token, wherever it was let in by this process. */
  end(token: string): void
}

/** Of one token. */
type Known = {
  found: AdmittedProgram | undefined
  at: number
  notedAt: number
  asking: Promise<void> | undefined
}

export function createProgramAccess(
  store: Pick<ProgramStore, 'findToken' | 'noteUse'>,
  clock: Clock,
  logger: Logger,
  unknownTokens: RateLimit,
): ProgramAccess {
  const cached = new Map<string, Known>()

  const isFresh = ({ at }: Known): boolean => Math.abs(clock.now() - at) < programLimits.believedMs
  const ask = (hash: string, known: Known): Promise<void> =>
    (known.asking ??= store
      .findToken(hash)
      .then((found) => {
        known.found = found
        known.at = clock.now()
        if (found === undefined) cached.delete(hash)
      })
      .finally(() => (known.asking = undefined)))

  const look = async (hash: string, address: string): Promise<Known> => {
    const known = cached.get(hash)
    if (known !== undefined) {
      if (!isFresh(known)) await ask(hash, known)
      return known
    }
    const waitMs = unknownTokens.take(address)
    if (waitMs > 0)
      throw tooMany('Too many tokens that nobody knows came from this address. Wait, and check yours.', waitMs)
    const asked: Known = { found: undefined, at: 0, notedAt: 0, asking: undefined }
    await ask(hash, asked)
    if (asked.found !== undefined) {
      unknownTokens.giveBack(address)
      if (cached.size >= programLimits.tokensCachedMax) cached.clear()
      cached.set(hash, asked)
    }
    return asked
  }

  const noteUse = (known: Known, { id, usedAt }: ProgramToken): void => {
    const now = clock.now()
    if (now - Math.max(known.notedAt, usedAt ?? 0) < programLimits.useNotedMs) return
    known.notedAt = now
    store.noteUse(id, now).catch((error: unknown) => {
      if (!(error instanceof Outage)) throw error
      logger.debug({ code: error.code }, 'the use of a token was not noted')
    })
  }

  const findByHash: ProgramAccess['findByHash'] = async (hash, address) => {
    const known = await look(hash, address)
    const { found } = known
    if (found === undefined || found.token.expiresAt <= clock.now()) return undefined
    noteUse(known, found.token)
    return found
  }
  return {
    findByHash,
    async find(text, address) {
      return isTokenText(text) ? findByHash(hashOfSecret(text), address) : undefined
    },
    end(token) {
      for (const [hash, { found }] of cached) if (found?.token.id === token) cached.delete(hash)
    },
  }
}

const harmless: readonly Permission[] = allPermissions.filter(
  (permission) => !(overPeople as readonly Permission[]).includes(permission),
)

/** The program as who calls; `scope` holds it to some of its permissions. */
export function callerOfProgram({ program, token }: AdmittedProgram, scope?: readonly Permission[]): ProgramCaller {
  const { id, name, tenant, grants, managesPeople } = program
  const most = managesPeople ? allPermissions : harmless
  const atMost = new Set(scope === undefined ? most : most.filter((permission) => scope.includes(permission)))
  return {
    kind: 'program',
    id,
    name,
    tenant,
    grants,
    atMost,
    accessId: token.id,
  }
}
