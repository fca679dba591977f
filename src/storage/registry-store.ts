// The port of the registry: vehicles as people know them, and the organisation around them. Every
// write is made of a version of the whole and is refused when that is not the newest any more, so
// that what a writer checked still holds when it is stored. `registry-store.contract.ts` is its
// executable form.
import type { RegistryEntry, Tariff, VehicleAssignment, VehicleGroup } from '../model/registry.ts'
import type { VehicleRef } from '../model/vehicle-id.ts'
import type { CustomRole } from '../rights/permissions.ts'

/** Versions count from 0, where nothing was ever written. */
export type RegistryVersion = {
  readonly changed: number
  /** The version in which something was removed last. */
  readonly removed: number
}

/** A vehicle and the groups it lies in. */
export type Membership = VehicleRef & { readonly groups: readonly string[] }

/** Groups, memberships, assignments, roles and tariffs of all tenants. */
export type OrganisationRows = {
  readonly groups: readonly VehicleGroup[]
  readonly memberships: readonly Membership[]
  readonly assignments: readonly VehicleAssignment[]
  readonly roles: readonly CustomRole[]
  readonly tariffs: readonly Tariff[]
}

export type TenantKey = { readonly tenant: string; readonly id: string }

/** No key of entries, groups, assignments, roles or tariffs occurs twice, also not as one that is
 *  removed. To remove what is not there is no fault. */
export type RegistryChanges = {
  readonly entries?: readonly Omit<RegistryEntry, 'version'>[]
  readonly groups?: readonly VehicleGroup[]
  readonly assignments?: readonly VehicleAssignment[]
  readonly roles?: readonly CustomRole[]
  readonly tariffs?: readonly Tariff[]
  readonly removed?: {
    readonly entries?: readonly VehicleRef[]
    readonly groups?: readonly TenantKey[]
    readonly assignments?: readonly TenantKey[]
    /** By their names. */
    readonly roles?: readonly TenantKey[]
    /** With all that was ever valid. */
    readonly tariffs?: readonly TenantKey[]
  }
}

/** Safe for concurrent callers. Each write is one transaction. */
export interface RegistryStore {
  /** Cheap: asked every second. */
  version(): Promise<RegistryVersion>
  /** With `since`, what was changed in later versions alone, which lacks what was removed. Of
   *  memberships there are then also those of vehicles that are in no group (any more). In no
   *  order. */
  organisation(since?: number): Promise<OrganisationRows>
  /** Those that were heard or that somebody wrote of, in no order. Version 0: nobody did. */
  entries(tenant: string, vehicles: readonly string[]): Promise<readonly RegistryEntry[]>
  /** Vehicles of the tenant that were heard or that somebody wrote of, after that id, in order of
   *  ids (by UTF-8 bytes), at most `limit`. Version 0: nobody wrote anything. */
  listed(tenant: string, after: string, limit: number): Promise<readonly RegistryEntry[]>
  /** Gives the version that it made, which is one more than `expected`; undefined, and nothing is
   *  stored, when `expected` is not the newest. Entries, groups, assignments, roles by name, and
   *  tariffs by id and `validFrom` take the place of those there are. */
  write(changes: RegistryChanges, expected: number): Promise<number | undefined>
}
