// The port of the twins: the last known value of each signal of a vehicle. `twin-store.contract.ts` is its executable form.
import type { Twin, TwinPatch } from '../model/read-models.ts'
import type { VehicleRef } from '../model/vehicle-id.ts'
import type { Page, PageRequest } from './page.ts'
import type { Projection } from './projection.ts'

/** Ids are `tenant/vehicle`. A patch is merged signal by signal: the value measured later stays, of two measured at the same
 *  instant the one put later. Ties apart, the order of patches does not matter, nor does putting one twice. Safe for concurrent readers. */
export interface TwinStore extends Projection<TwinPatch> {
  get(ref: VehicleRef): Promise<Twin | undefined>
  /** Vehicles of a tenant in order of vehicle id (by UTF-8 bytes). */
  list(tenant: string, filter: VehicleFilter, page: PageRequest): Promise<Page<Twin>>
  count(tenant: string, filter: VehicleFilter): Promise<number>
}

/** All conditions given must hold. */
export type VehicleFilter = {
  /** A part of the vehicle id, in any case. */
  readonly search?: string
  readonly powertrain?: 'COMBUSTION' | 'HYBRID' | 'ELECTRIC'
  /** Faster than 0 km/h by its last value; false: standing, or the speed is not known. */
  readonly moving?: boolean
  /** Only vehicles heard from at or after this instant, or, with `silentSince`, not since. Epoch milliseconds, by the car's clock. */
  readonly heardSince?: number
  readonly silentSince?: number
}
