// Places and speeds that jump off and back.
import { doubt, type Doubts } from './doubts.ts'
import { islandsOf, type Chain, type Run } from './islands.ts'
import { knownIn, latOf, speedOf, type KnownReadings } from './known.ts'
import * as rules from './plausibility-rules.ts'
import type { Reading } from './reading.ts'
import { betweenMs, distanceM, placesAgree } from './way.ts'

/** Doubts places that no car came to. */
export function doubtPlaces(readings: readonly Reading[], doubts: Doubts): void {
  const known = knownIn(readings, latOf, doubts.place)
  const readingAt = (index: number): Reading => readings[known[index]!]!
  const chain: Chain = {
    count: known.length,
    atOf: (index) => readingAt(index).at,
    agree: (a, b) => placesAgree(readingAt(a), readingAt(b)),
    isOff: (a, run, c) => throughM(readingAt, a, run, c) - distanceM(readingAt(a), readingAt(c)) > rules.placeSlackM,
    isOdd: (index) => isZero(readingAt(index)),
  }
  for (const { from, to } of islandsOf(chain))
    for (let index = from; index <= to; index += 1) {
      doubt(doubts.place, known[index]!, isZero(readingAt(index)) ? 'zero' : 'jump')
    }
}

const isZero = ({ lat, lon }: Reading): boolean => lat === 0 || lon === 0

/** The way from a place through a run to another. */
function throughM(readingAt: (index: number) => Reading, a: number, { from, to }: Run, c: number): number {
  let sum = distanceM(readingAt(a), readingAt(from)) + distanceM(readingAt(to), readingAt(c))
  for (let index = from; index < to; index += 1) sum += distanceM(readingAt(index), readingAt(index + 1))
  return sum
}

/** Doubts speeds that no car changed to, and the ways to say "not known" with a number. A speed
 *  beside a silence stands: the last thing that a unit tells may be a crash. */
export function doubtSpeeds(readings: readonly Reading[], doubts: Doubts): void {
  const known = knownIn(readings, speedOf, doubts.speed)
  const atOf = (index: number): number => readings[known[index]!]!.at
  const agree = (a: number, b: number): boolean => speedsAgree(readings[known[a]!]!, readings[known[b]!]!)
  for (const { from, to } of islandsOf({ count: known.length, atOf, agree }))
    for (let index = from; index <= to; index += 1) doubt(doubts.speed, known[index]!, 'jump')
  doubtSentinels(readings, known, doubts)
}

/** Whether a car may have had both speeds, `b` after `a`. */
export const speedsAgree = (a: Reading, b: Reading): boolean =>
  Math.abs(a.speedKmh - b.speedKmh) <= rules.speedSlackKmh + (rules.changeMaxKmhPerS * betweenMs(a, b)) / 1000

/** 255 beside speeds far below it, and −1 of a car that tells no other speed below 0 beside it. */
function doubtSentinels(readings: readonly Reading[], known: KnownReadings, doubts: Doubts): void {
  const speedAt = (index: number): number => readings[known[index]!]!.speedKmh
  for (let from = 0; from < known.length;) {
    const kmh = speedAt(from)
    let to = from
    while (to + 1 < known.length && speedAt(to + 1) === kmh) to += 1
    if (kmh === rules.speedUnknownKmh || kmh === rules.speedSentinelKmh)
      for (let index = from; index <= to; index += 1) {
        const at = readings[known[index]!]!.at
        const beside = [from - 1, to + 1].flatMap((next) => {
          const other = readings[known[next] ?? -1]
          return other !== undefined && Math.abs(other.at - at) <= rules.heldMs ? [other.speedKmh] : []
        })
        if (isSentinel(kmh, beside)) doubt(doubts.speed, known[index]!, 'sentinel')
      }
    from = to + 1
  }
}

const isSentinel = (kmh: number, beside: readonly number[]): boolean =>
  kmh < 0 ? beside.every((other) => other >= 0) : beside.length > 0 && beside.every((other) => other < kmh / 2)
