// The limits of the live feed, named in one place.
import { gatherMs } from '../../eventlog/gathering.ts'

export type LiveLimits = {
  readonly connections: number
  readonly connectionsPerUser: number
  /** Positions go out this often at most. */
  readonly tickMs: number
  readonly heartbeatMs: number
  /** Rights are asked for anew this often: those that ended do so at a tick after. */
  readonly reviewMs: number
  /** A reader of whom nobody could tell for this long whether it is let in is dropped. */
  readonly unconfirmedMs: number
  /** After an append the next look at the log waits this long, so that many small commits are read
   *  as one. */
  readonly gatherMs: number
  /** A reader that has more than this unsent is dropped: the last resort, for what waits in the log
   *  is not sent to a full socket. */
  readonly bufferBytesMax: number
  /** A reader whose socket has taken nothing for this long is dropped. */
  readonly blockedMs: number
  /** Rows of one `positions` event; more go out as several events. */
  readonly positionRowsMax: number
  /** Vehicles of a tenant the map can show; further ones are only in the lists. */
  readonly positionVehiclesMax: number
  /** Of one read: of all partitions for what is live, of one for a reader that catches up. */
  readonly batchRecords: number
  readonly batchBytes: number
}

export const standardLiveLimits: LiveLimits = {
  connections: 500,
  connectionsPerUser: 20,
  tickMs: gatherMs.positions,
  heartbeatMs: 15_000,
  reviewMs: 2000,
  unconfirmedMs: 60_000,
  gatherMs: gatherMs.feed,
  bufferBytesMax: 4 * 1024 * 1024,
  blockedMs: 30_000,
  positionRowsMax: 10_000,
  positionVehiclesMax: 500_000,
  batchRecords: 1024,
  batchBytes: 1024 * 1024,
}
