// One page of a store's list as the API gives it: rows mapped, cursor sealed for this list, tenant
// and filters.
import type { Page, PageRequest } from '../storage/page.ts'
import type { Listing } from './contract.ts'
import type { Cursors } from './cursor.ts'
import { pageLimits } from './schemas.ts'

type Asked = { readonly limit?: number; readonly after?: string }

/** `scope` names the list and its tenant; the filters are what is asked besides the page. */
export async function listing<Row, Shown>(
  cursors: Cursors,
  scope: readonly string[],
  { limit = pageLimits.rowsUsual, after, ...filters }: Asked & Readonly<Record<string, unknown>>,
  read: (page: PageRequest) => Promise<Page<Row>>,
  show: (row: Row) => Shown,
): Promise<Listing<Shown>> {
  const list = [...scope, Object.entries(filters).sort(([one], [other]) => (one < other ? -1 : 1))]
  const { rows, next } = await read({ limit, ...(after === undefined ? {} : { after: cursors.open(list, after) }) })
  return { rows: rows.map(show), ...(next === undefined ? {} : { next: cursors.seal(list, next) }) }
}
