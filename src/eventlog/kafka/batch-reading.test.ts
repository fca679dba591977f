// Batches as bytes: what is built is read, and what is damaged is told and passed over.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { NewRecord } from '../event-log.ts'
import type { MovedRecord } from '../moved-record.ts'
import { kafkaCompressions, type KafkaCompression } from '../kafka-options.ts'
import { BatchBuilder } from '../batch/batch-builder.ts'
import { batchAt } from '../batch/batch-form.ts'
import { readBatches } from './batch-reading.ts'
import { sealBatch, stampBatch } from './own-batch.ts'

const place = { topic: 'telemetry', partition: 3 } as const
const appendedAt = 1_700_000_000_000

const anyRecord = fc.record<NewRecord & Partial<MovedRecord>>(
  {
    topic: fc.constant('telemetry'),
    key: fc.string({ unit: 'grapheme', maxLength: 80 }),
    value: fc.uint8Array({ maxLength: 300 }),
    at: fc.double({ min: 0, max: 4e12, noNaN: true }),
    receivedAt: fc.maxSafeInteger(),
    stampedAt: fc.nat(),
    headers: fc.dictionary(
      fc.oneof(
        fc.constantFrom('appendedAt', 'at', 'receivedAt', '__proto__'),
        fc.string({ minLength: 1, maxLength: 8 }),
      ),
      fc.string({ maxLength: 100 }),
      { minKeys: 1, maxKeys: 3, noNullPrototype: true },
    ),
  },
  { requiredKeys: ['topic', 'key', 'value', 'at'] },
)

/** A batch as a broker stores it: with its offset. */
function batchOf(records: readonly NewRecord[], base: number, compression: KafkaCompression = 'none'): Buffer {
  const builder = new BatchBuilder()
  for (const [index, record] of records.entries()) assert.equal(builder.add(record), index)
  const { bytes, count } = sealBatch(builder, compression, appendedAt)
  assert.equal(count, records.length)
  stampBatch(bytes, { id: 7n, epoch: 1 }, 0)
  bytes.writeBigInt64BE(BigInt(base), 0)
  return bytes
}

const record = (text: string): NewRecord => ({ topic: 'telemetry', key: 'k', at: 1, value: Buffer.from(text) })
const textsOf = ({ records }: ReturnType<typeof readBatches>): string[] =>
  records.map(({ value }) => Buffer.from(value).toString())

test('records come back from their batch as they were given, from any offset on', () =>
  fc.assert(
    fc.property(
      fc.array(anyRecord, { minLength: 1, maxLength: 20 }),
      fc.constantFrom(...kafkaCompressions),
      fc.nat(25),
      (records, compression, skipped) => {
        const base = 5_000_000_000
        const read = readBatches(batchOf(records, base, compression), place, base + skipped, [])
        const expected = records.map(({ stampedAt = appendedAt, ...given }, index) => ({
          ...given,
          partition: 3,
          offset: base + index,
          appendedAt: stampedAt,
          receivedAt: given.receivedAt ?? stampedAt,
          value: Buffer.from(given.value).toString('hex'),
        }))
        assert.deepEqual(
          read.records.map((each) => ({ ...each, value: Buffer.from(each.value).toString('hex') })),
          expected.slice(skipped),
        )
        assert.deepEqual(read.damaged, [])
        assert.equal(read.next, base + Math.max(records.length, skipped))
      },
    ),
  ))

test('a batch whose bytes have changed is told with its offsets, and the others are read', () => {
  const batches = [0, 2, 4].map((base) => batchOf([record(`${base}`), record(`${base + 1}`)], base))
  batches[1]![batchAt.records + 10]! ^= 1
  const read = readBatches(Buffer.concat(batches), place, 0, [])
  assert.deepEqual(textsOf(read), ['0', '1', '4', '5'])
  assert.deepEqual([read.damaged, read.next], [[{ from: 2, to: 4, records: 2 }], 6])
})

test('a last batch that is cut off is left for the next fetch', () => {
  const bytes = Buffer.concat([0, 1].map((base) => batchOf([record(`${base}`)], base)))
  for (const end of [bytes.byteLength - 1, bytes.byteLength / 2 + 20, bytes.byteLength / 2]) {
    const read = readBatches(bytes.subarray(0, end), place, 0, [])
    assert.deepEqual([textsOf(read), read.next], [['0'], 1])
  }
})
