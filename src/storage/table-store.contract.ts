// Promises of every table of a read model, whatever its shape: any rows come back as they were, and
// any filters give just the rows for which they hold, in the order of the model.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { rowKey, type AnyModel, type AnyRow, type Filter } from '../read-models/read-model.ts'
import { anyRow } from '../read-models/any-row.testing.ts'
import { readPages } from './paging.contract.ts'
import type { OpenStore } from './projection.contract.ts'
import type { StoreOf } from './table-store.ts'

export function tableStoreContract(model: AnyModel, open: OpenStore<StoreOf<AnyModel>>): void {
  const keys = model.order.by.map((name) => rowKey(model, name))
  const compared = (one: AnyRow, other: AnyRow): number => {
    for (const key of keys) {
      const order = compare(key(one), key(other))
      if (order !== 0) return model.order.newestFirst ? -order : order
    }
    return 0
  }
  const rows = fc
    .uniqueArray(anyRow(model.shape), {
      maxLength: 12,
      selector: (row) => JSON.stringify([row['tenant'], ...keys.map((key) => key(row))]),
    })
    .map((given) => given.map((row, index) => ('id' in row ? { ...row, id: `r${index}` } : row)))

  test(`${model.name}: any rows come back as they were, those that any filters ask for, in order`, async () => {
    await using store = await open()
    await fc.assert(
      fc.asyncProperty(rows, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), async (given, chance) => {
        const next = (): number => chance.next().value ?? 0
        const asked = someFilters(model, given, next)
        const put = (rowOf: (row: AnyRow) => AnyRow | null): Promise<void> =>
          store.put(
            given.map((row, index) => ({ id: `r${index}`, row: rowOf(row) })),
            {},
          )
        await put((row) => row)
        try {
          const found = await readPages((page) => store.list('acme', asked, page), 1 + Math.floor(next() * 5))
          assert.deepEqual(found, given.filter((row) => isAskedFor(model, row, asked)).toSorted(compared))
          for (const [index, row] of given.entries())
            assert.deepEqual(await store.get('acme', `r${index}`), row['tenant'] === 'acme' ? row : undefined)
        } finally {
          await put(() => null)
        }
        assert.deepEqual((await store.list('acme', {}, { limit: 1 })).rows, [])
      }),
      { numRuns: 30 },
    )
  })
}

const compare = (one: unknown, other: unknown): number =>
  typeof one === 'number' && typeof other === 'number'
    ? one - other
    : Buffer.compare(Buffer.from(String(one)), Buffer.from(String(other)))

/** Values of some of the filters, most of them of a row that there is. */
function someFilters(
  model: AnyModel,
  rows: readonly AnyRow[],
  chance: () => number,
): Readonly<Record<string, unknown>> {
  const one = rows[Math.floor(chance() * rows.length)]
  if (one === undefined) return {}
  const asked = Object.entries(model.filters).filter(() => chance() < 0.4)
  return Object.fromEntries(asked.map(([name, { on }]) => [name, rowKey(model, on)(one)]))
}

const isAskedFor = (model: AnyModel, row: AnyRow, asked: AnyRow): boolean =>
  row['tenant'] === 'acme' &&
  Object.entries(asked).every(([name, value]) =>
    isSo(model.filters[name]!, rowKey(model, model.filters[name]!.on)(row), value),
  )

function isSo({ is }: Filter, key: unknown, asked: unknown): boolean {
  if (is === '=') return key === asked
  const order = compare(key, asked)
  return is === '<' ? order < 0 : is === '<=' ? order <= 0 : order >= 0
}
