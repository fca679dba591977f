// The organisation of tenants as it is known, found by tenant, group, vehicle and person. Vehicles
// of the same groups share one list of them, so that a hundred thousand take a few megabytes.
import type { Tariff, VehicleAssignment, VehicleGroup } from '../model/registry.ts'
import type { CustomRole } from '../rights/permissions.ts'
import type { Assignment, Organisation } from '../rights/sight.ts'
import type { OrganisationRows, RegistryChanges } from '../storage/registry-store.ts'

export type KnownOrganisation = Organisation & {
  groups(tenant: string): readonly VehicleGroup[]
  assignments(tenant: string): readonly VehicleAssignment[]
  tariffs(tenant: string): readonly Tariff[]
  hasMembers(tenant: string, group: string): boolean
  /** Rows of the store as of a version; `isWhole`: there are no others. */
  take(rows: OrganisationRows, version: number, isWhole: boolean): void
  /** The write that made a version of the one before. */
  apply(changes: RegistryChanges, version: number): void
}

type TenantParts = {
  readonly groups: Map<string, VehicleGroup>
  readonly memberships: Map<string, readonly string[]>
  readonly assignments: Map<string, VehicleAssignment>
  readonly roles: Map<string, CustomRole>
  readonly tariffs: Map<string, Tariff>
  /** Made when they are asked for, and again after a change. */
  within: ReadonlyMap<string, readonly string[]> | undefined
  byGroup: ReadonlyMap<string, readonly string[]> | undefined
  byPerson: ReadonlyMap<string, readonly Assignment[]> | undefined
}

const newParts = (): TenantParts => ({
  groups: new Map(),
  memberships: new Map(),
  assignments: new Map(),
  roles: new Map(),
  tariffs: new Map(),
  within: undefined,
  byGroup: undefined,
  byPerson: undefined,
})

const tariffKey = ({ id, validFrom }: Tariff): string => `${id}@${validFrom}`
const byId = (one: { readonly id: string }, other: { readonly id: string }): number => (one.id < other.id ? -1 : 1)

export function createKnownOrganisation(): KnownOrganisation {
  let tenants = new Map<string, TenantParts>()
  let lists = new Map<string, readonly string[]>()
  let customRoles: readonly CustomRole[] = []
  let version = 0
  const partsOf = (tenant: string): TenantParts => {
    const parts = tenants.get(tenant) ?? newParts()
    tenants.set(tenant, parts)
    return parts
  }
  const sharedList = (groups: readonly string[]): readonly string[] => {
    const key = groups.join()
    const list = lists.get(key) ?? [...groups]
    lists.set(key, list)
    return list
  }
  const put = (rows: Partial<OrganisationRows>): void => {
    for (const { tenant, vehicle, groups } of rows.memberships ?? [])
      if (groups.length === 0) tenants.get(tenant)?.memberships.delete(vehicle)
      else partsOf(tenant).memberships.set(vehicle, sharedList(groups))
    for (const group of rows.groups ?? []) partsOf(group.tenant).groups.set(group.id, group)
    for (const each of rows.assignments ?? []) partsOf(each.tenant).assignments.set(each.id, each)
    for (const role of rows.roles ?? []) partsOf(role.tenant).roles.set(role.name, role)
    for (const tariff of rows.tariffs ?? []) partsOf(tariff.tenant).tariffs.set(tariffKey(tariff), tariff)
  }
  const settle = (newest: number): void => {
    for (const parts of tenants.values()) {
      parts.within = undefined
      parts.byGroup = undefined
      parts.byPerson = undefined
    }
    customRoles = [...tenants.values()].flatMap(({ roles }) => [...roles.values()])
    version = newest
  }

  return {
    get version() {
      return version
    },
    get customRoles() {
      return customRoles
    },
    groupsWithin(tenant, group) {
      const parts = tenants.get(tenant)
      if (parts === undefined) return [group]
      return (parts.within ??= groupsWithinAll(parts.groups)).get(group) ?? [group]
    },
    groupsOf: (tenant, vehicle) => tenants.get(tenant)?.memberships.get(vehicle) ?? [],
    vehiclesIn(tenant, groups) {
      const parts = tenants.get(tenant)
      if (parts === undefined) return []
      const byGroup = (parts.byGroup ??= vehiclesByGroup(parts.memberships))
      const [first = [], ...others] = groups.flatMap((group) => {
        const vehicles = byGroup.get(group)
        return vehicles === undefined ? [] : [vehicles]
      })
      return others.length === 0 ? first : [...new Set([first, ...others].flat())]
    },
    assignedTo(tenant, person) {
      const parts = tenants.get(tenant)
      if (parts === undefined) return []
      return (parts.byPerson ??= assignmentsByPerson(parts.assignments)).get(person) ?? []
    },
    groups: (tenant) => [...(tenants.get(tenant)?.groups.values() ?? [])].sort(byId),
    assignments: (tenant) => [...(tenants.get(tenant)?.assignments.values() ?? [])],
    tariffs: (tenant) =>
      [...(tenants.get(tenant)?.tariffs.values() ?? [])].sort(
        (one, other) => byId(one, other) * Number(one.id !== other.id) || one.validFrom - other.validFrom,
      ),
    hasMembers: (tenant, group) =>
      [...(tenants.get(tenant)?.memberships.values() ?? [])].some((groups) => groups.includes(group)),
    take(rows, newest, isWhole) {
      if (isWhole) {
        tenants = new Map()
        lists = new Map()
      }
      put(rows)
      settle(newest)
    },
    apply({ entries = [], removed = {}, ...rows }, newest) {
      for (const { tenant, vehicle } of removed.entries ?? []) tenants.get(tenant)?.memberships.delete(vehicle)
      for (const kind of ['groups', 'assignments', 'roles'] as const)
        for (const { tenant, id } of removed[kind] ?? []) tenants.get(tenant)?.[kind].delete(id)
      for (const { tenant, id } of removed.tariffs ?? []) {
        const known = tenants.get(tenant)?.tariffs
        for (const [key, tariff] of known ?? []) if (tariff.id === id) known?.delete(key)
      }
      put({ ...rows, memberships: entries })
      settle(newest)
    },
  }
}

function vehiclesByGroup(memberships: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, readonly string[]> {
  const byGroup = new Map<string, string[]>()
  for (const [vehicle, groups] of memberships)
    for (const group of groups) {
      const vehicles = byGroup.get(group)
      if (vehicles === undefined) byGroup.set(group, [vehicle])
      else vehicles.push(vehicle)
    }
  return byGroup
}

/** Of each group itself and all that lie within it. */
function groupsWithinAll(groups: ReadonlyMap<string, VehicleGroup>): ReadonlyMap<string, readonly string[]> {
  const within = new Map<string, string[]>(Array.from(groups.keys(), (id) => [id, [id]]))
  for (const { id } of groups.values()) for (const around of groupsAround(groups, id)) within.get(around)?.push(id)
  return within
}

/** The groups around one, from its parent outwards; each once, should they lie in a circle. */
export function groupsAround(groups: ReadonlyMap<string, VehicleGroup>, group: string): readonly string[] {
  const around: string[] = []
  for (let next = groups.get(group)?.parent ?? null; next !== null; next = groups.get(next)?.parent ?? null) {
    if (next === group || around.includes(next)) break
    around.push(next)
  }
  return around
}

function assignmentsByPerson(
  assignments: ReadonlyMap<string, VehicleAssignment>,
): ReadonlyMap<string, readonly Assignment[]> {
  const byPerson = new Map<string, Assignment[]>()
  for (const { person, vehicle, from, until } of assignments.values()) {
    const known = byPerson.get(person)
    if (known === undefined) byPerson.set(person, [{ vehicle, from, until }])
    else known.push({ vehicle, from, until })
  }
  return byPerson
}
