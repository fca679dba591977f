// What is doubted of one sample without looking at any other.
import type { DoubtReason } from '../model/value-doubt.ts'
import type { Sample, SignalValue } from '../model/message.ts'
import { odometerMaxM, placeSlackM, speedMaxKmh } from './plausibility-rules.ts'
import { fix, readingOf, type Fix, type Reading } from './reading.ts'

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

const placePaths = ['Vehicle.CurrentLocation.Latitude', 'Vehicle.CurrentLocation.Longitude'] as const

/** Whether a sample can be told at a glance to have a place that is not doubted, as nearly all can: jobs ask it of each. */
const isPlainPlace = (signals: Sample['signals']): boolean => {
  const accuracyM = signals['Vehicle.CurrentLocation.HorizontalAccuracy']
  return (
    signals['Vehicle.CurrentLocation.Latitude'] !== 0 &&
    signals['Vehicle.CurrentLocation.GNSSReceiver.FixType'] !== 'NONE' &&
    !(typeof accuracyM === 'number' && accuracyM > placeSlackM)
  )
}

const isWithin = (value: SignalValue | undefined, least: number, most: number): boolean =>
  typeof value !== 'number' || (value >= least && value <= most)

const isPlain = (signals: Sample['signals']): boolean =>
  isPlainPlace(signals) &&
  isWithin(signals['Vehicle.Speed'], -speedMaxKmh, speedMaxKmh) &&
  isWithin(signals['Vehicle.TraveledDistance'], 0, odometerMaxM)

/** Whether the place that a sample tells is doubted without looking at any other. */
export const isPlaceDoubted = (signals: Sample['signals']): boolean =>
  !isPlainPlace(signals) && doubtOfPlace(readingOf({ at: 0, signals })) !== undefined

/** The doubted signals of a sample, by VSS path; undefined where there are none, as nearly always. */
export function doubtsAlone(signals: Sample['signals']): Readonly<Record<string, DoubtReason>> | undefined {
  if (isPlain(signals)) return undefined
  const reading = readingOf({ at: 0, signals })
  const place = doubtOfPlace(reading)
  const speed = doubtOfSpeed(reading)
  const odometer = doubtOfOdometer(reading)
  if (place === undefined && speed === undefined && odometer === undefined) return undefined
  const found: Record<string, DoubtReason> = {}
  if (place !== undefined) for (const path of placePaths) found[path] = place
  if (speed !== undefined) found['Vehicle.Speed'] = speed
  if (odometer !== undefined) found['Vehicle.TraveledDistance'] = odometer
  return found
}
