// Promise: each figure of a trip is that of the samples in [startAt, endAt] that are not doubted,
// for any recording. Metres driven unheard beside it are told apart. Where speeds tell when the car
// is driven, the samples in the span, cut out and derived alone, are the same trip.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import type { StoredRecord } from '../../eventlog/event-log.ts'
import { driveJobs } from '../../engine/job-driver.ts'
import type { Sample } from '../../model/message.ts'
import { encodeMessage, parseMessage } from '../../model/message-codec.ts'
import type { Trip } from '../../read-models/trips/trips.ts'
import { listDoubts, packDoubts } from '../../plausibility/doubts.ts'
import { judge } from '../../plausibility/plausibility.ts'
import { randomDays, randomLife } from '../random-life.contract.ts'
import { withoutDoubted } from './counted-samples.ts'
import { isPlaced, tells, type DriveSample } from './drive-sample.ts'
import { minuteMs } from './minute.ts'
import { join, sumUp } from './sums.ts'
import { readingsIn, tripsIn } from './drives.testing.ts'
import { burnLhMost, drivenKmh, movingKmh, speedGapMs } from './trip-rules.ts'
import { tripOf } from './trip.ts'
import { trips } from './trips.ts'

/** Another one with FC_SEED, more runs with FC_RUNS. */
const seed = Number(process.env['FC_SEED'] ?? 1)
const runs = Number(process.env['FC_RUNS'] ?? 60)

type Span = Pick<Trip, 'startAt' | 'endAt'>

function tripsOf(records: readonly StoredRecord[], batch: number): Trip[] {
  const driver = driveJobs([trips])
  for (let from = 0; from < records.length; from += batch)
    driver.feed(records.slice(from, from + batch), records[from]!.at)
  driver.pass(Number.MAX_SAFE_INTEGER)
  return tripsIn(driver)
}

/** The messages, each heard when it was measured, with what lies in the span. */
function cut(
  records: readonly StoredRecord[],
  { startAt, endAt }: Span = { startAt: -Infinity, endAt: Infinity },
): StoredRecord[] {
  const isIn = ({ at }: { readonly at: number }): boolean => at >= startAt && at <= endAt
  return records.flatMap((record) => {
    const parsed = record.topic === 'dead-letter' ? undefined : parseMessage(record.value)
    if (parsed === undefined || !parsed.ok) return []
    const message = parsed.value
    const samples: readonly Sample[] = 'event' in message ? [] : message.samples.filter(isIn)
    if ('event' in message ? !isIn(message) : samples.length === 0) return []
    const value = encodeMessage('event' in message ? message : { ...message, samples })
    return [{ ...record, value, appendedAt: record.at, receivedAt: record.at }]
  })
}

const figuresOf = (trip: Trip): object => ({ ...trip, unheardM: undefined })

/** The samples of the records without what is doubted of them. */
function countedIn(records: readonly StoredRecord[]): DriveSample[] {
  const readings = readingsIn(records)
  const doubts = judge(readings)
  return readings.map((sample, index) => withoutDoubted(sample, packDoubts(doubts, index))).filter(tells)
}

const within = (samples: readonly DriveSample[], { startAt, endAt }: Span): DriveSample[] =>
  samples.filter(({ at }) => at >= startAt && at <= endAt)

/** The trip with the figures of samples, summed up by minute, as one that began with the ignition
 *  and as one that did not. */
function tripsWith(trip: Trip, samples: readonly DriveSample[]): (Trip | undefined)[] {
  const minutes = Map.groupBy(samples, ({ at }) => Math.floor(at / minuteMs))
  return ([0, 1] as const).map((switchedOn) => {
    const [sums, ...others] = [...minutes.values()].map((minute) => sumUp(minute, 120_000, burnLhMost)!)
    for (const other of others) join(sums!, other, burnLhMost)
    return (
      sums &&
      tripOf(
        { ...trip, lastAt: NaN, switchedOn },
        sums,
        { leadM: NaN, tailM: NaN },
        { ref: trip, rules: { burnLhMost }, id: null },
      )
    )
  })
}

/** The doubts of the samples in a span, in the eyes of these records. */
function doubtsOf(records: readonly StoredRecord[], { startAt, endAt }: Span): string[] {
  const readings = readingsIn(records)
  return listDoubts(readings, judge(readings)).flatMap(({ at, of }) =>
    at >= startAt && at <= endAt ? [`${at} ${of}`] : [],
  )
}

/** Whether all of the samples that tell a place say by their speed, or one shortly before, that the
 *  car stands or is driven. */
function isTold(samples: readonly DriveSample[]): boolean {
  let toldAt = NaN
  return samples.every((sample) => {
    const { at, speedKmh } = sample
    if (speedKmh < movingKmh || speedKmh >= drivenKmh) toldAt = at
    return Number.isNaN(speedKmh) ? !isPlaced(sample) || at - toldAt <= speedGapMs : toldAt === at
  })
}

type Seen = { found: number; alone: number }

/** Counts the trips, and those of which speeds tell when the car is driven and no sample outside
 *  says that one inside is doubted. */
function hold(records: readonly StoredRecord[], seen: Seen): void {
  const all = cut(records)
  const counted = countedIn(all)
  for (const trip of tripsOf(all, 7)) {
    seen.found += 1
    const others = tripsWith(trip, within(counted, trip))
    const isSame = others.some((other) => isDeepStrictEqual(other && figuresOf(other), figuresOf(trip)))
    assert.ok(isSame, `${JSON.stringify(trip)} is none of ${JSON.stringify(others)}`)
    const own = cut(records, trip)
    if (!isTold(within(readingsIn(all), trip)) || !isDeepStrictEqual(doubtsOf(all, trip), doubtsOf(own, trip))) continue
    seen.alone += 1
    assert.deepEqual(tripsOf(own, 1_000).map(figuresOf), [figuresOf(trip)])
  }
}

test(`each trip is the trip of the samples in its span (seed ${seed})`, () => {
  const seen = { found: 0, alone: 0 }
  fc.assert(
    fc.property(randomLife, (records) => {
      hold(records, seen)
    }),
    { numRuns: runs, seed, endOnFailure: true },
  )
  assert.ok(seen.found > runs && seen.alone > runs / 4, `the made-up cars had ${JSON.stringify(seen)} trips`)
})

test(`also where most of the trip was summed up before the lateness window (seed ${seed})`, () => {
  fc.assert(
    fc.property(randomDays, (records) => {
      hold(records, { found: 0, alone: 0 })
    }),
    { numRuns: Math.ceil(runs / 6), seed, endOnFailure: true },
  )
})
