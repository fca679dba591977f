import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { encodeResumePoint, parseResumePoint, type ResumePoint } from './resume-point.ts'

const offset = fc.oneof(fc.nat(300), fc.maxSafeNat())
const row = fc.array(offset, { minLength: 1, maxLength: 40 })
const point: fc.Arbitrary<ResumePoint> = fc.record(
  {
    epoch: fc.maxSafeNat().map((value) => value % 2 ** 48),
    offsets: fc.record({ alert: row, trip: row }, { requiredKeys: [], noNullPrototype: true }),
  },
  { noNullPrototype: true },
)

test('a resume point comes back as it was', () => {
  fc.assert(fc.property(point, (given) => assert.deepEqual(parseResumePoint(encodeResumePoint(given)), given)))
})

test('whatever text comes as a resume point, it is one or it is refused', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.base64String(),
        fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('base64url')),
      ),
      (text) => {
        const parsed = parseResumePoint(text)
        if (parsed !== undefined) assert.deepEqual(parseResumePoint(encodeResumePoint(parsed)), parsed)
      },
    ),
  )
})

test('a resume point from before there were epochs is refused', () =>
  assert.equal(parseResumePoint('AQEDAAAA'), undefined))

test('a truncated resume point is refused', () => {
  const whole = Buffer.from(
    encodeResumePoint({ epoch: 2 ** 48 - 1, offsets: { alert: [1, 2, 300], trip: [4, 5, 6] } }),
    'base64url',
  )
  for (let length = 0; length < whole.length; length++)
    assert.equal(parseResumePoint(whole.subarray(0, length).toString('base64url')), undefined)
})

test('the point of two feeds over eight partitions with a million records each is short enough for a header', () => {
  const offsets = Array.from({ length: 8 }, () => 1_000_000)
  assert.ok(encodeResumePoint({ epoch: 2 ** 48 - 1, offsets: { alert: offsets, trip: offsets } }).length < 80)
})
