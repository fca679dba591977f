import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadCity } from '../city/city.ts'
import { eastM, northM, planeOver } from '../city/plane.ts'
import { checkMessage } from '../model/message-check.ts'
import type { SignalValue } from '../model/message.ts'
import { simulateOffline, type OfflineMessage, type OfflineOptions } from './offline.ts'
import type { TripTruth, Truth } from './truth.ts'
import { noIncidents } from './incidents.ts'
import type { WorldSink } from './life.ts'
import { openWorld } from './world.ts'

const city = await loadCity()
const startAt = 1_767_877_200_000
const minuteMs = 60_000

function run(options: Partial<OfflineOptions>): { messages: OfflineMessage[]; truths: Truth[] } {
  const truths: Truth[] = []
  const messages = [
    ...simulateOffline({
      city,
      seed: 7,
      cars: 10,
      startAt,
      durationMs: minuteMs,
      onTruth: (truth) => truths.push(truth),
      ...options,
    }),
  ]
  return { messages, truths }
}

type Row = { readonly at: number; readonly vehicle: string; readonly signals: Readonly<Record<string, SignalValue>> }
const rowsOf = (messages: readonly OfflineMessage[]): Row[] =>
  messages.flatMap(({ ref, message }) =>
    'samples' in message ? message.samples.map(({ at, signals }) => ({ at, vehicle: ref.vehicle, signals })) : [],
  )
const numberOf = (row: Row, path: string): number | undefined => {
  const value = row.signals[path]
  return typeof value === 'number' ? value : undefined
}

const town = run({ cars: 200, durationMs: 10 * minuteMs })
const rows = rowsOf(town.messages)
const rowsByVehicle = Map.groupBy(rows, ({ vehicle }) => vehicle)
const trips = town.truths.filter((truth): truth is TripTruth => truth.kind === 'trip')

test('one seed, one run: the same messages and the same truth, byte for byte; another seed, another run', () => {
  const options = {
    cars: 40,
    durationMs: 4 * minuteMs,
    rates: { ...noIncidents, 'harsh-braking': 5, tunnel: 5, crash: 2 },
  }
  const first = JSON.stringify(run(options))
  assert.equal(JSON.stringify(run(options)), first)
  assert.notEqual(JSON.stringify(run({ ...options, seed: 8 })), first)
})

test('how the time is cut into steps changes nothing', () => {
  const live = (steps: readonly number[]): string => {
    const world = openWorld({ city, seed: 3, cars: 20, startAt })
    const said: unknown[] = []
    const sink: WorldSink = {
      uplink: (car, stream, utterance) => void said.push([car.id, stream, utterance]),
      truth: (truth) => void said.push(truth),
      network: (car, up) => void said.push([car.id, up]),
    }
    for (const step of steps) world.step(startAt + step, sink)
    world.finish(sink)
    return JSON.stringify(said)
  }
  const whole = live([90_000])
  assert.equal(live([0, 1, 500, 999, 1000, 1001, 45_678, 45_678, 90_000]), whole)
  assert.equal(live(Array.from({ length: 4500 }, (_, i) => 20 * (i + 1))), whole)
})

test('every message is one the platform takes, with every value in its range', () => {
  for (const { message } of town.messages) {
    const checked = checkMessage(JSON.parse(JSON.stringify(message)))
    assert.ok(checked.ok, JSON.stringify(checked))
    assert.equal(JSON.stringify(checked.value).includes('"invalid"'), false, JSON.stringify(message))
  }
})

test('messages are small and count on without gaps, one sample a second while driving', () => {
  let bytes = 0
  const next = new Map<string, number>()
  for (const { ref, stream, message } of town.messages) {
    bytes += JSON.stringify(message).length
    const key = `${ref.vehicle}/${stream}`
    assert.equal(message.seq, next.get(key) ?? 0)
    next.set(key, message.seq + 1)
  }
  assert.ok(bytes / town.messages.length < 400)
  for (const trip of trips.filter(({ endAt }) => endAt !== null).slice(0, 50)) {
    const samples = rowsByVehicle.get(trip.vehicle)!.filter(({ at }) => at >= trip.startAt && at <= trip.endAt!)
    assert.equal(samples.length, (trip.endAt! - trip.startAt) / 1000 + 1)
  }
})

test('most cars of a lively city are moving', () => {
  const late = rows.filter(({ at }) => at > startAt + 2 * minuteMs)
  const moving = late.filter((row) => (numberOf(row, 'Vehicle.Speed') ?? 0) > 0)
  assert.ok(moving.length / (200 * 8 * 60) > 0.6, `${moving.length}`)
})

test('no car does what cars cannot: speed, acceleration and cornering stay within limits', () => {
  for (const samples of rowsByVehicle.values()) {
    let before: { at: number; speed: number } | undefined
    for (const row of samples) {
      const speed = numberOf(row, 'Vehicle.Speed')
      if (speed === undefined) continue
      assert.ok(speed >= 0 && speed <= 110, `${speed} km/h`)
      const change = before?.at === row.at - 1000 ? (speed - before.speed) / 3.6 : 0
      assert.ok(change < 4, `gains ${change} m/s in a second`)
      assert.ok(change > -8.2, `loses ${-change} m/s in a second`)
      assert.ok(Math.abs(numberOf(row, 'Vehicle.Acceleration.Lateral') ?? 0) < 14)
      before = { at: row.at, speed }
    }
  }
})

test('the odometer is the integral of the speed, within 1 % on every trip', () => {
  assert.ok(trips.length > 200)
  for (const trip of trips) {
    const speeds = rowsByVehicle
      .get(trip.vehicle)!
      .filter(({ at }) => at >= trip.startAt && at <= (trip.endAt ?? Infinity))
      .map((row) => numberOf(row, 'Vehicle.Speed') ?? 0)
    let metres = 0
    for (let i = 1; i < speeds.length; i++) metres += (speeds[i]! + speeds[i - 1]!) / 7.2
    if (trip.distanceM > 300)
      assert.ok(Math.abs(metres - trip.distanceM) < 0.01 * trip.distanceM, `${metres} m of ${trip.distanceM} m`)
  }
})

test('fuel and energy stay in the range of real cars', () => {
  const sum = (of: (trip: TripTruth) => number | null): number =>
    trips.reduce((total, trip) => total + (of(trip) ?? 0), 0)
  const litres = (100_000 * sum(({ fuelL }) => fuelL)) / sum(({ fuelL, distanceM }) => (fuelL === null ? 0 : distanceM))
  const kwh =
    (100_000 * sum(({ energyKwh }) => energyKwh)) /
    sum(({ energyKwh, distanceM }) => (energyKwh === null ? 0 : distanceM))
  assert.ok(litres > 4 && litres < 12, `${litres} l/100 km`)
  assert.ok(kwh > 10 && kwh < 30, `${kwh} kWh/100 km`)
})

test('cars stay on the streets: every reported place is within the receiver’s error of one', () => {
  const plane = planeOver(city.boundsE7)
  const near = streetIndex()
  let checked = 0
  for (const row of rows) {
    const lat = numberOf(row, 'Vehicle.CurrentLocation.Latitude')
    const lon = numberOf(row, 'Vehicle.CurrentLocation.Longitude')
    if (lat === undefined || lon === undefined || checked++ % 5 !== 0) continue
    const distance = near(eastM(plane, lon), northM(plane, lat))
    assert.ok(distance < 25, `${distance} m from any street`)
  }
  assert.ok(checked > 80_000)
})

/** Distance to the nearest street of the map itself, by cells of 100 m. */
function streetIndex(): (x: number, y: number) => number {
  const plane = planeOver(city.boundsE7)
  const cells = new Map<string, [number, number, number, number][]>()
  for (const line of city.ways.flatMap(({ lines }) => lines))
    for (let i = 2; i < line.length; i += 2) {
      const [ax, ay] = [eastM(plane, line[i - 2]! / 1e7), northM(plane, line[i - 1]! / 1e7)]
      const [bx, by] = [eastM(plane, line[i]! / 1e7), northM(plane, line[i + 1]! / 1e7)]
      const steps = Math.ceil(Math.hypot(bx - ax, by - ay) / 50) || 1
      for (let k = 0; k <= steps; k++) {
        const key = `${Math.floor((ax + ((bx - ax) * k) / steps) / 100)},${Math.floor((ay + ((by - ay) * k) / steps) / 100)}`
        const cell = cells.get(key) ?? []
        cell.push([ax, ay, bx, by])
        cells.set(key, cell)
      }
    }
  return (x, y) => {
    let best = Infinity
    for (let dx = -1; dx <= 1; dx++)
      for (let dy = -1; dy <= 1; dy++)
        for (const [ax, ay, bx, by] of cells.get(`${Math.floor(x / 100) + dx},${Math.floor(y / 100) + dy}`) ?? []) {
          const length2 = (bx - ax) ** 2 + (by - ay) ** 2
          const t =
            length2 === 0 ? 0 : Math.min(1, Math.max(0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length2))
          best = Math.min(best, Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay)))
        }
    return best
  }
}
