import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { decodeBinary } from './decode-binary.ts'
import { fleetwiseVehicleData } from './protobuf/fleetwise.ts'
import { encodeMessage, encodeSnappy, varint } from './encoders.testing.ts'
import { BinaryFault } from './tree.ts'
import { unpack, type Packing } from './unpack.ts'

const bytesMax = 1_048_576

const reasonOf = (packing: Packing, bytes: Uint8Array): string => {
  try {
    unpack(packing, bytes, bytesMax)
    return 'none'
  } catch (error) {
    assert.ok(error instanceof BinaryFault)
    return error.reason
  }
}

test('a block that cramjam 2.14.0 wrote is read: literals, copies near and far, and such as reach into themselves', () => {
  const packed = Buffer.from(
    '97033456656869636c652e53706565642c8e0e006443757272656e744c6f636174696f6e2e4c617469747564653b78fe0100fe0100fe0100fe0100aa010031695e4d01',
    'hex',
  )
  const text = `Vehicle.Speed,Vehicle.Speed,Vehicle.Speed,Vehicle.CurrentLocation.Latitude;${'x'.repeat(300)}Vehicle.CurrentLocation.Latitude`
  assert.equal(Buffer.from(unpack('snappy', packed, bytesMax)).toString(), text)
})

/** A literal, or a copy of what is there: as many bytes from so far behind, both as shares of what
 *  can be. */
const pieces = fc.array(
  fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 300 }),
    fc.integer({ min: 1, max: 70_000 }).map((length) => new Uint8Array(length).fill(length)),
    fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 64 })),
  ),
  { maxLength: 12 },
)

test('any literals and copies are unpacked to what they mean', () => {
  fc.assert(
    fc.property(pieces, (parts) => {
      let plain: Buffer = Buffer.of()
      const elements: (Uint8Array | readonly [number, number])[] = []
      for (const part of parts) {
        if (part instanceof Uint8Array) {
          plain = Buffer.concat([plain, part])
          elements.push(part)
        } else if (plain.length > 0) {
          const offset = 1 + Math.floor(part[0] * (plain.length - 1))
          const repeated = plain.subarray(plain.length - offset)
          plain = Buffer.concat([plain, Buffer.alloc(part[1], repeated)])
          elements.push([offset, part[1]])
        }
      }
      assert.deepEqual(Buffer.from(unpack('snappy', encodeSnappy(elements, plain.length), bytesMax)), plain)
    }),
    { numRuns: 300 },
  )
})

test('a block of snappy that is not whole, lies of its length or copies from before its beginning has a reason', () => {
  const abc = Buffer.from('abc')
  assert.equal(reasonOf('snappy', encodeSnappy([abc, [3, 9]], 12)), 'none')
  assert.equal(reasonOf('snappy', Buffer.of()), 'cut')
  assert.equal(reasonOf('snappy', Buffer.of(0x80)), 'cut')
  assert.equal(reasonOf('snappy', Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff, 0x01)), 'not-packed')
  assert.equal(reasonOf('snappy', encodeSnappy([abc], 4)), 'cut')
  assert.equal(reasonOf('snappy', encodeSnappy([abc], 2)), 'not-packed')
  assert.equal(reasonOf('snappy', encodeSnappy([abc, [3, 9]], 11)), 'not-packed')
  assert.equal(reasonOf('snappy', encodeSnappy([abc, [4, 4]], 7)), 'not-packed')
  assert.equal(reasonOf('snappy', encodeSnappy([abc, [0, 4]], 7)), 'not-packed')
  assert.equal(reasonOf('snappy', encodeSnappy([abc], 3).subarray(0, -1)), 'not-packed')
  assert.equal(reasonOf('snappy', Buffer.of(3, 0x08, 0x61, 0x62, 0x63, 0xfc, 0xff)), 'not-packed')
  assert.equal(reasonOf('snappy', encodeSnappy([abc, [1, 64]], bytesMax + 1)), 'too-long')
  // A packing that says more than its bytes can hold gets no memory for it.
  assert.throws(
    () => unpack('snappy', Buffer.concat([varint(1_000_000n), abc]), bytesMax),
    /6 bytes cannot hold 1000000/,
  )
})

test('gzip is unpacked up to the bound, and what is cut, is none or would burst has a reason', () => {
  const text = Buffer.from('speed '.repeat(1000))
  assert.deepEqual(Buffer.from(unpack('gzip', gzipSync(text), bytesMax)), text)
  assert.equal(reasonOf('gzip', gzipSync(Buffer.alloc(bytesMax))), 'none')
  assert.equal(reasonOf('gzip', gzipSync(Buffer.alloc(bytesMax + 1))), 'too-long')
  assert.equal(reasonOf('gzip', gzipSync(Buffer.alloc(20_000_000))), 'too-long')
  assert.equal(reasonOf('gzip', gzipSync(text).subarray(0, -9)), 'cut')
  assert.equal(reasonOf('gzip', Buffer.of()), 'cut')
  assert.equal(reasonOf('gzip', text), 'not-packed')
  assert.equal(reasonOf('gzip', deflateSync(text)), 'not-packed')
  const damaged = gzipSync(text)
  damaged[damaged.length - 5]! ^= 1
  assert.equal(reasonOf('gzip', damaged), 'not-packed')
})

test('a payload is unpacked as the mapping says, and never guessed to be packed', () => {
  const bytes = encodeMessage(fleetwiseVehicleData, {
    campaignSyncId: 'a',
    capturedSignals: [{ relativeTimeMs: -40, signalId: 11, doubleValue: 63 }],
  })
  const plain = decodeBinary('fleetwise', bytes)
  assert.ok(plain.ok)
  const packed = encodeSnappy([bytes], bytes.length)
  assert.deepEqual(decodeBinary('fleetwise', packed, 'snappy'), plain)
  assert.deepEqual(decodeBinary('fleetwise', gzipSync(bytes), 'gzip'), plain)
  assert.equal(decodeBinary('fleetwise', packed).ok, false)
  assert.equal(decodeBinary('fleetwise', bytes, 'snappy').ok, false)
})

test('a payload that is longer than what is read is refused before it is looked at', () => {
  const over = decodeBinary('fleetwise', Buffer.alloc(bytesMax + 1))
  assert.ok(!over.ok)
  assert.equal(over.reason, 'too-long')
  const bomb = decodeBinary('fleetwise', gzipSync(Buffer.alloc(bytesMax + 1)), 'gzip')
  assert.ok(!bomb.ok)
  assert.equal(bomb.reason, 'too-long')
})
