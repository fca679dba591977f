import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { positionKey, type LogTopic, type Positions, type StoredRecord } from '../eventlog/event-log.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { readMerged, readRange } from './merged-read.ts'

const topics = ['critical', 'telemetry', 'event', 'snapshot'] as const

async function logOf(appends: readonly { readonly topic: LogTopic; readonly appendedAt: number }[]) {
  const clock = { at: 0, now: () => clock.at }
  const memory = openMemoryLog({ partitions: 1, clock, topics: topics.map((name) => ({ name, retention: { ms: 5 } })) })
  for (const { topic, appendedAt } of appends) {
    clock.at = appendedAt
    await memory.log.append([{ topic, key: 'demo/car-1', value: new Uint8Array(8), at: appendedAt }])
  }
  return memory
}

const placeOf = ({ topic, offset }: StoredRecord): string => `${topic}/${offset}`

test('critical comes first, whatever waits; the others in the order they were appended', async () => {
  const appends = (['telemetry', 'event', 'telemetry', 'snapshot', 'critical', 'event', 'critical'] as const).map((topic, index) => ({
    topic,
    appendedAt: index,
  }))
  await using memory = await logOf(appends)
  const { records, behind } = readMerged(memory.log, 0, topics, {}, 100)
  assert.deepEqual(records.map(placeOf), ['critical/0', 'critical/1', 'telemetry/0', 'event/0', 'telemetry/1', 'snapshot/0', 'event/1'])
  assert.deepEqual(behind, [])
  assert.deepEqual(readMerged(memory.log, 0, topics, {}, 3).behind, ['telemetry', 'event', 'snapshot'])
})

test('reading on gives every record once, and reading the ranges again gives the same order', async () => {
  const append = fc.record({ topic: fc.constantFrom<LogTopic>('telemetry', 'telemetry', 'event', 'snapshot', 'critical'), gap: fc.nat(2) })
  await fc.assert(
    fc.asyncProperty(fc.array(append, { maxLength: 40 }), fc.integer({ min: 1, max: 9 }), async (steps, limit) => {
      let appendedAt = 0
      await using memory = await logOf(steps.map(({ topic, gap }) => ({ topic, appendedAt: (appendedAt += gap) })))
      const all: string[] = []
      let positions: Positions = {}
      for (;;) {
        const { records, to } = readMerged(memory.log, 0, topics, positions, limit)
        if (records.length === 0) break
        assert.deepEqual(readRange(memory.log, 0, topics, positions, to).records.map(placeOf), records.map(placeOf))
        all.push(...records.map(placeOf))
        positions = to
      }
      assert.equal(new Set(all).size, steps.length)
      assert.equal(all.length, steps.length)
    }),
  )
})

test('records that retention dropped are counted as lost, and read past', async () => {
  await using memory = await logOf(Array.from({ length: 10 }, (_, index) => ({ topic: 'telemetry' as const, appendedAt: index })))
  await memory.sweep()
  const { start } = memory.log.boundsSync('telemetry', 0)
  assert.ok(start > 0)
  const { lost, to, records } = readMerged(memory.log, 0, topics, {}, 100)
  assert.deepEqual([lost, records.length, to[positionKey('telemetry', 0)]], [start, 10 - start, 10])
})
