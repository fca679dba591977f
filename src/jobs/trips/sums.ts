// What a run of samples amounts to: distance, times at rest, readings. Two that follow each other join into one, so that the figures of a
// trip are folded from minutes and minutes from samples, always in order of time. A trip's are of exactly the samples in its span:
// whole minutes as they were summed up, and what the span cuts out of those at its ends.
import { isAhead } from '../../model/car-clock.ts'
import { isHeard, isPlaced, type DriveSample } from './drive-sample.ts'
import { legM } from './ellipsoid.ts'
import { joinPaths, restM, type Path } from './path.ts'
import { odometerStepM, odometerWayM } from './joining.ts'
import { joinReadings, newReadings, setReadings, type Readings } from './readings.ts'
import { bridgeReadingMs, movingKmh, placeAgeMs, silenceMs, speedGapMs } from './trip-rules.ts'

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
    /** The first and last odometer. */
    odometerFirstAt: number
    odometerFirstM: number
    odometerLastAt: number
    odometerLastM: number
    /** What lies before the first odometer; where there is none, all: the distance, how much of the time was not measured but taken from what
     *  surrounds a gap, what of the distance was guessed by the speeds there, how much of the time is silences, and over how much of these nobody knows
     *  how far. */
    beforeM: number
    beforeGapMs: number
    beforeGuessM: number
    beforeSilentMs: number
    beforeUnknownMs: number
    /** What lies behind the last one. */
    sinceM: number
    sinceGapMs: number
    sinceGuessM: number
    sinceSilentMs: number
    sinceUnknownMs: number
  }

/** What lies between two runs that follow each other, as in `Sums`. */
type Between = {
  readonly m: number
  readonly bridgedM: number
  readonly gapMs: number
  readonly guessM: number
  readonly silentMs: number
  readonly unknownMs: number
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
  odometerLastAt: NaN,
  odometerLastM: NaN,
  beforeM: 0,
  beforeGapMs: 0,
  beforeGuessM: 0,
  beforeSilentMs: 0,
  beforeUnknownMs: 0,
  sinceM: 0,
  sinceGapMs: 0,
  sinceGuessM: 0,
  sinceSilentMs: 0,
  sinceUnknownMs: 0,
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

/** Sums are large: those of each sample are made in one place. */
const oneSample = newSums()

/** The sums of samples in order of time; null where there are none. */
export function sumUp(samples: readonly DriveSample[], clockAheadMs: number): Sums | null {
  if (samples.length === 0) return null
  const sums = setSums(newSums(), samples[0]!, clockAheadMs)
  for (let index = 1; index < samples.length; index += 1) join(sums, setSums(oneSample, samples[index]!, clockAheadMs))
  return sums
}

/** Makes `a` the sums of both; `b` follows it and is left as it is. */
export function join(a: Sums, b: Sums): void {
  const silentMs = b.firstAt - a.lastAt
  const between = silentMs > silenceMs ? bridge(a, b, silentMs) : drive(a, b)
  a.distanceM = a.distanceM + between.m + b.distanceM
  a.bridgedM = a.bridgedM + between.bridgedM + b.bridgedM
  a.bridgedMs = a.bridgedMs + between.silentMs + b.bridgedMs
  a.unbridgedMs = a.unbridgedMs + between.unknownMs + b.unbridgedMs
  joinOdometers(a, b, between)
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

/** What was driven in a silence: by the line between the places, until odometers tell better. */
function bridge(a: Sums, b: Sums, silentMs: number): Between {
  const lineM = legM(a.placeLastLat, a.placeLastLon, b.placeFirstLat, b.placeFirstLon)
  const leftM = none(a.speedLastAt) ? restM(a) : 0
  startPath(a, b)
  if (!none(b.speedFirstAt)) joinSpeeds(a, b)
  if (none(lineM)) return { m: leftM, bridgedM: 0, gapMs: silentMs, guessM: 0, silentMs, unknownMs: silentMs }
  return { m: leftM + lineM, bridgedM: lineM, gapMs: silentMs, guessM: 0, silentMs, unknownMs: 0 }
}

function startPath(a: Path, { anchorLat, anchorLon, pathM, bendLat, bendLon }: Path): void {
  Object.assign(a, { anchorLat, anchorLon, pathM, bendLat, bendLon })
}

/** What was driven between two runs without a silence between them. */
function drive(a: Sums, b: Sums): Between {
  if (!none(b.speedFirstAt)) return joinSpeeds(a, b)
  if (!none(a.speedLastAt)) return nothing
  // Where neither speed nor place is told, odometers alone tell how far it was.
  const isUnmeasured = none(a.placeLastAt) && none(b.placeFirstAt) && b.firstAt > a.lastAt
  return isUnmeasured ? { ...nothing, gapMs: b.firstAt - a.lastAt } : measured(joinPaths(a, b, b.distanceM > 0))
}

const measured = (m: number): Between => (m === 0 ? nothing : { m, bridgedM: 0, gapMs: 0, guessM: 0, silentMs: 0, unknownMs: 0 })
const nothing: Between = { m: 0, bridgedM: 0, gapMs: 0, guessM: 0, silentMs: 0, unknownMs: 0 }

/** Makes the speeds of `a` those of both; gives what was driven between the two next to each other. */
function joinSpeeds(a: Sums, b: Sums): Between {
  // A speed without a position of its own was measured where the car was within the last seconds.
  const isBefore = none(b.speedFirstLat) && b.speedFirstAt - a.placeLastAt <= placeAgeMs
  const firstLat = isBefore ? a.placeLastLat : b.speedFirstLat
  const firstLon = isBefore ? a.placeLastLon : b.speedFirstLon
  const isOne = b.speedFirstAt === b.speedLastAt
  const isFirst = none(a.speedLastAt)
  const stepMs = b.speedFirstAt - a.speedLastAt
  const between = isFirst ? nothing : drivenBetween(a, { kmh: b.speedFirstKmh, lat: firstLat, lon: firstLon }, stepMs)
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
  return between
}

/** Between the last speed of a run and the next one. */
function drivenBetween(a: Sums, next: { readonly kmh: number; readonly lat: number; readonly lon: number }, stepMs: number): Between {
  const trapezoidM = ((a.speedLastKmh + next.kmh) / 2 / 3600) * stepMs
  if (stepMs <= speedGapMs) {
    a.speedMs = a.speedMs + stepMs
    if (a.speedLastKmh < movingKmh && next.kmh < movingKmh) a.idleMs = a.idleMs + stepMs
    return measured(trapezoidM)
  }
  const lineM = legM(a.speedLastLat, a.speedLastLon, next.lat, next.lon)
  const guessM = none(lineM) && a.speedLastKmh >= movingKmh ? trapezoidM : 0
  return { m: none(lineM) ? guessM : lineM, bridgedM: 0, gapMs: stepMs, guessM, silentMs: 0, unknownMs: 0 }
}

function joinOdometers(a: Sums, b: Sums, between: Between): void {
  const hasA = !none(a.odometerFirstAt)
  const hasB = !none(b.odometerFirstAt)
  if (hasA && hasB && a.sinceGapMs + between.gapMs + b.beforeGapMs > 0) count(a, b, between)
  if (!hasA) {
    a.beforeM = a.beforeM + between.m + b.beforeM
    a.beforeGapMs = a.beforeGapMs + between.gapMs + b.beforeGapMs
    a.beforeGuessM = a.beforeGuessM + between.guessM + b.beforeGuessM
    a.beforeSilentMs = a.beforeSilentMs + between.silentMs + b.beforeSilentMs
    a.beforeUnknownMs = a.beforeUnknownMs + between.unknownMs + b.beforeUnknownMs
    a.odometerFirstAt = b.odometerFirstAt
    a.odometerFirstM = b.odometerFirstM
  }
  a.sinceM = (hasB ? 0 : a.sinceM + between.m) + b.sinceM
  a.sinceGapMs = (hasB ? 0 : a.sinceGapMs + between.gapMs) + b.sinceGapMs
  a.sinceGuessM = (hasB ? 0 : a.sinceGuessM + between.guessM) + b.sinceGuessM
  a.sinceSilentMs = (hasB ? 0 : a.sinceSilentMs + between.silentMs) + b.sinceSilentMs
  a.sinceUnknownMs = (hasB ? 0 : a.sinceUnknownMs + between.unknownMs) + b.sinceUnknownMs
  if (!hasB) return
  a.odometerLastAt = b.odometerLastAt
  a.odometerLastM = b.odometerLastM
}

/** Puts what two odometers tell in the place of what was not measured between them: where that is less; and where it is more, of what was guessed,
 *  unless the odometer stands though the car was driven. */
function count(a: Sums, b: Sums, { m, gapMs, guessM, silentMs, unknownMs }: Between): void {
  const gapsMs = a.sinceGapMs + gapMs + b.beforeGapMs
  const toldMs = b.odometerFirstAt - a.odometerLastAt
  if (toldMs - gapsMs > bridgeReadingMs) return
  const toldM = odometerWayM(a.odometerLastM, b.odometerFirstM, toldMs)
  const moreM = toldM - (a.sinceM + m + b.beforeM)
  if (none(moreM)) return
  a.unbridgedMs = a.unbridgedMs - a.sinceUnknownMs - unknownMs - b.beforeUnknownMs
  const stepM = odometerStepM(a.odometerLastM, b.odometerFirstM)
  const guessedM = a.sinceGuessM + guessM + b.beforeGuessM
  if (Math.abs(moreM) <= stepM || (moreM < 0 && (toldM <= stepM || moreM + guessedM < 0))) return
  a.distanceM = a.distanceM + moreM
  if (a.sinceSilentMs + silentMs + b.beforeSilentMs > 0) a.bridgedM = a.bridgedM + Math.max(0, moreM)
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
