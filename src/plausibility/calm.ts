// Whether a minute gives any cause to look at what is around it. Nearly every minute gives none, and then nothing in it is doubted and it says
// nothing against its neighbours: so judging costs its ten minutes of context only where something is odd.
import { doubtOfOdometer, doubtOfPlace, doubtOfSpeed } from './alone.ts'
import { speedsAgree } from './jumps.ts'
import { isThousandth, odometersAgree, odometerSentinels } from './odometer.ts'
import * as rules from './plausibility-rules.ts'
import { fix, type Reading } from './reading.ts'
import { distanceM, placesAgree, wayMm } from './way.ts'

// Stretches that begin two minutes apart share the readings of a minute, so that two values that follow each other are in one of them. Three of
// them cover what a frozen value is seen by, which is 240 s, and four what drift is seen by, 320 s: what is doubted there shows in one of them by a
// third, or a fourth.

/** What is frozen is at odds with the rest by 50 m at least: a place that stays the same on a way of 100 m, and places whose path is less than a
 *  quarter of a way of 200 m, are so much short of half the way. */
const missingWayM = rules.frozenWayM / 2 / 3
/** Drift is further than `driftM` from the middle; within a stretch all places are within twice this. */
const wanderM = rules.driftM / 4 / 2

/** Whether nothing is doubted of any reading of which all such stretches within `contextMs` are calm. Give the readings of a minute and those
 *  of the `witnessMs` before it, in order of time. */
export function isCalm(readings: readonly Reading[]): boolean {
  const way = wayMm(readings)
  let placed = -1
  let sped = -1
  let counted = -1
  let missingM = 0
  for (let index = 0; index < readings.length; index += 1) {
    const reading = readings[index]!
    if (isOddAlone(reading)) return false
    if (!Number.isNaN(reading.lat)) {
      const before = readings[placed]
      if (before !== undefined && !placesAgree(before, reading)) return false
      if (before !== undefined && reading.at - before.at <= rules.heldMs) {
        const drivenM = (way[index]! - way[placed]!) / 1000
        missingM += Math.max(0, drivenM / 2 - distanceM(before, reading))
      }
      placed = index
    }
    if (!Number.isNaN(reading.speedKmh)) {
      if (sped >= 0 && !speedsAgree(readings[sped]!, reading)) return false
      sped = index
    }
    if (!Number.isNaN(reading.odometerM)) {
      if (counted >= 0 && !odometersAgree(readings[counted]!, reading)) return false
      counted = index
    }
  }
  return missingM < missingWayM && !wanders(readings) && !countsThousandths(readings, way)
}

const isOddAlone = (reading: Reading): boolean =>
  reading.fix === fix.none ||
  doubtOfPlace(reading) !== undefined ||
  doubtOfSpeed(reading) !== undefined ||
  doubtOfOdometer(reading) !== undefined ||
  reading.speedKmh === rules.speedSentinelKmh ||
  reading.speedKmh === rules.speedUnknownKmh ||
  odometerSentinels.has(reading.odometerM)

/** Whether the places of a car that stands for a while leave each other, or are too few to say. */
function wanders(readings: readonly Reading[]): boolean {
  let startAt = Infinity
  let first: Reading | undefined
  let last: Reading | undefined
  let isOdd = false
  for (const reading of readings) {
    if (Math.abs(reading.speedKmh) >= rules.movingKmh) {
      startAt = Infinity
      first = last = undefined
      isOdd = false
      continue
    }
    startAt = Math.min(startAt, reading.at)
    if (!Number.isNaN(reading.lat)) {
      first ??= reading
      isOdd ||= distanceM(first, reading) > wanderM || (last !== undefined && reading.at - last.at >= rules.heldMs)
      last = reading
    }
    if (reading.at - startAt >= rules.heldMs && (isOdd || (first !== undefined && first === last))) return true
  }
  return false
}

function countsThousandths(readings: readonly Reading[], way: Float64Array): boolean {
  const counted = readings.flatMap(({ odometerM }, index) => (Number.isNaN(odometerM) ? [] : [index]))
  let from = 0
  return counted.some((index) => {
    while (readings[index]!.at - readings[counted[from]!]!.at > rules.frozenMs) from += 1
    const start = counted[from]!
    return isThousandth(readings[index]!.odometerM - readings[start]!.odometerM, (way[index]! - way[start]!) / 1000)
  })
}
