// Whether a minute gives any cause to look at what is around it. Nearly every minute gives none, and then nothing in it is doubted and it says
// nothing against its neighbours: so judging costs its ten minutes of context only where something is odd.
import { doubtOfOdometer, doubtOfPlace, doubtOfSpeed } from './alone.ts'
import { speedsAgree } from './jumps.ts'
import { isThousandth, odometersAgree, odometerSentinels } from './odometer.ts'
import * as rules from './plausibility-rules.ts'
import { fix, type Reading } from './reading.ts'
import { distanceM, placesAgree, wayMm } from './way.ts'

/** A parked car's places of `2 × driftSteps` are within six such stretches of readings, each of which adds so much at most. */
const wanderM = rules.driftM / 7

/** Whether nothing can be doubted of any reading of which all such stretches within `contextMs` are calm. Give the readings of a minute and those
 *  of the `witnessMs` before it, in order of time. */
export function isCalm(readings: readonly Reading[]): boolean {
  const way = wayMm(readings)
  let placed = -1
  let sped = -1
  let counted = -1
  for (let index = 0; index < readings.length; index += 1) {
    const reading = readings[index]!
    if (isOddAlone(reading)) return false
    if (!Number.isNaN(reading.lat)) {
      if (placed >= 0 && !isCalmWay(readings[placed]!, reading, (way[index]! - way[placed]!) / 1000)) return false
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
  return !wanders(readings) && !countsThousandths(readings, way)
}

const isOddAlone = (reading: Reading): boolean =>
  reading.fix === fix.none ||
  doubtOfPlace(reading) !== undefined ||
  doubtOfSpeed(reading) !== undefined ||
  doubtOfOdometer(reading) !== undefined ||
  reading.speedKmh === rules.speedSentinelKmh ||
  reading.speedKmh === rules.speedUnknownKmh ||
  odometerSentinels.has(reading.odometerM)

/** Whether two places that follow each other can be true, and are as far apart as the speeds say, as near as frozen values would not be. */
function isCalmWay(a: Reading, b: Reading, drivenM: number): boolean {
  if (!placesAgree(a, b)) return false
  const seconds = (b.at - a.at) / 1000
  // A frozen place has 100 m in 240 s on average, a frozen speed the half of its way.
  if (a.lat === b.lat && a.lon === b.lon) return drivenM < (rules.frozenWayM * seconds) / (rules.frozenMs / 500)
  return drivenM < (rules.frozenSpeedKmh / 3.6) * seconds * 0.99 || distanceM(a, b) >= drivenM / 2
}

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
      isOdd ||= distanceM(first, reading) > wanderM / 2 || (last !== undefined && reading.at - last.at > rules.heldMs)
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
