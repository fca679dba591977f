// A place that stands still while the speed says that the car goes, and a speed that goes on while
// the place stands still. Two that disagree are not enough: a third says which of them is doubted.
//
//   doubted      where it stands still beside                     and
//   the place    a way of 100 m by speed                          the odometer went on as the speed says, or the next place is as far as that
//   the speed    places within 50 m, whose path is less than a    the odometer did not go on, or places that are measured anew while it
//                quarter of a way of 200 m                        never changes
//   the speed    eight of 0                                       the odometer went on by 200 m, at 10 km/h and in two steps at least: it counts turns of the wheels
import { doubtOfOdometer } from './alone.ts'
import { doubt, type Doubts } from './doubts.ts'
import { firstFrom, knownIn, latOf, odometerOf, speedOf, type KnownReadings } from './known.ts'
import * as rules from './plausibility-rules.ts'
import type { Reading } from './reading.ts'
import { distanceM, placesAgree, type ReadingsWay } from './way.ts'

/** A reading amid those of its frozen value that are near enough: places in the list of readings
 *  that are known. */
type Held = {
  readonly from: number
  readonly index: number
  readonly to: number
  readonly isFirst: boolean
  readonly isLast: boolean
}

/** Doubts frozen places, but for the first of each, which was true when it was told. */
export function doubtFrozenPlaces({ readings, way }: ReadingsWay, doubts: Doubts): void {
  const known = knownIn(readings, latOf, doubts.place)
  const readingAt = (index: number): Reading => readings[known[index]!]!
  const wayAt = (index: number): number => way[known[index]!]!
  const isHeld = (a: Reading, b: Reading): boolean => a.lat === b.lat && a.lon === b.lon
  const odometer = growthOf({ readings, way })
  forHeld(readingAt, known.length, isHeld, ({ from, index, to, isFirst, isLast }) => {
    const drivenMm = wayAt(to) - wayAt(from)
    if (drivenMm < rules.frozenWayM * 1000 || wayAt(index) - wayAt(from) < rules.frozenBehindM * 1000) return
    const growth = odometer(known[from]!, known[to]!)
    if (growth === 'none') return
    const isDoubted = growth === 'as-driven' || (isLast && isBehind(readingAt, wayAt, { from, to, isFirst }))
    if (isDoubted) doubt(doubts.place, known[index]!, 'frozen')
  })
}

/** Whether the place after the frozen ones is as far from them as the speeds say, and the one after
 *  it does not take that back. */
function isBehind(
  readingAt: (index: number) => Reading | undefined,
  wayAt: (index: number) => number,
  { from, to, isFirst }: Pick<Held, 'from' | 'to' | 'isFirst'>,
): boolean {
  const held = readingAt(to)
  const next = readingAt(to + 1)
  const after = readingAt(to + 2)
  if (held === undefined || next === undefined || after === undefined) return false
  if (next.at - held.at > rules.heldMs || after.at - next.at > rules.heldMs || !placesAgree(next, after)) return false
  const drivenM = (wayAt(to + 1) - wayAt(from)) / 1000
  const farM = distanceM(held, next)
  return farM >= drivenM / 2 && (!isFirst || farM <= drivenM + rules.placeSlackM)
}

/** Doubts speeds that go on although the car stands. */
export function doubtFrozenSpeeds({ readings, way }: ReadingsWay, doubts: Doubts): void {
  const known = knownIn(readings, speedOf, doubts.speed)
  const placesBetween = placesOf({ readings, way }, knownIn(readings, latOf, doubts.place))
  const readingAt = (index: number): Reading => readings[known[index]!]!
  const isHeld = (a: Reading, b: Reading): boolean =>
    a.speedKmh === b.speedKmh && Math.abs(a.speedKmh) >= rules.frozenSpeedKmh
  const odometer = growthOf({ readings, way })
  forHeld(readingAt, known.length, isHeld, ({ from, index, to }) => {
    const drivenMm = way[known[to]!]! - way[known[from]!]!
    if (drivenMm < 2 * rules.frozenWayM * 1000) return
    const places = placesBetween(known[from]!, known[to]!)
    if (places === 'move' || places === 'unknown') return
    const growth = odometer(known[from]!, known[to]!)
    if (growth === 'none' || (growth === 'unknown' && places === 'measured-anew'))
      doubt(doubts.speed, known[index]!, 'frozen')
  })
}

/** Doubts speeds that stay 0 although the car goes. */
export function doubtStuckSpeeds(readings: readonly Reading[], doubts: Doubts): void {
  const known = knownIn(readings, speedOf, doubts.speed)
  const readingAt = (index: number): Reading => readings[known[index]!]!
  const goesOn = goingOnOf(readings, doubts)
  forHeld(readingAt, known.length, isStuck, ({ from, index, to }) => {
    if (to - from + 1 >= rules.stuckReadings && goesOn(known[from]!, known[to]!))
      doubt(doubts.speed, known[index]!, 'frozen')
  })
}

const isStuck = (a: Reading, b: Reading): boolean => a.speedKmh === 0 && b.speedKmh === 0

/** Says whether the odometer goes on between two readings, in two steps at least: one alone may be
 *  told late. */
function goingOnOf(readings: readonly Reading[], doubts: Doubts): (from: number, to: number) => boolean {
  let counted: KnownReadings | undefined
  return (from, to) => {
    const known = (counted ??= knownIn(readings, odometerOf, doubts.odometer))
    const metresAt = (index: number): number => readings[known[index]!]!.odometerM
    const first = firstFrom(known, from)
    const last = firstFrom(known, to + 1) - 1
    const leastM = Math.max(
      2 * rules.frozenWayM,
      (rules.frozenSpeedKmh / 3600) * (readings[to]!.at - readings[from]!.at),
    )
    if (last - first < 2 || metresAt(last) - metresAt(first) < leastM) return false
    let [low, high] = [first + 1, last]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (metresAt(middle) > metresAt(first)) high = middle
      else low = middle + 1
    }
    return metresAt(low) < metresAt(last)
  }
}

/** Calls for each reading of a run of equal values, with what of the run is within `frozenMs` of
 *  it. */
function forHeld(
  readingAt: (index: number) => Reading,
  count: number,
  isHeld: (a: Reading, b: Reading) => boolean,
  look: (held: Held) => void,
): void {
  for (let first = 0; first < count;) {
    let last = first
    while (last + 1 < count && isHeldOn(readingAt(last), readingAt(last + 1), isHeld)) last += 1
    let from = first
    let to = first
    const end = last > first ? last : -1
    for (let index = first; index <= end; index += 1) {
      const { at } = readingAt(index)
      while (at - readingAt(from).at > rules.frozenMs) from += 1
      while (to < last && readingAt(to + 1).at - at <= rules.frozenMs) to += 1
      look({ from, index, to, isFirst: from === first, isLast: to === last })
    }
    first = last + 1
  }
}

const isHeldOn = (a: Reading, b: Reading, isHeld: (a: Reading, b: Reading) => boolean): boolean =>
  b.at - a.at <= rules.heldMs && isHeld(a, b)

/** So many places of a span are looked at: enough to see whether they move. */
const placesSeen = 16

/** The behaviour of places between two readings. */
type Places = 'move' | 'measured-anew' | 'still' | 'unknown'

/** Says what the places between two readings do, both included; `unknown` where they are too few to
 *  say. */
function placesOf({ readings, way }: ReadingsWay, known: KnownReadings): (from: number, to: number) => Places {
  let path: Float64Array | undefined
  return (from, to) => {
    const first = firstFrom(known, from)
    const count = firstFrom(known, to + 1) - first
    const [begin, end] = [known[first] ?? 0, known[first + count - 1] ?? 0]
    const drivenMm = count < 2 ? 0 : way[end]! - way[begin]!
    if (drivenMm < 2 * rules.frozenWayM * 1000) return 'unknown'
    const seen = new Set<string>()
    const step = Math.max(1, Math.floor(count / placesSeen))
    for (let next = first; next < first + count; next += step) {
      const place = readings[known[next]!]!
      if (distanceM(readings[begin]!, place) > rules.stillM) return 'move'
      seen.add(`${place.lat} ${place.lon}`)
    }
    path ??= pathMm({ readings, way }, known)
    if (path[first + count - 1]! - path[first]! >= drivenMm / 4) return 'move'
    return seen.size >= 3 ? 'measured-anew' : 'still'
  }
}

/** The way up to each known place through those before, in whole millimetres; between places too
 *  far apart in time, that of the speeds. */
function pathMm({ readings, way }: ReadingsWay, known: KnownReadings): Float64Array {
  const path = new Float64Array(known.length)
  for (let next = 1; next < known.length; next += 1) {
    const [from, to] = [known[next - 1]!, known[next]!]
    const [a, b] = [readings[from]!, readings[to]!]
    path[next] =
      path[next - 1]! + (b.at - a.at > rules.heldMs ? way[to]! - way[from]! : Math.round(distanceM(a, b) * 1000))
  }
  return path
}

/** The word of the odometer on the way between two readings: that it was driven, that it was not,
 *  or nothing. A counter that is itself wrong says nothing. */
function growthOf({ readings, way }: ReadingsWay): (from: number, to: number) => 'as-driven' | 'none' | 'unknown' {
  let counted: KnownReadings | undefined
  return (from, to) => {
    const known = (counted ??= knownIn(readings, countedOf, new Uint8Array(readings.length)))
    const [a, b] = [known[firstFrom(known, from)] ?? to, known[firstFrom(known, to + 1) - 1] ?? from]
    const drivenM = b > a ? (way[b]! - way[a]!) / 1000 : 0
    if (drivenM < rules.frozenWayM) return 'unknown'
    const fromM = readings[a]!.odometerM
    const grownM = readings[b]!.odometerM - fromM
    const stepM = fromM % rules.odometerStepM === 0 ? rules.odometerStepM : rules.frozenWayM
    if (grownM >= drivenM / 2 && grownM <= 2 * drivenM + stepM) return 'as-driven'
    return grownM === 0 && drivenM >= 2 * stepM ? 'none' : 'unknown'
  }
}

const countedOf = (reading: Reading): number => (doubtOfOdometer(reading) === undefined ? odometerOf(reading) : NaN)
