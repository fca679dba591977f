import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as fc from 'fast-check'
import {
  epochKey,
  placeOf,
  positionKey,
  type EventLog,
  type Topic,
  type NewRecord,
  type Positions,
} from './event-log.ts'
import { openLmdbLog } from './lmdb/lmdb-log.ts'
import { openLogReader, readRange, type FollowOptions } from './log-reader.ts'
import { partitionOf } from './partition.ts'
import { openMemoryLog } from './memory/memory-log.ts'
import { logTopics } from './event-log-subject.testing.ts'

const topics = ['critical', 'telemetry', 'event', 'snapshot'] as const
const arrival: FollowOptions = { topics, partitions: [0], order: 'arrival', first: ['critical'] }
const all = { records: 1_000, bytes: 1e9 } as const

const record = (topic: Topic, vehicle = 1, bytes = 10): NewRecord => ({
  topic,
  key: `acme/v${vehicle}`,
  value: new Uint8Array(bytes),
  at: 1_700_000_000_000,
})

async function logOf(appends: readonly { readonly topic: Topic; readonly appendedAt: number }[]) {
  const clock = { at: 0, now: () => clock.at }
  const memory = openMemoryLog({ partitions: 1, clock, topics: topics.map((name) => ({ name, retention: { ms: 5 } })) })
  for (const { topic, appendedAt } of appends) {
    clock.at = appendedAt
    await memory.log.append([record(topic)])
  }
  return memory
}

test('critical comes first, whatever waits; the others in the order they were appended', async () => {
  const appended = ['telemetry', 'event', 'telemetry', 'snapshot', 'critical', 'event', 'critical'] as const
  await using memory = await logOf(appended.map((topic, appendedAt) => ({ topic, appendedAt })))
  const reader = openLogReader(memory.log, arrival, {})
  const batch = await reader.poll({ records: 3, bytes: 1e9 })
  assert.deepEqual(batch.records.map(placeOf), ['critical/0/0', 'critical/0/1', 'telemetry/0/0'])
  assert.deepEqual([...batch.behind], ['telemetry', 'event', 'snapshot'])
  const rest = await reader.poll(all)
  assert.deepEqual(rest.records.map(placeOf), ['event/0/0', 'telemetry/0/1', 'snapshot/0/0', 'event/0/1'])
  assert.deepEqual([rest.behind, (await reader.poll(all)).isNews], [[], false])
})

test('reading on gives every record once, whatever the limits, and reading the ranges again gives the same order', async () => {
  const topic = fc.constantFrom<Topic>('telemetry', 'telemetry', 'event', 'snapshot', 'critical')
  const appends = fc.array(fc.record({ topic, gap: fc.nat(2) }), { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(appends, fc.integer({ min: 1, max: 9 }), async (steps, records) => {
      let appendedAt = 0
      await using memory = await logOf(steps.map(({ topic, gap }) => ({ topic, appendedAt: (appendedAt += gap) })))
      const reader = openLogReader(memory.log, arrival, {})
      const seen: string[] = []
      for (let from: Positions = {}; ; from = reader.positions()) {
        const batch = await reader.poll({ records, bytes: 1e9 })
        if (!batch.isNews) break
        const again = await readRange(memory.log, { topics, first: ['critical'], partition: 0 }, from, batch.to)
        assert.deepEqual(again.map(placeOf), batch.records.map(placeOf))
        seen.push(...batch.records.map(placeOf))
      }
      assert.deepEqual([new Set(seen).size, seen.length], [steps.length, steps.length])
    }),
  )
})

test('fair shares give every record once, whatever the limits, and leave room for those that have little to say', async () => {
  await using opened = openMemoryLog({ partitions: 3 })
  const { log } = opened
  for (let n = 0; n < 50; n += 1) await log.append([record(n % 3 === 0 ? 'event' : 'telemetry', n)])
  for (const limits of [{ records: 1, bytes: 1e9 }, { records: 7, bytes: 1e9 }, { records: 1000, bytes: 25 }, all]) {
    const reader = openLogReader(log, { topics: ['event', 'telemetry'], order: 'fair' }, {})
    const seen = new Set<string>()
    for (let batch = await reader.poll(limits); batch.isNews; batch = await reader.poll(limits)) {
      assert.ok(batch.records.length <= limits.records)
      for (const each of batch.records) assert.ok(!seen.has(placeOf(each)) && seen.add(placeOf(each)))
    }
    assert.equal(seen.size, 50)
    assert.deepEqual(await lagTotal(reader), 0)
  }
  await log.append(Array.from({ length: 100 }, () => record('telemetry', 1)))
  await log.append([record('critical', 1)])
  const batch = await openLogReader(log, { topics: ['telemetry', 'critical'], order: 'fair' }, {}).poll({
    records: 10,
    bytes: 1e9,
  })
  assert.deepEqual([batch.records.length, batch.records.filter(({ topic }) => topic === 'critical').length], [10, 1])
})

test('partitions are read whole one after the other, and a batch goes on where the one before ended', async () => {
  await using opened = openMemoryLog({ partitions: 3 })
  const { log } = opened
  const keyOf = (partition: number): string =>
    Array.from({ length: 99 }, (_, n) => `acme/v${n}`).find((key) => partitionOf(key, 3) === partition) ?? ''
  for (let n = 0; n < 4; n += 1)
    for (const partition of [0, 1, 2]) await log.append([{ ...record('event'), key: keyOf(partition) }])
  const reader = openLogReader(log, { topics: ['event'], order: 'whole' }, {})
  const next = async (records: number): Promise<readonly [places: string, behind: number]> => {
    const batch = await reader.poll({ records, bytes: 1e9 })
    return [batch.records.map(({ partition }) => partition).join(''), batch.behind.length]
  }
  assert.deepEqual(await next(3), ['000', 1])
  await log.append([{ ...record('event'), key: keyOf(0) }])
  assert.deepEqual(await next(3), ['001', 1])
  assert.deepEqual(await next(3), ['111', 1])
  await log.append([{ ...record('event'), key: keyOf(1) }])
  assert.deepEqual(await next(4), ['2222', 1])
  assert.deepEqual(await next(4), ['1', 0])
  assert.deepEqual(await lagTotal(reader), 0)
})

const lagTotal = async (reader: { lag(): Promise<readonly { records: number }[]> }): Promise<number> =>
  (await reader.lag()).reduce((sum, { records }) => sum + records, 0)

test('what retention dropped before it was read is a gap, but not for a reader that is new', async () => {
  await using memory = await logOf(
    Array.from({ length: 10 }, (_, appendedAt) => ({ topic: 'telemetry' as const, appendedAt })),
  )
  const { log } = memory
  await memory.sweep()
  const { start } = await log.bounds('telemetry', 0)
  assert.ok(start > 2)
  for (const order of ['arrival', 'fair', 'whole'] as const) {
    const options = { ...arrival, order }
    const late = await openLogReader(log, options, { [positionKey('telemetry', 0)]: 2 }).poll(all)
    assert.deepEqual(late.gaps, [{ topic: 'telemetry', partition: 0, from: 2, to: start, why: 'retention' }])
    assert.deepEqual([late.records.length, late.to['telemetry/0']], [10 - start, 10])
    const fresh = await openLogReader(log, options, {}).poll(all)
    assert.deepEqual([fresh.gaps, fresh.records.length], [[], 10 - start])
  }
})

test('a position beyond the end belongs to another log: that partition starts over, and says so', async () => {
  await using opened = openMemoryLog({ partitions: 1 })
  await opened.log.append([record('telemetry')])
  for (const order of ['arrival', 'fair', 'whole'] as const) {
    const batch = await openLogReader(opened.log, { topics: ['telemetry'], order }, { 'telemetry/0': 40 }).poll(all)
    assert.deepEqual(batch.restarted, [{ topic: 'telemetry', partition: 0 }])
    assert.deepEqual([batch.records.length, batch.to['telemetry/0'], batch.gaps], [1, 1, []])
  }
})

test('positions of another log start over, and those of an older copy that was put back and went on', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-log-'))
  const append = async (at: string, count: number): Promise<void> => {
    await using opened = openLmdbLog({ dir: at, partitions: 1, topics: logTopics })
    for (let n = 0; n < count; n += 1) await opened.log.append([record('telemetry')])
  }
  const read = async (at: string, from: Positions) => {
    await using opened = openLmdbLog({ dir: at, partitions: 1, topics: logTopics })
    const reader = openLogReader(opened.log, { topics: ['telemetry'], order: 'fair' }, from)
    const lag = await lagTotal(reader)
    return { ...(await reader.poll(all)), lag }
  }
  try {
    await append(join(dir, 'log'), 3)
    cpSync(join(dir, 'log'), join(dir, 'older'), { recursive: true })
    await append(join(dir, 'log'), 2)
    const { to } = await read(join(dir, 'log'), {})
    const again = await read(join(dir, 'log'), to)
    assert.deepEqual([again.isNews, again.lag, to['telemetry/0']], [false, 0, 5])
    // The copy grows past the position, which alone would hide that it is another log.
    await append(join(dir, 'older'), 9)
    const older = await read(join(dir, 'older'), to)
    assert.deepEqual([older.restarted.length, older.records.length, older.lag, older.gaps], [1, 12, 12, []])
    assert.equal((await read(join(dir, 'older'), older.to)).isNews, false)
    await append(join(dir, 'new'), 9)
    assert.deepEqual((await read(join(dir, 'new'), to)).restarted, [{ topic: 'telemetry', partition: 0 }])
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test('positions of before logs had epochs go on', async () => {
  await using opened = openMemoryLog({ partitions: 1 })
  for (let n = 0; n < 3; n += 1) await opened.log.append([record('telemetry')])
  const batch = await openLogReader(opened.log, { topics: ['telemetry'], order: 'fair' }, { 'telemetry/0': 2 }).poll(
    all,
  )
  assert.deepEqual([batch.restarted, batch.records.map(placeOf)], [[], ['telemetry/0/2']])
})

test('next waits for what is appended, and is left by its signal and by its time', { timeout: 20_000 }, async () => {
  await using opened = openMemoryLog({ partitions: 2 })
  const reader = openLogReader(opened.log, { topics: ['event'], order: 'fair' }, {})
  const signal = new AbortController()
  const waiting = reader.next(all, signal.signal, 3_600_000)
  await opened.log.append([record('event')])
  assert.equal((await waiting).records.length, 1)
  assert.equal((await reader.next(all, signal.signal, 1)).isNews, false)
  const left = reader.next(all, signal.signal, 3_600_000)
  signal.abort()
  assert.equal((await left).isNews, false)
})

test('the epoch beside the positions is that of the last read of a batch, whichever partition that was of', async () => {
  await using opened = openMemoryLog({ partitions: 3 })
  await opened.log.append(Array.from({ length: 30 }, (_, n) => record('telemetry', n)))
  let epoch = 0
  const read: EventLog['read'] = async (...args) => ({ ...(await opened.log.read(...args)), epoch: (epoch += 1) })
  // The second round reads again of the partitions that have more than their share.
  const batch = await openLogReader({ ...opened.log, read }, { topics: ['telemetry'], order: 'fair' }, {}).poll({
    records: 29,
    bytes: 1e9,
  })
  assert.ok(epoch > 3)
  assert.equal(batch.to[epochKey(opened.log.id)], epoch)
})
