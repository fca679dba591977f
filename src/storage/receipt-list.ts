// Lists by receipt, of raw messages or of their places: newest receipt first, then by id downwards.
import type { MessageFilter } from './message-store.ts'
import { decodeCursor, encodeCursor } from './page-cursor.ts'
import { pageOf, type Page } from './page.ts'
import { isInSpan } from './reach.ts'

/** Where a row stands in such a list. */
export type Receipt = { readonly receivedAt: number; readonly id: string }

const list = 'messages'
const keyOf = ({ receivedAt, id }: Receipt) => [receivedAt, id] as const

/** As `sort` takes it: above 0 where `a` stands after `b`. */
export const byReceipt = (a: Receipt, b: Receipt): number =>
  b.receivedAt - a.receivedAt || (a.id === b.id ? 0 : a.id < b.id ? 1 : -1)

/** The `after` of a page that goes on behind the row. */
export const cursorBehind = (row: Receipt): string => encodeCursor(list, keyOf(row))

/** The place that a page goes on behind. Throws Outage BAD_CURSOR. */
export function receiptOfCursor(after: string | undefined): Receipt | undefined {
  if (after === undefined) return undefined
  const [receivedAt, id] = decodeCursor(list, ['n', 's'], after)
  return { receivedAt: Number(receivedAt), id: String(id) }
}

/** As `pageOf`, of rows in order. */
export const receiptPage = <Row extends Receipt>(rows: readonly Row[], limit: number): Page<Row> =>
  pageOf(list, rows, limit, keyOf)

export const passesFilter = (
  { stream, at, receivedAt }: { readonly stream: string; readonly at: number; readonly receivedAt: number },
  filter: MessageFilter,
): boolean =>
  stream === (filter.stream ?? stream) &&
  receivedAt >= (filter.receivedFrom ?? -Infinity) &&
  (filter.receivedIn?.some((span) => isInSpan(span, { first: receivedAt, last: receivedAt })) ?? true) &&
  at >= (filter.atFrom ?? -Infinity) &&
  Math.min(at, receivedAt) <= (filter.eitherTo ?? Infinity)
