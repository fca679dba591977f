// People are told of each thing once, with its place.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { silentLogger, type Logger } from '../base/logger.ts'
import type { EventLog } from '../eventlog/event-log.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { jobs } from '../jobs/jobs.ts'
import { messagesOf, recordsOf } from './job-driver.ts'
import { clockAt, drive, newRecord, resultsIn, runToEnd, startAt } from './runner.testing.ts'

/** A logger that keeps what it is told as an error. */
function listening(): { readonly logger: Logger; readonly errors: object[] } {
  const errors: object[] = []
  const logger = Object.assign(Object.create(silentLogger) as Logger, {
    error: (fields: object) => void errors.push(fields),
  })
  return { logger, errors }
}

/** The log as if offsets [from, to) of telemetry had been stored in a damaged block. */
const damaged = (log: EventLog, from: number, to: number): EventLog => ({
  ...log,
  async read(topic, partition, offset, limits) {
    const segment = await log.read(topic, partition, offset, limits)
    if (topic !== 'telemetry' || offset >= to || segment.next <= from) return segment
    const records = segment.records.filter((record) => record.offset < from || record.offset >= to)
    return { ...segment, records, gaps: [{ topic, partition, from: Math.max(from, offset), to, why: 'damaged' }] }
  },
})

test('records that are damaged in the log are passed over by all jobs, and told once with topic, partition and range', async () => {
  await using memory = openMemoryLog({ partitions: 1, clock: clockAt(startAt + 86_400_000) })
  await memory.log.append(recordsOf(messagesOf(drive(startAt, 40))).map(newRecord))
  const { logger, errors } = listening()
  const registry = new Registry()
  const limits = { batchRecords: 100 }
  await runToEnd(jobs, damaged(memory.log, 10, 15), memory, { logger, registry, limits })
  assert.deepEqual(errors, [{ topic: 'telemetry', partition: 0, from: 10, to: 15, why: 'damaged' }])
  const metrics = await registry.metrics()
  assert.match(metrics, /roadstream_jobs_lost_total\{topic="telemetry",why="damaged"\} 5/)
  assert.match(metrics, /roadstream_jobs_records_total\{job="trips"\} 35/)
})

test('another log is told once for each topic and partition, and counted', async () => {
  const clock = clockAt(startAt + 86_400_000)
  await using old = openMemoryLog({ partitions: 1, clock })
  await old.log.append(recordsOf(messagesOf(drive(startAt, 20))).map(newRecord))
  await runToEnd(jobs, old.log, old)
  await using anew = openMemoryLog({ partitions: 1, clock })
  await anew.log.append(recordsOf(messagesOf(drive(startAt, 20))).map(newRecord))
  const { logger, errors } = listening()
  const registry = new Registry()
  await runToEnd(jobs, anew.log, old, { logger, registry })
  const named = jobs.map(({ name }) => name)
  assert.deepEqual(
    errors.filter((fields) => 'topic' in fields && fields.topic === 'telemetry'),
    [{ topic: 'telemetry', partition: 0, jobs: named }],
  )
  assert.match(await registry.metrics(), /roadstream_jobs_restarts_total\{topic="telemetry"\} 1/)
})

test('the lag of each job, what a clock that is ahead sent, and what no reader can read are counted', async () => {
  await using memory = openMemoryLog({ partitions: 1, clock: clockAt(startAt) })
  const records = recordsOf(messagesOf([...drive(startAt, 5), ...drive(startAt + 3_600_000, 3)]))
  await memory.log.append([
    ...records.map(newRecord),
    { topic: 'telemetry', key: 'demo/car-1', value: Buffer.from('?'), at: startAt },
  ])
  const registry = new Registry()
  await runToEnd(jobs, memory.log, memory, { registry })
  const metrics = await registry.metrics()
  assert.match(metrics, /roadstream_jobs_clock_ahead_total 3/)
  assert.match(metrics, /roadstream_jobs_unreadable_total 1/)
  assert.match(metrics, /roadstream_jobs_job_lag_records\{job="trips"\} 0/)
  await memory.log.append(records.map(newRecord))
  assert.match(await registry.metrics(), /roadstream_jobs_job_lag_records\{job="trips"\} 8/)
})

test('records of transactions that are not ended are told beside the lag, and are none of it', async () => {
  await using memory = openMemoryLog({ partitions: 2, clock: clockAt(startAt) })
  const bounds: EventLog['bounds'] = async (topic, partition) => ({
    ...(await memory.log.bounds(topic, partition)),
    ...(topic === 'event' && { withheld: 3 + partition }),
  })
  const registry = new Registry()
  await runToEnd(jobs, { ...memory.log, bounds }, memory, { registry })
  const metrics = await registry.metrics()
  assert.match(metrics, /roadstream_jobs_lag_records\{topic="event"\} 0/)
  assert.match(metrics, /roadstream_jobs_withheld_records\{topic="event"\} 7/)
  assert.match(metrics, /roadstream_jobs_withheld_records\{topic="telemetry"\} 0/)
})

test('things that a bound of a job leaves out are counted by its name', async () => {
  await using memory = openMemoryLog({ partitions: 1, clock: clockAt(startAt) })
  const signals = (from: number) =>
    Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`Vehicle.MadeUp.N${1000 + from + n}`, 'x'.repeat(1900)]))
  const samples = [0, 1000, 2000].map((from, second) => ({ at: startAt + second, signals: signals(from) }))
  await memory.log.append(recordsOf(messagesOf(samples)).map(newRecord))
  const registry = new Registry()
  await runToEnd(jobs, memory.log, memory, { registry })
  const [, leftOut] =
    /roadstream_jobs_left_out_total\{job="twin",bound="twin-room"\} (\d+)/.exec(await registry.metrics()) ?? []
  const kept = (await resultsIn(memory.log, jobs)).get('twin demo/car-1') as { readonly signals: object }
  assert.equal(Number(leftOut), 120 - Object.keys(kept.signals).length)
})
