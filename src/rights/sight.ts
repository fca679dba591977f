// The part of a tenant that somebody sees: vehicles, each perhaps for a time. It is worked out once
// for a request or a live connection, from grants, and then asked everywhere: stores take it in
// place of a tenant, so that lists and counts, pages and totals are of what is seen.
import type { Grant } from './grant.ts'
import { permissionsOf, type CustomRole, type Permission } from './permissions.ts'

/** Vehicles that are seen, and of which instants. */
export type SightWindow = {
  /** One vehicle, or all that are in one of the groups. */
  readonly of: { readonly vehicle: string } | { readonly groups: readonly string[] }
  /** Bounds of what is seen, by when it happened: [from, until). Epoch milliseconds, by our clock;
   *  null: no bound. */
  readonly from: number | null
  readonly until: number | null
}

export type Sight = {
  readonly tenant: string
  /** Windows add up; `all`: every vehicle, at any time. */
  readonly windows: 'all' | readonly SightWindow[]
}

/** Everything of a tenant: for jobs, tests, and whoever is past asking. */
export const wholeSight = (tenant: string): Sight => ({ tenant, windows: 'all' })

/** Groups, assignments and roles of tenants, with which grants are read. */
export type Organisation = {
  /** Greater after every change: what was worked out by another one may no longer hold. */
  readonly version: number
  /** The group and all that lie within it; just itself where it is not known. */
  groupsWithin(tenant: string, group: string): readonly string[]
  /** The groups a vehicle is in, without those around them. */
  groupsOf(tenant: string, vehicle: string): readonly string[]
  /** Vehicles that are in one of the groups, each once. */
  vehiclesIn(tenant: string, groups: readonly string[]): readonly string[]
  /** Vehicles that are assigned to a person, and when. */
  assignedTo(tenant: string, person: string): readonly Assignment[]
  readonly customRoles: readonly CustomRole[]
}

export type Assignment = {
  readonly vehicle: string
  readonly from: number
  /** Null: until further notice. */
  readonly until: number | null
}

/** Who asks, as far as rights go. */
export type Holder = {
  readonly tenant: string
  /** The id under which vehicles are assigned to a person. */
  readonly id: string
  readonly grants: readonly Grant[]
  /** Of what the grants allow, no more than this; all of it when absent. */
  readonly atMost?: ReadonlySet<Permission>
}

/** The part of the tenant that the holder sees by that permission, at the instant `now`; of several
 *  permissions, by grants that each give all of them. */
export function sightOf(
  holder: Holder,
  needed: Permission | readonly Permission[],
  organisation: Organisation,
  now: number,
): Sight {
  const { tenant } = holder
  const windows: SightWindow[] = []
  const all = [needed].flat()
  if (!all.every((permission) => isWithin(holder, permission))) return { tenant, windows }
  for (const grant of holder.grants) {
    if (!all.every((permission) => givesNow(grant, permission, organisation, tenant, now))) continue
    const { from, until } = spanOf(grant)
    if (grant.scope.of === 'tenant' && from === null && until === null) return wholeSight(tenant)
    windows.push(...windowsOf(grant, holder, organisation))
  }
  return { tenant, windows }
}

/** Whether the holder may do that with a vehicle or more; with the whole tenant, where `whole` is
 *  asked for, as what is no vehicle's belongs to the tenant. */
export const may = (
  holder: Holder,
  permission: Permission,
  organisation: Organisation,
  now: number,
  whole = false,
): boolean =>
  isWithin(holder, permission) &&
  holder.grants.some(
    (grant) => givesNow(grant, permission, organisation, holder.tenant, now) && (!whole || grant.scope.of === 'tenant'),
  )

const isWithin = ({ atMost }: Holder, permission: Permission): boolean => atMost === undefined || atMost.has(permission)

const givesNow = (
  { role, expiresAt = Infinity }: Grant,
  permission: Permission,
  { customRoles }: Organisation,
  tenant: string,
  now: number,
): boolean => now < expiresAt && permissionsOf(role, customRoles, tenant).includes(permission)

const spanOf = ({ from, until }: Grant): Pick<SightWindow, 'from' | 'until'> => ({
  from: from ?? null,
  until: until ?? null,
})

/** A tenant's root: every vehicle is in it. */
export const everyGroup = ''

function windowsOf(grant: Grant, holder: Holder, organisation: Organisation): readonly SightWindow[] {
  const { scope } = grant
  const { from, until } = spanOf(grant)
  switch (scope.of) {
    case 'tenant':
      return [{ of: { groups: [everyGroup] }, from, until }]
    case 'group':
      return [{ of: { groups: organisation.groupsWithin(holder.tenant, scope.group) }, from, until }]
    case 'vehicle':
      return [{ of: { vehicle: scope.vehicle }, from, until }]
    case 'assigned':
      return organisation.assignedTo(holder.tenant, holder.id).map(({ vehicle, ...span }) => ({
        of: { vehicle },
        from: later(from, span.from),
        until: earlier(until, span.until),
      }))
  }
}

const later = (one: number | null, other: number): number => Math.max(one ?? -Infinity, other)
const earlier = (one: number | null, other: number | null): number | null =>
  one === null ? other : other === null ? one : Math.min(one, other)

/** Whether a window is of the vehicle. */
export const isOfVehicle = (
  { of }: SightWindow,
  tenant: string,
  vehicle: string,
  organisation: Pick<Organisation, 'groupsOf'>,
): boolean =>
  'vehicle' in of
    ? of.vehicle === vehicle
    : of.groups.includes(everyGroup) ||
      organisation.groupsOf(tenant, vehicle).some((group) => of.groups.includes(group))

/** Whether all of [from, to] of a vehicle is seen. */
export function sees(
  { tenant, windows }: Sight,
  vehicle: string,
  span: { readonly from: number; readonly to: number },
  organisation: Pick<Organisation, 'groupsOf'>,
): boolean {
  if (windows === 'all') return true
  return windows.some(
    (window) =>
      (window.from ?? -Infinity) <= span.from &&
      span.to < (window.until ?? Infinity) &&
      isOfVehicle(window, tenant, vehicle, organisation),
  )
}
