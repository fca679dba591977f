// Cars for the mock API: seeded, on the real streets, driving from corner to corner, parking and
// starting again. For development and measurement only; the simulator is in src/sim.
import type { StreetMap, VehicleTimes } from '../../src/api/contract.ts'
import { clockAheadMs, clockState } from '../../src/model/car-clock.ts'
import { distanceM } from '../src/map/mercator.ts'
import type { Line } from '../src/map/join-lines.ts'
import { decodeLine } from '../src/map/street-geojson.ts'

export type MockCar = {
  readonly vehicle: string
  readonly powertrain: 'COMBUSTION' | 'HYBRID' | 'ELECTRIC'
  line: Line
  /** Index of the point it comes from, and metres beyond it. */
  index: number
  beyondM: number
  speedKmh: number
  targetKmh: number
  heading: number
  lat: number
  lon: number
  parkedUntilAt: number
  /** False for a car that sends no position, or only one that is doubted. */
  readonly placed: boolean
  readonly lost: boolean
  /** Silent cars stop reporting. */
  silent: boolean
  /** When it was last heard. */
  at: number
  /** What it measures is of this much later. Milliseconds. */
  readonly offsetMs: number
  energyPercent: number
}

/** Its times and clock, as the API gives them. */
export const timesOf = ({ at, offsetMs }: MockCar): VehicleTimes => ({
  at: at + offsetMs,
  receivedAt: at,
  carClock: { boot: '00000000000000aa', offsetMs, state: clockState(offsetMs, at + offsetMs, clockAheadMs) },
})

/** Not of now where its instant is ahead. */
export const speedNow = ({ speedKmh, offsetMs }: MockCar): number | null => (offsetMs > 0 ? null : speedKmh)

/** mulberry32: small, seeded, good enough to drive by. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export type Fleet = { readonly cars: readonly MockCar[]; step(car: MockCar, elapsedMs: number, nowAt: number): void }

const pointKey = (point: readonly [number, number] | undefined): string =>
  point === undefined ? '' : `${point[0]},${point[1]}`
/** One car of each fleet, `car-00010`, has no position. */
const unplacedCar = 9
/** `car-00019` tells latitude and longitude 0. */
const lostCar = 18
/** `car-00011` has a clock that is ahead, `car-00012` is a recording that is replayed, `car-00013`
 *  counts the weeks of GPS wrong. */
const offsetsMs: Readonly<Record<number, number>> = {
  10: 26 * 3_600_000,
  11: -530 * 86_400_000,
  12: -7168 * 86_400_000,
}
const limits = { motorway: 85, primary: 60, secondary: 50, residential: 38 } as const

export function createFleet(map: StreetMap, count: number, seed: number, startAt: number): Fleet {
  const random = seededRandom(seed)
  const streets = map.streets
    .map((street) => ({ line: decodeLine(street.line), limitKmh: limits[street.class] }))
    .filter(({ line }) => line.length > 1)
  const from = new Map<string, { line: Line; limitKmh: number }[]>()
  for (const { line, limitKmh } of streets)
    for (const way of [line, line.toReversed()]) {
      const key = pointKey(way[0])
      from.set(key, [...(from.get(key) ?? []), { line: way, limitKmh }])
    }
  const pick = <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(random() * items.length)]

  const cars = Array.from({ length: count }, (_, index): MockCar => {
    const street = pick(streets) ?? {
      line: [
        [-56.16, -34.9],
        [-56.15, -34.9],
      ] as Line,
      limitKmh: 40,
    }
    const [lon, lat] = street.line[0] ?? [-56.16, -34.9]
    const draw = random()
    return {
      vehicle: `car-${String(index + 1).padStart(5, '0')}`,
      powertrain: draw < 0.55 ? 'COMBUSTION' : draw < 0.75 ? 'HYBRID' : 'ELECTRIC',
      line: street.line,
      index: 0,
      beyondM: 0,
      speedKmh: 0,
      targetKmh: street.limitKmh,
      heading: 0,
      lat,
      lon,
      parkedUntilAt: random() < 0.15 ? startAt + random() * 600_000 : 0,
      placed: index !== unplacedCar && index !== lostCar,
      lost: index === lostCar,
      silent: random() < 0.04,
      at: startAt,
      offsetMs: offsetsMs[index] ?? 0,
      energyPercent: 5 + random() * 95,
    }
  })

  function corner(car: MockCar): void {
    const end = pointKey(car.line.at(-1))
    const ways = (from.get(end) ?? []).filter(({ line }) => pointKey(line[1]) !== pointKey(car.line.at(-2)))
    const next = pick(ways)
    car.line = next?.line ?? car.line.toReversed()
    car.targetKmh = (next?.limitKmh ?? 20) * (0.8 + random() * 0.3)
    car.speedKmh *= 0.55
    car.index = 0
    car.beyondM = 0
  }

  return {
    cars,
    step(car, elapsedMs, nowAt) {
      car.at = nowAt
      if (nowAt < car.parkedUntilAt) {
        car.speedKmh = 0
        return
      }
      if (random() < 0.0004) car.parkedUntilAt = nowAt + 20_000 + random() * 120_000
      car.speedKmh += Math.max(-9, Math.min(6, car.targetKmh - car.speedKmh)) * (elapsedMs / 1000)
      car.energyPercent = Math.max(2, car.energyPercent - car.speedKmh * elapsedMs * 2e-9)
      car.beyondM += (car.speedKmh / 3600) * elapsedMs
      for (let hops = 0; hops < 40; hops++) {
        const a = car.line[car.index]
        const b = car.line[car.index + 1]
        if (a === undefined || b === undefined) {
          corner(car)
          continue
        }
        const lengthM = distanceM(a[1], a[0], b[1], b[0])
        if (car.beyondM < lengthM) {
          const part = car.beyondM / lengthM
          car.lon = a[0] + (b[0] - a[0]) * part
          car.lat = a[1] + (b[1] - a[1]) * part
          car.heading =
            ((Math.atan2((b[0] - a[0]) * Math.cos((a[1] * Math.PI) / 180), b[1] - a[1]) * 180) / Math.PI + 360) % 360
          return
        }
        car.beyondM -= lengthM
        car.index++
      }
    },
  }
}
