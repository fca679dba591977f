// Promise: however partitions wander between processes, and whenever those are killed or go on
// though others have their partitions, what is stored is what one process derives that has all.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Registry } from 'prom-client'
import type { EventLog, StoredRecord } from '../eventlog/event-log.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import type { LogAndState } from '../eventlog/state-store.ts'
import { derivedTopics } from '../eventlog/topics.ts'
import { usualThresholds } from '../jobs/crash/thresholds.ts'
import { jobs } from '../jobs/jobs.ts'
import { runBy, type JobSettings } from '../jobs/job-settings.ts'
import { randomLife } from '../jobs/random-life.contract.ts'
import { messagesOf, recordsOf } from './job-driver.ts'
import type { LaneLimits } from './lane.ts'
import { runJobs } from './runner.ts'
import {
  assertSameInTheEnd,
  clockAt,
  drive,
  deferringLimits,
  newRecord,
  readingAll,
  resultsIn,
  runToEnd,
  smallLimits,
  startAt,
  untilDeath,
} from './runner.testing.ts'
import { runJobsBy } from './settings-change.ts'
import { sharePartitions, type SharingProcess } from './shares.testing.ts'

const seed = Number(process.env['FC_SEED'] ?? Date.now() % 1_000_000)
const partitions = 3
const processes = 3
const cars = ['car-1', 'car-2', 'car-3', 'car-4', 'car-5']

type Move = {
  /** Commits of all processes before it. */
  readonly after: number
  readonly what: 'give' | 'withdraw' | 'kill'
  readonly partition: number
  readonly to: number
}

const move: fc.Arbitrary<Move> = fc.record({
  after: fc.integer({ min: 0, max: 12 }),
  what: fc.constantFrom('give', 'give', 'withdraw', 'kill'),
  partition: fc.nat({ max: partitions - 1 }),
  to: fc.nat({ max: processes - 1 }),
})

const outputsOf = async (log: EventLog, topic: string): Promise<unknown[]> =>
  (await readWhole(log, topic))
    .toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)
    .map(({ partition, headers, value }) => [partition, headers, Buffer.from(value).toString()])

type Check = (shared: LogAndState, straight: LogAndState, clock: { at: number }) => Promise<void>

/** Runs random lives where partitions wander, with `limits`, and in one process that has all. */
async function whereverTheyWander(limits: Partial<LaneLimits>, check: Check): Promise<void> {
  let moved = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(randomLife, { minLength: 1, maxLength: cars.length }),
      fc.array(move, { minLength: 3, maxLength: 20 }),
      async (lives, moves) => {
        const clock = clockAt(startAt + 86_400_000)
        await using straight = openMemoryLog({ partitions, clock })
        await using shared = openMemoryLog({ partitions, clock })
        const records = lives.flatMap((life, car) => life.map((record) => ({ ...record, key: `demo/${cars[car]}` })))
        for (const { log } of [straight, shared]) await log.append(records.map(newRecord))
        await runToEnd(jobs, straight.log, straight)

        const waiting = [...moves]
        let commits = 0
        const sharing = sharePartitions(shared, () => {
          commits += 1
          if ((waiting[0]?.after ?? Infinity) > commits) return
          commits = 0
          act(waiting.shift()!)
        })
        const running: SharingProcess[] = Array.from({ length: processes }, () => sharing.join())
        const act = ({ what, partition, to }: Move): void => {
          moved += 1
          if (what === 'give') sharing.give(partition, running[to]!)
          else if (what === 'withdraw') sharing.withdraw(partition)
          else {
            running[to]!.kill()
            running[to] = sharing.join()
          }
        }
        const runAll = async (): Promise<void> => {
          await Promise.all(
            running.map(async ({ derived, share }) =>
              untilDeath(runJobs({ jobs, ...readingAll(shared.log, derived), limits, share })),
            ),
          )
        }
        for (let partition = 0; partition < partitions; partition += 1) sharing.give(partition, running[partition]!)
        for (;;) {
          await runAll()
          // Nobody has anything to commit: time goes on.
          const next = waiting.shift()
          if (next === undefined) break
          act(next)
        }
        const last = sharing.join()
        running.splice(0, processes, last)
        for (let partition = 0; partition < partitions; partition += 1) sharing.give(partition, last)
        await runAll()
        await check(shared, straight, clock)
      },
    ),
    { numRuns: 20, seed },
  )
  assert.ok(moved > 0)
}

test(`partitions given, taken away and killed under at any commit: each output is stored once (seed ${seed})`, () =>
  whereverTheyWander(smallLimits, async (shared, straight) => {
    for (const topic of derivedTopics)
      assert.deepEqual(await outputsOf(shared.log, topic), await outputsOf(straight.log, topic), topic)
  }))

test(`outputs that are put off are said by whoever has the partition then (seed ${seed})`, () =>
  whereverTheyWander(deferringLimits, (shared, straight, clock) => assertSameInTheEnd(jobs, clock, [shared, straight])))

const settings: JobSettings = { crash: usualThresholds, vehicles: [], signals: [], clockAheadMs: 120_000 }
const fixed: JobSettings = { ...settings, vehicles: [{ vehicle: 'car-1', kind: 'fixed' }] }

test('a partition comes from a process with other settings: what is run again is run by those, and the rest by ours', async () => {
  for (let at = 2; at < 14; at += 1) {
    const clock = clockAt(startAt)
    await using memory = openMemoryLog({ partitions: 1, clock })
    const records: StoredRecord[] = recordsOf(messagesOf(drive(startAt, 120)))
    await memory.log.append(records.map(newRecord))
    let commits = 0
    const sharing = sharePartitions(memory, () => {
      commits += 1
      if (commits === at) sharing.give(0, second)
    })
    const [first, second] = [sharing.join(), sharing.join()]
    sharing.give(0, first)
    const run = (by: JobSettings, { derived, share }: SharingProcess): Promise<void> =>
      runJobsBy(by, runBy, { ...readingAll(memory.log, derived), share, limits: { batchRecords: 7 } })
    await run(settings, first)
    assert.equal(commits, at, 'the partition went away at a commit')
    await run(fixed, second)
    const topics = [...(await resultsIn(memory.log, jobs)).keys()].map((id) => id.split(' ')[0])
    assert.deepEqual(new Set(topics), new Set(['twin', 'ledger']), `taken at commit ${at}`)
  }
})

test('the partitions that a process has are in its metrics, and only what it reads is in its lag', async () => {
  const clock = clockAt(startAt)
  await using memory = openMemoryLog({ partitions, clock })
  await memory.log.append(cars.flatMap((car) => recordsOf(messagesOf(drive(startAt, 5)), `demo/${car}`)).map(newRecord))
  const sharing = sharePartitions(memory, () => {})
  const [first, second] = [sharing.join(), sharing.join()]
  for (const [partition, to] of [first, second, second].entries()) sharing.give(partition, to)
  for (const [own, wanted] of [
    [first, 1],
    [second, 2],
  ] as const) {
    const registry = new Registry()
    await runJobs({ jobs, ...readingAll(memory.log, own.derived), share: own.share, registry })
    const text = await registry.metrics()
    assert.match(text, new RegExp(`roadstream_jobs_partitions ${wanted}\\n`))
    assert.match(text, /roadstream_jobs_lag_records\{topic="telemetry"\} 0/)
  }
})
