import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PositionsEvent } from '../../../src/api/contract.ts'
import { latOfMercator, lonOfMercator } from '../map/mercator.ts'
import { carAt, silentAfterMs } from './car-columns.ts'
import { createCarTable, type CarTable } from './car-table.ts'

type Report = {
  readonly number: number
  readonly name?: string
  readonly at: number
  readonly receivedAt?: number
  readonly lat: number
  readonly lon: number
  readonly heading?: number
  readonly speedKmh?: number
}

const event = (...reports: readonly Report[]): PositionsEvent => ({
  names: reports.flatMap(({ number, name }) => (name === undefined ? [] : [[number, name] as const])),
  number: reports.map(({ number }) => number),
  at: reports.map(({ at }) => at),
  receivedAt: reports.map(({ at, receivedAt }) => receivedAt ?? at),
  lat: reports.map(({ lat }) => Math.round(lat * 1e6)),
  lon: reports.map(({ lon }) => Math.round(lon * 1e6)),
  heading: reports.map(({ heading }) => heading ?? -1),
  speedKmh: reports.map(({ speedKmh }) => speedKmh ?? -1),
})

const startAt = 1_800_000_000_000
const where = (table: CarTable, slot: number, at: number) => {
  const car = carAt(table.frame(), slot, at)
  assert.ok(car)
  return { ...car, lat: latOfMercator(car.y), lon: lonOfMercator(car.x) }
}
const near = (actual: number, expected: number, tolerance: number): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected} ± ${tolerance}`)

test('a car stands where it was first seen, to the decimetre', () => {
  const table = createCarTable(startAt)
  table.apply(
    event({ number: 4, name: 'a', at: startAt, lat: -34.905_123, lon: -56.191_456, heading: 90, speedKmh: 30 }),
    startAt,
  )
  const car = where(table, 0, startAt)
  near(car.lat, -34.905_123, 1e-6)
  near(car.lon, -56.191_456, 1e-6)
  assert.equal(car.heading, 90)
  assert.equal(car.speedKmh, 30)
  assert.deepEqual(table.takeNames(), [[0, 'a']])
  assert.deepEqual(table.takeNames(), [])
})

test('between two reports a car glides, and turns the short way round', () => {
  const table = createCarTable(startAt)
  table.apply(event({ number: 1, name: 'a', at: startAt, lat: -34.9, lon: -56.19, heading: 350 }), startAt)
  table.apply(event({ number: 1, at: startAt + 1000, lat: -34.9, lon: -56.189, heading: 10 }), startAt + 1000)
  near(where(table, 0, startAt + 1000).lon, -56.19, 1e-6)
  near(where(table, 0, startAt + 1500).lon, -56.1895, 1e-6)
  near(where(table, 0, startAt + 1500).heading ?? -1, 0, 0.01)
  near(where(table, 0, startAt + 9000).lon, -56.189, 1e-6)
})

test('a report in the middle of a glide goes on from where the car is drawn', () => {
  const table = createCarTable(startAt)
  table.apply(event({ number: 1, name: 'a', at: startAt, lat: -34.9, lon: -56.19 }), startAt)
  table.apply(event({ number: 1, at: startAt + 1000, lat: -34.9, lon: -56.189 }), startAt + 1000)
  const drawn = where(table, 0, startAt + 1400)
  table.apply(event({ number: 1, at: startAt + 1400, lat: -34.9, lon: -56.188 }), startAt + 1400)
  near(where(table, 0, startAt + 1400).lon, drawn.lon, 1e-6)
})

test('a jump across the city is set down, not flown', () => {
  const table = createCarTable(startAt)
  table.apply(event({ number: 1, name: 'a', at: startAt, lat: -34.9, lon: -56.19 }), startAt)
  table.apply(event({ number: 1, at: startAt + 1000, lat: -34.8, lon: -56.1 }), startAt + 1000)
  near(where(table, 0, startAt + 1000).lat, -34.8, 1e-5)
})

test('a new connection numbers anew; a vehicle keeps its slot', () => {
  const table = createCarTable(startAt)
  table.apply(
    event(
      { number: 0, name: 'a', at: startAt, lat: -34.9, lon: -56.19 },
      { number: 1, name: 'b', at: startAt, lat: -34.8, lon: -56.1 },
    ),
    startAt,
  )
  table.takeNames()
  table.forgetNumbers()
  table.apply(event({ number: 0, name: 'b', at: startAt + 1000, lat: -34.8, lon: -56.1, speedKmh: 50 }), startAt + 1000)
  assert.deepEqual(table.takeNames(), [])
  assert.equal(where(table, 1, startAt + 1000).speedKmh, 50)
  table.apply(event({ number: 1, at: startAt + 2000, lat: 0, lon: 0 }), startAt + 2000)
  near(where(table, 0, startAt + 9000).lat, -34.9, 1e-5)
})

test('cars are counted by state, fall silent by the clock, and are filtered by id, state and set', () => {
  const table = createCarTable(startAt)
  table.apply(
    event(
      { number: 0, name: 'taxi-1', at: startAt, lat: -34.9, lon: -56.19, speedKmh: 40 },
      { number: 1, name: 'taxi-2', at: startAt, lat: -34.9, lon: -56.19, speedKmh: 0 },
      { number: 2, name: 'bus-1', at: startAt - silentAfterMs - 1000, lat: -34.9, lon: -56.19, speedKmh: 40 },
    ),
    startAt,
  )
  assert.deepEqual(table.count(startAt), { total: 3, moving: 1, parked: 1, silent: 1, shown: 3 })
  table.setFilter({ state: 'moving', search: '', vehicles: null })
  assert.equal(table.count(startAt).shown, 1)
  table.setFilter({ state: 'all', search: ' TAXI ', vehicles: null })
  assert.equal(table.count(startAt).shown, 2)
  table.setFilter({ state: 'all', search: '', vehicles: new Set(['bus-1']) })
  assert.equal(table.count(startAt).shown, 1)
  assert.deepEqual(table.count(startAt + silentAfterMs + 1000), { total: 3, moving: 0, parked: 0, silent: 3, shown: 1 })
})

test('many cars and many hours: the table grows, and 32 bits of seconds stay exact', () => {
  const table = createCarTable(startAt)
  const reports = Array.from({ length: 3000 }, (_, index) => ({
    number: index,
    name: `car-${index}`,
    at: startAt,
    lat: -34.9 + index * 1e-5,
    lon: -56.19,
  }))
  table.apply(event(...reports), startAt)
  near(where(table, 2999, startAt).lat, -34.9 + 2999e-5, 1e-6)
  const later = startAt + 40 * 3_600_000
  table.apply(event({ number: 5, at: later - 7, lat: -34.9, lon: -56.19 }), later)
  assert.deepEqual([where(table, 5, later).at, where(table, 5, later).receivedAt], [later - 7, later - 7])
  near(where(table, 6, later).at, startAt, 20)
  near(where(table, 6, later).receivedAt ?? 0, startAt, 20)
})

test('a car goes by when it was heard, whatever instants it measures: long past, yet to come, or heard at a time not known', () => {
  const table = createCarTable(startAt)
  const dayMs = 86_400_000
  const placed = { lat: -34.9, lon: -56.19, speedKmh: 40 }
  table.apply(
    event(
      { number: 0, name: 'recording', at: startAt - 530 * dayMs, receivedAt: startAt, ...placed },
      { number: 1, name: 'ahead', at: startAt + dayMs, receivedAt: startAt, ...placed, speedKmh: -1 },
      { number: 2, name: 'quiet', at: startAt, receivedAt: startAt - silentAfterMs - 1, ...placed },
      { number: 3, name: 'unknown', at: startAt, receivedAt: -1, ...placed },
    ),
    startAt,
  )
  assert.deepEqual(table.count(startAt), { total: 4, moving: 1, parked: 1, silent: 2, shown: 4 })
  near(where(table, 0, startAt).at, startAt - 530 * dayMs, 4000)
  assert.equal(where(table, 3, startAt).receivedAt, null)
  assert.equal(table.count(startAt + silentAfterMs + 1).silent, 4, 'a day ahead is not now for a day')
  const later = startAt + 2 * 3_600_000
  table.apply(event({ number: 0, at: later - 530 * dayMs, receivedAt: later, ...placed }), later)
  assert.equal(where(table, 3, later).receivedAt, null)
})

test('a car that is heard without a word of its place goes on with its way', () => {
  const table = createCarTable(startAt)
  table.apply(event({ number: 1, name: 'a', at: startAt, lat: -34.9, lon: -56.19 }), startAt)
  table.apply(event({ number: 1, at: startAt + 1000, lat: -34.9, lon: -56.189 }), startAt + 1000)
  const heard = { number: 1, at: startAt + 1000, receivedAt: startAt + 1500, lat: -34.9, lon: -56.189, speedKmh: 7 }
  table.apply(event(heard), startAt + 1500)
  near(where(table, 0, startAt + 1750).lon, -56.189_25, 1e-6)
  assert.deepEqual(
    [where(table, 0, startAt + 1750).speedKmh, where(table, 0, startAt + 1750).receivedAt],
    [7, startAt + 1500],
  )
})

test('a car that is named without a position has no slot until it has one', () => {
  const table = createCarTable(startAt)
  table.apply(
    {
      ...event({ number: 1, name: 'b', at: startAt, lat: -34.9, lon: -56.19 }),
      names: [
        [0, 'a'],
        [1, 'b'],
        [2, 'c'],
      ],
    },
    startAt,
  )
  assert.deepEqual(table.takeNames(), [[0, 'b']])
  assert.equal(table.frame().count, 1)
  assert.equal(table.count(startAt).total, 1)
  assert.equal(carAt(table.frame(), 1, startAt), undefined)
  table.apply(event({ number: 0, at: startAt + 1000, lat: 1, lon: 2 }), startAt + 1000)
  assert.deepEqual(table.takeNames(), [[1, 'a']])
  near(where(table, 1, startAt + 1000).lat, 1, 1e-6)
})

test('when the feed begins anew, vehicles that it does not name again are gone, and slots are given anew', () => {
  const table = createCarTable(startAt)
  const [a, b] = [
    { number: 0, name: 'a', at: startAt, lat: 1, lon: 1 },
    { number: 1, name: 'b', at: startAt, lat: 2, lon: 2 },
  ]
  table.apply(event(a, b), startAt)
  assert.deepEqual([table.takeAnew(), table.takeNames().length], [false, 2])
  table.apply({ ...event({ ...b, number: 0 }), anew: true }, startAt + 1)
  assert.deepEqual([table.takeAnew(), table.takeNames(), table.count(startAt + 1).total], [true, [[0, 'b']], 1])
  near(where(table, 0, startAt + 1).lat, 2, 1e-5)
  table.apply({ ...event(), anew: true }, startAt + 2)
  assert.deepEqual([table.takeAnew(), table.takeAnew(), table.count(startAt + 2).total], [true, false, 0])
})
