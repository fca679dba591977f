// Batches of records that are put together in one transaction while more waits, so that what
// changes often is written once.
import type { ReadLimits, StoredRecord } from '../eventlog/event-log.ts'
import type { Change } from '../storage/projection.ts'
import type { Received } from './writers.ts'

/** Read and not yet put. Of the records it keeps no more than is told of them, as there may be many
 *  batches. */
export type GatheredRows<Row> = {
  readonly changes: readonly Change<Row>[]
  readonly records: readonly Received[]
  /** Of their values. */
  readonly bytes: number
}

export const nothing = { changes: [], records: [], bytes: 0 } as const

export const putTogether = <Row>(
  first: GatheredRows<Row>,
  records: readonly StoredRecord[],
  changes: readonly Change<Row>[],
): GatheredRows<Row> => ({
  changes: first.changes.concat(changes),
  records: first.records.concat(records.map(({ key, at, receivedAt }) => ({ key, at, receivedAt }))),
  bytes: records.reduce((sum, { value }) => sum + value.byteLength, first.bytes),
})

/** Of a write: where more waits, what is quick may be twice as much; what is slow is half.
 *  Milliseconds. */
const quickMs = 1_000
const slowMs = 5_000

/** How much is put together: a batch at first, twice as much after each write behind which more
 *  waits, half after one that caught up, as rows are told together and the first wait for the last.
 *  And never more than twice of what the store has lately taken quickly, so that a link on which
 *  much does not get through is given little. */
export type WriteRoom = {
  isFull(gathered: GatheredRows<unknown>): boolean
  /** `isBehind`: more waited already. */
  wrote(tookMs: number, isBehind: boolean): void
  failed(): void
}

/** `most` undefined: each batch alone. */
export function openWriteRoom(batch: ReadLimits, most: ReadLimits = batch): WriteRoom {
  const parts = Math.max(1, most.records / batch.records)
  let share = 1 / parts
  return {
    isFull: ({ records, bytes }) => records.length >= most.records * share || bytes >= most.bytes * share,
    wrote(tookMs, isBehind) {
      if (!isBehind || tookMs > slowMs) share = Math.max(1 / parts, share / 2)
      else if (tookMs < quickMs) share = Math.min(1, share * 2)
    },
    failed() {
      share = 1 / parts
    },
  }
}
