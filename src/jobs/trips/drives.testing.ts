// Drives for tests of trips, and what the job makes of them.
import type { Sample } from '../../model/message.ts'
import { pointsOfSteps, type TrackPoints } from '../../model/track-steps.ts'
import type { Anomaly } from '../../read-models/anomalies/anomalies.ts'
import type { Track } from '../../read-models/tracks/tracks.ts'
import type { Trip } from '../../read-models/trips/trips.ts'
import type { StoredRecord } from '../../eventlog/event-log.ts'
import { parseMessage } from '../../model/message-codec.ts'
import { driveSamples, mergeSamples, type DriveSample } from './drive-sample.ts'
import { driveJobs, messagesOf, recordsOf, type JobDriver } from '../../engine/job-driver.ts'
import { trips } from './trips.ts'

/** A whole minute. */
export const at = 1_700_000_040_000

/** A sample a second with the speed. */
export const driving = (fromS: number, seconds: number, kmh = 36, more: Sample['signals'] = {}): Sample[] =>
  Array.from({ length: seconds }, (_, second) => ({
    at: at + (fromS + second) * 1000,
    signals: { 'Vehicle.Speed': kmh, ...more },
  }))

export const ignition = (atS: number, state: string): Sample => ({
  at: at + atS * 1000,
  signals: { 'Vehicle.LowVoltageSystemState': state },
})

/** A sample with values of paths below `Vehicle`. */
export const sample = (atS: number, values: Sample['signals']): Sample => ({
  at: at + Math.round(atS * 1000),
  signals: Object.fromEntries(Object.entries(values).map(([path, value]) => [`Vehicle.${path}`, value])),
})

/** Straight on from a place, one sample every `stepS`, as a car that says where it is and how
 *  fast. */
export function straight(
  fromS: number,
  toS: number,
  {
    kmh,
    lat = 52.5,
    lon = 13.4,
    stepS = 1,
    more = {},
  }: { kmh: number; lat?: number; lon?: number; stepS?: number; more?: Sample['signals'] },
): Sample[] {
  const degrees = kmh / 3.6 / (111_320 * Math.cos((lat * Math.PI) / 180))
  return Array.from({ length: Math.floor((toS - fromS) / stepS) + 1 }, (_, index) =>
    sample(fromS + index * stepS, {
      Speed: kmh,
      'CurrentLocation.Latitude': lat,
      'CurrentLocation.Longitude': lon + index * stepS * degrees,
      ...more,
    }),
  )
}

const rowsIn = <Row>(driver: JobDriver, topic: string): Row[] =>
  [...driver.results()].filter(([id]) => id.startsWith(`${topic} `)).map(([, row]) => row as Row)
export const doubtedIn = (driver: JobDriver): Anomaly | undefined =>
  rowsIn<Anomaly>(driver, 'anomaly').find(({ kind }) => kind === 'doubted')
/** By minute, in order, with the points as they were told. */
export const tracksIn = (driver: JobDriver): (TrackPoints & Pick<Track, 'minuteAt'>)[] =>
  rowsIn<Track>(driver, 'track')
    .map((row) => ({ minuteAt: row.minuteAt, ...pointsOfSteps(row.minuteAt, row) }))
    .sort((a, b) => a.minuteAt - b.minuteAt)
export const tripsIn = (driver: JobDriver): Trip[] => rowsIn<Trip>(driver, 'trip').sort((a, b) => a.startAt - b.startAt)

export function driverOf(...batches: readonly (readonly Sample[])[]): JobDriver {
  const driver = driveJobs([trips], { reload: true })
  for (const [index, samples] of batches.entries())
    driver.feed(recordsOf(messagesOf(samples, String(index).padStart(16, '0'))))
  return driver
}

/** All that the samples amount to, once event time has passed. */
export function settled(...batches: readonly (readonly Sample[])[]): Trip[] {
  const driver = driverOf(...batches)
  driver.pass(Number.MAX_SAFE_INTEGER)
  return tripsIn(driver)
}

export const seconds = (trip: Trip): readonly [number, number] => [(trip.startAt - at) / 1000, (trip.endAt - at) / 1000]

/** The records as plausibility looks at them: a reading for each instant, in order of time. */
export function readingsIn(records: readonly StoredRecord[]): DriveSample[] {
  const samples = new Map<number, DriveSample>()
  for (const { value, receivedAt } of records) {
    const parsed = parseMessage(value)
    if (!parsed.ok) continue
    for (const sample of driveSamples(parsed.value, receivedAt)) {
      const same = samples.get(sample.at)
      samples.set(sample.at, same === undefined ? sample : mergeSamples(same, sample))
    }
  }
  const isHalf = ({ lat, lon }: DriveSample): boolean => Number.isNaN(lat) !== Number.isNaN(lon)
  return [...samples.values()]
    .sort((a, b) => a.at - b.at)
    .map((each) => (isHalf(each) ? { ...each, lat: NaN, lon: NaN } : each))
}
