// Odometers: counters that only grow, and grow as the car drives.
import type { DoubtReason } from '../model/value-doubt.ts'
import { doubt, type Doubts } from './doubts.ts'
import { islandsOf } from './islands.ts'
import { knownIn, odometerOf } from './known.ts'
import * as rules from './plausibility-rules.ts'
import type { Driven } from './way.ts'

/** Doubts odometers that fall or jump and come back, and those that grow by a thousandth of the way. */
export function doubtOdometers({ readings, way }: Driven, doubts: Doubts): void {
  const known = knownIn(readings, odometerOf, doubts.odometer)
  const metresAt = (index: number): number => readings[known[index]!]!.odometerM
  const atOf = (index: number): number => readings[known[index]!]!.at
  const agree = (a: number, b: number): boolean => {
    const grownM = metresAt(b) - metresAt(a)
    return grownM >= -rules.odometerBackM && grownM <= rules.odometerStepM + (rules.speedMaxKmh / 3600) * (atOf(b) - atOf(a))
  }
  for (const { from, to } of islandsOf({ count: known.length, atOf, agree, isOdd: (index) => sentinels.has(metresAt(index)) })) {
    const besideM = metresAt(from > 0 ? from - 1 : to + 1)
    for (let index = from; index <= to; index += 1) doubt(doubts.odometer, known[index]!, reasonBeside(metresAt(index), besideM))
  }
  doubtScale({ readings, way }, doubts)
}

/** Counters that are not connected count 0 or all ones. */
const sentinels: ReadonlySet<number> = new Set([0, 0xffff, 0xff_ffff])

function reasonBeside(metres: number, besideM: number): DoubtReason {
  if (sentinels.has(metres)) return 'sentinel'
  if (isNear(metres * 1000, besideM) || isNear(metres, besideM * 1000)) return 'scale'
  return metres < besideM ? 'fell' : 'jump'
}

const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= 0.01 * b

/** Doubts what grows a thousandth of the way that the speeds make: kilometres, where metres are told. */
function doubtScale({ readings, way }: Driven, doubts: Doubts): void {
  const known = knownIn(readings, odometerOf, doubts.odometer)
  const atOf = (index: number): number => readings[known[index]!]!.at
  let from = 0
  let to = 0
  for (let index = 0; index < known.length; index += 1) {
    while (atOf(index) - atOf(from) > rules.frozenMs) from += 1
    while (to + 1 < known.length && atOf(to + 1) - atOf(index) <= rules.frozenMs) to += 1
    const drivenM = (way[known[to]!]! - way[known[from]!]!) / 1000
    const grown = readings[known[to]!]!.odometerM - readings[known[from]!]!.odometerM
    const isThousandth = Math.abs(grown * 1000 - drivenM) <= rules.odometerStepM + drivenM / 5
    if (drivenM >= 2 * rules.odometerStepM && isThousandth) doubt(doubts.odometer, known[index]!, 'scale')
  }
}
