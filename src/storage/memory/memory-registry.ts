import {
  noFields,
  type RegistryEntry,
  type Tariff,
  type VehicleAssignment,
  type VehicleGroup,
} from '../../model/registry.ts'
import { vehicleKey, type VehicleRef } from '../../model/vehicle-id.ts'
import type { CustomRole } from '../../rights/permissions.ts'
import type { RegistryStore, TenantKey } from '../registry-store.ts'

type Versioned<Row> = { readonly row: Row; readonly version: number }

const keyOf = ({ tenant, id }: TenantKey): string => `${tenant}/${id}`

/** `entries`: kept in it, by vehicle. `heard`: the vehicles that there are twins of. */
export function openMemoryRegistry(
  guard: () => void,
  entries: Map<string, RegistryEntry>,
  heard: () => Iterable<VehicleRef>,
): RegistryStore {
  let changed = 0
  let removed = 0
  const groups = new Map<string, Versioned<VehicleGroup>>()
  const assignments = new Map<string, Versioned<VehicleAssignment>>()
  const roles = new Map<string, Versioned<CustomRole>>()
  const tariffs = new Map<string, Versioned<Tariff>>()
  const rowsSince = <Row>(rows: ReadonlyMap<string, Versioned<Row>>, since: number): readonly Row[] =>
    [...rows.values()].filter(({ version }) => version > since).map(({ row }) => structuredClone(row))

  const allOf = (tenant: string): ReadonlyMap<string, RegistryEntry> => {
    const blank = [...heard()].map((ref) => ({ ...noFields, tenant: ref.tenant, vehicle: ref.vehicle, version: 0 }))
    const ofTenant = [...blank, ...entries.values()].filter((entry) => entry.tenant === tenant)
    return new Map(ofTenant.map((entry) => [entry.vehicle, entry]))
  }

  return {
    async version() {
      guard()
      return { changed, removed }
    },
    async organisation(since = 0) {
      guard()
      return {
        groups: rowsSince(groups, since),
        memberships: [...entries.values()]
          .filter((entry) => entry.version > since && (since > 0 || entry.groups.length > 0))
          .map((entry) => ({ tenant: entry.tenant, vehicle: entry.vehicle, groups: [...entry.groups] })),
        assignments: rowsSince(assignments, since),
        roles: rowsSince(roles, since),
        tariffs: rowsSince(tariffs, since),
      }
    },
    async entries(tenant, vehicles) {
      guard()
      const all = allOf(tenant)
      return structuredClone(vehicles.flatMap((vehicle) => all.get(vehicle) ?? []))
    },
    async listed(tenant, after, limit) {
      guard()
      return structuredClone(
        [...allOf(tenant).values()]
          .filter(({ vehicle }) => vehicle > after)
          .sort((one, other) => (one.vehicle < other.vehicle ? -1 : 1))
          .slice(0, limit),
      )
    },
    async write({ removed: gone = {}, ...put }, expected) {
      guard()
      if (expected !== changed) return undefined
      changed++
      const all = { entries, groups, assignments, roles }
      for (const ref of gone.entries ?? []) entries.delete(vehicleKey(ref))
      for (const key of gone.tariffs ?? [])
        for (const [name, { row }] of tariffs) if (keyOf(row) === keyOf(key)) tariffs.delete(name)
      for (const kind of ['groups', 'assignments', 'roles'] as const)
        for (const key of gone[kind] ?? []) all[kind].delete(keyOf(key))
      if (Object.values(gone).some((keys) => keys.length > 0)) removed = changed

      for (const entry of put.entries ?? [])
        entries.set(vehicleKey(entry), { ...structuredClone(entry), version: changed })
      const stamp = <Row>(row: Row): Versioned<Row> => ({ row: structuredClone(row), version: changed })
      for (const row of put.groups ?? []) groups.set(keyOf(row), stamp(row))
      for (const row of put.assignments ?? []) assignments.set(keyOf(row), stamp(row))
      for (const row of put.roles ?? []) roles.set(keyOf({ tenant: row.tenant, id: row.name }), stamp(row))
      for (const row of put.tariffs ?? []) tariffs.set(`${keyOf(row)}@${row.validFrom}`, stamp(row))
      return changed
    },
  }
}
