import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { TwinValue } from '../../model/read-models.ts'
import type { PositionsEvent } from '../contract.ts'
import { createPositionTable, type Columns } from './position-table.ts'

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
const parse = ({ json }: Columns): Omit<PositionsEvent, 'names'> => JSON.parse(`{${json}}`) as Omit<PositionsEvent, 'names'>

test('positions come as whole numbers in columns, and what is not known as −1', () => {
  const table = createPositionTable(10)
  table.put({ vehicle: 'a', signals: signalsAt(1000, -34.9012345678, -56.1645, 42.4) })
  table.put({ vehicle: 'b', signals: signalsAt(2000, 0, 0, null, null) })
  table.closeRound()
  assert.deepEqual(parse(table.columns(0, 0, 10)), {
    number: [0, 1],
    at: [1000, 2000],
    lat: [-34901235, 0],
    lon: [-56164500, 0],
    heading: [0, -1],
    speedKmh: [42, -1],
  })
  assert.equal(table.names(0, 2), '[[0,"a"],[1,"b"]]')
})

test('a reader gets what changed since the round it has, and nothing else', () => {
  const table = createPositionTable(10)
  table.put({ vehicle: 'a', signals: signalsAt(1, 1, 1) })
  table.put({ vehicle: 'b', signals: signalsAt(1, 1, 1) })
  const first = table.closeRound()
  table.put({ vehicle: 'b', signals: signalsAt(2, 2, 2) })
  table.closeRound()
  assert.deepEqual(parse(table.columns(first, 0, 10)).number, [1])
  assert.deepEqual(parse(table.columns(0, 0, 10)).number, [0, 1])
})

test('many cars come in pieces that together are all of them', () => {
  const table = createPositionTable(100)
  for (let index = 0; index < 25; index++) table.put({ vehicle: `v${index}`, signals: signalsAt(1, 1, 1) })
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
  table.put({ vehicle: 'a', signals: signalsAt(1000, 5, 6) })
  table.put({ vehicle: 'a', signals: signalsAt(9000, Number.NaN, Number.NaN) })
  table.put({
    vehicle: 'a',
    signals: {
      'Vehicle.CurrentLocation.Latitude': { value: null, at: 9000 },
      'Vehicle.CurrentLocation.Longitude': { value: { invalid: 'range' }, at: 9000 },
    },
  })
  table.closeRound()
  const { at, lat } = parse(table.columns(0, 0, 10))
  assert.deepEqual([at, lat], [[1000], [5_000_000]])
})

test('patches in any order, some of them twice, end in the same positions', () => {
  const patches = fc.array(fc.record({ vehicle: fc.constantFrom('a', 'b', 'c'), at: fc.nat(1e6) }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(
      patches.chain((list) =>
        fc.tuple(
          fc.constant(list),
          fc.shuffledSubarray([...list, ...list.slice(0, 5)], { minLength: list.length + Math.min(5, list.length) }),
        ),
      ),
      ([inOrder, shuffled]) => {
        const last = (list: typeof inOrder): unknown => {
          const table = createPositionTable(10)
          for (const vehicle of ['a', 'b', 'c']) table.put({ vehicle, signals: {} })
          for (const { vehicle, at } of list) table.put({ vehicle, signals: signalsAt(at, at / 1e5, -at / 1e5, at % 200) })
          table.closeRound()
          const names = new Map(JSON.parse(table.names(0, table.size)) as [number, string][])
          const { number, ...columns } = parse(table.columns(0, 0, 10))
          return number
            .map((index, row) => [names.get(index), ...Object.values(columns).map((column) => column[row])])
            .sort(([one], [other]) => (String(one) < String(other) ? -1 : 1))
        }
        assert.deepEqual(last(shuffled), last(inOrder))
      },
    ),
  )
})

test('a full table shows those it has and says so', () => {
  const table = createPositionTable(1)
  assert.equal(table.put({ vehicle: 'a', signals: signalsAt(1, 1, 1) }), true)
  assert.equal(table.put({ vehicle: 'b', signals: signalsAt(1, 1, 1) }), false)
  assert.equal(table.put({ vehicle: 'a', signals: signalsAt(2, 1, 1) }), true)
})

test('a forgotten vehicle is not shown until it is heard from again', () => {
  const table = createPositionTable(10)
  table.put({ vehicle: 'a', signals: signalsAt(5, 1, 1) })
  table.forget('a')
  table.closeRound()
  assert.deepEqual(parse(table.columns(0, 0, 10)).number, [])
  table.put({ vehicle: 'a', signals: signalsAt(3, 1, 1) })
  table.closeRound()
  assert.deepEqual(parse(table.columns(0, 0, 10)).number, [0])
})
