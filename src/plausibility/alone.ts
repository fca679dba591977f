// What is doubted of one sample without looking at any other.
import type { DoubtReason } from '../model/value-doubt.ts'
import { odometerMaxM, placeSlackM, speedMaxKmh } from './plausibility-rules.ts'
import { fix, type Fix, type Reading } from './reading.ts'

/** No road leads to latitude and longitude 0 at once, which is in the Gulf of Guinea: it is what an empty structure says. `found` is what the
 *  receiver said of its fix, where it was not with this reading. */
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
