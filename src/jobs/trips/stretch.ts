// A stretch: samples of a vehicle with no break between them, summed up. Two that follow each other join into one, so a trip is
// folded from minutes and minutes from samples, always in order of time: sums do not depend on the order of arrival.
import { isAhead } from '../../model/car-clock.ts'
import { ignition, type DriveSample } from './drive-sample.ts'
import { haversineM, joinPaths, type Path } from './path.ts'
import { joinReadings, type Readings } from './readings.ts'
import { movingKmh, placeAgeMs, silenceMs, speedGapMs, standingMs } from './trip-rules.ts'

/** All numbers; NaN = none. */
export type Stretch = Path &
  Readings & {
    firstAt: number
    lastAt: number
    samples: number
    /** The newest receipt of its samples, and 1 when one of its instants is marked. */
    receivedAt: number
    ahead: number
    /** The first sample with the ignition on. */
    onAt: number
    /** 1 when the last sample has the ignition off. */
    off: number
    /** The first sample in motion, the last before it, and what of the sums lies before that one. */
    movedAt: number
    stillAt: number
    leadIdleMs: number
    leadSpeedMs: number
    leadSamples: number
    /** The last sample in motion, the first after it, and what of the sums lies from that one on. */
    movedLastAt: number
    restAt: number
    tailIdleMs: number
    tailSpeedMs: number
    tailSamples: number
    /** 1 when the car was parked without a word of its ignition: it has stood since `restAt`. */
    parked: number
    distanceM: number
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
  }

const none = Number.isNaN

export function stretchOf(sample: DriveSample, clockAheadMs: number): Stretch {
  const { at, receivedAt, speedKmh, lat, lon, usedL, tankL, fuelLh, usedKwh, powerW } = sample
  const speedAt = none(speedKmh) ? NaN : at
  const placeAt = none(lat) ? NaN : at
  const powerAt = none(powerW) ? NaN : at
  const rateAt = none(fuelLh) ? NaN : at
  return {
    firstAt: at,
    lastAt: at,
    samples: 1,
    receivedAt,
    ahead: isAhead(at, receivedAt, clockAheadMs) ? 1 : 0,
    onAt: sample.ignition === ignition.on ? at : NaN,
    off: sample.ignition === ignition.off ? 1 : 0,
    movedAt: speedKmh >= movingKmh ? at : NaN,
    stillAt: NaN,
    leadIdleMs: 0,
    leadSpeedMs: 0,
    leadSamples: 0,
    movedLastAt: speedKmh >= movingKmh ? at : NaN,
    restAt: NaN,
    tailIdleMs: 0,
    tailSpeedMs: 0,
    tailSamples: 0,
    parked: 0,
    distanceM: 0,
    idleMs: 0,
    speedMs: 0,
    maxKmh: speedKmh,
    speedFirstAt: speedAt,
    speedFirstKmh: speedKmh,
    speedFirstLat: none(speedKmh) ? NaN : lat,
    speedFirstLon: none(speedKmh) ? NaN : lon,
    firstStepMs: NaN,
    speedLastAt: speedAt,
    speedLastKmh: speedKmh,
    speedLastLat: none(speedKmh) ? NaN : lat,
    speedLastLon: none(speedKmh) ? NaN : lon,
    lastStepMs: NaN,
    placeFirstAt: placeAt,
    placeFirstLat: lat,
    placeFirstLon: lon,
    placeLastAt: placeAt,
    placeLastLat: lat,
    placeLastLon: lon,
    anchorLat: lat,
    anchorLon: lon,
    pathM: 0,
    bendLat: lat,
    bendLon: lon,
    usedL: 0,
    usedFirstAt: none(usedL) ? NaN : at,
    usedFirstL: usedL,
    usedLastAt: none(usedL) ? NaN : at,
    usedLastL: usedL,
    usedFell: 0,
    tankFirstAt: none(tankL) ? NaN : at,
    tankFirstL: tankL,
    tankLastAt: none(tankL) ? NaN : at,
    tankLastL: tankL,
    rateL: 0,
    rateMs: 0,
    rateFirstAt: rateAt,
    rateFirstLh: fuelLh,
    rateLastAt: rateAt,
    rateLastLh: fuelLh,
    usedKwh: 0,
    usedKwhFirstAt: none(usedKwh) ? NaN : at,
    usedFirstKwh: usedKwh,
    usedKwhLastAt: none(usedKwh) ? NaN : at,
    usedLastKwh: usedKwh,
    joules: 0,
    powerMs: 0,
    powerFirstAt: powerAt,
    powerFirstW: powerW,
    powerLastAt: powerAt,
    powerLastW: powerW,
  }
}

/** Whether `b`, later than `a`, belongs to the same stretch. */
const continues = (a: Stretch, b: Stretch): boolean => a.off === 0 && a.parked === 0 && b.firstAt - a.lastAt <= silenceMs

/** Whether the car of `a` still stands in `b`, for so long that it is parked. While the ignition is known to be on, it is not. */
const isParked = (a: Stretch, b: Stretch): boolean => none(a.onAt) && none(b.movedAt) && b.lastAt - a.movedLastAt > standingMs

/** Makes `a` the stretch of both; `b` follows it and is left as it is. */
function extend(a: Stretch, b: Stretch): void {
  const motion = none(a.speedLastAt) && none(b.speedFirstAt) ? { ...nothing, ...joinPaths(a, b, b.distanceM > 0) } : joinSpeeds(a, b)
  joinMotion(a, b, motion)
  joinReadings(a, b)
  if (none(a.onAt)) a.onAt = b.onAt
  a.off = b.off
  a.lastAt = b.lastAt
  a.samples += b.samples
  a.receivedAt = Math.max(a.receivedAt, b.receivedAt)
  a.ahead = Math.max(a.ahead, b.ahead)
  if (none(a.maxKmh) || b.maxKmh > a.maxKmh) a.maxKmh = b.maxKmh
}

/** Appends a stretch to a list in order of time: joined to the last one where it continues it. A stretch without motion that
 *  nothing can join any more is dropped, unless it is the first, which may still continue what stands before the list. */
export function append(list: Stretch[], next: Stretch): void {
  const last = list.at(-1)
  if (last !== undefined && continues(last, next)) {
    if (!isParked(last, next)) return extend(last, next)
    last.parked = 1
  }
  if (last !== undefined && list.length > 1 && none(last.movedAt)) list.pop()
  list.push({ ...next })
}

/** What happened between two stretches. */
type Between = { readonly distanceM: number; readonly idleMs: number; readonly speedMs: number; readonly moved: boolean }
const nothing: Between = { distanceM: 0, idleMs: 0, speedMs: 0, moved: false }

function joinSpeeds(a: Stretch, b: Stretch): Between {
  if (none(b.speedFirstAt)) return nothing
  // A speed without a position of its own was measured where the car was within the last seconds.
  if (none(b.speedFirstLat) && b.speedFirstAt - a.placeLastAt <= placeAgeMs) {
    const alone = b.speedFirstAt === b.speedLastAt
    b = { ...b, speedFirstLat: a.placeLastLat, speedFirstLon: a.placeLastLon }
    if (alone) b = { ...b, speedLastLat: a.placeLastLat, speedLastLon: a.placeLastLon }
  }
  const first = none(a.speedLastAt)
  const stepMs = b.speedFirstAt - a.speedLastAt
  const between = first ? nothing : drivenBetween(a, b, stepMs)
  if (first) {
    a.speedFirstAt = b.speedFirstAt
    a.speedFirstKmh = b.speedFirstKmh
    a.speedFirstLat = b.speedFirstLat
    a.speedFirstLon = b.speedFirstLon
    a.firstStepMs = b.firstStepMs
  } else if (none(a.firstStepMs)) a.firstStepMs = stepMs
  a.speedLastAt = b.speedLastAt
  a.speedLastKmh = b.speedLastKmh
  a.speedLastLat = b.speedLastLat
  a.speedLastLon = b.speedLastLon
  a.lastStepMs = none(b.lastStepMs) ? stepMs : b.lastStepMs
  return between
}

function drivenBetween(a: Stretch, b: Stretch, stepMs: number): Between {
  const trapezoidM = ((a.speedLastKmh + b.speedFirstKmh) / 2 / 3600) * stepMs
  const lineM = haversineM(a.speedLastLat, a.speedLastLon, b.speedFirstLat, b.speedFirstLon)
  const known = stepMs <= speedGapMs
  return {
    distanceM: known || none(lineM) ? trapezoidM : lineM,
    idleMs: known && a.speedLastKmh < movingKmh && b.speedFirstKmh < movingKmh ? stepMs : 0,
    speedMs: known ? stepMs : 0,
    moved: false,
  }
}

function joinMotion(a: Stretch, b: Stretch, between: Between): void {
  if (none(a.movedAt)) {
    if (between.moved || (!none(b.movedAt) && none(b.stillAt))) {
      a.movedAt = between.moved ? b.firstAt : b.movedAt
      a.stillAt = a.lastAt
      a.leadIdleMs = a.idleMs
      a.leadSpeedMs = a.speedMs
      a.leadSamples = a.samples - 1
    } else if (!none(b.movedAt)) {
      a.movedAt = b.movedAt
      a.stillAt = b.stillAt
      a.leadIdleMs = a.idleMs + between.idleMs + b.leadIdleMs
      a.leadSpeedMs = a.speedMs + between.speedMs + b.leadSpeedMs
      a.leadSamples = a.samples + b.leadSamples
    }
  }
  joinRest(a, b, between)
  a.distanceM = a.distanceM + between.distanceM + b.distanceM
  a.idleMs = a.idleMs + between.idleMs + b.idleMs
  a.speedMs = a.speedMs + between.speedMs + b.speedMs
  if (none(a.placeFirstAt)) {
    a.placeFirstAt = b.placeFirstAt
    a.placeFirstLat = b.placeFirstLat
    a.placeFirstLon = b.placeFirstLon
  }
  if (none(b.placeLastAt)) return
  a.placeLastAt = b.placeLastAt
  a.placeLastLat = b.placeLastLat
  a.placeLastLon = b.placeLastLon
}

function joinRest(a: Stretch, b: Stretch, between: Between): void {
  if (!none(b.movedLastAt) || between.moved) {
    a.movedLastAt = none(b.movedLastAt) ? b.firstAt : b.movedLastAt
    a.restAt = b.restAt
    a.tailIdleMs = b.tailIdleMs
    a.tailSpeedMs = b.tailSpeedMs
    a.tailSamples = b.tailSamples
  } else if (!none(a.movedLastAt)) {
    if (none(a.restAt)) a.restAt = b.firstAt
    a.tailIdleMs = a.tailIdleMs + between.idleMs + b.idleMs
    a.tailSpeedMs = a.tailSpeedMs + between.speedMs + b.speedMs
    a.tailSamples += b.samples
  }
}
