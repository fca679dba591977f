import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeSteps, encodeSteps } from './track-bytes.ts'

const most = 2 ** 48
const step = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -2, max: 2 }) },
  fc.constantFrom(63, 64, -63, -64, 8191, 8192, most, -most),
  fc.integer({ min: -most, max: most }),
)
const steps = fc.array(fc.option(step, { freq: 4 }), { maxLength: 300 })
const minute = fc.record(
  {
    atSteps: fc.array(step, { maxLength: 300 }),
    latSteps: steps,
    lonSteps: steps,
    speedSteps: steps,
  },
  { noNullPrototype: true },
)

test('any steps come back as they were, whatever the lengths of the columns', () => {
  fc.assert(fc.property(minute, (given) => assert.deepEqual(decodeSteps(encodeSteps(given)), given)))
})

test('the form is as documented', () => {
  const given = { atSteps: [300, 0, 0, 0], latSteps: [null, -1, 1, 0], lonSteps: [], speedSteps: [-64] }
  const bytes = [[4, 0xd8, 0x04, 1, 3], [4, 0, 3, 2, 1, 1], [0], [1, 0x81, 0x01]].flat()
  assert.deepEqual([...encodeSteps(given)], bytes)
  assert.deepEqual(decodeSteps(Uint8Array.from(bytes)), given)
})

test('bytes that were cut off are refused, and any others end', () => {
  fc.assert(
    fc.property(minute, fc.nat(), (given, at) => {
      const bytes = encodeSteps(given)
      assert.throws(() => decodeSteps(bytes.subarray(0, at % bytes.length)), RangeError)
    }),
  )
  assert.throws(() => decodeSteps(Uint8Array.from([2, 1, 0, 1, 0, 1, 0])), RangeError)
})
