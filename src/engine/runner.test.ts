import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Registry } from 'prom-client'
import { Outage } from '../base/errors.ts'
import type { EventLog, StoredRecord } from '../eventlog/event-log.ts'
import { derivedTopics } from '../eventlog/topics.ts'
import { foreignLetter, foreignRecord } from '../eventlog/foreign-record.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import type { LogAndState, StateStore } from '../eventlog/state-store.ts'
import { jobs } from '../jobs/jobs.ts'
import { randomLife } from '../jobs/random-life.contract.ts'
import type { Anomaly } from '../read-models/anomalies/anomalies.ts'
import type { Alert } from '../read-models/alerts/alerts.ts'
import type { LedgerEntry } from '../read-models/ledger/ledger.ts'
import type { Trip } from '../read-models/trips/trips.ts'
import type { Twin } from '../model/twin.ts'
import { driveJobs, messagesOf, recordsOf } from './job-driver.ts'
import type { Job } from './job.ts'
import { jsonCodec } from './part-codec.ts'
import type { LaneLimits } from './lane.ts'
import { runJobs } from './runner.ts'
import {
  assertSameInTheEnd,
  clockAt,
  drive,
  dying,
  deferringLimits,
  newRecord,
  readingAll,
  resultsIn,
  runToEnd,
  smallLimits,
  startAt,
  untilDeath,
} from './runner.testing.ts'

const seed = Number(process.env['FC_SEED'] ?? Date.now() % 1_000_000)
const derivedIn = (log: EventLog): Promise<Map<string, object>> => resultsIn(log, jobs)

const airbag = 'Vehicle.Cabin.Seat.Row1.DriverSide.Airbag.IsDeployed'

test('what the runner stores is what the jobs derive', async () => {
  const clock = clockAt(startAt + 86_400_000)
  await using memory = openMemoryLog({ partitions: 3, clock })
  const records = ['car-1', 'car-2', 'car-3', 'car-4'].flatMap((car) =>
    recordsOf(messagesOf(drive(startAt, 90)), `demo/${car}`, 'telemetry', startAt + 86_400_000),
  )
  await memory.log.append(records.map(newRecord))
  await runToEnd(jobs, memory.log, memory)
  const driver = driveJobs(jobs)
  driver.feed(records, -Infinity)
  const twins = (results: ReadonlyMap<string, object>) => new Map([...results].filter(([id]) => id.startsWith('twin ')))
  const results = await derivedIn(memory.log)
  assert.deepEqual(twins(results), twins(driver.results()))
  assert.equal([...results.keys()].filter((id) => id.startsWith('trip ')).length, 4)
})

test('how far ahead a clock may be before its instants are marked is the bound that the jobs are run with', async () => {
  const messages = [...drive(startAt + 300_000, 30), { at: startAt + 330_000, signals: { [airbag]: true } }]
  for (const [clockAheadMs, clock] of [
    [undefined, 'ahead'],
    [299_000, 'ahead'],
    [331_000, null],
  ] as const) {
    await using memory = openMemoryLog({ partitions: 1, clock: clockAt(startAt) })
    await memory.log.append(recordsOf(messagesOf(messages)).map(newRecord))
    await runToEnd(jobs, memory.log, memory, clockAheadMs === undefined ? {} : { clockAheadMs })
    const results = await derivedIn(memory.log)
    const rowOf = <Row>(topic: string) => [...results].find(([id]) => id.startsWith(`${topic} `))![1] as Row
    const twin = rowOf<Twin>('twin')
    assert.deepEqual(
      [twin.carClock?.state, twin.signals['Vehicle.Speed']?.clockDoubt ?? null],
      [clock ?? 'right', clock],
    )
    assert.deepEqual([rowOf<Trip>('trip').clockDoubt, rowOf<Alert>('alert').clockDoubt], [clock, clock])
    assert.equal(rowOf<LedgerEntry>('ledger').clock !== 0, clock !== null)
  }
})

test('a log that was lost and begun anew is read from its start, though the jobs had read further in the old one', async () => {
  const clock = clockAt(startAt + 86_400_000)
  await using old = openMemoryLog({ partitions: 2, clock })
  await old.log.append(recordsOf(messagesOf(drive(startAt, 90)), 'demo/car-1').map(newRecord))
  await runToEnd(jobs, old.log, old)
  await using anew = openMemoryLog({ partitions: 2, clock })
  await anew.log.append(recordsOf(messagesOf(drive(startAt + 3_600_000, 20, 33)), 'demo/car-1').map(newRecord))
  await runToEnd(jobs, anew.log, old)
  const twin = (await derivedIn(old.log)).get('twin demo/car-1') as { signals: Record<string, { value: number }> }
  assert.equal(twin.signals['Vehicle.Speed']?.value, 33)
  // Once, not again and again.
  const outputs = (await readWhole(old.log, 'twin')).length
  await runToEnd(jobs, anew.log, old)
  assert.equal((await readWhole(old.log, 'twin')).length, outputs)
})

const said = ({ headers, value }: StoredRecord) => [headers, Buffer.from(value).toString()]

/** Runs random lives straight, and with `limits` and killed at any commit. */
async function killedAndStraight(
  limits: Partial<LaneLimits>,
  check: (killed: LogAndState, straight: LogAndState, clock: { at: number }) => Promise<void>,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(
      randomLife,
      fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), fc.boolean()), { maxLength: 6 }),
      async (records, kills) => {
        const clock = clockAt(startAt + 86_400_000)
        await using straight = openMemoryLog({ partitions: 1, clock })
        await using killed = openMemoryLog({ partitions: 1, clock })
        for (const { log } of [straight, killed]) await log.append(records.map(newRecord))
        await runToEnd(jobs, straight.log, straight)
        for (const [at, after] of kills)
          await untilDeath(runToEnd(jobs, killed.log, dying(killed, at, after), { limits }))
        await runToEnd(jobs, killed.log, killed, { limits })
        await check(killed, straight, clock)
      },
    ),
    { numRuns: 25, seed },
  )
}

test(`killed at any commit and started again, the jobs store the same outputs, each once (seed ${seed})`, () =>
  killedAndStraight(smallLimits, async (killed, straight) => {
    for (const topic of derivedTopics)
      assert.deepEqual(
        (await readWhole(killed.log, topic)).map(said),
        (await readWhole(straight.log, topic)).map(said),
        topic,
      )
  }))

test(`outputs that are put off are what is said without, fewer of them and none lost, killed at any commit (seed ${seed})`, async () => {
  const countOf = async ({ log }: LogAndState): Promise<number> =>
    (await Promise.all(derivedTopics.map((topic) => readWhole(log, topic)))).flat().length
  let [all, deferred] = [0, 0]
  await killedAndStraight(deferringLimits, async (killed, straight, clock) => {
    await assertSameInTheEnd(jobs, clock, [killed, straight])
    all += await countOf(straight)
    deferred += await countOf(killed)
  })
  assert.ok(deferred < all, `${deferred} of ${all} outputs`)
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
  await runToEnd(jobs, memory.log, { log: memory.log, state: failing }, { registry })
  assert.match(await registry.metrics(), /roadstream_jobs_commit_retries_total 2/)
  const ledgers = (await readWhole(memory.log, 'ledger')).map(
    ({ value }) => JSON.parse(Buffer.from(value).toString()) as { received: number },
  )
  assert.ok(ledgers.length > 0 && ledgers.every(({ received }) => received <= 30))
})

/** Counts messages of a vehicle; throws on the sequence numbers given. */
const fragile = (poisonous: readonly number[]): Job<{ count: { of: number } }> => ({
  name: 'fragile',
  version: 1,
  keyedBy: 'vehicle',
  reads: ['telemetry'],
  writes: [{ name: 'ledger' }],
  codecs: { count: jsonCodec() },
  apply(state, { message }) {
    const count = state.get('count') ?? { of: 0 }
    count.of += 1
    state.put('count', undefined, count)
    if (poisonous.includes(message!.seq)) throw new Error('This is a bug.')
  },
  emit: (state, { tenant, vehicle }) => [
    { topic: 'ledger', id: vehicle, key: `${tenant}/${vehicle}`, at: 0, value: { count: state.get('count')?.of ?? 0 } },
  ],
})

test('a record on which a job throws goes to dead-letter, leaves no trace in the state, and stops nothing', async () => {
  const clock = clockAt(startAt + 86_400_000)
  await using memory = openMemoryLog({ partitions: 1, clock })
  await memory.log.append(recordsOf(messagesOf(drive(startAt, 60))).map(newRecord))
  const registry = new Registry()
  await runToEnd([fragile([3, 20, 21, 59]), ...jobs], memory.log, memory, { registry })
  const letters = await readWhole(memory.log, 'dead-letter')
  assert.deepEqual(
    letters.map(({ headers }) => headers),
    [3, 20, 21, 59].map((offset) => ({
      stream: 'telemetry',
      reason: 'job-fragile',
      position: `telemetry/0/${offset}`,
    })),
  )
  const results = await derivedIn(memory.log)
  assert.deepEqual(results.get('ledger car-1'), { count: 56 })
  const trips = [...results].filter(([id]) => id.startsWith('trip '))
  assert.equal(trips.length, 1, 'the other jobs took the records in')
  assert.match(await registry.metrics(), /roadstream_jobs_poison_total\{job="fragile"\} 4/)
})

test('outputs that are put off are said before the jobs end', async () => {
  let isDeferred = false
  // The first commit is of where the tasks begin.
  for (let last = 2; last < 20; last += 1) {
    await using memory = openMemoryLog({ partitions: 1, clock: clockAt(startAt) })
    await memory.log.append(recordsOf(messagesOf(drive(startAt, 200))).map(newRecord))
    const stop = new AbortController()
    let commits = 0
    const state: StateStore = {
      ...memory.state,
      async commit(tasks, outputs) {
        commits += 1
        if (commits === last) stop.abort()
        isDeferred ||= commits === last && outputs.length === 0
        await memory.state.commit(tasks, outputs)
      },
    }
    const { signal } = stop
    const reading = readingAll(memory.log, { log: memory.log, state })
    await runJobs({ jobs: [fragile([])], ...reading, signal, untilRead: false, limits: deferringLimits, gatherMs: 0 })
    const { value } = (await readWhole(memory.log, 'ledger')).at(-1)!
    const { count } = JSON.parse(Buffer.from(value).toString()) as { count: number }
    assert.equal(count, memory.state.positions('fragile@1/0')['telemetry/0'], `stopped at commit ${last}`)
  }
  assert.ok(isDeferred)
})

test('a vehicle for which a job cannot speak is left alone by that job, and only by that', async () => {
  const clock = clockAt(startAt + 86_400_000)
  await using memory = openMemoryLog({ partitions: 1, clock })
  const records = ['car-1', 'car-2'].flatMap((car) => recordsOf(messagesOf(drive(startAt, 20)), `demo/${car}`))
  await memory.log.append(records.map(newRecord))
  const mute: Job<{ count: { of: number } }> = {
    ...fragile([]),
    emit(state, ref, now) {
      if (ref.vehicle === 'car-1') throw new Error('This is a bug.')
      return fragile([]).emit(state, ref, now)
    },
  }
  await runToEnd([mute, ...jobs], memory.log, memory)
  const results = await derivedIn(memory.log)
  assert.deepEqual(results.get('ledger car-2'), { count: 20 })
  assert.equal(results.get('ledger car-1'), undefined)
  assert.ok(results.has('twin demo/car-1'))
  assert.deepEqual(
    (await readWhole(memory.log, 'dead-letter')).map(({ key, headers }) => [key, headers]),
    [['demo/car-1', { reason: 'job-fragile' }]],
  )
})

test('dead letters of publishers count for the vehicle they name, and one that names none is no fault of the log', async () => {
  const clock = clockAt(startAt)
  await using memory = openMemoryLog({ partitions: 1, clock })
  await using derived = openMemoryLog({ partitions: 1, clock })
  const arrived = {
    mapping: 'm',
    sender: 's',
    address: 'a/b',
    payload: Buffer.from('?'),
    retained: false,
    receivedAt: startAt,
  }
  const refusal = { reason: 'not-json', detail: '' }
  const { record } = foreignRecord(arrived)
  await memory.log.append([record, foreignLetter(arrived, refusal), foreignLetter(arrived, refusal, 'demo/golf')])
  const registry = new Registry()
  await runToEnd(jobs, memory.log, derived, { registry })
  const results = await derivedIn(derived.log)
  const { stream, refused, missing } = results.get('ledger demo/golf/foreign') as LedgerEntry
  assert.deepEqual([stream, refused, missing], ['foreign', 1, 0])
  assert.deepEqual((results.get('anomaly demo/golf/refused') as Anomaly).parts, [
    { subject: 'foreign', reason: 'not-json', count: 1 },
  ])
  assert.deepEqual(
    [...results.keys()].filter((id) => !id.includes('demo/golf')),
    [],
  )
  assert.match(await registry.metrics(), /roadstream_jobs_unreadable_total 0/)
  assert.deepEqual(await readWhole(derived.log, 'dead-letter'), [])
})

test(
  'what comes to `critical` ends the rest of the jobs; what comes to other topics waits for it',
  { timeout: 20_000 },
  async () => {
    await using memory = openMemoryLog({ partitions: 1, clock: clockAt(startAt) })
    const stop = new AbortController()
    const running = runJobs({
      jobs,
      ...readingAll(memory.log, memory),
      untilRead: false,
      signal: stop.signal,
      gatherMs: 3_600_000,
    })
    const next = (topic: string) => memory.log.appended([topic], stop.signal, 3_600_000)
    const speed = (topic: string, at: number) =>
      memory.log.append(recordsOf(messagesOf(drive(at, 1)), 'demo/car-1', topic, startAt).map(newRecord))

    let twin = next('twin')
    await speed('telemetry', startAt)
    await twin
    const before = (await readWhole(memory.log, 'twin')).length
    await speed('telemetry', startAt + 1_000)
    twin = next('twin')
    await speed('critical', startAt + 2_000)
    await twin
    const told = (await readWhole(memory.log, 'twin')).slice(before)
    assert.equal(told.length, 1, 'what had waited comes with it')
    stop.abort()
    await running
  },
)

test('what comes to `critical` ends a round behind the batch under way, and the batches of the next are small', async () => {
  await using memory = openMemoryLog({ partitions: 2, clock: clockAt(startAt) })
  const stop = new AbortController()
  const records = (topic: string, seconds: number) =>
    ['demo/car-1', 'demo/car-2', 'demo/car-3'].flatMap((key) =>
      recordsOf(messagesOf(drive(startAt, seconds)), key, topic, startAt).map(newRecord),
    )
  await memory.log.append(records('telemetry', 100))
  const heard: string[] = []
  const listening: Job<object> = {
    name: 'listening',
    version: 1,
    keyedBy: 'vehicle',
    reads: ['critical', 'telemetry'],
    writes: [],
    codecs: {},
    apply(_, { record: { topic, partition, offset } }) {
      if (heard.length === 0) void memory.log.append(records('critical', 1))
      heard.push(`${topic} of ${partition}`)
      if (topic === 'telemetry' && offset === 99) stop.abort()
    },
    emit: () => [],
  }
  await runJobs({
    jobs: [listening],
    ...readingAll(memory.log, memory),
    limits: { batchRecords: 40, hurriedRecords: 5 },
    untilRead: false,
    signal: stop.signal,
  })
  const runs = [...heard.entries()].filter(([place, of]) => of !== heard[place - 1]).map(([place, of]) => [of, place])
  assert.deepEqual(runs.slice(0, 6), [
    ['telemetry of 0', 0],
    ['critical of 0', 40],
    ['telemetry of 0', 42],
    ['critical of 1', 45],
    ['telemetry of 1', 46],
    ['telemetry of 0', 50],
  ])
})
