// Doubts of one sample that need no look at any other.
import type { DoubtReason } from '../model/value-doubt.ts'
import type { Sample } from '../model/message.ts'
import { odometerMaxM, placeSlackM, speedMaxKmh } from './plausibility-rules.ts'
import { fix, readingOf, type Fix, type Reading } from './reading.ts'

/** No road leads to latitude and longitude 0 at once, which is in the Gulf of Guinea: it is what an
 *  empty structure says. `found` is what the receiver said of its fix, where it was not with this
 *  reading. */
export function doubtOfPlace({ lat, lon, accuracyM, fix: told }: Reading, found: Fix = told): DoubtReason | undefined {
  if (Number.isNaN(lat)) return undefined
  if (found === fix.none) return 'no-fix'
  if (lat === 0 && lon === 0) return 'null-island'
  return accuracyM > placeSlackM ? 'inaccurate' : undefined
}

export const doubtOfSpeed = ({ speedKmh }: Pick<Reading, 'speedKmh'>): DoubtReason | undefined =>
  Math.abs(speedKmh) > speedMaxKmh ? 'impossible' : undefined

export const doubtOfOdometer = ({ odometerM }: Pick<Reading, 'odometerM'>): DoubtReason | undefined =>
  odometerM > odometerMaxM ? 'sentinel' : odometerM < 0 ? 'impossible' : undefined

/** Whether the receiver says that it knows no place, and so by itself no speed either. */
export const isWithoutFix = (signals: Sample['signals']): boolean =>
  signals['Vehicle.CurrentLocation.GNSSReceiver.FixType'] === 'NONE'

/** Whether a sample can be told at a glance to have a place that is not doubted, as nearly all can:
 *  jobs ask it of each. */
const isPlainPlace = (signals: Sample['signals']): boolean => {
  const accuracyM = signals['Vehicle.CurrentLocation.HorizontalAccuracy']
  return (
    signals['Vehicle.CurrentLocation.Latitude'] !== 0 &&
    !isWithoutFix(signals) &&
    !(typeof accuracyM === 'number' && accuracyM > placeSlackM)
  )
}

/** The doubted signals of a sample, by VSS path; undefined where there are none, as nearly always.
 *  Those are places: a speed or an odometer that needs no other sample to be doubted is no value of
 *  a message (not-available.ts). */
export function doubtsAlone(signals: Sample['signals']): Readonly<Record<string, DoubtReason>> | undefined {
  const doubt = isPlainPlace(signals) ? undefined : doubtOfPlace(readingOf({ at: 0, signals }))
  return doubt && { 'Vehicle.CurrentLocation.Latitude': doubt, 'Vehicle.CurrentLocation.Longitude': doubt }
}
