// The port of the trips. `trip-store.contract.ts` is its executable form.
import type { Trip } from '../model/read-models.ts'
import type { Page, PageRequest } from './page.ts'
import type { Projection } from './projection.ts'

/** Safe for concurrent readers. */
export interface TripStore extends Projection<Trip> {
  get(tenant: string, id: string): Promise<Trip | undefined>
  /** By `listedAt`, newest first, then by id downwards. */
  list(tenant: string, filter: TripFilter, page: PageRequest): Promise<Page<Trip>>
}

/** Its start, though no later than it was last heard: a car whose clock is ahead by a month does not hold the top of the list for a
 *  month. Of every other trip it is the start and never changes, so that pages neither repeat nor hide trips that go on. */
export const listedAt = ({ startAt, receivedAt }: Pick<Trip, 'startAt' | 'receivedAt'>): number => Math.min(startAt, receivedAt ?? startAt)

export type TripFilter = {
  readonly vehicle?: string
  /** Trips whose `listedAt` is within [from, to). Epoch milliseconds. */
  readonly from?: number
  readonly to?: number
}
