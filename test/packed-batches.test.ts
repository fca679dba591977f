// A packed block of the embedded log is a record batch as Kafka's protocol gives it out: it is read
// by what reads Kafka's, checksum included.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredRecord } from '../src/eventlog/event-log.ts'
import { readBatches } from '../src/eventlog/kafka/batch-reading.ts'
import { packBlock } from '../src/eventlog/lmdb/packed-block.ts'

const checksumBytes = 4
const place = { topic: 'telemetry', partition: 3 } as const

const recordsFrom = (base: number, count: number): StoredRecord[] =>
  Array.from({ length: count }, (_, i) => ({
    ...place,
    key: `acme/car-${i % 7}`,
    value: Buffer.from(`{"Vehicle.Speed":${i}}`),
    at: 1_700_000_000_000 + i,
    // One in three is gone, as after compaction.
    offset: base + i + Math.floor(i / 2),
    appendedAt: 1_700_000_000_500 + i,
    receivedAt: 1_700_000_000_400 + i,
    ...(i % 5 === 0 ? { headers: { id: `${i}` } } : {}),
  }))

test('packed blocks of the embedded log are read as batches of Kafka', () => {
  const blocks = [recordsFrom(1_000, 500), recordsFrom(5_000, 3)]
  const ends = [5_000, 5_010]
  const batches = blocks.map((records, index) => {
    const { value } = packBlock({
      topicId: 1,
      partition: 3,
      base: index === 0 ? 1_000 : 5_000,
      end: ends[index]!,
      appendedAt: records.at(-1)!.appendedAt,
      records,
    })
    return value.subarray(checksumBytes)
  })
  const { records, next, damaged } = readBatches(Buffer.concat(batches), place, 0, [])
  const plain = (all: readonly StoredRecord[]) =>
    all.map((record) => ({ ...record, value: Buffer.from(record.value).toString() }))
  assert.deepEqual(plain(records), plain(blocks.flat()))
  assert.deepEqual([next, damaged], [5_010, []])
})
