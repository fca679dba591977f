// The one place where it is decided what a caller may do and see: every route and the live feed
// ask here, and what is not granted is refused.
import type { Clock } from '../base/clock.ts'
import type { Grant } from '../rights/grant.ts'
import { mayGive } from '../rights/may-give.ts'
import { allPermissions, installationPermissions, permissions, type Permission } from '../rights/permissions.ts'
import {
  everyGroup,
  isOfVehicle,
  may,
  sees,
  sightOf,
  type Holder,
  type Organisation,
  type Sight,
  type SightWindow,
} from '../rights/sight.ts'
import { isBounded, type Reach, type ReachSpan } from '../storage/reach.ts'
import { problem } from './problem.ts'

/** Of several, grants must give all: what one grant gives of the one and another of the other is
 *  not added up. */
export type Needed = Permission | readonly Permission[]

export type Rights = {
  /** Throws `not-allowed` unless the holder has it over a vehicle or more; over the whole tenant
   *  where `whole` is asked for. */
  demand(holder: Holder, permission: Permission, whole?: boolean): void
  may(holder: Holder, permission: Permission, whole?: boolean): boolean
  /** The part of its tenant that the holder sees by that permission, now. */
  sight(holder: Holder, needed: Needed): Sight
  /** Whether the holder sees by it what a vehicle does now, or what it did in [from, to]. */
  sees(sight: Sight, vehicle: string, span?: { readonly from: number; readonly to: number }): boolean
  /** Rows that tell of a time. */
  reach(holder: Holder, needed: Needed): Reach
  /** Rows that tell of now, or of no time. */
  reachNow(holder: Holder, needed: Needed): Reach
  /** When the holder sees what a vehicle did: none where he does not. */
  spans(holder: Holder, needed: Needed, vehicle: string): readonly ReachSpan[]
  /** Of the organisation, by which all this is answered. */
  readonly version: number
  /** Whether the holder may give that grant away: nobody gives more than he has. */
  mayGive(holder: Holder, grant: Grant): boolean
  /** All that the holder may, with a vehicle or more. */
  allOf(holder: Holder): readonly Permission[]
}

const always: ReachSpan = { from: null, until: null }

/** `home`: the tenant of the installation. */
export function createRights(organisation: Organisation, clock: Clock, home: string): Rights {
  const isHere = ({ tenant }: Holder, permission: Permission): boolean =>
    tenant === home || !installationPermissions.has(permission)
  const isAllowed: Rights['may'] = (holder, permission, whole) =>
    isHere(holder, permission) && may(holder, permission, organisation, clock.now(), whole)
  const sight: Rights['sight'] = (holder, needed) => sightOf(holder, needed, organisation, clock.now())
  const windowsOf = (tenant: string, windows: readonly SightWindow[]): Reach['windows'] =>
    windows.map(({ of, from, until }) => {
      if ('vehicle' in of) return { vehicles: [of.vehicle], from, until }
      return {
        vehicles: of.groups.includes(everyGroup) ? null : organisation.vehiclesIn(tenant, of.groups),
        from,
        until,
      }
    })
  const holds = ({ from, until }: ReachSpan): boolean => {
    const now = clock.now()
    return (from ?? -Infinity) <= now && now < (until ?? Infinity)
  }
  return {
    get version() {
      return organisation.version
    },
    may: isAllowed,
    demand(holder, permission, whole) {
      if (!isAllowed(holder, permission, whole)) throw notAllowed(permission, whole)
    },
    sight,
    sees({ tenant, windows }, vehicle, span) {
      const now = clock.now()
      return sees({ tenant, windows }, vehicle, span ?? { from: now, to: now }, organisation)
    },
    reach(holder, needed) {
      const { tenant, windows } = sight(holder, needed)
      return { tenant, windows: windows === 'all' ? 'all' : windowsOf(tenant, windows) }
    },
    reachNow(holder, needed) {
      const { tenant, windows } = sight(holder, needed)
      if (windows === 'all') return { tenant, windows }
      return {
        tenant,
        windows: windowsOf(
          tenant,
          windows.filter(holds).map(({ of }) => ({ of, ...always })),
        ),
      }
    },
    spans(holder, needed, vehicle) {
      const { tenant, windows } = sight(holder, needed)
      if (windows === 'all') return [always]
      return merged(windows.filter((window) => isOfVehicle(window, tenant, vehicle, organisation)))
    },
    mayGive: (holder, grant) => mayGive(holder, grant, organisation, clock.now()),
    allOf: (holder) => allPermissions.filter((permission) => isAllowed(holder, permission)),
  }
}

/** The same instants in order, in spans that do not meet. */
function merged(spans: readonly ReachSpan[]): readonly ReachSpan[] {
  const found: ReachSpan[] = []
  const inOrder = spans.toSorted((one, other) => (one.from ?? -Infinity) - (other.from ?? -Infinity))
  for (const { from, until } of inOrder) {
    const last = found.at(-1)
    const end = last === undefined ? -Infinity : (last.until ?? Infinity)
    if (last === undefined || (from ?? -Infinity) > end) found.push({ from, until })
    else if ((until ?? Infinity) > end) found[found.length - 1] = { from: last.from, until }
  }
  return found
}

/** Whether the spans leave nothing out. */
export const isAlways = (spans: readonly ReachSpan[]): boolean => spans.some((span) => !isBounded(span))

const notAllowed = (permission: Permission, whole = false): Error =>
  problem(
    'not-allowed',
    `You need a role that may ${permissions[permission]}${whole ? ', over the whole tenant' : ''} (${permission}). Ask an administrator of your tenant for one.`,
  )
