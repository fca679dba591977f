// Links let in by their tokens. A link shows what its maker sees, and no more: whether he still
// does and may still make links is asked with every use, so it ends with his right, and is there
// again when he has it back.
import type { Clock } from '../../base/clock.ts'
import type { Logger } from '../../base/logger.ts'
import { Outage } from '../../base/errors.ts'
import type { Permission } from '../../rights/permissions.ts'
import type { Holder } from '../../rights/sight.ts'
import type { ShareLink, ShareStore } from '../../storage/share-store.ts'
import type { UserStore } from '../../storage/user-store.ts'
import { problem } from '../problem.ts'
import type { Rights } from '../rights.ts'
import type { LinkCaller } from '../server-types.ts'
import { shareLimits } from './share-limits.ts'
import { hashOfShareToken } from './share-token.ts'

export type ShareAccess = {
  /** Undefined when there is no such link (any more), its time is over, or its maker may no longer
   *  show the vehicle. Rejects with an Outage of the stores. */
  find(token: string): Promise<LinkCaller | undefined>
  /** Ends the link, wherever it was let in by this process. */
  end(share: string): void
}

export type ShareAccessParts = {
  readonly shares: Pick<ShareStore, 'findByHash' | 'noteUse'>
  readonly users: Pick<UserStore, 'findById'>
  readonly rights: Rights
  readonly clock: Clock
  readonly logger: Logger
}

type Known = { readonly share: ShareLink; readonly maker: Holder; readonly at: number; notedAt: number }

/** All that a link may show, as far as its maker may see it. */
const shown = ['vehicles:read', 'places:read'] as const
const ofTrip = 'trips:read'

export const mayShare = (rights: Rights, maker: Holder, vehicle: string): boolean =>
  (['shares:make', ...shown] as const).every((permission) => rights.sees(rights.sight(maker, permission), vehicle))

export function createShareAccess({ shares, users, rights, clock, logger }: ShareAccessParts): ShareAccess {
  const cached = new Map<string, Known>()

  const look = async (hash: string): Promise<Known | undefined> => {
    const known = cached.get(hash)
    if (known !== undefined && Math.abs(clock.now() - known.at) < shareLimits.believedMs) return known
    const share = await shares.findByHash(hash)
    const maker = share && (await users.findById(share.makerId))
    if (share === undefined || maker?.tenant !== share.tenant || maker.disabledAt !== undefined) {
      cached.delete(hash)
      return undefined
    }
    if (cached.size >= shareLimits.cachedMax) cached.clear()
    const found = { share, maker, at: clock.now(), notedAt: known?.notedAt ?? share.usedAt ?? 0 }
    cached.set(hash, found)
    return found
  }

  const noteUse = (known: Known): void => {
    const now = clock.now()
    if (now - known.notedAt < shareLimits.useNotedMs) return
    known.notedAt = now
    shares.noteUse(known.share.id, now).catch((error: unknown) => {
      if (!(error instanceof Outage)) throw error
      logger.debug({ code: error.code }, 'the use of a link was not noted')
    })
  }

  return {
    async find(token) {
      const hash = hashOfShareToken(token)
      const known = hash === undefined ? undefined : await look(hash)
      if (known === undefined) return undefined
      const { share, maker } = known
      if (share.until <= clock.now() || !mayShare(rights, maker, share.vehicle)) return undefined
      noteUse(known)
      const tellsTrip = share.withTrip && rights.sees(rights.sight(maker, ofTrip), share.vehicle)
      return callerOfShare(share, tellsTrip ? [...shown, ofTrip] : shown)
    },
    end(id) {
      for (const [hash, { share }] of cached) if (share.id === id) cached.delete(hash)
    },
  }
}

function callerOfShare(share: ShareLink, permissions: readonly Permission[]): LinkCaller {
  const { id, tenant, vehicle, from, until, madeBy } = share
  return {
    kind: 'link',
    id,
    name: `a link by ${madeBy}`,
    tenant,
    grants: [{ role: 'viewer', scope: { of: 'vehicle', vehicle }, from, until, expiresAt: until }],
    atMost: new Set(permissions),
    accessId: id,
    share,
  }
}

export const shareEnded = (): Error =>
  problem('share-ended', 'The link has ended, or is not whole. Ask whoever sent it for another one.')
export const notForLinks = (): Error =>
  problem('not-allowed', 'A link shows its vehicle and nothing else. Sign in to see more, if you have an account.')
