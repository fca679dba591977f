// Vehicles as people know them: what somebody wrote of a vehicle, the groups it lies in, who drives
// it and what driving it costs. All of it is of people, and nothing of it comes from the vehicle.
import type { VehicleKind } from './vehicle-kind.ts'

/** Days are those of ISO 8601: 1 is Monday. Times are minutes after midnight of the zone; where
 *  `to` is not after `from`, it is one of the next day. */
export type WorkingHours = { readonly days: readonly number[]; readonly from: number; readonly to: number }

/** Fields that people write. Null: nobody said; no list has a value twice. */
export type RegistryFields = {
  readonly name: string | null
  readonly plate: string | null
  readonly make: string | null
  readonly model: string | null
  readonly year: number | null
  readonly kind: VehicleKind | null
  /** Shown to nobody who may not see it, and never part of the id. */
  readonly vin: string | null
  readonly notes: string | null
  /** Ids of groups of the tenant. */
  readonly groups: readonly string[]
  /** Lower case, so that they are told apart without regard to it. */
  readonly tags: readonly string[]
  /** By their names, in whatever order. */
  readonly attributes: Readonly<Record<string, string>>
  /** Id of a tariff of the tenant. */
  readonly tariff: string | null
  /** The IANA name of the zone that `hours` are of. */
  readonly zone: string | null
  readonly hours: readonly WorkingHours[]
  /** From then on it is in no list that does not ask for it. Epoch milliseconds, by our clock. */
  readonly archivedAt: number | null
}

export const noFields: RegistryFields = {
  name: null,
  plate: null,
  make: null,
  model: null,
  year: null,
  kind: null,
  vin: null,
  notes: null,
  groups: [],
  tags: [],
  attributes: {},
  tariff: null,
  zone: null,
  hours: [],
  archivedAt: null,
}

export type RegistryEntry = RegistryFields & {
  readonly tenant: string
  readonly vehicle: string
  /** The version of the registry that brought it: another one after every change. */
  readonly version: number
}

export type VehicleGroup = {
  readonly tenant: string
  readonly id: string
  readonly name: string
  /** The group it lies within; null: in none. */
  readonly parent: string | null
}

/** A vehicle that is somebody's for a time: [from, until), epoch milliseconds, by our clock. */
export type VehicleAssignment = {
  readonly tenant: string
  readonly id: string
  readonly vehicle: string
  readonly person: string
  readonly from: number
  /** Null: until further notice. */
  readonly until: number | null
}

/** A price list from an instant on, until the next of the same id. Null: not charged for. */
export type Tariff = {
  readonly tenant: string
  readonly id: string
  readonly name: string
  readonly validFrom: number
  /** ISO 4217. */
  readonly currency: string
  readonly perKm: number | null
  readonly perHour: number | null
  readonly perKwh: number | null
  readonly perLitre: number | null
}
