// The one place where it is decided what a caller may do and see: every route and the live feed
// ask here, and what is not granted is refused.
import type { Clock } from '../base/clock.ts'
import type { Grant } from '../rights/grant.ts'
import { mayGive } from '../rights/may-give.ts'
import { allPermissions, permissions, type Permission } from '../rights/permissions.ts'
import { may, sees, sightOf, type Organisation, type Holder, type Sight } from '../rights/sight.ts'
import { problem } from './problem.ts'

export type Rights = {
  /** Throws `not-allowed` unless the holder has it over a vehicle or more; over the whole tenant
   *  where `whole` is asked for. */
  demand(holder: Holder, permission: Permission, whole?: boolean): void
  may(holder: Holder, permission: Permission, whole?: boolean): boolean
  /** The part of its tenant that the holder sees by that permission, now. */
  sight(holder: Holder, permission: Permission): Sight
  /** Whether the holder sees by it what a vehicle does now, or what it did in [from, to]. */
  sees(sight: Sight, vehicle: string, span?: { readonly from: number; readonly to: number }): boolean
  /** Of the organisation, by which all this is answered. */
  readonly version: number
  /** Whether the holder may give that grant away: nobody gives more than he has. */
  mayGive(holder: Holder, grant: Grant): boolean
  /** All that the holder may, with a vehicle or more. */
  allOf(holder: Holder): readonly Permission[]
}

export function createRights(organisation: Organisation, clock: Clock): Rights {
  const isAllowed: Rights['may'] = (holder, permission, whole) =>
    may(holder, permission, organisation, clock.now(), whole)
  return {
    get version() {
      return organisation.version
    },
    may: isAllowed,
    demand(holder, permission, whole) {
      if (!isAllowed(holder, permission, whole)) throw notAllowed(permission, whole)
    },
    sight: (holder, permission) => sightOf(holder, permission, organisation, clock.now()),
    sees(sight, vehicle, span) {
      const now = clock.now()
      return sees(sight, vehicle, span ?? { from: now, to: now }, organisation)
    },
    mayGive: (holder, grant) => mayGive(holder, grant, organisation, clock.now()),
    allOf: (holder) => allPermissions.filter((permission) => isAllowed(holder, permission)),
  }
}

const notAllowed = (permission: Permission, whole = false): Error =>
  problem(
    'not-allowed',
    `You need a role that may ${permissions[permission]}${whole ? ', over the whole tenant' : ''} (${permission}). Ask an administrator of your tenant for one.`,
  )
