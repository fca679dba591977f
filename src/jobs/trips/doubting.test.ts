// Promise: what counts of a car's samples is what is not doubted of all of them together, whatever
// came when; and what is doubted is counted.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { StoredRecord } from '../../eventlog/event-log.ts'
import { driveJobs, messagesOf, recordsOf, type JobDriver } from '../../engine/job-driver.ts'
import { latenessMs } from '../../engine/lateness.ts'
import type { Anomaly } from '../../read-models/anomalies/anomalies.ts'
import type { Sample } from '../../model/message.ts'
import type { Trip } from '../../read-models/trips/trips.ts'
import { listDoubts } from '../../plausibility/doubts.ts'
import { judge } from '../../plausibility/plausibility.ts'
import { readingsWithOneFault } from '../../plausibility/random-readings.contract.ts'
import { fix, ignition, type Reading } from '../../plausibility/reading.ts'
import { minuteMs } from './minute.ts'
import { doubtedIn, readingsIn, tracksIn, tripsIn } from './drives.testing.ts'
import { trips } from './trips.ts'

/** Another one with FC_SEED, more runs with FC_RUNS. */
const seed = Number(process.env['FC_SEED'] ?? 1)
const runs = Number(process.env['FC_RUNS'] ?? 40)

function sampleOf(reading: Reading): Sample {
  const told = {
    'CurrentLocation.Latitude': reading.lat,
    'CurrentLocation.Longitude': reading.lon,
    'CurrentLocation.HorizontalAccuracy': reading.accuracyM,
    'CurrentLocation.GNSSReceiver.FixType':
      reading.fix === fix.none ? 'NONE' : reading.fix === fix.found ? 'THREE_D' : NaN,
    Speed: reading.speedKmh,
    TraveledDistance: reading.odometerM,
    LowVoltageSystemState: reading.ignition === ignition.off ? 'OFF' : NaN,
  }
  const signals = Object.entries(told).flatMap(([path, value]) =>
    Number.isNaN(value) ? [] : [[`Vehicle.${path}`, value]],
  )
  return { at: reading.at, signals: Object.fromEntries(signals) as Sample['signals'] }
}

/** Some hours of a car, with a fault in each of their parts. */
const life = fc
  .array(fc.tuple(readingsWithOneFault, fc.constantFrom(1, 5, 40, 150)), { minLength: 2, maxLength: 5 })
  .map((parts) => {
    const samples: Sample[] = []
    let laterMs = 0
    for (const [readings, pauseMinutes] of parts) {
      for (const reading of readings) samples.push(sampleOf({ ...reading, at: reading.at + laterMs }))
      laterMs = samples.at(-1)!.at + pauseMinutes * minuteMs - readings[0]!.at
    }
    return recordsOf(messagesOf(samples.filter(({ signals }) => Object.keys(signals).length > 0)))
  })

/** The records as they come when each is late by so much. */
const delayed = (records: readonly StoredRecord[], lateMs: Iterator<number>): StoredRecord[] =>
  records
    .map((record) => ({ record, at: record.at + lateMs.next().value! }))
    .sort((a, b) => a.at - b.at)
    .map(({ record }) => record)

type Results = {
  readonly trips: Trip[]
  readonly tracks: ReturnType<typeof tracksIn>
  readonly doubted: Anomaly | undefined
}

/** The trips and tracks, and what is doubted, of records that come in batches of about so many,
 *  with figures said between them. */
function resultsOf(records: readonly StoredRecord[], batch: number, reload: boolean): Results {
  const driver = driveJobs([trips], { reload })
  let heardAt = -Infinity
  for (let from = 0; from < records.length; from += batch) {
    const part = records.slice(from, from + batch)
    heardAt = Math.max(heardAt, ...part.map(({ at }) => at))
    driver.feed(part, heardAt + minuteMs)
  }
  driver.pass(Number.MAX_SAFE_INTEGER)
  return rowsOf(driver)
}

const rowsOf = (driver: JobDriver): Results => ({
  trips: tripsIn(driver),
  tracks: tracksIn(driver),
  doubted: doubtedIn(driver),
})

/** Doubts by a judgement of everything at once: how often, when that was last heard, and why. */
function doubtedOf(records: readonly StoredRecord[]): object | undefined {
  const readings = readingsIn(records)
  const doubts = listDoubts(readings, judge(readings))
  if (doubts.length === 0) return undefined
  const byPart = Object.groupBy(doubts, ({ of, reason }) => `${paths[of]} ${reason}`)
  const parts = Object.entries(byPart).map(([part, all]) => `${part} ${all.length}`)
  return {
    count: doubts.length,
    lastReceivedAt: Math.max(...doubts.map(({ index }) => readings[index]!.receivedAt)),
    parts: parts.sort(),
  }
}
const paths = {
  place: 'Vehicle.CurrentLocation',
  speed: 'Vehicle.Speed',
  odometer: 'Vehicle.TraveledDistance',
} as const

const toldOf = ({ doubted }: Results): object | undefined =>
  doubted && {
    count: doubted.count,
    lastReceivedAt: doubted.lastReceivedAt,
    parts: doubted.parts.map(({ subject, reason, count }) => `${subject} ${reason} ${count}`).sort(),
  }

/** The tracks of those minutes by a judgement of everything at once. */
function tracksOf(records: readonly StoredRecord[], minutes: ReadonlySet<number>): Results['tracks'] {
  const readings = readingsIn(records)
  const { place, speed } = judge(readings)
  const known = (degrees: number, doubt: number | undefined): number | null =>
    Number.isNaN(degrees) || doubt !== 0 ? null : degrees
  const rows = readings.map(({ at, lat, lon, speedKmh }, index) => ({
    at,
    lat: known(lat, place[index]),
    lon: known(lon, place[index]),
    speedKmh: known(speedKmh, speed[index]),
  }))
  const shown = rows.filter(({ lat, speedKmh }) => lat !== null || speedKmh !== null)
  const byMinute = Map.groupBy(shown, ({ at }) => at - (at % minuteMs))
  return [...byMinute].flatMap(([minuteAt, all]) =>
    minutes.has(minuteAt)
      ? [
          {
            minuteAt,
            at: all.map(({ at }) => at),
            lat: all.map(({ lat }) => lat),
            lon: all.map(({ lon }) => lon),
            speedKmh: all.map(({ speedKmh }) => speedKmh),
          },
        ]
      : [],
  )
}

test(`a message that comes last changes what counts of others where it says that they are doubted, or not (seed ${seed})`, () => {
  fc.assert(
    fc.property(life, fc.nat(), fc.constantFrom(1, 4, 90), (records, place, count) => {
      const isLate = ({ at }: StoredRecord): boolean => at < records.at(-1)!.at - latenessMs + 10_000
      const first = records.findIndex((record) => !isLate(record))
      const from = first + (place % (records.length - first))
      const last = records.slice(from, from + count)
      const driver = driveJobs([trips])
      for (const part of [records.filter((record) => !last.includes(record)), last]) {
        driver.feed(part)
        driver.pass(records.at(-1)!.at + 5 * minuteMs)
      }
      driver.pass(Number.MAX_SAFE_INTEGER)
      assert.deepEqual(rowsOf(driver), resultsOf(records, Infinity, false))
    }),
    { seed, numRuns: 3 * runs, endOnFailure: true },
  )
})

test(`one by one with figures said between, at once, or in another order: only what is not doubted counts (seed ${seed})`, () => {
  const seen = { trips: 0, doubted: 0 }
  const delays = fc.infiniteStream(fc.nat(latenessMs - 10_000))
  fc.assert(
    fc.property(life, delays, fc.constantFrom(1, 7, 60), (records, lateMs, batch) => {
      const wanted = resultsOf(records, Infinity, false)
      const shown = new Set(wanted.tracks.map(({ minuteAt }) => minuteAt))
      assert.deepEqual(wanted.tracks, tracksOf(records, shown))
      assert.deepEqual(toldOf(wanted), doubtedOf(records))
      assert.deepEqual(resultsOf(records, batch, false), wanted)
      assert.deepEqual(resultsOf(delayed(records, lateMs), 40, true), wanted)
      const { place, speed, odometer } = judge(readingsIn(records))
      seen.trips += wanted.trips.length
      seen.doubted += [place, speed, odometer].filter((marks) => marks.some((mark) => mark !== 0)).length
    }),
    { seed, numRuns: runs, endOnFailure: true },
  )
  assert.ok(seen.trips > runs && seen.doubted > runs, JSON.stringify(seen))
})
