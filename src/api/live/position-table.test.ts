import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { TwinPatch, TwinValue } from '../../model/twin.ts'
import { mergeTwin } from '../../model/merge-twin.ts'
import type { PositionsEvent } from '../contract.ts'
import { twin } from '../rows.testing.ts'
import { createPositionTable, type Columns, type PositionTable } from './position-table.ts'

const signalsAt = (
  at: number,
  lat: number,
  lon: number,
  speedKmh: number | null = 30,
  heading: number | null = 359.7,
): Record<string, TwinValue> => ({
  'Vehicle.CurrentLocation.Latitude': { value: lat, at },
  'Vehicle.CurrentLocation.Longitude': { value: lon, at },
  'Vehicle.Speed': { value: speedKmh, at },
  'Vehicle.CurrentLocation.Heading': { value: heading, at },
})
const patch = (vehicle: string, signals: Readonly<Record<string, TwinValue>>, receivedAt: number | null = 500) => ({
  vehicle,
  receivedAt,
  signals,
})
const parse = ({ json }: Columns): Omit<PositionsEvent, 'names'> =>
  JSON.parse(`{${json}}`) as Omit<PositionsEvent, 'names'>

test('positions come as whole numbers in columns, and what is not known as −1', () => {
  const table = createPositionTable(10)
  table.put(patch('a', signalsAt(1000, -34.9012345678, -56.1645, 42.4)), 0)
  table.put(patch('b', signalsAt(2000, 0, 0, null, null), null), 0)
  table.closeRound()
  assert.deepEqual(parse(table.columns(0, 0, 10)), {
    number: [0, 1],
    at: [1000, 2000],
    receivedAt: [500, -1],
    lat: [-34901235, 0],
    lon: [-56164500, 0],
    heading: [0, -1],
    speedKmh: [42, -1],
  })
  assert.equal(table.names(0, 2), '[[0,"a"],[1,"b"]]')
})

test('a reader gets what changed since the round it has, and nothing else', () => {
  const table = createPositionTable(10)
  table.put(patch('a', signalsAt(1, 1, 1)), 0)
  table.put(patch('b', signalsAt(1, 1, 1)), 0)
  const first = table.closeRound()
  table.put(patch('b', signalsAt(2, 2, 2)), 0)
  table.closeRound()
  assert.deepEqual(parse(table.columns(first, 0, 10)).number, [1])
  assert.deepEqual(parse(table.columns(0, 0, 10)).number, [0, 1])
})

test('many cars come in pieces that together are all of them', () => {
  const table = createPositionTable(100)
  for (let index = 0; index < 25; index++) table.put(patch(`v${index}`, signalsAt(1, 1, 1)), 0)
  table.closeRound()
  const numbers: number[] = []
  for (let from = 0; from !== -1;) {
    const columns = table.columns(0, from, 10)
    numbers.push(...parse(columns).number)
    from = columns.next
  }
  assert.deepEqual(
    numbers,
    Array.from({ length: 25 }, (_, index) => index),
  )
})

test('a car that loses its fix keeps its last place and that place’s age', () => {
  const table = createPositionTable(10)
  table.put(patch('a', signalsAt(1000, 5, 6)), 0)
  table.put(patch('a', signalsAt(9000, Number.NaN, Number.NaN)), 0)
  const lost = {
    'Vehicle.CurrentLocation.Latitude': { value: null, at: 9000 },
    'Vehicle.CurrentLocation.Longitude': { value: { invalid: 'range' }, at: 9000 },
  }
  table.put(patch('a', lost), 0)
  table.closeRound()
  const { at, lat } = parse(table.columns(0, 0, 10))
  assert.deepEqual([at, lat], [[1000], [5_000_000]])
})

test('the later patch stands, whatever its instants; the receipt never goes back', () => {
  const table = createPositionTable(10)
  table.put(patch('a', signalsAt(86_400_000, 1, 1), 7000), 0)
  table.put(patch('a', signalsAt(1000, 2, 2), 6000), 0)
  table.closeRound()
  const { at, receivedAt, lat } = parse(table.columns(0, 0, 10))
  assert.deepEqual([at, receivedAt, lat], [[1000], [7000], [2_000_000]])
})

test('a car that is heard without a word of its place is heard all the same', () => {
  const table = createPositionTable(10)
  table.put(patch('a', signalsAt(1000, 1, 1), 2000), 0)
  const first = table.closeRound()
  table.put(patch('a', { 'Vehicle.Cabin.DoorCount': { value: 4, at: 60_000 } }, 61_000), 0)
  table.put(patch('b', {}, 61_000), 0)
  table.closeRound()
  const { number, at, receivedAt } = parse(table.columns(first, 0, 10))
  assert.deepEqual([number, at, receivedAt], [[0], [1000], [61_000]])
  assert.equal(table.size, 1)
})

test('a speed measured at a marked instant is not that of now', () => {
  const table = createPositionTable(10)
  const marked = Object.entries(signalsAt(86_400_000, 1, 1, 50)).map(([path, value]) => [
    path,
    { ...value, clockDoubt: 'ahead' as const },
  ])
  table.put(patch('a', Object.fromEntries(marked) as Record<string, TwinValue>), 0)
  table.closeRound()
  const { lat, speedKmh, heading } = parse(table.columns(0, 0, 10))
  assert.deepEqual([lat, speedKmh, heading], [[1_000_000], [-1], [0]])
})

test('a place that is doubted does not move the car, and a doubted speed is not known', () => {
  const table = createPositionTable(10)
  table.put(patch('a', signalsAt(1000, 1, 1, 50)), 0)
  const doubted = Object.entries(signalsAt(2000, 0, 0, 655)).map(([path, value]) => [
    path,
    { ...value, doubt: 'null-island' as const },
  ])
  table.put(patch('a', Object.fromEntries(doubted) as Record<string, TwinValue>), 0)
  table.put(patch('b', Object.fromEntries(doubted) as Record<string, TwinValue>), 0)
  table.closeRound()
  const { number, at, lat, speedKmh } = parse(table.columns(0, 0, 10))
  assert.deepEqual([number, at, lat, speedKmh], [[0], [1000], [1_000_000], [-1]])
})

test('stored twins, whenever they are read and up to wherever they were written, end in what the patches say', () => {
  const signal = fc.constantFrom(
    'Vehicle.CurrentLocation.Latitude',
    'Vehicle.CurrentLocation.Longitude',
    'Vehicle.Speed',
  )
  const patches = fc.array(
    fc.record({
      path: signal,
      at: fc.nat(1e6),
      value: fc.option(fc.integer({ min: 0, max: 90 }), { freq: 4 }),
      gone: fc.constantFrom(false, false, false, true),
    }),
    { minLength: 1, maxLength: 12 },
  )
  type Patch = { path: string; at: number; value: number | null; gone: boolean }
  // A lost fix is left out: the table remembers the place before, which a stored twin does not
  // have.
  const known = ({ path, value }: Patch): number | null => (path === 'Vehicle.Speed' ? value : (value ?? 0))
  const patchOf = (next: Patch): TwinPatch => ({
    ...twin('ours', 'a', {}, next.at),
    signals: { [next.path]: { value: known(next), at: next.at } },
  })
  const shown = (table: PositionTable) => parse(table.columns(0, 0, 10))
  fc.assert(
    fc.property(patches, fc.nat(), fc.nat(), fc.nat(), (all, one, two, three) => {
      // The feed begins where the store was when the process started; the store may be read when it
      // is ahead of the feed or behind it.
      const begun = one % (all.length + 1)
      const [stored, filled] = [two, three].map((at) => begun + (at % (all.length + 1 - begun))) as [number, number]
      const twin = all
        .slice(0, stored)
        .reduce<TwinPatch | undefined>(
          (known, next) => (next.gone ? undefined : mergeTwin(known, patchOf(next))),
          undefined,
        )
      const whole = createPositionTable(10)
      const table = createPositionTable(10)
      const take = (into: PositionTable, next: Patch) => (next.gone ? into.forget('a') : into.put(patchOf(next), 0))
      for (const next of all) take(whole, next)
      for (const next of all.slice(begun, filled)) take(table, next)
      if (twin !== undefined) table.fill(twin)
      for (const next of all.slice(filled)) take(table, next)
      whole.closeRound()
      table.closeRound()
      assert.deepEqual(shown(table), shown(whole))
    }),
    { numRuns: 1000 },
  )
})

test('a full table shows those it has and says so', () => {
  const table = createPositionTable(1)
  assert.equal(table.put(patch('a', signalsAt(1, 1, 1)), 0), true)
  assert.equal(table.put(patch('b', signalsAt(1, 1, 1)), 0), false)
  assert.equal(table.put(patch('a', signalsAt(2, 1, 1)), 0), true)
})

test('a forgotten vehicle is not shown until it is heard from again', () => {
  const table = createPositionTable(10)
  table.put(patch('a', signalsAt(5, 1, 1)), 0)
  table.forget('a')
  table.closeRound()
  assert.deepEqual(parse(table.columns(0, 0, 10)).number, [])
  table.put(patch('a', signalsAt(3, 1, 1)), 0)
  table.closeRound()
  assert.deepEqual(parse(table.columns(0, 0, 10)).number, [0])
})
