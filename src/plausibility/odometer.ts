// Odometers: counters that only grow, and grow as the car drives.
import type { DoubtReason } from '../model/value-doubt.ts'
import { doubt, type Doubts } from './doubts.ts'
import { islandsOf } from './islands.ts'
import { knownIn, odometerOf } from './known.ts'
import * as rules from './plausibility-rules.ts'
import type { Reading } from './reading.ts'
import { wayMm, type Driven } from './way.ts'

/** Doubts odometers that fall or jump and come back, and those that grow by a thousandth of the way. */
export function doubtOdometers(readings: readonly Reading[], doubts: Doubts): void {
  const known = knownIn(readings, odometerOf, doubts.odometer)
  const metresAt = (index: number): number => readings[known[index]!]!.odometerM
  const atOf = (index: number): number => readings[known[index]!]!.at
  const agree = (a: number, b: number): boolean => odometersAgree(readings[known[a]!]!, readings[known[b]!]!)
  for (const { from, to } of islandsOf({ count: known.length, atOf, agree, isOdd: (index) => odometerSentinels.has(metresAt(index)) })) {
    // What was told before a silence says nothing of it.
    const besideM = metresAt(from > 0 && atOf(from) - atOf(from - 1) <= rules.witnessMs ? from - 1 : to + 1)
    for (let index = from; index <= to; index += 1) doubt(doubts.odometer, known[index]!, reasonBeside(metresAt(index), besideM))
  }
  doubtScale({ readings, way: wayMm(readings, doubts.speed) }, doubts)
}

/** Whether one counter may have told both, `b` after `a`. */
export function odometersAgree(a: Reading, b: Reading): boolean {
  const grownM = b.odometerM - a.odometerM
  return grownM >= -rules.odometerBackM && grownM <= rules.odometerStepM + (rules.speedMaxKmh / 3600) * (b.at - a.at)
}

/** Counters that are not connected count 0 or all ones. */
export const odometerSentinels: ReadonlySet<number> = new Set([0, 0xffff, 0xff_ffff])

function reasonBeside(metres: number, besideM: number): DoubtReason {
  if (odometerSentinels.has(metres)) return 'sentinel'
  if (isNear(metres * 1000, besideM) || isNear(metres, besideM * 1000)) return 'scale'
  return metres < besideM ? 'fell' : 'jump'
}

const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= 0.01 * b

/** Doubts what grows a thousandth of the way that the speeds make: kilometres, where metres are told. */
function doubtScale({ readings, way }: Driven, doubts: Doubts): void {
  const known = knownIn(readings, odometerOf, doubts.odometer)
  const atOf = (index: number): number => readings[known[index]!]!.at
  let from = 0
  let marked = 0
  for (let index = 0; index < known.length; index += 1) {
    while (atOf(index) - atOf(from) > rules.frozenMs) from += 1
    const drivenM = (way[known[index]!]! - way[known[from]!]!) / 1000
    const grown = readings[known[index]!]!.odometerM - readings[known[from]!]!.odometerM
    if (!isThousandth(grown, drivenM)) continue
    for (marked = Math.max(marked, from); marked <= index; marked += 1) doubt(doubts.odometer, known[marked]!, 'scale')
  }
}

/** Whether a counter of metres that grew by so much on a way counts kilometres. */
export const isThousandth = (grown: number, drivenM: number): boolean =>
  drivenM >= rules.odometerStepM && grown > 0 && Math.abs(grown * 1000 - drivenM) <= rules.odometerStepM + drivenM / 5
