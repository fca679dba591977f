import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseVehicleKey } from '../model/vehicle-id.ts'
import type { NewRecord } from './event-log.ts'
import {
  arrivedOf,
  foreignLetter,
  foreignLimits,
  foreignRecord,
  isSender,
  isSenderKey,
  parseSenderKey,
  type Arrived,
} from './foreign-record.ts'
import { openMemoryLog } from './memory/memory-log.ts'
import { uplinkTopics } from './topics.ts'

const arrived = (more: Partial<Arrived> = {}): Arrived => ({
  mapping: 'owntracks',
  sender: 'u-ñ~',
  address: 'POST /owntracks?u=ñ',
  payload: Buffer.from('{"a":1}'),
  contentType: 'application/json',
  retained: true,
  receivedAt: 1_764_000_000_000,
  ...more,
})

test('a message is read out of the log as it came', async () => {
  await using opened = openMemoryLog({ partitions: 3, topics: uplinkTopics })
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array(),
      fc.string({ minLength: 1, maxLength: 50 }),
      fc.boolean(),
      async (payload, address, retained) => {
        const { contentType, ...plain } = arrived({ payload, address, retained })
        const given = retained ? plain : { ...plain, contentType: contentType! }
        const [position] = await opened.log.append([foreignRecord(given).record])
        const { records } = await opened.log.read(position!.topic, position!.partition, position!.offset, {
          records: 1,
          bytes: 1,
        })
        assert.deepEqual(arrivedOf(records[0]!), given)
      },
    ),
    { numRuns: 50 },
  )
})

test('the key is the sender’s, told apart from every vehicle’s, and no other key is taken for one', () => {
  const { key } = foreignRecord(arrived()).record
  assert.equal(key, '~owntracks/u-ñ~')
  assert.deepEqual(parseSenderKey(key), { mapping: 'owntracks', sender: 'u-ñ~' })
  assert.ok(isSenderKey(key) && !parseVehicleKey(key).ok)
  for (const other of ['demo/car-1', '~/x', '~owntracks', '']) assert.equal(parseSenderKey(other), undefined)
  for (const [sender, is] of [
    ['a b', true],
    ['', false],
    [undefined, false],
    ['a/b', false],
    ['x'.repeat(foreignLimits.senderChars + 1), false],
  ] as const)
    assert.equal(isSender(sender), is, sender)
})

test('one that is too large is a dead letter with its beginning, and says how large it was', () => {
  const most = foreignRecord(arrived({ payload: Buffer.alloc(foreignLimits.payloadBytes) }))
  assert.equal(most.refusal, undefined)
  const { record, refusal } = foreignRecord(arrived({ payload: Buffer.alloc(foreignLimits.payloadBytes + 1, 7) }))
  assert.equal(refusal, 'too-large')
  assert.equal(record.topic, 'dead-letter')
  assert.equal(record.value.byteLength, foreignLimits.keptBytes)
  const { reason, stream, bytes, mapping } = record.headers!
  assert.deepEqual(
    { reason, stream, bytes, mapping },
    { reason: 'too-large', stream: 'foreign', bytes: '262145', mapping: 'owntracks' },
  )
})

test('a dead letter is the sender’s, or the vehicle’s where that is known', () => {
  const refusal = { reason: 'not-json', detail: 'x'.repeat(500), position: 'foreign/1/7' }
  const own: NewRecord = foreignLetter(arrived(), refusal)
  assert.equal(own.key, '~owntracks/u-ñ~')
  assert.equal(own.headers!['detail']!.length, foreignLimits.detailChars)
  assert.equal(foreignLetter(arrived(), refusal, 'demo/golf').key, 'demo/golf')
})

test('a record that was not made so is none', () => {
  const { record } = foreignRecord(arrived())
  assert.equal(arrivedOf({ ...record, key: 'demo/golf', receivedAt: 1 }), undefined)
  assert.equal(arrivedOf({ ...record, headers: {}, receivedAt: 1 }), undefined)
})
