// The port of the twins: the last known value of each signal of a vehicle. `twin-store.contract.ts`
// is its executable form. Rows of lists have of the signals those in `listedSignals` alone, so that
// a list costs the same whatever vehicles send.
import type { Circle } from '../model/circle.ts'
import type { Twin, TwinPatch } from '../model/twin.ts'
import type { VehicleRef } from '../model/vehicle-id.ts'
import type { Page, PageRequest } from './page.ts'
import type { Projection } from './projection.ts'
import type { Reach } from './reach.ts'

/** Ids are `tenant/vehicle`. Patches of a vehicle are put in the order of its partition: the
 *  signals a patch names, its `at` and its `carClock` replace what was known, whatever their
 *  instants (model/merge-twin.ts says why), and those that are `gone` are no more; `receivedAt` is
 *  the greatest put. Safe for concurrent
 *  readers. */
export interface TwinStore extends Projection<TwinPatch> {
  get(ref: VehicleRef): Promise<Twin | undefined>
  /** Vehicles that are reached, in order of vehicle id (by UTF-8 bytes). */
  list(reach: Reach, filter: VehicleFilter, page: PageRequest): Promise<Page<Twin>>
  /** Vehicles that are reached, last heard first, those of which that is not known last; then by
   *  vehicle id downwards. A vehicle that is heard while pages are read moves to the front, and may
   *  be passed over. */
  listHeard(reach: Reach, filter: VehicleFilter, page: PageRequest): Promise<Page<Twin>>
  count(reach: Reach, filter: VehicleFilter): Promise<number>
  /** Vehicles of all tenants heard at or after that instant, by our clock. Looks at every row. */
  countHeard(since: number): Promise<number>
}

/** All conditions given must hold. */
export type VehicleFilter = {
  /** A part of the vehicle's id, or of its name, plate or a tag in the registry, in any case. */
  readonly search?: string
  readonly powertrain?: 'COMBUSTION' | 'HYBRID' | 'ELECTRIC'
  /** Faster than 0 km/h by its last value; false: standing, or the speed is not known, as one whose
   *  instant is marked. */
  readonly moving?: boolean
  /** Only vehicles heard at or after this instant; with `silentSince`, only those not heard since,
   *  or of which it is not known when they were. Epoch milliseconds, by our clock. */
  readonly heardSince?: number
  readonly silentSince?: number
  /** Whose last known place lies within; none whose place is not known. */
  readonly near?: Circle
}
