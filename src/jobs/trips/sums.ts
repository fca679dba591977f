// What a run of samples amounts to: distance, times at rest, readings. Two that follow each other join into one, so that the figures of a
// trip are folded from minutes and minutes from samples, always in order of time. A trip's are of exactly the samples in its span:
// whole minutes as they were summed up, and what the span cuts out of those at its ends.
import { isAhead } from '../../model/car-clock.ts'
import { isHeard, isPlaced, type DriveSample } from './drive-sample.ts'
import { legM } from './ellipsoid.ts'
import { joinPaths, restM, type Path } from './path.ts'
import { odometerWayM } from './joining.ts'
import { joinReadings, newReadings, setReadings, type Readings } from './readings.ts'
import { joinReadingMs, movingKmh, placeAgeMs, silenceMs, speedGapMs } from './trip-rules.ts'

/** Numbers; NaN = none. */
export type Sums = Path &
  Readings & {
    /** The first and last instant with any reading, and with a speed, a place or the ignition; how many of the latter there are. */
    fromAt: number
    toAt: number
    firstAt: number
    lastAt: number
    samples: number
    /** Instants that thinning left out. */
    thinned: number
    /** The newest receipt of its samples, and 1 when one of its instants is marked. */
    receivedAt: number
    ahead: number
    distanceM: number
    /** What was driven in silences, over how long, and over how long nobody knows how far. */
    bridgedM: number
    bridgedMs: number
    unbridgedMs: number
    idleMs: number
    /** How much of the time two speeds close to each other enclose: what `idleMs` is known of. */
    speedMs: number
    maxKmh: number
    /** The first and last speed, where they were measured, and the intervals next to them. */
    speedFirstAt: number
    speedFirstKmh: number
    speedFirstLat: number
    speedFirstLon: number
    firstStepMs: number
    speedLastAt: number
    speedLastKmh: number
    speedLastLat: number
    speedLastLon: number
    lastStepMs: number
    /** The first and last odometer, and what of the distance lies before and after. */
    odometerFirstAt: number
    odometerFirstM: number
    beforeOdometerM: number
    odometerLastAt: number
    odometerLastM: number
    sinceOdometerM: number
  }

const none = Number.isNaN

/** The sums of no sample. */
export const newSums = (): Sums => ({
  ...newReadings(),
  fromAt: NaN,
  toAt: NaN,
  firstAt: NaN,
  lastAt: NaN,
  samples: 0,
  thinned: 0,
  receivedAt: NaN,
  ahead: 0,
  distanceM: 0,
  bridgedM: 0,
  bridgedMs: 0,
  unbridgedMs: 0,
  idleMs: 0,
  speedMs: 0,
  maxKmh: NaN,
  speedFirstAt: NaN,
  speedFirstKmh: NaN,
  speedFirstLat: NaN,
  speedFirstLon: NaN,
  firstStepMs: NaN,
  speedLastAt: NaN,
  speedLastKmh: NaN,
  speedLastLat: NaN,
  speedLastLon: NaN,
  lastStepMs: NaN,
  odometerFirstAt: NaN,
  odometerFirstM: NaN,
  beforeOdometerM: 0,
  odometerLastAt: NaN,
  odometerLastM: NaN,
  sinceOdometerM: 0,
  placeFirstAt: NaN,
  placeFirstLat: NaN,
  placeFirstLon: NaN,
  placeLastAt: NaN,
  placeLastLat: NaN,
  placeLastLon: NaN,
  anchorLat: NaN,
  anchorLon: NaN,
  pathM: 0,
  bendLat: NaN,
  bendLon: NaN,
})

/** Makes sums of no sample, or of one, those of this one. */
function setSums(sums: Sums, sample: DriveSample, clockAheadMs: number): Sums {
  const { at, receivedAt, speedKmh, odometerM } = sample
  const isDrive = isHeard(sample)
  const isPlace = isPlaced(sample)
  const isSpeed = !none(speedKmh)
  const lat = isPlace ? sample.lat : NaN
  const lon = isPlace ? sample.lon : NaN
  setReadings(sums, sample)
  sums.fromAt = sums.toAt = at
  sums.firstAt = sums.lastAt = isDrive ? at : NaN
  sums.samples = isDrive ? 1 : 0
  sums.receivedAt = receivedAt
  sums.ahead = isAhead(at, receivedAt, clockAheadMs) ? 1 : 0
  sums.maxKmh = speedKmh
  sums.speedFirstAt = sums.speedLastAt = isSpeed ? at : NaN
  sums.speedFirstKmh = sums.speedLastKmh = speedKmh
  sums.speedFirstLat = sums.speedLastLat = isSpeed ? lat : NaN
  sums.speedFirstLon = sums.speedLastLon = isSpeed ? lon : NaN
  sums.odometerFirstAt = sums.odometerLastAt = none(odometerM) ? NaN : at
  sums.odometerFirstM = sums.odometerLastM = odometerM
  sums.placeFirstAt = sums.placeLastAt = isPlace ? at : NaN
  sums.placeFirstLat = sums.placeLastLat = sums.anchorLat = sums.bendLat = lat
  sums.placeFirstLon = sums.placeLastLon = sums.anchorLon = sums.bendLon = lon
  return sums
}

/** The sums of samples in order of time; null where there are none. */
export function sumUp(samples: readonly DriveSample[], clockAheadMs: number): Sums | null {
  if (samples.length === 0) return null
  const sums = setSums(newSums(), samples[0]!, clockAheadMs)
  // Sums are large: those of each sample are made in one place.
  const next = newSums()
  for (let index = 1; index < samples.length; index += 1) join(sums, setSums(next, samples[index]!, clockAheadMs))
  return sums
}

/** Makes `a` the sums of both; `b` follows it and is left as it is. */
export function join(a: Sums, b: Sums): void {
  const silentMs = b.firstAt - a.lastAt
  const betweenM = silentMs > silenceMs ? bridge(a, b, silentMs) : drive(a, b)
  joinOdometers(a, b, betweenM)
  a.distanceM = a.distanceM + betweenM + b.distanceM
  a.bridgedM = a.bridgedM + b.bridgedM
  a.bridgedMs = a.bridgedMs + b.bridgedMs
  a.unbridgedMs = a.unbridgedMs + b.unbridgedMs
  a.idleMs = a.idleMs + b.idleMs
  a.speedMs = a.speedMs + b.speedMs
  joinPlaces(a, b)
  joinReadings(a, b)
  a.toAt = b.toAt
  if (none(a.firstAt)) a.firstAt = b.firstAt
  if (!none(b.lastAt)) a.lastAt = b.lastAt
  a.samples += b.samples
  a.thinned += b.thinned
  a.receivedAt = Math.max(a.receivedAt, b.receivedAt)
  a.ahead = Math.max(a.ahead, b.ahead)
  if (none(a.maxKmh) || b.maxKmh > a.maxKmh) a.maxKmh = b.maxKmh
}

/** What was driven in a silence: by the odometer, unless that is less than the straight line, else by the line between the places. */
function bridge(a: Sums, b: Sums, silentMs: number): number {
  const lineM = legM(a.placeLastLat, a.placeLastLon, b.placeFirstLat, b.placeFirstLon)
  const isRead = a.lastAt - a.odometerLastAt <= joinReadingMs && b.odometerFirstAt - b.firstAt <= joinReadingMs
  const countedM = isRead ? odometerWayM(a.odometerLastM, b.odometerFirstM, silentMs) - a.sinceOdometerM - b.beforeOdometerM : NaN
  const wayM = none(countedM) || countedM < lineM ? lineM : Math.max(0, countedM)
  a.bridgedMs = a.bridgedMs + silentMs
  if (none(wayM)) a.unbridgedMs = a.unbridgedMs + silentMs
  else a.bridgedM = a.bridgedM + wayM
  const leftM = none(a.speedLastAt) ? restM(a) : 0
  startPath(a, b)
  if (!none(b.speedFirstAt)) joinSpeeds(a, b)
  return leftM + (none(wayM) ? 0 : wayM)
}

function startPath(a: Path, { anchorLat, anchorLon, pathM, bendLat, bendLon }: Path): void {
  Object.assign(a, { anchorLat, anchorLon, pathM, bendLat, bendLon })
}

/** What was driven between two runs without a silence between them. */
function drive(a: Sums, b: Sums): number {
  if (none(a.speedLastAt) && none(b.speedFirstAt)) return joinPaths(a, b, b.distanceM > 0)
  if (none(b.speedFirstAt)) return 0
  return joinSpeeds(a, b)
}

/** Makes the speeds of `a` those of both; gives what was driven between the two next to each other. */
function joinSpeeds(a: Sums, b: Sums): number {
  // A speed without a position of its own was measured where the car was within the last seconds.
  const isBefore = none(b.speedFirstLat) && b.speedFirstAt - a.placeLastAt <= placeAgeMs
  const firstLat = isBefore ? a.placeLastLat : b.speedFirstLat
  const firstLon = isBefore ? a.placeLastLon : b.speedFirstLon
  const isOne = b.speedFirstAt === b.speedLastAt
  const isFirst = none(a.speedLastAt)
  const stepMs = b.speedFirstAt - a.speedLastAt
  const distanceM = isFirst ? 0 : drivenBetween(a, { kmh: b.speedFirstKmh, lat: firstLat, lon: firstLon }, stepMs)
  if (isFirst) {
    a.speedFirstAt = b.speedFirstAt
    a.speedFirstKmh = b.speedFirstKmh
    a.speedFirstLat = firstLat
    a.speedFirstLon = firstLon
    a.firstStepMs = b.firstStepMs
  } else if (none(a.firstStepMs)) a.firstStepMs = stepMs
  a.speedLastAt = b.speedLastAt
  a.speedLastKmh = b.speedLastKmh
  a.speedLastLat = isOne ? firstLat : b.speedLastLat
  a.speedLastLon = isOne ? firstLon : b.speedLastLon
  a.lastStepMs = none(b.lastStepMs) ? stepMs : b.lastStepMs
  return distanceM
}

/** Between the last speed of a run and the next one. */
function drivenBetween(a: Sums, next: { readonly kmh: number; readonly lat: number; readonly lon: number }, stepMs: number): number {
  const trapezoidM = ((a.speedLastKmh + next.kmh) / 2 / 3600) * stepMs
  if (stepMs <= speedGapMs) {
    a.speedMs = a.speedMs + stepMs
    if (a.speedLastKmh < movingKmh && next.kmh < movingKmh) a.idleMs = a.idleMs + stepMs
    return trapezoidM
  }
  const lineM = legM(a.speedLastLat, a.speedLastLon, next.lat, next.lon)
  return none(lineM) ? (a.speedLastKmh < movingKmh ? 0 : trapezoidM) : lineM
}

function joinOdometers(a: Sums, b: Sums, betweenM: number): void {
  if (none(a.odometerFirstAt)) {
    a.beforeOdometerM = a.distanceM + betweenM + b.beforeOdometerM
    a.odometerFirstAt = b.odometerFirstAt
    a.odometerFirstM = b.odometerFirstM
  }
  if (none(b.odometerLastAt)) {
    a.sinceOdometerM = a.sinceOdometerM + betweenM + b.distanceM
    return
  }
  a.sinceOdometerM = b.sinceOdometerM
  a.odometerLastAt = b.odometerLastAt
  a.odometerLastM = b.odometerLastM
}

function joinPlaces(a: Path, b: Path): void {
  if (none(a.placeFirstAt)) {
    a.placeFirstAt = b.placeFirstAt
    a.placeFirstLat = b.placeFirstLat
    a.placeFirstLon = b.placeFirstLon
    startPath(a, b)
  }
  if (none(b.placeLastAt)) return
  a.placeLastAt = b.placeLastAt
  a.placeLastLat = b.placeLastLat
  a.placeLastLon = b.placeLastLon
}
