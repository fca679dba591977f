// Rows by id and the positions they came from, in memory: the writing side of every store of the
// reference adapter.
import { Outage } from '../../base/errors.ts'
import type { Positions } from '../../eventlog/event-log.ts'
import type { Change, Projection } from '../projection.ts'

/** Throws Outage ROW_REFUSED where one of the instants or counts is no whole number. */
export function refuseFractions(...values: readonly number[]): void {
  if (!values.every(Number.isSafeInteger))
    throw new Outage('ROW_REFUSED', 'An instant or a count is not a whole number.', { retryable: false })
}

export type MemoryProjection<Row, Kept> = Projection<Row> & { readonly rows: ReadonlyMap<string, Kept> }

/** `refuse` throws for a row that a database would not keep. `merge` gives what to keep when a row
 *  comes to an id; it may refer to what is kept there already. */
export function openMemoryProjection<Row, Kept = Row>(
  guard: () => void,
  refuse: (row: Row) => void,
  merge: (known: Kept | undefined, row: Row) => Kept,
): MemoryProjection<Row, Kept> & { revise(id: string, kept: Kept | undefined): void } {
  const rows = new Map<string, Kept>()
  let stored: Positions = {}
  return {
    rows,
    revise: (id, kept) => void (kept === undefined ? rows.delete(id) : rows.set(id, kept)),
    async positions() {
      guard()
      return stored
    },
    async put(changes: readonly Change<Row>[], positions) {
      guard()
      for (const { row } of changes) if (row !== null) refuse(row)
      // Copied in and out: a caller who changes his row later does not change ours.
      for (const { id, row } of structuredClone(changes)) {
        if (row === null) rows.delete(id)
        else rows.set(id, merge(rows.get(id), row))
      }
      stored = { ...stored, ...positions }
    },
  }
}
