// Values of one vehicle held against each other: which places, speeds and odometers are doubted,
// and why. The doubts of a reading are a function of the readings at most `contextMs` before and
// after it, so minutes can be judged one by one, in any order.
import { doubtOfOdometer, doubtOfPlace, doubtOfSpeed } from './alone.ts'
import { doubt, noDoubts, type Doubts } from './doubts.ts'
import { doubtDrift } from './drift.ts'
import { doubtFrozenPlaces, doubtFrozenSpeeds, doubtStuckSpeeds } from './frozen.ts'
import { doubtPlaces, doubtSpeeds } from './jumps.ts'
import { doubtOdometers, doubtScale } from './odometer.ts'
import { witnessMs } from './plausibility-rules.ts'
import { fix, type Fix, type Reading } from './reading.ts'
import { wayMm } from './way.ts'

/** Judges the readings of one vehicle, in order of time, one for each instant. Takes time in
 *  proportion to their number. */
export function judge(readings: readonly Reading[]): Doubts {
  const doubts = noDoubts(readings.length)
  judgeAlone(readings, doubts)
  doubtSpeeds(readings, doubts)
  doubtOdometers(readings, doubts)
  const driven = { readings, way: wayMm(readings) }
  doubtFrozenPlaces(driven, doubts)
  doubtFrozenSpeeds(driven, doubts)
  doubtStuckSpeeds(readings, doubts)
  doubtPlaces(readings, doubts)
  doubtScale(readings, doubts)
  doubtDrift(readings, doubts)
  return doubts
}

/** Judgements that need no neighbours, but for the fix: a receiver that said that it has none says
 *  so on change, and it holds for a while. */
function judgeAlone(readings: readonly Reading[], doubts: Doubts): void {
  let told: { readonly at: number; readonly fix: Fix } = { at: -Infinity, fix: fix.unknown }
  for (const [index, reading] of readings.entries()) {
    if (reading.fix !== fix.unknown) told = reading
    const held = reading.at - told.at <= witnessMs ? told.fix : fix.unknown
    const ofPlace = doubtOfPlace(reading, held)
    const ofSpeed = doubtOfSpeed(reading)
    const ofOdometer = doubtOfOdometer(reading)
    if (ofPlace !== undefined) doubt(doubts.place, index, ofPlace)
    if (ofSpeed !== undefined) doubt(doubts.speed, index, ofSpeed)
    if (ofOdometer !== undefined) doubt(doubts.odometer, index, ofOdometer)
  }
}
