// How lists are read: pages in a fixed order, each starting right after the last row of the one
// before (keyset paging), so that rows which come or go meanwhile neither repeat nor hide others.
import assert from 'node:assert/strict'
import { encodeCursor, type CursorKey } from './page-cursor.ts'

export type Page<Row> = { readonly rows: readonly Row[]; /** Absent on the last page. */ readonly next?: string }

/** `limit` is at least 1, and counts as `pageRowsMax` when it is more; `after` is the `next` of the
 *  page before, opaque to the caller. A list rejects with Outage BAD_CURSOR (not retryable) when
 *  `after` is not a cursor of that list. */
export type PageRequest = { readonly limit: number; readonly after?: string }

/** No list gives more rows at once, whatever was asked for. */
export const pageRowsMax = 1000

/** Rows of one page. */
export function pageLimit(limit: number): number {
  assert(Number.isSafeInteger(limit) && limit >= 1, 'a page has a whole number of rows, at least one')
  return Math.min(limit, pageRowsMax)
}

/** Makes the page of rows that were read with one more than `limit`, which tells whether another
 *  page follows. */
export function pageOf<Row>(
  list: string,
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => CursorKey,
): Page<Row> {
  const last = rows[limit - 1]
  return rows.length > limit && last !== undefined
    ? { rows: rows.slice(0, limit), next: encodeCursor(list, keyOf(last)) }
    : { rows }
}
