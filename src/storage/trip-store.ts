// The port of the trips. `trip-store.contract.ts` is its executable form.
import type { Trip } from '../model/read-models.ts'
import type { Page, PageRequest } from './page.ts'
import type { Projection } from './projection.ts'

/** Safe for concurrent readers. */
export interface TripStore extends Projection<Trip> {
  get(tenant: string, id: string): Promise<Trip | undefined>
  /** Newest start first, then by id downwards. */
  list(tenant: string, filter: TripFilter, page: PageRequest): Promise<Page<Trip>>
}

export type TripFilter = {
  readonly vehicle?: string
  /** Trips that start within [from, to). Epoch milliseconds. */
  readonly from?: number
  readonly to?: number
}
