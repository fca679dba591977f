// Promise: whatever settings change between a crash and the next start, what stands in the end is
// what the settings there are now make of it, as far as it can still change, and nothing is left
// behind that no state knows of.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import type { LogAndState } from '../eventlog/state-store.ts'
import { usualThresholds } from '../jobs/crash/thresholds.ts'
import { jobs } from '../jobs/jobs.ts'
import { runBy, type JobSettings } from '../jobs/job-settings.ts'
import { driveJobs, messagesOf, recordsOf } from './job-driver.ts'
import { runJobsBy } from './settings-change.ts'
import { clockAt, drive, dying, newRecord, readingAll, resultsIn, startAt, untilDeath } from './runner.testing.ts'

const settings: JobSettings = { crash: usualThresholds, vehicles: [], signals: [], clockAheadMs: 120_000 }
const fixed: JobSettings = { ...settings, vehicles: [{ vehicle: 'car-1', kind: 'fixed' }] }

async function openLog() {
  const memory = openMemoryLog({ partitions: 1, clock: clockAt(startAt) })
  await memory.log.append(recordsOf(messagesOf(drive(startAt, 120))).map(newRecord))
  const run = (by: JobSettings, derived: Pick<LogAndState, 'log' | 'state'> = memory): Promise<void> =>
    runJobsBy(by, runBy, { ...readingAll(memory.log, derived), limits: { batchRecords: 7 } })
  const topics = async () => new Set([...(await resultsIn(memory.log, jobs)).keys()].map((id) => id.split(' ')[0]))
  return { memory, run, topics }
}

test('a vehicle that is said to be fixed between a crash and the next start keeps no trip of the batches that are run again', async () => {
  for (let at = 3; at < 20; at += 1) {
    const { memory, run, topics } = await openLog()
    assert.equal(await untilDeath(run(settings, dying(memory, at, at % 2 === 0))), 'died')
    await run(fixed)
    assert.deepEqual(await topics(), new Set(['twin', 'ledger']), `killed at commit ${at}`)
    await run(settings)
    await memory.log.append(recordsOf(messagesOf(drive(startAt + 300_000, 120), '00000000000000ab')).map(newRecord))
    await run(settings)
    assert.deepEqual(await topics(), new Set(['twin', 'ledger', 'trip', 'track']))
  }
})

test('a start that is cut short while the settings change is made good by the next one', async () => {
  for (let at = 1; at < 6; at += 1) {
    const { memory, run, topics } = await openLog()
    await untilDeath(run(settings, dying(memory, 12, true)))
    await untilDeath(run(fixed, dying(memory, at, at % 2 === 0)))
    await run(fixed)
    assert.deepEqual(await topics(), new Set(['twin', 'ledger']), `killed at commit ${at} of the start`)
  }
})

test('settings of a version that knew fewer of them are those of now for the rest', () => {
  const { jobs: before, clockAheadMs } = runBy(fixed, { crash: {} as JobSettings['crash'], clockAheadMs: 1_000 })
  assert.equal(clockAheadMs, 1_000)
  const driver = driveJobs(before)
  driver.feed(recordsOf(messagesOf(drive(startAt, 120))))
  assert.deepEqual([...driver.results().keys()], ['ledger demo/car-1/telemetry', 'twin demo/car-1'])
})
