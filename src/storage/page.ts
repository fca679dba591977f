// How lists are read: pages in a fixed order, each starting right after the last row of the one before (keyset paging), so that
// rows which come or go meanwhile neither repeat nor hide others.

export type Page<Row> = { readonly rows: readonly Row[]; /** Absent on the last page. */ readonly next?: string }

/** `limit` is 1 to `pageRowsMax`; `after` is the `next` of the page before, opaque to the caller. A list rejects with Outage
 *  BAD_CURSOR (not retryable) when `after` is not a cursor of that list. */
export type PageRequest = { readonly limit: number; readonly after?: string }

/** No list gives more rows at once, whatever was asked for. */
export const pageRowsMax = 1000
