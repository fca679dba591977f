// Facts of the vehicles of an installation: entries by id or by pattern, in the shape in which the
// API tells them. They are plain data, which a file gives (config/vehicles.ts); whoever looks
// vehicles up makes one `Vehicles` of them. Invariant: what is found depends on the entries and the
// id alone, so that what jobs derive with it does not depend on when they look.
import { matchesPattern } from './name-pattern.ts'
import { noFacts, type VehicleFacts, type VehicleKind } from './vehicle-kind.ts'

/** `vehicle` is an id, or a pattern in which one `*` stands for any characters; what is not given
 *  is not known. */
export type VehicleEntry = {
  readonly vehicle: string
  readonly kind?: VehicleKind
  readonly model?: string
  readonly version?: string
}

export type Vehicles = {
  /** By `tenant/vehicle`: an installation has one tenant, so entries name the vehicle alone. One
   *  entry gives the same object each time. */
  of(key: string): VehicleFacts
}

/** Of what was found so many are remembered: ids that nobody named may be made up by whoever can
 *  connect. */
const rememberedMax = 100_000

/** Where nothing is known of any. */
export const noVehicles: Vehicles = { of: () => noFacts }

/** The entry of the id counts, else the first pattern that takes it. */
export function createVehicles(entries: readonly VehicleEntry[]): Vehicles {
  if (entries.length === 0) return noVehicles
  const named = entries.map((entry) => [entry.vehicle, factsOf(entry)] as const)
  const byId = new Map(named)
  const patterns = named.filter(([vehicle]) => vehicle.includes('*'))
  const found = new Map<string, VehicleFacts>()
  const find = (id: string): VehicleFacts =>
    byId.get(id) ?? patterns.find(([pattern]) => matchesPattern(pattern, id))?.[1] ?? noFacts
  return {
    of(key) {
      const known = found.get(key)
      if (known !== undefined) return known
      const facts = find(key.slice(key.indexOf('/') + 1))
      if (found.size >= rememberedMax) found.clear()
      found.set(key, facts)
      return facts
    },
  }
}

const factsOf = ({ kind, model, version }: VehicleEntry): VehicleFacts => ({
  kind: kind ?? null,
  model: model ?? null,
  version: version ?? null,
})
