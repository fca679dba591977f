import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { StoredRecord } from '../event-log.ts'
import { everything } from '../event-log-subject.testing.ts'
import { decodeBlockKey } from './block-key.ts'
import { readBlock, type Block, type Found } from './block-reading.ts'
import { createUnpackedBlocks, packBlock, type PackedBlock } from './packed-block.ts'

const base = 5e9
const nowAt = 1_700_000_000_000

/** Records of one partition as a log gave them, with holes between their offsets. */
const anyRecords = fc
  .array(
    fc.record(
      {
        key: fc.string({ unit: 'grapheme', maxLength: 80 }),
        value: fc.oneof(fc.uint8Array({ maxLength: 50 }), fc.constant(new Uint8Array(40_000).fill(9))),
        at: fc.double({ noNaN: true }),
        receivedAt: fc.oneof(fc.integer({ min: nowAt - 100, max: nowAt }), fc.maxSafeInteger()),
        headers: fc.dictionary(
          fc.oneof(
            fc.constantFrom('appendedAt', 'at', 'receivedAt', '__proto__'),
            fc.string({ minLength: 1, maxLength: 8 }),
          ),
          fc.string({ maxLength: 100 }),
          { minKeys: 1, maxKeys: 3, noNullPrototype: true },
        ),
        step: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 1e6 })),
        ms: fc.oneof(fc.constant(0), fc.nat(1e11)),
      },
      { requiredKeys: ['key', 'value', 'at', 'receivedAt', 'step', 'ms'] },
    ),
    { maxLength: 12 },
  )
  .map((given) => {
    let offset = base - 1
    let appendedAt = nowAt
    return given.map(({ step, ms, ...record }): StoredRecord => {
      offset += step
      appendedAt += ms
      return { topic: 'event', partition: 2, offset, appendedAt, ...record }
    })
  })

const pack = (records: readonly StoredRecord[], beyond = 0): PackedBlock =>
  packBlock({
    topicId: 2,
    partition: 2,
    base,
    end: (records.at(-1)?.offset ?? base) + 1 + beyond,
    appendedAt: records.at(-1)?.appendedAt ?? nowAt,
    records,
  })

const asStored = ({ key, value }: PackedBlock): Block => ({ topic: 'event', place: decodeBlockKey(key), key, value })

const plain = (records: readonly StoredRecord[]) =>
  records.map((record) => ({ ...record, value: Buffer.from(record.value).toString('hex') }))

test('records come back from a packed block with their offsets and times, from any offset on, in any steps', () =>
  fc.assert(
    fc.property(anyRecords, fc.nat(1e6), fc.nat(15), fc.integer({ min: 1, max: 5 }), (records, beyond, skip, step) => {
      const block = asStored(pack(records, beyond))
      const unpacked = createUnpackedBlocks()
      let from = records[skip]?.offset ?? base + 2e7
      const read: StoredRecord[] = []
      for (;;) {
        const found: Found = { records: [], bytes: 0 }
        const end = readBlock(block, from, { records: step, bytes: 1e9 }, found, unpacked)
        assert.notEqual(end, 'damaged')
        read.push(...found.records)
        if (end === 'whole') break
        assert.equal(found.records.length, step)
        from = found.records.at(-1)!.offset + 1
      }
      assert.deepEqual(plain(read), plain(records.slice(skip)))
    }),
    { numRuns: 200 },
  ))

test('records of a block that could not be packed are not in the next one', () => {
  const record: StoredRecord = {
    topic: 'event',
    key: 'acme/1',
    value: Buffer.from('value'),
    at: nowAt,
    partition: 2,
    offset: base,
    appendedAt: nowAt,
    receivedAt: nowAt,
  }
  const right = pack([record])
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- stands for memory that runs out
  const unreadable = { ...record, value: undefined as unknown as Uint8Array }
  assert.throws(() => pack([record, unreadable]))
  assert.deepEqual(pack([record]), right)
})

test('a packed block with any byte of it or of its key changed, or cut short, is damaged, and nothing of it is given', () => {
  const records = Array.from({ length: 5 }, (_, i): StoredRecord => ({
    topic: 'event',
    key: `acme/${i}`,
    value: Buffer.from(`value ${i}`),
    at: i,
    partition: 2,
    offset: base + i,
    appendedAt: nowAt,
    receivedAt: nowAt,
  }))
  const block = asStored(pack(records))
  const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 0x40 : byte))
  const withKey = (key: Uint8Array): Block => ({ ...block, key, place: decodeBlockKey(key) })
  const damaged: Block[] = [
    ...Array.from(block.value, (_, i) => ({ ...block, value: flipped(block.value, i) })),
    ...Array.from(block.value, (_, length) => ({ ...block, value: block.value.subarray(0, length) })),
    ...Array.from(block.key, (_, i) => withKey(flipped(block.key, i))),
    ...Array.from(block.key, (_, length) => withKey(block.key.subarray(0, length))),
  ]
  const found: Found = { records: [], bytes: 0 }
  for (const one of damaged) assert.equal(readBlock(one, 0, everything, found), 'damaged')
  assert.deepEqual(found, { records: [], bytes: 0 })
})
