import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Registry } from 'prom-client'
import type { Clock } from '../base/clock.ts'
import { Outage } from '../base/errors.ts'
import { silentLogger } from '../base/logger.ts'
import { derivedTopics, type EventLog, type LogTopic, type NewRecord, type StoredRecord } from '../eventlog/event-log.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import type { StateStore } from '../eventlog/state-store.ts'
import type { Trip } from '../model/read-models.ts'
import { driveJobs, mergeTwin, messagesOf, recordsOf } from './job-driver.ts'
import type { AnyJob, Job } from './job.ts'
import { jsonCodec } from './part-codec.ts'
import { jobs } from '../jobs/jobs.ts'
import { randomLife } from '../jobs/random-life.contract.ts'
import { clearJobs, runJobs } from './runner.ts'
import { openTask, taskLimits, type Task } from './task.ts'

const startAt = 1_700_000_000_000
const seed = Number(process.env['FC_SEED'] ?? Date.now() % 1_000_000)

const clockAt = (at: number): Clock & { at: number } => ({
  at,
  now() {
    return this.at
  },
})

const newRecord = ({ topic, key, value, headers, at }: StoredRecord): NewRecord => ({ topic, key, value, at, ...(headers && { headers }) })

const run = (uplink: EventLog, state: StateStore, clock: Clock, some: readonly AnyJob[] = jobs, registry = new Registry()): Promise<void> =>
  runJobs({
    jobs: some,
    uplink,
    state,
    clock,
    logger: silentLogger,
    registry,
    signal: new AbortController().signal,
    untilRead: true,
    limits: { batchRecords: 7, checkpointRecords: 40 },
  })

function all(log: EventLog, topic: LogTopic): StoredRecord[] {
  const records: StoredRecord[] = []
  for (let partition = 0; partition < log.partitions; partition += 1)
    records.push(...log.readSync(topic, partition, 0, { records: 100_000, bytes: 1e9 }))
  return records
}

/** What the derived topics amount to: the newest value of each id. */
function resultsIn(log: EventLog): Map<string, object> {
  const results = new Map<string, object>()
  for (const topic of derivedTopics)
    for (const { value, headers } of all(log, topic)) {
      const id = `${topic} ${headers!['id']}`
      if (value.byteLength === 0) results.delete(id)
      else {
        const row = JSON.parse(Buffer.from(value).toString()) as object
        results.set(id, topic === 'twin' ? mergeTwin(results.get(id), row) : row)
      }
    }
  return results
}

const textOf = (results: ReadonlyMap<string, object>): string =>
  JSON.stringify(
    [...results].sort(([a], [b]) => (a < b ? -1 : 1)),
    null,
    1,
  )

const drive = (from: number, seconds: number, kmh = 50) =>
  Array.from({ length: seconds }, (_, second) => ({ at: from + second * 1000, signals: { 'Vehicle.Speed': kmh } }))

test('what the runner stores is what the jobs derive', async () => {
  const clock = clockAt(startAt + 86_400_000)
  await using memory = openMemoryLog({ partitions: 3, clock })
  const records = ['car-1', 'car-2', 'car-3', 'car-4'].flatMap((car) =>
    recordsOf(messagesOf(drive(startAt, 90)), `demo/${car}`, 'telemetry', startAt + 86_400_000),
  )
  await memory.log.append(records.map(newRecord))
  await run(memory.log, memory.state, clock)
  const driver = driveJobs(jobs)
  driver.feed(records)
  const twins = (results: ReadonlyMap<string, object>) => textOf(new Map([...results].filter(([id]) => id.startsWith('twin '))))
  assert.equal(twins(resultsIn(memory.log)), twins(driver.results()))
  assert.equal([...resultsIn(memory.log).keys()].filter((id) => id.startsWith('trip ')).length, 4)
})

test('a log that was lost and begun anew is read from its start, though the jobs had read further in the old one', async () => {
  const clock = clockAt(startAt + 86_400_000)
  await using old = openMemoryLog({ partitions: 2, clock })
  await old.log.append(recordsOf(messagesOf(drive(startAt, 90)), 'demo/car-1').map(newRecord))
  await run(old.log, old.state, clock)
  await using anew = openMemoryLog({ partitions: 2, clock })
  await anew.log.append(recordsOf(messagesOf(drive(startAt + 3_600_000, 20, 33)), 'demo/car-1').map(newRecord))
  await run(anew.log, old.state, clock)
  const speedKmh = () =>
    (resultsIn(old.log).get('twin demo/car-1') as { signals: Record<string, { value: number }> }).signals['Vehicle.Speed']?.value
  assert.equal(speedKmh(), 33)
  // Once, not again and again.
  const outputs = all(old.log, 'twin').length
  await run(anew.log, old.state, clock)
  assert.equal(all(old.log, 'twin').length, outputs)
})

/** A store whose process dies at its `at`th commit, before or after it took effect. */
function dying(state: StateStore, at: number, after: boolean): StateStore {
  let commits = 0
  const dead = (): never => {
    throw new Outage('KILLED', 'The process is gone.', { retryable: false })
  }
  return {
    positions: (task) => state.positions(task),
    get: (task, key) => state.get(task, key),
    range: (task, prefix) => state.range(task, prefix),
    clear: (task) => state.clear(task),
    tasks: () => state.tasks(),
    async commit(...commit) {
      commits += 1
      if (commits >= at && !after) dead()
      await state.commit(...commit)
      if (commits >= at) dead()
    },
  }
}

test(`killed at any commit and started again, the jobs store the same outputs, each once (seed ${seed})`, async () => {
  await fc.assert(
    fc.asyncProperty(
      randomLife,
      fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.boolean()), { maxLength: 6 }),
      async (records, kills) => {
        const clock = clockAt(startAt + 86_400_000)
        await using straight = openMemoryLog({ partitions: 1, clock })
        await using killed = openMemoryLog({ partitions: 1, clock })
        for (const { log } of [straight, killed]) await log.append(records.map(newRecord))
        await run(straight.log, straight.state, clock)
        for (const [at, after] of kills)
          await run(killed.log, dying(killed.state, at, after), clock).catch((error: unknown) =>
            assert.equal((error as Outage).code, 'KILLED'),
          )
        await run(killed.log, killed.state, clock)
        for (const topic of derivedTopics) {
          const [wanted, found] = [straight, killed].map(({ log }) =>
            all(log, topic).map(({ headers, value }) => [headers, Buffer.from(value).toString()]),
          )
          assert.deepEqual(found, wanted, topic)
        }
      },
    ),
    { numRuns: 25, seed },
  )
})

test('a commit that fails for a while is tried again, and nothing is lost or doubled', async () => {
  const clock = clockAt(startAt + 86_400_000)
  await using memory = openMemoryLog({ partitions: 1, clock })
  await memory.log.append(recordsOf(messagesOf(drive(startAt, 30))).map(newRecord))
  let failures = 2
  const failing: StateStore = {
    ...memory.state,
    async commit(...commit) {
      if (failures-- > 0) throw new Outage('LOG_FULL', 'There is no room.', { retryable: true })
      await memory.state.commit(...commit)
    },
  }
  const registry = new Registry()
  await run(memory.log, failing, clock, jobs, registry)
  assert.match(await registry.metrics(), /roadstream_jobs_commit_retries_total 2/)
  const ledgers = all(memory.log, 'ledger').map(({ value }) => JSON.parse(Buffer.from(value).toString()) as { received: number })
  assert.ok(ledgers.length > 0 && ledgers.every(({ received }) => received <= 30))
})

/** Counts messages of a vehicle; throws on the sequence numbers given. */
const fragile = (poisonous: readonly number[]): Job<{ count: number }> => ({
  name: 'fragile',
  version: 1,
  keyedBy: 'vehicle',
  reads: ['telemetry'],
  writes: [{ name: 'ledger' }],
  codecs: { count: jsonCodec() },
  apply(state, { message }) {
    state.put('count', undefined, (state.get('count') ?? 0) + 1)
    if (poisonous.includes(message!.seq)) throw new Error('This is a bug.')
  },
  emit(state, { tenant, vehicle }) {
    return [{ topic: 'ledger', id: vehicle, key: `${tenant}/${vehicle}`, at: 0, value: { count: state.get('count') ?? 0 } }]
  },
})

test('a record on which a job throws goes to dead-letter, leaves no trace in the state, and stops nothing', async () => {
  const clock = clockAt(startAt + 86_400_000)
  await using memory = openMemoryLog({ partitions: 1, clock })
  await memory.log.append(recordsOf(messagesOf(drive(startAt, 60))).map(newRecord))
  const registry = new Registry()
  await run(memory.log, memory.state, clock, [fragile([3, 20, 21, 59]), ...jobs], registry)
  const letters = all(memory.log, 'dead-letter')
  assert.deepEqual(
    letters.map(({ headers }) => headers),
    [3, 20, 21, 59].map((offset) => ({ stream: 'telemetry', reason: 'job-fragile', position: `telemetry/0/${offset}` })),
  )
  assert.deepEqual(resultsIn(memory.log).get('ledger car-1'), { count: 56 })
  const trips = [...resultsIn(memory.log)].filter(([id]) => id.startsWith('trip '))
  assert.equal(trips.length, 1, 'the other jobs took the records in')
  assert.match(await registry.metrics(), /roadstream_jobs_poison_total\{job="fragile"\} 4/)
})

test('a vehicle for which a job cannot speak is left alone by that job, and only by that', async () => {
  const clock = clockAt(startAt + 86_400_000)
  await using memory = openMemoryLog({ partitions: 1, clock })
  const records = ['car-1', 'car-2'].flatMap((car) => recordsOf(messagesOf(drive(startAt, 20)), `demo/${car}`))
  await memory.log.append(records.map(newRecord))
  const mute: Job<{ count: number }> = {
    ...fragile([]),
    emit(state, ref, now) {
      if (ref.vehicle === 'car-1') throw new Error('This is a bug.')
      return fragile([]).emit(state, ref, now)
    },
  }
  await run(memory.log, memory.state, clock, [mute, ...jobs])
  const results = resultsIn(memory.log)
  assert.deepEqual(results.get('ledger car-2'), { count: 20 })
  assert.equal(results.get('ledger car-1'), undefined)
  assert.ok(results.has('twin demo/car-1'))
  assert.deepEqual(
    all(memory.log, 'dead-letter').map(({ key, headers }) => [key, headers]),
    [['demo/car-1', { reason: 'job-fragile' }]],
  )
})

test('a rebuild from day one, and state of another version, give the same results', async () => {
  const clock = clockAt(startAt + 86_400_000)
  await using memory = openMemoryLog({ partitions: 2, clock })
  await memory.log.append(recordsOf(messagesOf(drive(startAt, 200))).map(newRecord))
  await run(memory.log, memory.state, clock)
  const first = textOf(resultsIn(memory.log))
  await clearJobs(memory.state, 2)
  await run(memory.log, memory.state, clock)
  assert.equal(textOf(resultsIn(memory.log)), first)
  const outputs = all(memory.log, 'twin').length
  await run(
    memory.log,
    memory.state,
    clock,
    jobs.map((job) => ({ ...job, version: 99 })),
  )
  assert.ok(all(memory.log, 'twin').length > outputs, 'all was read again')
  assert.equal(textOf(resultsIn(memory.log)), first)
})

async function step(task: Task, state: StateStore): Promise<number> {
  let steps = 0
  for (let batch = task.next(); batch !== undefined; batch = task.next()) {
    await state.commit([{ task: task.name, ...batch.checkpoint }], batch.outputRecords)
    steps += 1
  }
  return steps
}

test('the trip of a car that is alone in its partition and fell silent is shown as ended, by processing time', async () => {
  const clock = clockAt(startAt)
  await using memory = openMemoryLog({ partitions: 1, clock })
  const task = await openTask({ jobs, uplink: memory.log, state: memory.state, partition: 0, clock, limits: taskLimits })
  for (const record of recordsOf(messagesOf(drive(startAt, 40)))) {
    clock.at = record.at
    await memory.log.append([newRecord(record)])
    await step(task, memory.state)
  }
  const trip = (): Trip => [...resultsIn(memory.log)].find(([id]) => id.startsWith('trip '))![1] as Trip
  assert.equal(trip().status, 'open')
  clock.at += 300_000
  await step(task, memory.state)
  assert.equal(trip().status, 'open', 'silence has not lasted 300 s of event time yet')
  clock.at += 10_000
  await step(task, memory.state)
  assert.deepEqual([trip().status, trip().endedBy, trip().endAt], ['ended', 'silence', startAt + 39_000])
})
