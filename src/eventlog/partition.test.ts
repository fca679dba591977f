import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { murmur2, murmur2Bytes, partitionOf } from './partition.ts'

test("murmur2 gives the values of Kafka's own unit test", () => {
  assert.equal(murmur2('21'), -973932308)
  assert.equal(murmur2('foobar'), -790332482)
  assert.equal(murmur2('a-little-bit-long-string'), -985981536)
  assert.equal(murmur2('a-little-bit-longer-string'), -1486304829)
  assert.equal(murmur2('lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8'), -58897971)
  assert.equal(murmur2('abc'), 479470107)
})

/** The algorithm once more in the shape of the Java source, with Java's signed bytes, to hold ours
 *  against. */
function javaMurmur2(bytes: Int8Array): number {
  const m = 0x5bd1e995
  const length = bytes.length
  let h = (0x9747b28c | 0) ^ length
  const words = length >> 2
  for (let i = 0; i < words; i++) {
    const i4 = i * 4
    let k =
      (bytes[i4]! & 0xff) +
      ((bytes[i4 + 1]! & 0xff) << 8) +
      ((bytes[i4 + 2]! & 0xff) << 16) +
      ((bytes[i4 + 3]! & 0xff) << 24)
    k = Math.imul(k, m)
    k ^= k >>> 24
    k = Math.imul(k, m)
    h = Math.imul(h, m)
    h ^= k
  }
  const tail = length & ~3
  if (length % 4 === 3) h ^= (bytes[tail + 2]! & 0xff) << 16
  if (length % 4 >= 2) h ^= (bytes[tail + 1]! & 0xff) << 8
  if (length % 4 >= 1) h = Math.imul(h ^ (bytes[tail]! & 0xff), m)
  h ^= h >>> 13
  h = Math.imul(h, m)
  h ^= h >>> 15
  return h
}

test('keys with bytes from 0x80 up hash as unsigned bytes, in words and in the rest', () => {
  for (const key of ['é', 'flota-ñandú/coche', 'aé', 'abé', 'abcé', '\u{1f697}', 'Ω/Ω'])
    assert.equal(murmur2(key), javaMurmur2(new Int8Array(Buffer.from(key))), key)
})

test('any text hashes as its UTF-8 bytes do, and any bytes as in Java', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (key) => {
      assert.equal(murmur2(key), murmur2Bytes(Buffer.from(key)))
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      assert.equal(murmur2Bytes(bytes), javaMurmur2(new Int8Array(bytes)))
    }),
  )
})

test('a partition is never negative, whatever the sign of the hash', () => {
  assert.equal(partitionOf('21', 12), (-973932308 & 0x7fffffff) % 12)
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 1000 }), (key, partitions) => {
      const partition = partitionOf(key, partitions)
      assert.ok(partition >= 0 && partition < partitions)
    }),
  )
})
