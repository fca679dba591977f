import type { Twin, TwinPatch } from '../../model/twin.ts'
import { noFields, type RegistryEntry } from '../../model/registry.ts'
import { vehicleKey } from '../../model/vehicle-id.ts'
import { foldCase } from '../../base/fold-case.ts'
import { isInCircle, type Circle } from '../../model/circle.ts'
import { listedTwin, mergeTwin, twinPlace, twinPowertrain, twinSpeedKmh, wholeTwin } from '../../model/merge-twin.ts'
import { inReach, type Reach } from '../reach.ts'
import { searchedOf } from '../registry-search.ts'
import type { TwinStore, VehicleFilter } from '../twin-store.ts'
import { pageInMemory, type Order } from './memory-page.ts'
import { openMemoryProjection, refuseFractions } from './memory-projection.ts'

const byVehicle: Order<Twin> = { list: 'vehicles', shape: ['s'], descending: false, keyOf: (twin) => [twin.vehicle] }
const lastHeard: Order<Twin> = {
  list: 'vehicles-heard',
  shape: ['n', 's'],
  descending: true,
  keyOf: (twin) => [twin.receivedAt ?? -1, twin.vehicle],
}

const passes = (
  twin: Twin,
  searched: string,
  { search, powertrain, moving, heardSince, silentSince, near }: VehicleFilter,
): boolean =>
  (search === undefined || searched.includes(foldCase(search))) &&
  (powertrain === undefined || twinPowertrain(twin) === powertrain) &&
  (moving === undefined || (twinSpeedKmh(twin) ?? 0) > 0 === moving) &&
  (heardSince === undefined || (twin.receivedAt !== null && twin.receivedAt >= heardSince)) &&
  (silentSince === undefined || twin.receivedAt === null || twin.receivedAt < silentSince) &&
  (near === undefined || isPlaceIn(near, twinPlace(twin)))

const isPlaceIn = (circle: Circle, place: ReturnType<typeof twinPlace>): boolean =>
  place !== null && isInCircle(circle, place)

/** `entries`: of the registry, by vehicle. */
export function openMemoryTwins(
  guard: () => void,
  entries: ReadonlyMap<string, RegistryEntry>,
): TwinStore & { readonly rows: ReadonlyMap<string, Twin> } {
  const searchedOfVehicle = ({ tenant, vehicle }: Twin): string =>
    searchedOf(entries.get(vehicleKey({ tenant, vehicle })) ?? { ...noFields, vehicle })
  const projection = openMemoryProjection<TwinPatch, Twin>(
    guard,
    ({ at, receivedAt }) => refuseFractions(at, receivedAt ?? 0),
    (known, patch) => wholeTwin(mergeTwin(known, patch)),
  )
  const matching = (reach: Reach, filter: VehicleFilter): Twin[] => {
    const isReached = inReach(reach)
    return [...projection.rows.values()]
      .filter(
        (twin) =>
          twin.tenant === reach.tenant && isReached(twin.vehicle) && passes(twin, searchedOfVehicle(twin), filter),
      )
      .map(listedTwin)
  }
  return {
    ...projection,
    async get(ref) {
      guard()
      return structuredClone(projection.rows.get(vehicleKey(ref)))
    },
    async list(reach, filter, page) {
      guard()
      return pageInMemory(matching(reach, filter), byVehicle, page)
    },
    async listHeard(reach, filter, page) {
      guard()
      return pageInMemory(matching(reach, filter), lastHeard, page)
    },
    async count(reach, filter) {
      guard()
      return matching(reach, filter).length
    },
    async countHeard(since) {
      guard()
      return [...projection.rows.values()].filter(({ receivedAt }) => receivedAt !== null && receivedAt >= since).length
    },
  }
}
