// Distances between places, and the way that a car's speeds amount to.
import { earthRadiusM } from '../model/geo.ts'
import { doubtOfSpeed } from './alone.ts'
import { clockSlackMs, gripMs2, placeSlackM, speedGapMs, speedMaxKmh } from './plausibility-rules.ts'
import type { Reading } from './reading.ts'

const radians = Math.PI / 180

/** Metres between two places on a sphere, on which the shorter way round counts. Right to 0.5 % up
 *  to some hundred kilometres, which is enough to say what is far; figures are not made of it. */
export function distanceM(a: Reading, b: Reading): number {
  const turn = Math.abs(b.lon - a.lon)
  const east = Math.min(turn, 360 - turn) * Math.cos(((a.lat + b.lat) / 2) * radians)
  const north = b.lat - a.lat
  // `Math.hypot` takes ten times as long, and guards against squares that are none of degrees.
  return Math.sqrt(east * east + north * north) * radians * earthRadiusM
}

/** The most time that may have passed from one reading to a later one. Milliseconds. */
export const betweenMs = (a: Reading, b: Reading): number =>
  b.at - a.at + (a.clock === 0 && b.clock === 0 ? 0 : clockSlackMs)

/** How far a car may come from one reading to a later one: by the speeds told with them as far as
 *  tyres let them change, and never faster than cars are. Metres. */
export function reachM(a: Reading, b: Reading): number {
  const seconds = betweenMs(a, b) / 1000
  const gained = gripMs2 * seconds
  const [from, to] = [knownMs(a), knownMs(b)]
  return Math.min(speedMaxKmh / 3.6, peakMs(from, to, gained)) * seconds
}

/** The greatest speed between two told ones, metres a second: up from one and down to the other.
 *  NaN = not told. */
function peakMs(from: number, to: number, gained: number): number {
  if (Number.isNaN(from)) return Number.isNaN(to) ? Infinity : to + gained
  return Number.isNaN(to) ? from + gained : Math.max(from, to, (from + to + gained) / 2)
}

const knownMs = (reading: Reading): number =>
  doubtOfSpeed(reading) === undefined ? Math.abs(reading.speedKmh) / 3.6 : NaN

/** Whether a car may have been at both places, `b` after `a`, which are so far from each other. */
export function placesAgree(a: Reading, b: Reading, farM = distanceM(a, b)): boolean {
  if (farM <= placeSlackM) return true
  const slackM = placeSlackM + (a.accuracyM > 0 ? a.accuracyM : 0) + (b.accuracyM > 0 ? b.accuracyM : 0)
  return farM <= slackM || farM <= slackM + reachM(a, b)
}

/** Readings and what their speeds amount to. */
export type ReadingsWay = { readonly readings: readonly Reading[]; readonly way: Float64Array }

/** The way up to each reading by the speeds told, in whole millimetres, so that differences do not
 *  depend on where it begins. Between speeds further apart than `gapMs`, and for those that are
 *  doubted, nothing is added. */
export function wayMm(readings: readonly Reading[], doubted?: Uint8Array, gapMs = speedGapMs): Float64Array {
  const way = new Float64Array(readings.length)
  let last: Reading | undefined
  let sum = 0
  for (let index = 0; index < readings.length; index += 1) {
    const reading = readings[index]!
    if (
      !Number.isNaN(reading.speedKmh) &&
      doubtOfSpeed(reading) === undefined &&
      (doubted === undefined || doubted[index] === 0)
    ) {
      const ms = last === undefined ? Infinity : reading.at - last.at
      if (ms <= gapMs) sum += Math.round(((Math.abs(last!.speedKmh) + Math.abs(reading.speedKmh)) / 7.2) * ms)
      last = reading
    }
    way[index] = sum
  }
  return way
}
