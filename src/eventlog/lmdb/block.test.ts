import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Outage } from '../../base/errors.ts'
import type { NewRecord, StoredRecord } from '../event-log.ts'
import { everything } from '../event-log.subject.ts'
import { addRecord, createBlockBuilder, endBlocks, readBlock, resetBuilder, sealBlock, type BlockBuilder } from './block.ts'

const anyRecord: fc.Arbitrary<NewRecord> = fc.record({
  topic: fc.constant('event' as const),
  key: fc.string({ unit: 'grapheme', maxLength: 12 }),
  value: fc.oneof(fc.uint8Array({ maxLength: 50 }), fc.constant(new Uint8Array(40_000).fill(9))),
  at: fc.double({ noNaN: true }),
  headers: fc.constantFrom({}, { reason: 'shape' }, { a: 'ñ', b: '' }),
})

/** The blocks as stored, each in memory of its own, and read back. */
function roundTrip(builder: BlockBuilder): StoredRecord[] {
  const found: StoredRecord[] = []
  let base = 100
  for (const span of endBlocks(builder)) {
    const block = Uint8Array.from(sealBlock(builder, span))
    readBlock(block, { topic: 'event', partition: 2, base, count: span.count, appendedAt: 5 }, 0, everything, found, 0)
    base += span.count
  }
  return found
}

test('what is added comes back from the blocks, however many there are, each time the builder is used', () => {
  fc.assert(
    fc.property(fc.array(fc.array(anyRecord, { minLength: 1, maxLength: 10 }), { maxLength: 4 }), (commits) => {
      const builder = createBlockBuilder(2, 2)
      for (const records of commits) {
        assert.deepEqual(
          records.map((record) => addRecord(builder, record)),
          records.map((_, i) => i),
        )
        // oxlint-disable-next-line oxc/no-map-spread -- the records are reused
        const expected = records.map(({ headers, ...record }, i) => ({
          ...record,
          ...(Object.keys(headers ?? {}).length > 0 ? { headers } : {}),
          partition: 2,
          offset: 100 + i,
          appendedAt: 5,
        }))
        assert.deepEqual(roundTrip(builder), expected)
        resetBuilder(builder)
      }
    }),
    { numRuns: 50 },
  )
})

test('a block with any byte changed is LOG_CORRUPT and says where it stands', () => {
  const builder = createBlockBuilder(2, 2)
  for (let i = 0; i < 5; i++) addRecord(builder, { topic: 'event', key: `acme/${i}`, value: Buffer.from(`value ${i}`), at: i })
  const [span] = endBlocks(builder)
  const block = Uint8Array.from(sealBlock(builder, span!))
  for (let i = 0; i < block.byteLength; i++) {
    const damaged = block.slice()
    damaged[i]! ^= 0x40
    assert.throws(
      () => readBlock(damaged, { topic: 'event', partition: 2, base: 7, count: 5, appendedAt: 5 }, 0, everything, [], 0),
      (error) => error instanceof Outage && error.code === 'LOG_CORRUPT' && error.message.includes('event/2 from offset 7'),
    )
  }
})
