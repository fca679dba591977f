// Keyset paging over rows in memory.
import { decodeCursor, type CursorKey, type CursorShape } from '../page-cursor.ts'
import { pageLimit, pageOf, type Page, type PageRequest } from '../page.ts'

export type Order<Row> = {
  readonly list: string
  readonly shape: CursorShape
  readonly descending: boolean
  readonly keyOf: (row: Row) => CursorKey
}

const compareParts = (a: string | number, b: string | number): number =>
  typeof a === 'number' && typeof b === 'number'
    ? a - b
    : Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))

export function compareKeys(a: CursorKey, b: CursorKey): number {
  for (const [i, part] of a.entries()) {
    const order = compareParts(part, b[i] ?? '')
    if (order !== 0) return order
  }
  return 0
}

export function pageInMemory<Row>(
  rows: Iterable<Row>,
  { list, shape, descending, keyOf }: Order<Row>,
  request: PageRequest,
): Page<Row> {
  const limit = pageLimit(request.limit)
  const after = request.after === undefined ? undefined : decodeCursor(list, shape, request.after)
  const sign = descending ? -1 : 1
  const sorted = [...rows]
    .filter((row) => after === undefined || compareKeys(keyOf(row), after) * sign > 0)
    .sort((a, b) => compareKeys(keyOf(a), keyOf(b)) * sign)
  return structuredClone(pageOf(list, sorted.slice(0, limit + 1), limit, keyOf))
}
