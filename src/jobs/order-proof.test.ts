// Promise: the same records in any order, some of them twice, in any batches and with any restarts
// between, give the same trips, tracks, alerts, twins, ledgers and anomalies, byte for byte, as
// long as no sample is further than the lateness bound (six hours) behind what its vehicle sent
// before.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { StoredRecord } from '../eventlog/event-log.ts'
import { driveJobs } from '../engine/job-driver.ts'
import { latenessMs } from '../engine/lateness.ts'
import { hostileLife } from './hostile-life.testing.ts'
import { jobs } from './jobs.ts'
import { randomDays, randomLife } from './random-life.contract.ts'

/** Another one with FC_SEED. */
const seed = Number(process.env['FC_SEED'] ?? 1)

/** More with FC_RUNS. */
const runs = Number(process.env['FC_RUNS'] ?? 40)

type Random = () => number

/** mulberry32 (Tommy Ettinger). */
function randomFrom(state: number): Random {
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const order = [...items]
  for (let index = order.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1))
    const kept = order[index]!
    order[index] = order[other]!
    order[other] = kept
  }
  return order
}

/** The results of all jobs from the records in this order, in batches of random size, with event
 *  time at random places. */
function resultsOf(records: readonly StoredRecord[], random: Random, reload: boolean): string {
  const driver = driveJobs(jobs, { reload })
  let watermark = -Infinity
  for (let from = 0; from < records.length;) {
    const to = from + 1 + Math.floor(random() * 20)
    watermark = Math.max(watermark, records[from]!.at - Math.floor(random() * 3_600_000))
    driver.feed(records.slice(from, to), watermark)
    from = to
  }
  driver.pass(1_800_000_000_000)
  return JSON.stringify(
    [...driver.results()].sort(([a], [b]) => (a < b ? -1 : 1)),
    (name, value: object) =>
      // Signals that have no room any more are of the patches alone.
      name === 'gone'
        ? undefined
        : name === 'signals'
          ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
          : value,
    1,
  )
}

test(`ten random orders with a tenth doubled give the same results (seed ${seed})`, () => {
  let trips = 0
  let alerts = 0
  let doubted = 0
  fc.assert(
    fc.property(randomLife, fc.nat(), (records, state) => {
      const random = randomFrom(state)
      const doubled = [...records, ...records.filter(() => random() < 0.1)]
      const wanted = resultsOf(doubled, random, false)
      trips += wanted.split('"trip ').length - 1
      alerts += wanted.split('"alert ').length - 1
      doubted += wanted.split('"anomaly demo/car-1/doubted"').length - 1
      for (let order = 0; order < 10; order += 1)
        assert.equal(resultsOf(shuffled(doubled, random), random, order % 2 === 0), wanted)
    }),
    { numRuns: runs, seed, endOnFailure: true },
  )
  assert.ok(
    trips > 20 && alerts > 20 && doubted > 10,
    `the made-up cars had ${trips} trips and ${alerts} alerts, and of ${doubted} something is doubted`,
  )
})

test(`a car that makes names up, with more than fits, gives the same results in any order (seed ${seed})`, () => {
  let full = 0
  fc.assert(
    fc.property(hostileLife, fc.nat(), (records, state) => {
      const random = randomFrom(state)
      const doubled = [...records, ...records.filter(() => random() < 0.1)]
      const wanted = resultsOf(doubled, random, false)
      full += wanted.split('"anomaly demo/car-1/excess"').length - 1
      for (let order = 0; order < 5; order += 1)
        assert.equal(resultsOf(shuffled(doubled, random), random, order % 2 === 0), wanted)
    }),
    { numRuns: runs, seed, endOnFailure: true },
  )
  assert.ok(full > runs / 2, `${full} of the made-up cars sent more than fits`)
})

test(`days of records, each late by up to the bound, give the same results as in order (seed ${seed})`, () => {
  fc.assert(
    fc.property(randomDays, fc.nat(), (records, state) => {
      const random = randomFrom(state)
      const doubled = [...records, ...records.filter(() => random() < 0.1)]
      const ordered = doubled.toSorted((a, b) => a.at - b.at)
      const wanted = resultsOf(ordered, random, false)
      for (let order = 0; order < 3; order += 1) {
        const arrivals = ordered.map((record) => ({ record, at: record.at + random() * (latenessMs - 10_000) }))
        const late = arrivals.sort((a, b) => a.at - b.at).map(({ record }) => record)
        assert.equal(resultsOf(late, random, order === 0), wanted)
      }
    }),
    { numRuns: Math.ceil(runs / 4), seed, endOnFailure: true },
  )
})
