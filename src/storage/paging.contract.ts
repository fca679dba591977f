// The promises of every paged list: a fixed order, every row exactly once however long the pages,
// ties and changes in between included, and nothing but its own cursors.
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { encodeCursor } from './page-cursor.ts'
import type { Page, PageRequest } from './page.ts'
import { outage } from './projection.contract.ts'

type List<Row> = (page: PageRequest) => Promise<Page<Row>>

/** Reads all pages; `between` runs after each. */
export async function readPages<Row>(
  list: List<Row>,
  limit: number,
  between: () => Promise<void> = async () => {},
): Promise<Row[]> {
  const rows: Row[] = []
  let after: string | undefined
  do {
    const page: Page<Row> = await list(after === undefined ? { limit } : { limit, after })
    assert.ok(page.rows.length <= limit)
    if (page.next !== undefined) assert.equal(page.rows.length, limit)
    rows.push(...page.rows)
    after = page.next
    await between()
  } while (after !== undefined)
  return rows
}

/** `expected` are all rows in order. */
export async function assertPages<Row>(list: List<Row>, expected: readonly Row[]): Promise<void> {
  for (const limit of [1, 2, 3, Math.max(1, expected.length), 1000, 5000])
    assert.deepEqual(await readPages(list, limit), expected)
}

export async function assertRefusesCursors<Row>(name: string, list: List<Row>): Promise<void> {
  const foreign = [
    '',
    'x',
    'null',
    encodeCursor('another', [1, 'x']),
    encodeCursor(name, []),
    encodeCursor(name, ['x', 'y', 'z']),
    encodeCursor(name, ['a\0b']),
  ]
  for (const after of foreign) await assert.rejects(list({ limit: 1, after }), outage('BAD_CURSOR'), after)
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), (after) =>
      assert.rejects(list({ limit: 1, after }), outage('BAD_CURSOR')),
    ),
    { numRuns: 30 },
  )
}
