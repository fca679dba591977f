// Data folders of earlier formats are opened, read and continued. Their content is told in
// old-data/README.md.
import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { open } from 'lmdb'
import { Outage } from '../src/base/errors.ts'
import type { EventLog, StoredRecord, TopicSpec } from '../src/eventlog/event-log.ts'
import { resultsIn } from '../src/engine/runner.testing.ts'
import { openLmdbLog } from '../src/eventlog/lmdb/lmdb-log.ts'
import { openMemoryLog } from '../src/eventlog/memory/memory-log.ts'
import { jobs } from '../src/jobs/jobs.ts'
import { runJobsToEnd } from './support/read-out.ts'
import { temporaryFolder } from './support/running-system.ts'
import { derivedLogTopics, foreignTopic, uplinkTopics } from '../src/eventlog/topics.ts'
import { partitionOf } from '../src/eventlog/partition.ts'

const partitions = 2
const beganAt = 1_764_000_000_000
const everything = { records: 1e6, bytes: 1e9 }

async function onCopy(
  body: (
    place: (name: 'log' | 'derived') => { dir: string; partitions: number; topics: readonly TopicSpec[] },
  ) => Promise<void>,
  folder = 'format-1',
): Promise<void> {
  using root = temporaryFolder()
  for (const name of ['log', 'derived']) {
    const packed = readFileSync(new URL(`old-data/${folder}/${name}/data.mdb.gz`, import.meta.url))
    mkdirSync(join(root.path, name))
    writeFileSync(join(root.path, name, 'data.mdb'), gunzipSync(packed))
  }
  await body((name) => ({
    dir: join(root.path, name),
    partitions,
    topics: name === 'log' ? uplinkTopics : derivedLogTopics,
  }))
}

async function all(log: EventLog, topic: StoredRecord['topic']): Promise<StoredRecord[]> {
  const segments = await Promise.all([0, 1].map((partition) => log.read(topic, partition, 0, everything)))
  assert.ok(segments.every(({ gaps }) => gaps.every(({ why }) => why === 'retention')))
  return segments.flatMap(({ records }) => records)
}

const text = ({ value }: StoredRecord): string => Buffer.from(value).toString()

async function checkUplink(log: EventLog): Promise<void> {
  const telemetry = await all(log, 'telemetry')
  for (const car of ['demo/car-1', 'demo/car-2', 'demo/car-3']) {
    const own = telemetry.filter(({ key }) => key === car)
    const sent = own.slice(0, 6).map((record) => ({ ...record, value: JSON.parse(text(record)) }))
    assert.deepEqual(
      sent.map(({ at, appendedAt, receivedAt, partition, headers, value }) => [
        at,
        appendedAt,
        receivedAt,
        partition,
        headers,
        value,
      ]),
      Array.from({ length: 6 }, (_, i) => {
        const appendedAt = beganAt + i * 10_000
        const samples = [{ at: appendedAt - 250, signals: { 'Vehicle.Speed': 10.5 * i } }]
        const message = { boot: '00000000000000aa', seq: i + 1, samples }
        return [appendedAt - 250, appendedAt, appendedAt, partitionOf(car, partitions), undefined, message]
      }),
    )
  }
  const events = (await all(log, 'event')).filter(({ key }) => key === 'demo/car-1')
  assert.deepEqual(
    events.map(text),
    [2, 3, 4, 5].map((seq) => `{"event":"ignition","seq":${seq}}`),
  )
  const letters = await all(log, 'dead-letter')
  assert.deepEqual(
    letters.map(({ key, value, headers }) => [key, [...value], headers]),
    Array.from({ length: 6 }, (_, i) => ['demo/car-ñ', [0xff, i], { reason: 'shape', stream: 'telemetry' }]),
  )
}

test('a log of format 1 is read whole, goes on in the new format, and is read whole again', () =>
  onCopy(async (place) => {
    let id = ''
    const added = {
      topic: 'telemetry',
      key: 'demo/car-1',
      value: Buffer.from('new'),
      at: beganAt,
      receivedAt: beganAt - 3,
    } as const
    const partition = partitionOf(added.key, partitions)
    for (const round of [1, 2]) {
      await using opened = openLmdbLog({ ...place('log'), clock: { now: () => beganAt + 90_000 } })
      id ||= opened.log.id
      assert.equal(opened.log.id, id)
      await checkUplink(opened.log)
      const { end } = await opened.log.bounds('telemetry', partition)
      const [position] = await opened.log.append([added])
      assert.deepEqual(position, { topic: 'telemetry', partition, offset: end })
      const { records } = await opened.log.read('telemetry', partition, end - round + 1, everything)
      assert.deepEqual(
        records.map((record) => [text(record), record.receivedAt]),
        Array.from({ length: round }, () => ['new', beganAt - 3]),
      )
      await checkUplink(opened.log)
    }
  }))

test('a log from before publishers had a topic takes their messages beside what it has', () =>
  onCopy(async (place) => {
    for (const round of [1, 2]) {
      await using opened = openLmdbLog({ ...place('log'), clock: { now: () => beganAt + 90_000 } })
      await opened.log.append([{ topic: foreignTopic, key: '~m/s', value: Buffer.from(`${round}`), at: beganAt }])
      assert.deepEqual((await all(opened.log, foreignTopic)).map(text), ['1', '2'].slice(0, round))
      await checkUplink(opened.log)
    }
  }))

test('the state of jobs of format 1 is taken over', () =>
  onCopy(async (place) => {
    await using opened = openLmdbLog(place('derived'))
    const { log, state } = opened
    assert.deepEqual(state.positions('trips/0'), { 'telemetry/0': 8, 'event/0': 4 })
    assert.equal(Buffer.from(state.get('trips/0', 'demo/car-1/open')!).toString(), '{"trip":4}')
    assert.deepEqual(
      [...state.range('trips/0', 'demo/car-1/minute/')].map(([, value]) => [...new Set(value)]),
      [[1], [2], [3], [4]],
    )
    assert.deepEqual((await all(log, 'trip')).map(text), ['{"km":1}', '{"km":2}', '{"km":3}', '{"km":4}'])
    await state.commit([{ task: 'trips/0', positions: { 'telemetry/0': 9 }, state: [{ key: 'demo/car-1/open' }] }], [])
    assert.equal(state.get('trips/0', 'demo/car-1/open'), undefined)
  }))

test('what jobs had derived before each had a task of its own is derived anew: right, and nothing is doubled', () =>
  onCopy(async (place) => {
    await using uplink = openLmdbLog(place('log'))
    await using derived = openLmdbLog(place('derived'))
    const before = await resultsIn(derived.log, jobs)
    const rows = (results: ReadonlyMap<string, object>, topic: string) =>
      [...results.keys()].filter((id) => id.startsWith(`${topic} `)).length
    assert.deepEqual(
      ['trip', 'alert', 'ledger', 'twin'].map((topic) => rows(before, topic)),
      [6, 1, 3, 3],
    )
    await runJobsToEnd(uplink.log, derived)
    const after = await resultsIn(derived.log, jobs)
    await using fresh = openMemoryLog({ partitions })
    await runJobsToEnd(uplink.log, fresh)
    assert.deepEqual(after, await resultsIn(fresh.log, jobs))
    assert.deepEqual(
      ['trip', 'alert', 'ledger', 'twin'].map((topic) => rows(after, topic)),
      [6, 1, 4, 3],
    )
    assert.deepEqual(
      derived.state.tasks().filter((task) => task.startsWith('jobs/')),
      [],
    )
    // And from then on it goes on from there.
    const said = (await all(derived.log, 'trip')).length
    await runJobsToEnd(uplink.log, derived)
    assert.equal((await all(derived.log, 'trip')).length, said)
  }, 'jobs-1'))

async function formatOf(dir: string, change?: object): Promise<unknown> {
  const root = open({ path: dir, noSubdir: false, overlappingSync: false, encoding: 'binary', keyEncoding: 'binary' })
  const meta = root.openDB<Buffer, Uint8Array>('meta', { encoding: 'binary', keyEncoding: 'binary' })
  const key = Buffer.from('format')
  const found = JSON.parse(Buffer.from(meta.getBinary(key)!).toString())
  if (change !== undefined) await meta.put(key, Buffer.from(JSON.stringify({ ...found, ...change })))
  await root.close()
  return found.format
}

test('a log of format 2 is read whole, before it is packed and after, and goes on', () =>
  onCopy(async (place) => {
    const clock = { at: beganAt + 700_000, now: () => clock.at }
    const options = { ...place('log'), clock, steady: clock, sweepEveryMs: 0 }
    const topics = ['telemetry', 'event', 'dead-letter']
    const wholeOf = async (log: EventLog) => {
      const records = (await Promise.all(topics.map((topic) => all(log, topic)))).flat()
      return records.map((record) => ({ ...record, value: text(record) }))
    }
    const bytesOf = (dir: string): number => statSync(join(dir, 'data.mdb')).size
    await using opened = openLmdbLog(options)
    const before = await wholeOf(opened.log)
    assert.deepEqual(
      topics.map((topic) => before.filter((record) => record.topic === topic).length),
      [180, 180, 60],
    )
    assert.deepEqual(
      before
        .filter(({ topic, key }) => topic === 'telemetry' && key === 'demo/car-1')
        .map(({ at, appendedAt, receivedAt }) => [at, appendedAt, receivedAt]),
      Array.from({ length: 60 }, (_, i) => [-250, 0, -5].map((ms) => beganAt + i * 10_000 + ms)),
    )
    const size = bytesOf(options.dir)
    clock.at += 3_600_000
    await opened.sweep()
    assert.deepEqual(await wholeOf(opened.log), before)
    const added = { topic: 'telemetry', key: 'demo/car-1', value: Buffer.from('new'), at: beganAt }
    const [position] = await opened.log.append([added])
    assert.equal(
      position!.offset,
      before.findLast(({ topic, partition }) => topic === 'telemetry' && partition === position!.partition)!.offset + 1,
    )
    assert.ok(bytesOf(options.dir) <= size, 'what was packed gives its room to what comes')
  }, 'format-2'))

test('a folder that was opened says format 5, and one of format 6 is refused with the reason and left as it is', () =>
  onCopy(async (place) => {
    const { dir } = place('log')
    assert.equal(await formatOf(dir), 1)
    await openLmdbLog(place('log'))[Symbol.asyncDispose]()
    assert.equal(await formatOf(dir, { format: 6, check: undefined }), 5)
    assert.throws(
      () => openLmdbLog(place('log')),
      (error) =>
        error instanceof Outage &&
        error.code === 'LOG_MISMATCH' &&
        /in format 6, and this version reads up to 5/.test(error.message),
    )
    assert.equal(await formatOf(dir), 6)
  }))
