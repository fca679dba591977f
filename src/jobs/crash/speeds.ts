// Speeds tell of an instant: how fast the car was, what it lost within a second, whether it stood,
// and whether it drove on. An unknown speed tells nothing, for or against.
import * as rules from './crash-rules.ts'
import { greatestIn, leastIn, placesIn, secondOf, speedless, type MotionOf, type PlaceAt } from './motion.ts'

/** Of a second: km/h; undefined where none was told. */
function speedIn(motionOf: MotionOf, second: number): number | undefined {
  const speed = greatestIn(motionOf, second)
  return speed >= speedless ? undefined : speed
}

/** km/h: the greatest of the ten seconds before, and of the instant's own. */
export function speedBefore(motionOf: MotionOf, at: number): number | undefined {
  let greatest: number | undefined
  for (let second = secondOf(at) - rules.beforeS; second <= secondOf(at); second += 1) {
    const speed = speedIn(motionOf, second)
    if (speed !== undefined && (greatest === undefined || speed > greatest)) greatest = speed
  }
  return greatest
}

/** km/h lost in a second, or from the one before to it; where up to two are missing between, a
 *  second's share of it. From one to the other it is the difference of the greatest speeds, or of
 *  the least: a car that brakes evenly has either a second apart, at any rate of reporting. 0 where
 *  the speed that was lost was not told a second time, or the car's positions show that it was
 *  frozen or that the car went on, or where half of it is back within three seconds: a speed that
 *  was wrong for a moment. */
export function lostIn(motionOf: MotionOf, second: number): number {
  const greatest = speedIn(motionOf, second)
  if (greatest === undefined) return 0
  const least = leastIn(motionOf, second)
  const back = greatestAfter(motionOf, second)
  const lossOf = (of: number, from: number, to: number): number =>
    from > to &&
    back < (from + to) / 2 &&
    isReal(motionOf, of, from) &&
    !(to <= rules.stillKmh && wentOn(motionOf, second))
      ? from - to
      : 0
  const lost = lossOf(second, greatest, least)
  for (let before = second - 1; before >= second - 3; before -= 1) {
    const greatestThen = speedIn(motionOf, before)
    if (greatestThen === undefined) continue
    const ofGreatest = lossOf(before, greatestThen, greatest)
    const ofLeast = lossOf(before, leastIn(motionOf, before), least)
    return Math.max(lost, Math.max(ofGreatest, ofLeast) / (second - before))
  }
  return lost
}

function greatestAfter(motionOf: MotionOf, second: number): number {
  let greatest = 0
  for (let after = second + 1; after <= second + rules.backS; after += 1)
    greatest = Math.max(greatest, speedIn(motionOf, after) ?? 0)
  return greatest
}

/** The most of the seconds of a pulse and the one after it. */
export function lostBeside(motionOf: MotionOf, at: number, endAt: number): number {
  let most = 0
  for (let second = secondOf(at); second <= secondOf(endAt) + 1; second += 1)
    most = Math.max(most, lostIn(motionOf, second))
  return most
}

function isReal(motionOf: MotionOf, second: number, speed: number): boolean {
  for (let before = second - 1; before >= second - rules.supportS; before -= 1) {
    const other = speedIn(motionOf, before)
    if (other !== undefined && other >= speed - rules.supportKmh) return !isFrozen(motionOf, second)
  }
  return false
}

/** Whether places show that the car came hardly as far as it was told to go until the second: those
 *  before it and, since what a unit says after its start may be of the drive before, the first
 *  after it. */
function isFrozen(motionOf: MotionOf, second: number): boolean {
  const at = second * 1000
  const places = placesIn(motionOf, at - rules.frozenSpeedMs, at + rules.frozenAfterMs)
  const [first] = places
  if (first === undefined) return false
  const told = toldM(motionOf, secondOf(first.at), second)
  return told >= rules.frozenSpeedWayM && wayM(places) < told * rules.frozenShare
}

/** Metres by the speeds told in some seconds, each until the next, but no longer than it supports
 *  another. */
function toldM(motionOf: MotionOf, from: number, to: number): number {
  let metres = 0
  let told = { kmh: 0, second: from }
  for (let second = from; second < to; second += 1) {
    const greatest = speedIn(motionOf, second)
    if (greatest !== undefined) told = { kmh: leastIn(motionOf, second), second }
    if (second - told.second < rules.supportS) metres += told.kmh / 3.6
  }
  return metres
}

/** Whether the car went on by its places while it was told to stand after the second, as a bus or a
 *  receiver says that knows no speed. */
function wentOn(motionOf: MotionOf, second: number): boolean {
  let last = second
  while (last < second + rules.wentOnS && (speedIn(motionOf, last + 1) ?? 0) <= rules.stillKmh) last += 1
  return wayM(placesIn(motionOf, (second + 1) * 1000, (last + 1) * 1000 - 1)) > rules.receiverWanderM
}

/** Whether the car stood for so long, which began within `rollOutS` after the instant, as far as
 *  speeds and positions tell. A car that is faster on the way there does not roll out. */
export function stood(
  motionOf: MotionOf,
  at: number,
  { rollOutS, stillS }: { readonly rollOutS: number; readonly stillS: number },
): boolean {
  const first = secondOf(at) + 1
  const last = first + rollOutS
  let stillFrom: number | undefined
  let slowest = Infinity
  let gains = 0
  for (let second = first; second <= last + stillS + rules.stillSeenS; second += 1) {
    const speed = speedIn(motionOf, second)
    if (speed === undefined) continue
    if (speed >= slowest + rules.gainKmh && second > first + rules.rollOutShortS) gains += 1
    if (gains >= rules.drivingSeenS) return false
    slowest = Math.min(slowest, speed)
    if (speed >= rules.stillKmh) stillFrom = undefined
    else stillFrom ??= second
    if (stillFrom === undefined ? second > last : stillFrom > last) return false
    if (stillFrom !== undefined && second - stillFrom >= stillS)
      return wayM(placesIn(motionOf, stillFrom * 1000, second * 1000)) <= rules.receiverWanderM
  }
  return false
}

/** Whether the car drove by itself after the instant. A speed that stays the same to 2 km/h does
 *  not show it, unless positions do. The least speed in the second of the instant is one that it
 *  may have driven on from; but wheels that lock in a crash tell it too, and turn again as the car
 *  rolls out, ever slower. */
export function droveOn(motionOf: MotionOf, at: number): boolean {
  const from = secondOf(at)
  const least = leastIn(motionOf, from)
  let slowest = Infinity
  let fastest = 0
  let gains = 0
  let drives = 0
  for (let second = from + 1; second <= from + rules.drivingUntilS; second += 1) {
    const speed = speedIn(motionOf, second)
    if (speed === undefined) continue
    if (second > from + rules.rollOutShortS && speed >= rules.drivingKmh) {
      if (speed >= slowest + rules.gainKmh || (speed >= least + rules.gainKmh && speed >= fastest - 2)) gains += 1
      if (second > from + rules.rollOutS) drives += 1
      if (gains >= rules.drivingSeenS) return true
      const isVaried = Math.max(fastest, speed) - slowest > 2
      if (drives >= rules.drivingSeenS && (isVaried || isDisplaced(motionOf, at, second * 1000, speed))) return true
    }
    slowest = Math.min(slowest, speed)
    fastest = Math.max(fastest, speed)
  }
  return false
}

function isDisplaced(motionOf: MotionOf, fromAt: number, toAt: number, speed: number): boolean {
  const kmh = kmhOf(placesIn(motionOf, fromAt, toAt))
  return kmh !== undefined && kmh >= speed * rules.frozenShare
}

/** km/h from the first to the last of the positions; undefined where they are less than ten seconds
 *  apart. */
function kmhOf(places: readonly PlaceAt[]): number | undefined {
  const ms = (places.at(-1)?.at ?? 0) - (places[0]?.at ?? 0)
  return ms < 10_000 ? undefined : (wayM(places) / ms) * 3_600
}

/** Metres from the first to the last of positions minutes apart, on a flat earth: a degree of
 *  latitude is 111.2 km. 0 where there is none. */
function wayM(places: readonly PlaceAt[]): number {
  const [first] = places
  const last = places.at(-1)
  if (first === undefined || last === undefined) return 0
  const north = last.lat - first.lat
  const east = (((last.lon - first.lon + 540) % 360) - 180) * Math.cos((first.lat * Math.PI) / 180)
  return Math.hypot(north, east) * 111_195
}
