import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Registry } from 'prom-client'
import type { EventLog, NewRecord, StoredRecord } from '../eventlog/event-log.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import type { LogAndState } from '../eventlog/state-store.ts'
import { jobs } from '../jobs/jobs.ts'
import { crash } from '../jobs/crash/crash.ts'
import { ledger } from '../jobs/ledger/ledger.ts'
import { trips } from '../jobs/trips/trips.ts'
import { randomLife } from '../jobs/random-life.contract.ts'
import { messagesOf, recordsOf } from './job-driver.ts'
import type { AnyJob, Output } from './job.ts'
import type { RebuildProgress } from './progress.ts'
import { runJobs } from './runner.ts'
import {
  clockAt,
  drive,
  dying,
  newRecord,
  passTime,
  resultsIn,
  runToEnd,
  startAt,
  untilDeath,
} from './runner.testing.ts'
import { silentLogger } from '../base/logger.ts'

const seed = Number(process.env['FC_SEED'] ?? Date.now() % 1_000_000)

/** The jobs with another `trips`: a trip has another id and one more field, and the track is told
 *  only every other minute. */
const otherTrips: typeof trips = {
  ...trips,
  version: trips.version + 1,
  emit: (state, ref, now) => trips.emit(state, ref, now).map(otherwise),
}
const raised: readonly AnyJob[] = jobs.map((job) => (job.name === 'trips' ? otherTrips : job))

function otherwise(output: Output): Output {
  if (output.topic === 'trip')
    return { ...output, id: `other-${output.id}`, value: output.value && { ...output.value, other: true } }
  if (output.topic !== 'track') return output
  return Math.floor(output.at / 60_000) % 2 === 0 ? output : { ...output, value: null }
}

const cars = ['car-1', 'car-2', 'car-3', 'car-4', 'car-5']
const drives = (from: number, seconds: number): StoredRecord[] =>
  cars.flatMap((car) => recordsOf(messagesOf(drive(from, seconds)), `demo/${car}`))

/** The results of a fresh run over a log. */
async function derivedAnew(uplink: EventLog, some: readonly AnyJob[]): Promise<Map<string, object>> {
  await using fresh = openMemoryLog({ partitions: uplink.partitions, clock: clockAt(startAt + 86_400_000) })
  await runToEnd(some, uplink, fresh)
  return await resultsIn(fresh.log, some)
}

const places = async (log: EventLog, topic: string): Promise<number> => (await readWhole(log, topic)).length

test('a job whose version is raised is derived anew beside the others: results as if it had always been so, and nothing else is said again', async () => {
  const clock = clockAt(startAt + 86_400_000)
  await using memory = openMemoryLog({ partitions: 2, clock })
  await memory.log.append(drives(startAt, 200).map(newRecord))
  await passTime(memory.log, clock, 3_600_000)
  await runToEnd(jobs, memory.log, memory)
  const before = { twin: await places(memory.log, 'twin'), ledger: await places(memory.log, 'ledger') }
  const tracks = async () => (await readWhole(memory.log, 'track')).filter(({ value }) => value.byteLength > 0).length
  const tracksBefore = await tracks()
  assert.equal(
    [...(await resultsIn(memory.log, jobs)).keys()].filter((id) => id.startsWith('trip ')).length,
    cars.length,
  )
  await runToEnd(raised, memory.log, memory)
  assert.deepEqual(await resultsIn(memory.log, raised), await derivedAnew(memory.log, raised))
  assert.deepEqual([await places(memory.log, 'twin'), await places(memory.log, 'ledger')], [before.twin, before.ledger])
  assert.equal(await tracks(), tracksBefore, 'of the track only what is gone is said')
  assert.deepEqual(
    memory.state.tasks().filter((task) => task.startsWith('trips@')),
    [0, 1].map((partition) => `trips@${otherTrips.version}/${partition}`),
    'the state of the version before is dropped',
  )
})

test('the version before can be put back while the rebuild is under way, and goes on where it was', async () => {
  await using memory = openMemoryLog({ partitions: 1, clock: clockAt(startAt + 86_400_000) })
  await memory.log.append(drives(startAt, 100).map(newRecord))
  await runToEnd(jobs, memory.log, memory)
  const said = await places(memory.log, 'trip')
  assert.equal(await untilDeath(runToEnd(raised, memory.log, dying(memory, 6, true))), 'died')
  await runToEnd(jobs, memory.log, memory)
  assert.equal(await places(memory.log, 'trip'), said)
  assert.deepEqual(await resultsIn(memory.log, jobs), await derivedAnew(memory.log, jobs))
})

test(`killed at any commit of a rebuild and started again, the results are those of a fresh derivation (seed ${seed})`, async () => {
  const kills = fc.array(fc.tuple(fc.integer({ min: 1, max: 12 }), fc.boolean()), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(randomLife, randomLife, kills, async (early, late, deaths) => {
      const clock = clockAt(startAt + 86_400_000)
      await using memory = openMemoryLog({ partitions: 1, clock })
      await memory.log.append(early.map(newRecord))
      await runToEnd(jobs, memory.log, memory)
      const half = Math.floor(deaths.length / 2)
      for (const [index, [at, after]] of deaths.entries()) {
        if (index === half) await memory.log.append(late.map(newRecord))
        await untilDeath(runToEnd(raised, memory.log, dying(memory, at, after)))
      }
      // Records of critical are read first, up to five hours before the time they speak of.
      await passTime(memory.log, clock, 6 * 3_600_000)
      await runToEnd(raised, memory.log, memory)
      assert.deepEqual(await resultsIn(memory.log, raised), await derivedAnew(memory.log, raised))
    }),
    { numRuns: 25, seed },
  )
})

test('over another log all is derived anew; what that log does not reach back to stays', async () => {
  const clock = clockAt(startAt + 86_400_000)
  await using old = openMemoryLog({ partitions: 2, clock })
  await old.log.append(drives(startAt, 90).map(newRecord))
  await old.log.append(recordsOf(messagesOf(drive(startAt + 7_200_000, 90, 30)), 'demo/car-1').map(newRecord))
  await runToEnd(jobs, old.log, old)
  const before = await resultsIn(old.log, jobs)
  await using anew = openMemoryLog({ partitions: 2, clock })
  // Of the second drive of the car there is another half, and nothing of the others.
  await anew.log.append(recordsOf(messagesOf(drive(startAt + 7_170_000, 200, 60)), 'demo/car-1').map(newRecord))
  await runToEnd(jobs, anew.log, old)
  const tripsIn = (results: ReadonlyMap<string, object>) =>
    [...results].filter(([id]) => id.startsWith('trip ')).map(([, trip]) => trip)
  const after = tripsIn(await resultsIn(old.log, jobs)) as { readonly startAt: number; readonly vehicle: string }[]
  assert.equal(tripsIn(before).length, cars.length + 1)
  assert.deepEqual(
    new Set(after.map((trip) => `${trip.vehicle} ${trip.startAt}`)),
    new Set([...cars.map((car) => `${car} ${startAt}`), `car-1 ${startAt + 7_170_000}`]),
  )
  // Once, not again and again.
  const said = await places(old.log, 'trip')
  await runToEnd(jobs, anew.log, old)
  assert.equal(await places(old.log, 'trip'), said)
})

test('of a topic that two jobs write each takes back what it said itself, also what was said before there were two', async () => {
  const samples = drive(startAt, 200).map(({ at, signals }, index) => ({
    at,
    signals: {
      ...signals,
      ...(index === 50 && { 'Vehicle.Speed': 240 }),
      ...(index === 60 && { 'Vehicle.Speed': 9999 }),
    },
  }))
  const clock = clockAt(startAt + 86_400_000)
  await using memory = openMemoryLog({ partitions: 1, clock })
  await memory.log.append(recordsOf(messagesOf(samples)).map(newRecord))
  await passTime(memory.log, clock, 3_600_000)
  const silent: typeof trips = {
    ...trips,
    version: trips.version - 1,
    writes: trips.writes.filter(({ name }) => name !== 'anomaly'),
    emit: (state, ref, now) => trips.emit(state, ref, now).filter(({ topic }) => topic !== 'anomaly'),
  }
  const lives: readonly (readonly [told: readonly string[], changed: readonly AnyJob[]])[] = [
    [['invalid'], [silent]],
    [['doubted', 'invalid'], [trips]],
    [['doubted', 'invalid'], [{ ...ledger, version: ledger.version + 1 }]],
    [['invalid'], [{ ...silent, version: trips.version + 1, writes: trips.writes }]],
  ]
  for (const [told, changed] of lives) {
    const now = jobs.map((job) => changed.find(({ name }) => name === job.name) ?? job)
    await runToEnd(now, memory.log, memory)
    const results = await resultsIn(memory.log, now)
    assert.deepEqual(
      [...results.keys()].filter((id) => id.startsWith('anomaly ')).sort(),
      told.map((kind) => `anomaly demo/car-1/${kind}`),
    )
    assert.deepEqual(results, await derivedAnew(memory.log, now))
  }
})

/** Tells of each commit. */
function watched(
  derived: Pick<LogAndState, 'log' | 'state'>,
  committed: (tasks: readonly string[], outputs: readonly NewRecord[]) => void,
) {
  const commit: LogAndState['state']['commit'] = async (commits, outputs) => {
    await derived.state.commit(commits, outputs)
    committed(
      commits.map(({ task }) => task),
      outputs,
    )
  }
  return { log: derived.log, state: { ...derived.state, commit } }
}

test(
  'while a job is derived anew, the others take in what comes within the round, and its progress is told',
  { timeout: 60_000 },
  async () => {
    await using memory = openMemoryLog({ partitions: 1, clock: clockAt(startAt + 86_400_000) })
    await memory.log.append(drives(startAt, 300).map(newRecord))
    await runToEnd(jobs, memory.log, memory)
    const stop = new AbortController()
    const registry = new Registry()
    const percents: number[] = []
    let rebuildSteps = 0
    let stepsBetween: number | undefined
    let appended: number | undefined
    const told: RebuildProgress[] = []
    const derived = watched(memory, (tasks) => {
      if (tasks.some((task) => task.startsWith('twin@')) && appended !== undefined)
        stepsBetween ??= rebuildSteps - appended
      if (!tasks.every((task) => task === `trips@${otherTrips.version}/0`)) return
      rebuildSteps += 1
      if (rebuildSteps === 10) {
        void memory.log.append(recordsOf(messagesOf(drive(startAt + 400_000, 1)), 'demo/car-1').map(newRecord))
        appended = rebuildSteps
      }
    })
    const steady = clockAt(0)
    await runJobs({
      jobs: raised,
      uplink: memory.log,
      derived,
      clock: clockAt(startAt),
      // Each look at the clock takes a second: a share of the loop is used up at once, and progress
      // is looked at.
      steady: { now: () => (steady.at += 1_000) },
      logger: silentLogger,
      registry,
      signal: stop.signal,
      limits: { batchRecords: 20 },
      onProgress(rebuilds) {
        told.push(...rebuilds)
        percents.push(...rebuilds.map(({ percent }) => percent))
        if (rebuilds.length === 0) stop.abort()
      },
    })
    assert.ok(stepsBetween !== undefined && stepsBetween <= 1, `${stepsBetween} steps of the rebuild came first`)
    assert.ok(rebuildSteps > 50, `${rebuildSteps} steps`)
    assert.deepEqual([told[0]?.job, told[0]?.from, told[0]?.to], ['trips', trips.version, otherTrips.version])
    const onTheWay = percents.slice(
      0,
      percents.findIndex((percent) => percent >= 99),
    )
    assert.deepEqual(
      onTheWay,
      onTheWay.toSorted((a, b) => a - b),
    )
    assert.ok(
      percents.some((percent) => percent > 10 && percent < 90),
      percents.join(' '),
    )
  },
)

const airbag = (car: string, seq: number, at: number): StoredRecord[] =>
  recordsOf([{ boot: '00000000000000bb', seq, event: 'airbag-deployed', at, data: {} }], `demo/${car}`, 'critical')

test('an airbag is told at once while the very job that tells it is derived anew', { timeout: 60_000 }, async () => {
  const clock = clockAt(startAt + 86_400_000)
  await using memory = openMemoryLog({ partitions: 1, clock })
  await memory.log.append([...airbag('car-1', 0, startAt), ...drives(startAt, 60)].map(newRecord))
  await runToEnd([crash], memory.log, memory)
  const anew = { ...crash, version: crash.version + 1 }
  let steps = 0
  let toldAfter: number | undefined
  const derived = watched(memory, (tasks, outputs) => {
    if (tasks.includes(`crash@${anew.version}/0`)) steps += 1
    if (steps === 10) {
      clock.at += 1_000
      void memory.log.append(airbag('car-9', 0, clock.at).map(newRecord))
    }
    if (outputs.some(({ topic, key }) => topic === 'alert' && key === 'demo/car-9')) toldAfter ??= steps
  })
  await runToEnd([anew], memory.log, derived)
  assert.ok(toldAfter !== undefined && toldAfter <= 12 && steps > 40, `told after ${toldAfter} of ${steps} steps`)
  const alerts = await readWhole(memory.log, 'alert')
  assert.deepEqual(
    alerts.map(({ key }) => key),
    ['demo/car-1', 'demo/car-9'],
    'each is said once',
  )
})
