import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import type { LogTopic, NewRecord } from '../eventlog/event-log.ts'
import { readBatch } from './read-batch.ts'

const record = (topic: LogTopic, vehicle: number, bytes = 10): NewRecord => ({
  topic,
  key: `acme/v${vehicle}`,
  value: new Uint8Array(bytes),
  at: 1_700_000_000_000,
})

test('reads every record exactly once, whatever the limits and whichever partition comes first', async () => {
  await using opened = openMemoryLog({ partitions: 3 })
  const { log } = opened
  for (let i = 0; i < 50; i++) await log.append([record(i % 3 === 0 ? 'event' : 'telemetry', i)])
  for (const limits of [
    { records: 1, bytes: 1e9 },
    { records: 7, bytes: 1e9 },
    { records: 1000, bytes: 25 },
    { records: 1000, bytes: 1e9 },
  ]) {
    const seen = new Set<string>()
    const positions: Record<string, number> = {}
    for (let turn = 0; seen.size < 50; turn++) {
      const batch = readBatch(log, ['event', 'telemetry'], positions, limits, turn)
      assert.ok(batch.records.length > 0 && batch.records.length <= limits.records)
      for (const { topic, partition, offset } of batch.records) seen.add(`${topic}/${partition}/${offset}`)
      Object.assign(positions, batch.positions)
    }
    const rest = readBatch(log, ['event', 'telemetry'], positions, limits, 0)
    assert.deepEqual(rest, { records: [], positions: {}, lost: 0, restarted: 0, isFull: false })
  }
})

test('a partition with much to say leaves room for the others', async () => {
  await using opened = openMemoryLog({ partitions: 1 })
  const { log } = opened
  await log.append(Array.from({ length: 100 }, () => record('telemetry', 1)))
  await log.append([record('critical', 1)])
  const batch = readBatch(log, ['telemetry', 'critical'], {}, { records: 10, bytes: 1e9 }, 0)
  assert.deepEqual([batch.records.length, batch.records.filter(({ topic }) => topic === 'critical').length], [10, 1])
})

test('records that were dropped before they were read are counted, but not for a store that is new', async () => {
  await using opened = openMemoryLog({ partitions: 1 })
  const { log } = opened
  for (let i = 0; i < 5; i++) await log.append([record('telemetry', 1)])
  await log.trim('telemetry', { bytes: 0 })
  await log.append([record('telemetry', 1)])
  const { start } = log.boundsSync('telemetry', 0)
  assert.ok(start > 2)
  assert.equal(readBatch(log, ['telemetry'], { 'telemetry/0': 2 }, { records: 10, bytes: 1e9 }, 0).lost, start - 2)
  assert.equal(readBatch(log, ['telemetry'], {}, { records: 10, bytes: 1e9 }, 0).lost, 0)
})

test('a position beyond the end belongs to another log: reading starts over', async () => {
  await using opened = openMemoryLog({ partitions: 1 })
  const { log } = opened
  await log.append([record('telemetry', 1)])
  const batch = readBatch(log, ['telemetry'], { 'telemetry/0': 40 }, { records: 10, bytes: 1e9 }, 0)
  assert.equal(batch.restarted, 1)
  assert.equal(batch.positions['telemetry/0'] === 0 || batch.records.length === 1, true)
})
