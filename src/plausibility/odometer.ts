// Odometers: counters that only grow, and grow as the car drives.
import type { DoubtReason } from '../model/value-doubt.ts'
import { doubt, type Doubts } from './doubts.ts'
import { islandsOf } from './islands.ts'
import { firstFrom, knownIn, latOf, odometerOf, type KnownReadings } from './known.ts'
import * as rules from './plausibility-rules.ts'
import type { Reading } from './reading.ts'
import { betweenMs, distanceM, wayMm } from './way.ts'

/** Doubts odometers that fall or jump and come back. */
export function doubtOdometers(readings: readonly Reading[], doubts: Doubts): void {
  const known = knownIn(readings, odometerOf, doubts.odometer)
  const metresAt = (index: number): number => readings[known[index]!]!.odometerM
  const atOf = (index: number): number => readings[known[index]!]!.at
  const agree = (a: number, b: number): boolean => odometersAgree(readings[known[a]!]!, readings[known[b]!]!)
  for (const { from, to } of islandsOf({
    count: known.length,
    atOf,
    agree,
    isOdd: (index) => odometerSentinels.has(metresAt(index)),
  })) {
    // Values told before a silence say nothing of it.
    const besideM = metresAt(from > 0 && atOf(from) - atOf(from - 1) <= rules.witnessMs ? from - 1 : to + 1)
    for (let index = from; index <= to; index += 1)
      doubt(doubts.odometer, known[index]!, reasonBeside(metresAt(index), besideM))
  }
}

/** Whether one counter may have told both, `b` after `a`. */
export function odometersAgree(a: Reading, b: Reading): boolean {
  const grownM = b.odometerM - a.odometerM
  return grownM >= -rules.odometerBackM && grownM <= rules.odometerStepM + (rules.speedMaxKmh / 3600) * betweenMs(a, b)
}

/** Counters that are not connected count 0 or all ones. */
export const odometerSentinels: ReadonlySet<number> = new Set([0, 0xffff, 0xff_ffff])

function reasonBeside(metres: number, besideM: number): DoubtReason {
  if (odometerSentinels.has(metres)) return 'sentinel'
  if (isNear(metres * 1000, besideM) || isNear(metres, besideM * 1000)) return 'scale'
  return metres < besideM ? 'fell' : 'jump'
}

const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= 0.01 * b

/** Doubts what grows a thousandth of the way that the speeds make, or of the line between places:
 *  kilometres, where metres are told. A speed a minute says roughly how far it was, and no counter
 *  of metres grows by as little. */
export function doubtScale(readings: readonly Reading[], doubts: Doubts): void {
  const known = knownIn(readings, odometerOf, doubts.odometer)
  let marked = 0
  for (const [from, to] of thousandths(readings, known, doubts))
    for (marked = Math.max(marked, from); marked <= to; marked += 1) doubt(doubts.odometer, known[marked]!, 'scale')
}

/** Whether `doubtScale` doubts any of the readings, of which nothing else is doubted. */
export const hasThousandths = (readings: readonly Reading[]): boolean =>
  thousandths(readings, knownIn(readings, odometerOf)).next().done !== true

/** Pairs of known odometers, by their number among these, that grew a thousandth of what is
 *  between. */
function* thousandths(
  readings: readonly Reading[],
  known: KnownReadings,
  doubts?: Doubts,
): Generator<readonly [from: number, to: number]> {
  const lineM = linesOf(readings, doubts)
  let way: Float64Array | undefined
  const atOf = (index: number): number => readings[known[index]!]!.at
  let from = 0
  for (let index = 0; index < known.length; index += 1) {
    while (atOf(index) - atOf(from) > rules.frozenMs) from += 1
    const [a, b] = [known[from]!, known[index]!]
    const grown = readings[b]!.odometerM - readings[a]!.odometerM
    if (grown <= 0 || grown > thousandthMostM) continue
    way ??= wayMm(readings, doubts?.speed, rules.witnessMs)
    if (isThousandth(grown, (way[b]! - way[a]!) / 1000) || isThousandth(grown, lineM(a, b))) yield [from, index]
  }
}

/** The most a counter of kilometres grows by in the time that is looked at. */
const thousandthMostM = (rules.speedMaxKmh / 3600) * (rules.frozenMs / 1000) + rules.odometerStepM / 1000

/** Gives the line between the first and the last place told from one reading to another, metres;
 *  NaN where there are none. */
function linesOf(readings: readonly Reading[], doubts?: Doubts): (from: number, to: number) => number {
  let places: KnownReadings | undefined
  return (from, to) => {
    const known = (places ??= knownIn(readings, latOf, doubts?.place))
    const [first, last] = [known[firstFrom(known, from)] ?? Infinity, known[firstFrom(known, to + 1) - 1] ?? -1]
    return first < last ? distanceM(readings[first]!, readings[last]!) : NaN
  }
}

/** Whether a counter of metres that grew by so much on a way counts kilometres. */
const isThousandth = (grown: number, drivenM: number): boolean =>
  drivenM >= rules.odometerStepM && grown > 0 && Math.abs(grown * 1000 - drivenM) <= rules.odometerStepM + drivenM / 5
