// Rows by id and the positions they came from, in memory: the writing side of every store of the reference adapter.
import type { Positions } from '../../eventlog/event-log.ts'
import type { Change, Projection } from '../projection.ts'

export type MemoryProjection<Row, Kept> = Projection<Row> & { readonly rows: ReadonlyMap<string, Kept> }

/** `merge` gives what to keep when a row comes to an id; it may refer to what is kept there already. */
export function openMemoryProjection<Row, Kept = Row>(
  guard: () => void,
  merge: (known: Kept | undefined, row: Row) => Kept,
): MemoryProjection<Row, Kept> & { forget(id: string): void } {
  const rows = new Map<string, Kept>()
  let stored: Positions = {}
  return {
    rows,
    forget: (id) => void rows.delete(id),
    async positions() {
      guard()
      return stored
    },
    async put(changes: readonly Change<Row>[], positions) {
      guard()
      // Copied in and out: a caller who changes his row later does not change ours.
      for (const { id, row } of structuredClone(changes)) {
        if (row === null) rows.delete(id)
        else rows.set(id, merge(rows.get(id), row))
      }
      stored = { ...stored, ...positions }
    },
  }
}
