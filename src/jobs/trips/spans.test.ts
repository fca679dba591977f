// Promise: each figure of a trip is that of the samples in [startAt, endAt] that are not doubted, for any recording. What was driven unheard beside it
// is told apart.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import type { StoredRecord } from '../../eventlog/event-log.ts'
import { driveJobs } from '../../engine/job-driver.ts'
import type { Sample } from '../../model/message.ts'
import { encodeMessage, parseMessage } from '../../model/message-codec.ts'
import type { Trip } from '../../model/read-models.ts'
import { listDoubts } from '../../plausibility/doubts.ts'
import { judge } from '../../plausibility/plausibility.ts'
import { randomDays, randomLife } from '../random-life.contract.ts'
import { readingsIn, tripsIn } from './test-drives.ts'
import { trips } from './trips.ts'

/** Another one with FC_SEED, more runs with FC_RUNS. */
const seed = Number(process.env['FC_SEED'] ?? 1)
const runs = Number(process.env['FC_RUNS'] ?? 60)

function tripsOf(records: readonly StoredRecord[], batch: number): Trip[] {
  const driver = driveJobs([trips])
  for (let from = 0; from < records.length; from += batch) driver.feed(records.slice(from, from + batch), records[from]!.at)
  driver.pass(Number.MAX_SAFE_INTEGER)
  return tripsIn(driver)
}

/** The messages, each heard when it was measured, with what lies in the span. */
function cut(records: readonly StoredRecord[], { startAt, endAt } = { startAt: -Infinity, endAt: Infinity }): StoredRecord[] {
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

/** What is doubted of the samples in a span, in the eyes of these records. */
function doubtsOf(records: readonly StoredRecord[], { startAt, endAt }: Trip): string[] {
  const readings = readingsIn(records)
  return listDoubts(readings, judge(readings)).flatMap(({ at, of }) => (at >= startAt && at <= endAt ? [`${at} ${of}`] : []))
}

/** Of trips of which no sample outside says that one inside is doubted. Gives how many. */
const holds = (records: readonly StoredRecord[]): number => {
  const all = cut(records)
  const told = tripsOf(all, 7).filter((trip) => isDeepStrictEqual(doubtsOf(all, trip), doubtsOf(cut(records, trip), trip)))
  for (const trip of told) assert.deepEqual(tripsOf(cut(records, trip), 1_000).map(figuresOf), [figuresOf(trip)])
  return told.length
}

test(`each trip is the trip of the samples in its span (seed ${seed})`, () => {
  let found = 0
  fc.assert(
    fc.property(randomLife, (records) => {
      found += holds(records)
    }),
    { numRuns: runs, seed, endOnFailure: true },
  )
  assert.ok(found > runs / 2, `the made-up cars had ${found} trips`)
})

test(`also where most of the trip was summed up before the lateness window (seed ${seed})`, () => {
  fc.assert(
    fc.property(randomDays, (records) => {
      holds(records)
    }),
    { numRuns: Math.ceil(runs / 6), seed, endOnFailure: true },
  )
})
