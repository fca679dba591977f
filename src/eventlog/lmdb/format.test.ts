import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeFormat, formatVersion, parseFormat } from './format.ts'

test('a format with any bit changed, or cut short, is damaged or says the same', () => {
  const format = { version: formatVersion, partitions: 8 }
  const bytes = encodeFormat(format)
  assert.deepEqual(parseFormat(bytes), format)
  for (let bit = 0; bit < bytes.byteLength * 8; bit += 1) {
    const flipped = bytes.map((byte, at) => (at === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))
    assert.deepEqual(parseFormat(flipped) ?? format, format, `bit ${bit}`)
  }
  for (let length = 0; length < bytes.byteLength; length += 1)
    assert.equal(parseFormat(bytes.subarray(0, length)), undefined)
})

test('formats of before there was a checksum are read', () => {
  assert.deepEqual(parseFormat(Buffer.from('{"partitions":4}')), { version: 0, partitions: 4 })
  assert.deepEqual(parseFormat(Buffer.from('{"partitions":4,"format":1}')), { version: 1, partitions: 4 })
})
