import assert from 'node:assert/strict'
import { test } from 'node:test'
import { boundedOutOfOrderness, leastWatermark } from './watermark.ts'

test('the watermark is the greatest timestamp seen less the bound less one', () => {
  const input = boundedOutOfOrderness(10)
  assert.equal(input.watermark(), -Infinity)
  input.observe(1337)
  assert.equal(input.watermark(), 1326)
  for (const at of [12345, 12300, 12340, 12280]) input.observe(at)
  assert.equal(input.watermark(), 12334)
  input.observe(723456)
  assert.equal(input.watermark(), 723445)
})

test('the watermark of several inputs is the least of those that are not idle', () => {
  assert.equal(
    leastWatermark([
      { watermark: 7, idle: false },
      { watermark: 3, idle: true },
      { watermark: 5, idle: false },
    ]),
    5,
  )
  assert.equal(
    leastWatermark([
      { watermark: 7, idle: false },
      { watermark: -Infinity, idle: false },
    ]),
    -Infinity,
  )
  assert.equal(leastWatermark([{ watermark: 7, idle: true }]), undefined)
})
