import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { NewRecord, StoredRecord } from '../event-log.ts'
import { everything } from '../event-log-subject.testing.ts'
import { decodeBlockKey, encodeBlockKey, plainVersion } from './block-key.ts'
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
function blocksOf(builder: BlockBuilder, base: number): Block[] {
  let next = base
  return endBlocks(builder).map((span) => {
    const place = {
      topicId: 2,
      partition: 2,
      base: next,
      span: span.count,
      bytes: span.end - span.start,
      appendedAt: nowAt,
    }
    const key = Buffer.from(encodeBlockKey({ ...place, version: plainVersion }))
    next += place.span
    return { topic: 'event', place: decodeBlockKey(key), key, value: Uint8Array.from(sealBlock(builder, span, key)) }
  })
}

function read(blocks: readonly Block[], from = 0): StoredRecord[] {
  const found: Found = { records: [], bytes: 0 }
  for (const block of blocks) assert.equal(readBlock(block, from, everything, found), 'whole')
  return found.records
}

const expected = ({ headers, receivedAt, ...record }: NewRecord, offset: number): StoredRecord => ({
  ...record,
  ...(headers !== undefined && Object.keys(headers).length > 0 ? { headers } : {}),
  partition: 2,
  offset,
  appendedAt: nowAt,
  receivedAt: receivedAt ?? nowAt,
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

test('a sparse block, as compaction left it before blocks were packed, is read', () => {
  const key = Buffer.from('02000200012a05f2000001388000000066018bcfe5680012', 'hex')
  const value = Buffer.from(
    'd4b97fcc00804156febc78420300000000607f56febc784202030000000600000000000000f83f0000000061636d652f316f6e65' +
      '7011010000008056febc78420103000000060000000000000000400a00000061636d652f327b226964223a2278227d74776f',
    'hex',
  )
  const records = read([{ topic: 'event', place: decodeBlockKey(key), key, value }])
  assert.deepEqual(
    records.map(({ value: bytes, ...record }) => ({ ...record, text: Buffer.from(bytes).toString() })),
    [
      {
        topic: 'event',
        key: 'acme/1',
        text: 'one',
        at: 1.5,
        partition: 2,
        offset: 5_000_000_003,
        appendedAt: 1_699_999_999_990,
        receivedAt: 1_699_999_999_000,
      },
      {
        topic: 'event',
        key: 'acme/2',
        text: 'two',
        at: 2,
        headers: { id: 'x' },
        partition: 2,
        offset: 5_000_070_000,
        appendedAt: 1_700_000_000_000,
        receivedAt: 1_700_000_000_000,
      },
    ],
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
