// Records that another log had stored, put into this one as they were there, append time included:
// what is derived from this log is then what was derived from that one. Only `move` does so, into a
// log that nobody else appends to.
import type { NewRecord } from './event-log.ts'

export type MovedRecord = NewRecord & {
  /** When the other log took it, whole epoch milliseconds by its clock; within a partition never
   *  less than that of the record before it. */
  readonly stampedAt: number
}

/** Stores the records and resolves when all are durable. They get offsets without a hole, in the
 *  order of the calls. Rejects as `EventLog.append` does; some may then be stored, of each
 *  partition the first ones. */
export type TakeMoved = (records: readonly MovedRecord[]) => Promise<void>
