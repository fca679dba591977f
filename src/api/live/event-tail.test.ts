// The promise of the live feed: whoever reads it, however often it goes away and wherever it comes
// back, has each event once, in order.
import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { EventLog } from '../../eventlog/event-log.ts'
import { openLmdbLog } from '../../eventlog/lmdb/lmdb-log.ts'
import { derivedLogTopics } from '../../eventlog/topics.ts'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { createClient, drain, ids, openTail, record } from './event-tail.testing.ts'
import { encodeResumePoint } from './resume-point.ts'

test('a reader that comes from a server that was ahead gets nothing twice', async () => {
  await using opened = openMemoryLog({ partitions: 1 })
  const { log } = opened
  const [ahead, behind] = [await openTail(log), await openTail(log, 1)]
  const client = createClient('ours', ['alert'])
  const first = client.connect()
  ahead.join(first, undefined)
  const records = Array.from({ length: 5 }, () => record('alert', 'ours', 'a'))
  await log.append(records)
  await drain(ahead)
  ahead.leave(first)
  behind.join(client.connect(), client.lastEventId())
  await drain(behind)
  const last = record('alert', 'ours', 'a')
  await log.append([last])
  await drain(behind)
  assert.deepEqual(
    ids(client),
    [...records, last].map(({ headers }) => headers?.['id']),
  )
})

test('a reader whose socket is full gets what it missed from the log once there is room', async () => {
  await using opened = openMemoryLog({ partitions: 1 })
  const { log } = opened
  const tail = await openTail(log)
  const client = createClient('ours', ['alert', 'trip'])
  const reader = client.connect()
  tail.join(reader, undefined)
  const records = Array.from({ length: 9 }, (_, index) => record(index % 2 === 0 ? 'alert' : 'trip', 'ours', 'a'))
  client.setFull(true)
  for (const each of records.slice(0, 8)) {
    await log.append([each])
    await drain(tail)
  }
  assert.equal(client.seen.length, 1)
  client.setFull(false)
  reader.drained()
  await drain(tail)
  await log.append(records.slice(8))
  await drain(tail)
  assert.deepEqual(ids(client).toSorted(), records.map(({ headers }) => headers?.['id'] ?? '').toSorted())
})

test('without a resume point a reader starts with what happens from now on, and can resume before the first event', async () => {
  await using opened = openMemoryLog({ partitions: 2 })
  const { log } = opened
  await log.append([record('alert', 'ours', 'a')])
  const tail = await openTail(log)
  await drain(tail)
  const client = createClient('ours', ['alert'])
  const first = client.connect()
  tail.join(first, undefined)
  tail.leave(first)
  const missed = record('alert', 'ours', 'a')
  await log.append([missed])
  await drain(tail)
  tail.join(client.connect(), client.lastEventId())
  await drain(tail)
  assert.deepEqual(ids(client), [missed.headers?.['id']])
})

/** Alerts go with the next sweep. */
const forgetful = derivedLogTopics.map((topic) =>
  topic.name === 'alert' ? { ...topic, retention: { bytes: 0 } } : topic,
)

test('a resume point that is no longer kept gives reset, and then what happens', async () => {
  await using opened = openMemoryLog({ partitions: 1, topics: forgetful })
  const { log } = opened
  const tail = await openTail(log)
  const client = createClient('ours', ['alert', 'trip'])
  const first = client.connect()
  tail.join(first, undefined)
  tail.leave(first)
  await log.append([record('alert', 'ours', 'a')])
  await drain(tail)
  await opened.sweep()
  tail.join(client.connect(), client.lastEventId())
  await drain(tail)
  const next = record('alert', 'ours', 'a')
  await log.append([next])
  await drain(tail)
  assert.deepEqual(
    client.seen.map(({ event }) => event),
    ['reset', 'alert'],
  )
  assert.equal(client.seen[1]?.data['id'], next.headers?.['id'])
})

test('what is trimmed in the middle of a backfill gives reset, and nothing is silently left out', async () => {
  await using opened = openMemoryLog({ partitions: 1, topics: forgetful })
  const { log } = opened
  const tail = await openTail(log, 1)
  const client = createClient('ours', ['alert'])
  const first = client.connect()
  tail.join(first, undefined)
  tail.leave(first)
  for (let index = 0; index < 5; index++) await log.append([record('alert', 'ours', 'a')])
  await drain(tail)
  tail.join(client.connect(), client.lastEventId())
  // Once to ask the log about the point, once for the first record.
  for (let n = 0; n < 2; n += 1) await tail.pump()
  await opened.sweep()
  await drain(tail)
  assert.deepEqual(
    client.seen.map(({ event }) => event),
    ['alert', 'reset'],
  )
})

for (const [what, idOf] of [
  ['of a log with more partitions', () => encodeResumePoint({ epoch: 0, offsets: { alert: [0, 0, 0] } })],
  ['that is no resume point', () => 'nonsense!'],
  ['without an epoch, from before there were any', () => 'AQEBAA'],
  ['of another log', () => encodeResumePoint({ epoch: 7, offsets: { alert: [1] } })],
  ['with offsets of before the first append', () => encodeResumePoint({ epoch: 0, offsets: { alert: [1] } })],
  ['beyond the end', (epoch: number) => encodeResumePoint({ epoch, offsets: { alert: [4] } })],
] as const)
  test(`a resume point ${what} gives reset`, async () => {
    await using opened = openMemoryLog({ partitions: 1 })
    for (let n = 0; n < 3; n += 1) await opened.log.append([record('alert', 'ours', 'a')])
    const tail = await openTail(opened.log)
    const client = createClient('ours', ['alert'])
    tail.join(client.connect(), idOf((await opened.log.epochs())[0]!))
    await drain(tail)
    assert.deepEqual(
      client.seen.map(({ event, data }) => [event, data]),
      [['reset', { reason: 'resume-point-lost' }]],
    )
  })

test('a deleted alert is told as such, and nobody sees another tenant’s', async () => {
  await using opened = openMemoryLog({ partitions: 3 })
  const { log } = opened
  const tail = await openTail(log)
  const ours = createClient('ours', ['alert'])
  const theirs = createClient('our', ['alert'])
  tail.join(ours.connect(), undefined)
  tail.join(theirs.connect(), undefined)
  await log.append([{ topic: 'alert', key: 'ours/a', value: new Uint8Array(), headers: { id: 'gone' }, at: 1 }])
  await drain(tail)
  assert.deepEqual(
    ours.seen.map(({ data }) => data),
    [{ id: 'gone', alert: null }],
  )
  assert.deepEqual(theirs.seen, [])
})

test('an id that a log gave before an older copy of it was put back gives reset, however far the copy has gone on', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-live-'))
  const client = createClient('ours', ['alert'])
  /** Appends in one life of a log, and follows from the client's last id. */
  const live = async (name: string, appends: number): Promise<void> => {
    await using opened = openLmdbLog({ dir: join(dir, name), partitions: 1, topics: derivedLogTopics })
    const tail = await openTail(opened.log)
    const reader = client.connect()
    tail.join(reader, client.lastEventId())
    await drain(tail)
    for (let n = 0; n < appends; n += 1) await opened.log.append([record('alert', 'ours', 'a')])
    await drain(tail)
    tail.leave(reader)
  }
  try {
    await live('log', 2)
    cpSync(join(dir, 'log'), join(dir, 'copy'), { recursive: true })
    await live('log', 3)
    assert.deepEqual(
      client.seen.map(({ event }) => event),
      Array.from({ length: 5 }, () => 'alert'),
    )
    {
      await using opened = openLmdbLog({ dir: join(dir, 'copy'), partitions: 1, topics: derivedLogTopics })
      for (let n = 0; n < 9; n += 1) await opened.log.append([record('alert', 'ours', 'a')])
    }
    client.seen.length = 0
    await live('copy', 1)
    await live('copy', 1)
    assert.deepEqual(
      client.seen.map(({ event }) => event),
      ['reset', 'alert', 'alert'],
    )
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test('a record that is damaged is told to all who are live, and to whoever comes to it later', async () => {
  await using opened = openMemoryLog({ partitions: 1 })
  const damaged: EventLog = {
    ...opened.log,
    read: async (topic, partition, offset, limits) => {
      const segment = await opened.log.read(topic, partition, offset, limits)
      if (topic !== 'alert' || offset > 1 || segment.end < 3) return segment
      const gaps = [{ topic, partition, from: 1, to: 2, why: 'damaged' as const }]
      return { ...segment, gaps, records: segment.records.filter((each) => each.offset !== 1) }
    },
  }
  const tail = await openTail(damaged, 9)
  const [early, late] = [createClient('ours', ['alert']), createClient('ours', ['alert'])]
  tail.join(early.connect(), undefined)
  tail.join(late.connect(), undefined)
  const first = late.lastEventId()
  await opened.log.append(Array.from({ length: 3 }, () => record('alert', 'ours', 'a')))
  await drain(tail)
  assert.deepEqual(
    early.seen.map(({ event }) => event),
    ['alert', 'reset', 'alert'],
  )
  late.seen.length = 0
  tail.join(late.connect(), first)
  await drain(tail)
  assert.deepEqual(
    late.seen.map(({ event }) => event),
    ['reset'],
  )
})
