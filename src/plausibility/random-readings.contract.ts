// Made-up readings of a vehicle for tests: drives, stops and silences at any rate, with what
// receivers and buses get wrong among them.
import * as fc from 'fast-check'
import type { ClockRank } from '../model/message.ts'
import { listDoubts } from './doubts.ts'
import { judge } from './plausibility.ts'
import { fix, ignition, type Reading } from './reading.ts'

export const startAt = 1_700_000_000_000

export const blank: Reading = {
  at: startAt,
  clock: 0,
  lat: NaN,
  lon: NaN,
  accuracyM: NaN,
  fix: fix.unknown,
  speedKmh: NaN,
  odometerM: NaN,
  ignition: ignition.unknown,
}

export type Drive = {
  readonly fromAt?: number
  readonly seconds: number
  readonly stepMs?: number
  readonly kmh: number
  /** Degrees clockwise from north. */
  readonly bearing?: number
  readonly lat?: number
  readonly lon?: number
}

const metresPerDegree = 111_195

/** A drive, straight on, of a car whose speed swings by a tenth; place, speed and odometer tell the
 *  same. */
export function drive({
  fromAt = startAt,
  seconds,
  stepMs = 1000,
  kmh,
  bearing = 70,
  lat = 52.5,
  lon = 13.4,
}: Drive): Reading[] {
  const readings: Reading[] = []
  const toNorth = Math.cos((bearing * Math.PI) / 180) / metresPerDegree
  const toEast = Math.sin((bearing * Math.PI) / 180) / metresPerDegree / Math.cos((lat * Math.PI) / 180)
  for (let ms = 0; ms <= seconds * 1000; ms += stepMs) {
    // The speed is the derivative of the way: kmh × (1 + sin(t / 20 s) / 10).
    const wayM = (kmh / 3.6) * (ms / 1000 + 2 * (1 - Math.cos(ms / 20_000)))
    readings.push({
      ...blank,
      at: fromAt + ms,
      lat: round(lat + wayM * toNorth),
      lon: round(lon + wayM * toEast),
      speedKmh: Math.round(kmh * (1 + Math.sin(ms / 20_000) / 10) * 100) / 100,
      odometerM: Math.round(48_152_345 + wayM),
    })
  }
  return readings
}

const round = (degrees: number): number => Math.round(degrees * 1e7) / 1e7

/** Where a place is that is so many metres off. */
export const offBy = (
  { lat, lon }: Pick<Reading, 'lat' | 'lon'>,
  northM: number,
  eastM: number,
): { lat: number; lon: number } => ({
  lat: lat + northM / metresPerDegree,
  lon: lon + eastM / metresPerDegree / Math.cos((lat * Math.PI) / 180),
})

/** The drive with some of its readings changed. */
export const changed = (
  readings: readonly Reading[],
  between: readonly [number, number],
  change: (reading: Reading) => Partial<Reading>,
) =>
  readings.map((reading) => {
    const at = (reading.at - startAt) / 1000
    return at >= between[0] && at <= between[1] ? { ...reading, ...change(reading) } : reading
  })

/** `<seconds from the start> <what> <reason>` of each doubt. */
export const doubtsIn = (readings: readonly Reading[]): string[] =>
  listDoubts(readings, judge(readings)).map(({ at, of, reason }) => `${(at - startAt) / 1000} ${of} ${reason}`)

type Fault = (reading: Reading, size: number) => Partial<Reading>

const faults: readonly Fault[] = [
  () => ({}),
  () => ({}),
  () => ({ lat: 0, lon: 0 }),
  () => ({ lat: 0 }),
  ({ lat, lon }, size) => offBy({ lat, lon }, size * 100_000, -size * 50_000),
  ({ lat, lon }, size) => offBy({ lat, lon }, size * 300, size * 300),
  () => ({ lat: NaN, lon: NaN }),
  (_, size) => ({ lat: 52.5 + size, lon: 13.4 }),
  (_, size) => ({ speedKmh: Math.round(size * 10) * 10 }),
  () => ({ speedKmh: 50 }),
  () => ({ speedKmh: 240 }),
  () => ({ speedKmh: 255 }),
  () => ({ speedKmh: 0 }),
  ({ odometerM }) => ({ speedKmh: 0, odometerM: Math.floor(odometerM / 1000) * 1000 }),
  ({ lat, lon }, size) => offBy({ lat, lon }, size * 100, 0),
  () => ({ speedKmh: -1 }),
  () => ({ speedKmh: NaN }),
  () => ({ odometerM: 0 }),
  ({ odometerM }) => ({ odometerM: Math.round(odometerM / 1000) }),
  ({ odometerM }) => ({ odometerM: odometerM / 1000 }),
  () => ({ odometerM: NaN }),
  () => ({ fix: fix.none }),
  () => ({ fix: fix.found }),
  (_, size) => ({ ignition: ignition.off, speedKmh: size > 0.5 ? 0 : NaN }),
  (_, size) => ({ accuracyM: size * 300 }),
]

const piece = fc.record({
  seconds: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 400 })),
  stepMs: fc.constantFrom(500, 1000, 5000, 10_000, 60_000),
  kmh: fc.constantFrom(0, 0, 3, 30, 60, 130),
  bearing: fc.integer({ min: 0, max: 359 }),
  pauseS: fc.constantFrom(1, 1, 1, 5, 70, 130, 400),
  fault: fc.constantFrom(...faults),
  size: fc.double({ min: 0.01, max: 1, noNaN: true }),
})

type Piece = typeof piece extends fc.Arbitrary<infer Value> ? Value : never

/** Whose clocks the pieces are of, by their bearing. */
const clocks: readonly ClockRank[] = [0, 0, 0, 0, 1, 2, 3]

function readingsOf(pieces: readonly Piece[]): Reading[] {
  const readings: Reading[] = []
  let place = { lat: 52.5, lon: 13.4 }
  let at = startAt
  for (const { fault, size, pauseS, ...given } of pieces) {
    const part = drive({ ...given, ...place, fromAt: at })
    const last = part.at(-1)!
    place = { lat: last.lat, lon: last.lon }
    at = last.at + pauseS * 1000
    readings.push(
      ...part.map((reading) => ({
        ...reading,
        clock: clocks[given.bearing % clocks.length]!,
        ...fault(reading, size),
      })),
    )
  }
  return readings
}

const pieces = fc.array(piece, { minLength: 1, maxLength: 14 })

/** Some minutes to an hour of a vehicle, in order of time, one reading for each instant. */
export const randomReadings = pieces.map(readingsOf)

/** The same with one fault at most, a second or some minutes long. */
export const readingsWithOneFault = fc
  .tuple(pieces, fc.nat())
  .map(([given, place]) =>
    readingsOf(given.map((each, index) => (index === place % given.length ? each : { ...each, fault: () => ({}) }))),
  )

export const withoutOdometer = (readings: readonly Reading[]): Reading[] =>
  readings.map((reading) => ({ ...reading, odometerM: NaN }))
