import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { NewRecord, StoredRecord } from '../event-log.ts'
import { everything } from '../event-log-subject.testing.ts'
import { decodeBlockKey, encodeBlockKey } from './block-key.ts'
import { readBlock, type Block, type Found } from './block-reading.ts'
import { addRecord, BlockBuilder, endBlocks, resetBuilder, sealBlock } from './block.ts'

const nowAt = 1_700_000_000_000
const anyRecord = fc.record<NewRecord>(
  {
    topic: fc.constant('event' as const),
    key: fc.string({ unit: 'grapheme', maxLength: 12 }),
    value: fc.oneof(fc.uint8Array({ maxLength: 50 }), fc.constant(new Uint8Array(40_000).fill(9))),
    at: fc.double({ noNaN: true }),
    headers: fc.constantFrom({}, { reason: 'shape' }, { a: 'ñ', b: '' }),
    receivedAt: fc.oneof(fc.integer({ min: nowAt - 100, max: nowAt }), fc.maxSafeInteger()),
  },
  { requiredKeys: ['topic', 'key', 'value', 'at'] },
)

/** The blocks as stored, each in memory of its own. */
function blocksOf(builder: BlockBuilder, base: number, sparseSpan?: number): Block[] {
  let next = base
  return endBlocks(builder).map((span) => {
    const place = {
      topicId: 2,
      partition: 2,
      base: next,
      span: sparseSpan ?? span.count,
      bytes: span.end - span.start,
      appendedAt: nowAt,
    }
    const key = Buffer.from(encodeBlockKey({ ...place, isSparse: sparseSpan !== undefined }))
    next += place.span
    return { topic: 'event', place: decodeBlockKey(key), key, value: Uint8Array.from(sealBlock(builder, span, key)) }
  })
}

function read(blocks: readonly Block[], from = 0): StoredRecord[] {
  const found: Found = { records: [], bytes: 0 }
  for (const block of blocks) assert.equal(readBlock(block, from, everything, found), 'whole')
  return found.records
}

const expected = ({ headers, receivedAt, ...record }: NewRecord, offset: number, appendedAt = nowAt): StoredRecord => ({
  ...record,
  ...(headers !== undefined && Object.keys(headers).length > 0 ? { headers } : {}),
  partition: 2,
  offset,
  appendedAt,
  receivedAt: receivedAt ?? appendedAt,
})

test('what is added comes back from the blocks, however many there are, each time the builder is used', () => {
  fc.assert(
    fc.property(fc.array(fc.array(anyRecord, { minLength: 1, maxLength: 10 }), { maxLength: 4 }), (commits) => {
      const builder = new BlockBuilder(2, 2)
      for (const records of commits) {
        const indexes = records.map((record) => addRecord(builder, record))
        assert.deepEqual(
          indexes,
          records.map((_, i) => i),
        )
        assert.deepEqual(
          read(blocksOf(builder, 100)),
          records.map((record, i) => expected(record, 100 + i)),
        )
        resetBuilder(builder)
      }
    }),
    { numRuns: 50 },
  )
})

const smallRecord = anyRecord.map((record) => ({ ...record, value: record.value.subarray(0, 50) }))

test('a sparse block keeps the offset and the append time of each record', () => {
  const anyKept = fc.record({ record: smallRecord, step: fc.integer({ min: 1, max: 1e6 }), ms: fc.nat(1e9) })
  fc.assert(
    fc.property(fc.array(anyKept, { minLength: 1, maxLength: 8 }), fc.nat(1e6), (kept, beyond) => {
      const builder = new BlockBuilder(2, 2)
      let delta = -1
      let appendedAt = nowAt - 1e10
      const records = kept.map(({ record, step, ms }) => {
        delta += step
        appendedAt += ms
        addRecord(builder, record, { delta, appendedAt })
        return expected(record, 5e9 + delta, appendedAt)
      })
      const blocks = blocksOf(builder, 5e9, delta + 1 + beyond)
      assert.deepEqual(read(blocks), records)
      assert.deepEqual(read(blocks, records.at(-1)!.offset), records.slice(-1))
    }),
    { numRuns: 50 },
  )
})

const fiveRecords = (): Block => {
  const builder = new BlockBuilder(2, 2)
  for (let i = 0; i < 5; i++)
    addRecord(builder, {
      topic: 'event',
      key: `acme/${i}`,
      value: Buffer.from(`value ${i}`),
      at: i,
      receivedAt: nowAt - i,
    })
  return blocksOf(builder, 7)[0]!
}

test('a block with any byte of it or of its key changed, or cut short, is damaged, and nothing of it is given', () => {
  const block = fiveRecords()
  const found: Found = { records: [], bytes: 0 }
  const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 0x40 : byte))
  const withKey = (key: Uint8Array): Block => ({ ...block, key, place: decodeBlockKey(key) })
  const damaged: Block[] = [
    ...Array.from(block.value, (_, i) => ({ ...block, value: flipped(block.value, i) })),
    ...Array.from(block.value, (_, length) => ({ ...block, value: block.value.subarray(0, length) })),
    ...Array.from(block.key, (_, i) => withKey(flipped(block.key, i))),
    ...Array.from(block.key, (_, length) => withKey(block.key.subarray(0, length))),
  ]
  for (const one of damaged) assert.equal(readBlock(one, 0, everything, found), 'damaged')
  assert.deepEqual(found, { records: [], bytes: 0 })
})
