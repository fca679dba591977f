// The port of the tracks: where and how fast a vehicle went, one row a minute. `track-store.contract.ts` is its executable form.
import type { Track } from '../model/read-models.ts'
import type { VehicleRef } from '../model/vehicle-id.ts'
import type { Projection } from './projection.ts'

/** Safe for concurrent readers. */
export interface TrackStore extends Projection<Track> {
  /** The minutes that overlap [from, to], in order. At most `limit` minutes. Epoch milliseconds. */
  list(ref: VehicleRef, from: number, to: number, limit: number): Promise<readonly Track[]>
}

/** How long the stretch of a row is; `minuteAt` is a multiple of it. */
export const trackMinuteMs = 60_000
