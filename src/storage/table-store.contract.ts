// Promises of every table of a read model, whatever its shape: any rows come back as they were, and
// any filters give just the rows for which they hold, in the order of the model.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isInCircle, type Circle } from '../model/circle.ts'
import { ageKey, rowKey, type AnyModel, type AnyRow, type Filter, type Near } from '../read-models/read-model.ts'
import { anyRow } from '../read-models/any-row.testing.ts'
import { readPages } from './paging.contract.ts'
import type { OpenStore } from './projection.contract.ts'
import { expiredRowsMax, type StoreOf } from './table-store.ts'
import { wholeReach } from './reach.ts'
import { isReached, someReach } from './reach.testing.ts'

export function tableStoreContract(model: AnyModel, open: OpenStore<StoreOf<AnyModel>>): void {
  const keys = model.order.by.map((name) => rowKey(model, name))
  const compared = (one: AnyRow, other: AnyRow): number => {
    for (const key of keys) {
      const order = compare(key(one), key(other))
      if (order !== 0) return model.order.newestFirst ? -order : order
    }
    return 0
  }
  const happened = (row: AnyRow): number[] =>
    model.happened === undefined
      ? []
      : [model.happened.first, model.happened.last].map((name) => Number(rowKey(model, name)(row)))
  const rows = fc
    .uniqueArray(anyRow(model.shape), {
      maxLength: 12,
      selector: (row) => JSON.stringify([row['tenant'], ...keys.map((key) => key(row))]),
    })
    .map(named)

  test(`${model.name}: any rows come back as they were, those that are reached and any filters ask for, in order`, async () => {
    await using store = await open()
    await fc.assert(
      fc.asyncProperty(rows, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), async (given, chance) => {
        const next = (): number => chance.next().value ?? 0
        const asked = someFilters(model, given, next)
        const reach = someReach('acme', ['v1', 'V2', 'v.10'], given.flatMap(happened), next)
        const isThere = (row: AnyRow): boolean =>
          row['tenant'] === 'acme' && isReached(reach, String(row['vehicle']), happened(row))
        const put = (rowOf: (row: AnyRow) => AnyRow | null): Promise<void> =>
          store.put(
            given.map((row, index) => ({ id: `r${index}`, row: rowOf(row) })),
            {},
          )
        await put((row) => row)
        try {
          const found = await readPages((page) => store.list(reach, asked, page), 1 + Math.floor(next() * 5))
          assert.deepEqual(
            found,
            given.filter((row) => isThere(row) && isAskedFor(model, row, asked)).toSorted(compared),
          )
          for (const [index, row] of given.entries())
            assert.deepEqual(await store.get(reach, `r${index}`), isThere(row) ? row : undefined)
        } finally {
          await put(() => null)
        }
        assert.deepEqual((await store.list(wholeReach('acme'), {}, { limit: 1 })).rows, [])
      }),
      { numRuns: 30 },
    )
  })

  if (model.agesBy !== undefined) expiryContract(model, open)
}

function expiryContract(model: AnyModel, open: OpenStore<StoreOf<AnyModel>>): void {
  const age = rowKey(model, ageKey(model)) as (row: AnyRow) => number

  test(`${model.name}: rows of all tenants that have had their time are forgotten, and no other`, async () => {
    await using store = await open()
    await fc.assert(
      fc.asyncProperty(fc.array(anyRow(model.shape), { minLength: 1, maxLength: 12 }).map(named), async (given) => {
        const change = (row: AnyRow, index: number) => ({ id: `r${index}`, row })
        const left = (row: AnyRow, index: number) => store.get(wholeReach(String(row['tenant'])), `r${index}`)
        // Rows are given their time by a row among them, so that one is of just that instant.
        const horizon = age(given[0]!)
        await store.put(given.map(change), { 'telemetry/0': 1 })
        assert.equal(await store.expire(horizon - 0.5), given.filter((row) => age(row) < horizon).length)
        assert.equal(await store.expire(horizon), 0)
        assert.deepEqual(
          await Promise.all(given.map(left)),
          given.map((row) => (age(row) < horizon ? undefined : row)),
        )
        assert.deepEqual(await store.positions(), { 'telemetry/0': 1 })
        await store.put(
          given.map((_, index) => ({ id: `r${index}`, row: null })),
          {},
        )
      }),
      { numRuns: 20 },
    )
  })

  test(`${model.name}: they are forgotten the oldest first, a bounded number at a time`, async () => {
    await using store = await open()
    const [sample] = fc.sample(anyRow(model.shape), 1)
    const instants = ['startAt', 'minuteAt', 'receivedAt'].filter((name) => name in model.shape.properties)
    const rows = Array.from({ length: expiredRowsMax + 5 }, (_, at) => ({
      id: `r${at}`,
      row: { ...sample, ...Object.fromEntries(instants.map((name) => [name, at])) },
    }))
    await store.put(rows.toReversed(), {})
    assert.equal(await store.expire(rows.length + 1), expiredRowsMax)
    const { rows: found } = await store.list(wholeReach(String(sample?.['tenant'])), {}, { limit: 100 })
    assert.deepEqual(
      found.map(age).toSorted((one, other) => one - other),
      [0, 1, 2, 3, 4].map((n) => expiredRowsMax + n),
    )
    assert.equal(await store.expire(rows.length + 1), 5)
    assert.equal(await store.expire(rows.length + 1), 0)
  })
}

/** Rows that have their ids as a field, where the shape has it. */
const named = (rows: readonly AnyRow[]): readonly AnyRow[] =>
  rows.map((row, index) => ('id' in row ? { ...row, id: `r${index}` } : row))

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
  return {
    ...Object.fromEntries(asked.map(([name, { on }]) => [name, rowKey(model, on)(one)])),
    ...(model.near !== undefined && chance() < 0.5 && { near: someCircle(model.near, one, chance) }),
  }
}

const radiiM = [1, 1_000, 200_000, 3_000_000, 10_000_000]

/** Around a place of a row, or anywhere, poles and antimeridian among it. */
function someCircle({ on }: Near, row: AnyRow, chance: () => number): Circle {
  const places = on.flatMap((name) => (isPlace(row[name]) ? [row[name]] : []))
  const anywhere = { lat: Math.min(90, chance() * 200 - 100), lon: Math.max(-180, chance() * 400 - 220) }
  const clamped = { lat: Math.max(-90, anywhere.lat), lon: Math.min(180, anywhere.lon) }
  const centre = chance() < 0.6 ? (places[Math.floor(chance() * places.length)] ?? clamped) : clamped
  return { ...centre, radiusM: radiiM[Math.floor(chance() * radiiM.length)] ?? 1 }
}

const isPlace = (value: unknown): value is { readonly lat: number; readonly lon: number } =>
  typeof value === 'object' && value !== null && 'lat' in value

const isAskedFor = (model: AnyModel, row: AnyRow, asked: AnyRow): boolean =>
  row['tenant'] === 'acme' &&
  Object.entries(asked).every(([name, value]) =>
    name === 'near'
      ? model.near?.on.some((place) => isPlace(row[place]) && isInCircle(value as Circle, row[place]))
      : isSo(model.filters[name]!, rowKey(model, model.filters[name]!.on)(row), value),
  )

function isSo({ is }: Filter, key: unknown, asked: unknown): boolean {
  if (is === '=') return key === asked
  const order = compare(key, asked)
  return is === '<' ? order < 0 : is === '<=' ? order <= 0 : order >= 0
}
