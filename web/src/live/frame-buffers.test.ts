import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { carStride } from './car-columns.ts'
import { createFrameBuffers } from './frame-buffers.ts'

test('for any number of cars a buffer holds their frame, in whole floats', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 30_000 }), { minLength: 1, maxLength: 30 }), (counts) => {
      const buffers = createFrameBuffers()
      for (const cars of counts) {
        const buffer = buffers.take(cars * carStride)
        assert.ok(buffer !== undefined)
        new Float32Array(buffer).set(new Float32Array(cars * carStride))
        buffers.giveBack(buffer)
      }
    }),
  )
})

test('there are two: while the page has both there is none, and each comes back once', () => {
  const buffers = createFrameBuffers()
  const [one, two] = [buffers.take(11), buffers.take(11)]
  assert.ok(one !== undefined && two !== undefined && one !== two)
  assert.equal(buffers.take(11), undefined)
  buffers.giveBack(one)
  assert.equal(buffers.take(11), one)
  buffers.giveBack(two)
  const larger = buffers.take(5000)
  assert.ok(larger !== undefined && larger.byteLength >= 20_000)
  assert.equal(buffers.take(11), undefined)
})
