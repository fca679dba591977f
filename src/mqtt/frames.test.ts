// Every split of a stream of packets gives the same packets, and no bytes make the cutter or the
// decoders throw or read outside.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Cursor } from './cursor.ts'
import {
  decodeAcknowledgement,
  decodeConnect,
  decodeDisconnect,
  decodeSubscribe,
  decodeUnsubscribe,
} from './decode-packet.ts'
import { cutFrames, type Carry, type FrameSink } from './frames.ts'
import { packetType } from './packet.ts'
import { reasonCode } from './reason-code.ts'
import { connectPacket, publishPacket } from '../gateway/gateway.testing.ts'

type Cut = { readonly frames: string[]; fault: number; heldBytes: number }

function cut(chunks: readonly Buffer[], packetBytesMax = 1e6, keptBytesMax = 1e6): Cut {
  const found: Cut = { frames: [], fault: 0, heldBytes: 0 }
  const sink: FrameSink = {
    packetBytesMax,
    keptBytesMax,
    isSuspended: false,
    onFrame(first, bytes, start, end, passed) {
      found.frames.push(`${first}:${bytes.toString('hex', start, end)}${passed === 0 ? '' : `+${passed}`}`)
      return true
    },
    onFrameFault(code) {
      found.fault = code
    },
  }
  let carry: Carry | undefined
  for (const chunk of chunks) {
    carry = cutFrames(carry, chunk, sink)
    found.heldBytes = Math.max(found.heldBytes, carry?.bytes.length ?? 0)
    if (found.fault !== 0) break
  }
  return found
}

const packetBytes = fc.record({
  size: fc.oneof(fc.nat(10), fc.nat(400), fc.nat(40_000)),
  id: fc.integer({ min: 1, max: 0xffff }),
})

test('every split of a stream gives the same packets', () => {
  fc.assert(
    fc.property(
      fc.array(packetBytes, { maxLength: 8 }),
      fc.array(fc.nat(1_000_000), { maxLength: 30 }),
      (packets, cuts) => {
        const stream = Buffer.concat(
          packets.map(({ size, id }) => publishPacket(4, 'a/b', Buffer.alloc(size, id), { packetId: id })),
        )
        const marks = [0, ...cuts.map((mark) => mark % (stream.length + 1)), stream.length].sort((a, b) => a - b)
        const chunks = marks.slice(1).map((mark, index) => Buffer.from(stream.subarray(marks[index], mark)))
        const whole = cut([stream])
        assert.equal(whole.frames.length, packets.length)
        assert.deepEqual(cut(chunks).frames, whole.frames)
      },
    ),
  )
})

test('of a packet longer than is kept the beginning is handed on and the rest is counted, whatever the split, and no more of it is held', () => {
  const kept = 1000
  fc.assert(
    fc.property(
      fc.array(packetBytes, { minLength: 1, maxLength: 6 }),
      fc.array(fc.nat(1_000_000), { maxLength: 30 }),
      (packets, cuts) => {
        const each = packets.map(({ size, id }) => publishPacket(4, 'a/b', Buffer.alloc(size, id), { packetId: id }))
        const stream = Buffer.concat(each)
        const marks = [0, ...cuts.map((mark) => mark % (stream.length + 1)), stream.length].sort((a, b) => a - b)
        const chunks = marks.slice(1).map((mark, index) => Buffer.from(stream.subarray(marks[index], mark)))
        const { frames, heldBytes } = cut(chunks, 1e6, kept)
        assert.deepEqual(frames, cut([stream], 1e6, kept).frames)
        assert.equal(frames.length, packets.length)
        for (const [index, packet] of each.entries())
          assert.match(frames[index]!, packet.length > kept ? new RegExp(`\\+${packet.length - kept}$`) : /^[^+]*$/)
        assert.ok(heldBytes <= Math.max(kept, ...chunks.map(({ length }) => length)))
      },
    ),
  )
})

test('a sink that is suspended at any packet gets the others later, whatever the split', () => {
  fc.assert(
    fc.property(
      fc.array(packetBytes, { minLength: 1, maxLength: 6 }),
      fc.array(fc.nat(1_000_000), { maxLength: 10 }),
      fc.nat(5),
      (packets, cuts, at) => {
        const stream = Buffer.concat(
          packets.map(({ size, id }) => publishPacket(4, 'a/b', Buffer.alloc(size, id), { packetId: id })),
        )
        const marks = [0, ...cuts.map((mark) => mark % (stream.length + 1)), stream.length].sort((a, b) => a - b)
        const frames: string[] = []
        const sink = {
          packetBytesMax: 1e6,
          keptBytesMax: 1e6,
          isSuspended: false,
          onFrame(first: number, bytes: Buffer, start: number, end: number) {
            frames.push(`${first}:${bytes.toString('hex', start, end)}`)
            sink.isSuspended = frames.length === at + 1
            return !sink.isSuspended
          },
          onFrameFault: () => assert.fail('no fault'),
        }
        let carry: Carry | undefined
        for (const [index, mark] of marks.slice(1).entries()) {
          carry = cutFrames(carry, stream.subarray(marks[index], mark), sink)
          if (!sink.isSuspended) continue
          sink.isSuspended = false
          carry = carry === undefined ? undefined : cutFrames(undefined, carry.bytes.subarray(0, carry.filled), sink)
        }
        assert.deepEqual(frames, cut([stream]).frames)
      },
    ),
  )
})

test('a stream cut into single bytes gives the same packets', () => {
  const stream = Buffer.concat([
    connectPacket(5, 'car'),
    publishPacket(5, 'a', Buffer.alloc(300)),
    Buffer.from([0xc0, 0]),
  ])
  assert.deepEqual(cut(Array.from(stream, (byte) => Buffer.from([byte]))).frames, cut([stream]).frames)
})

test('a packet beyond the limit is refused by its header, before its body has come', () => {
  assert.equal(cut([Buffer.from([0x30, 0xff, 0xff, 0x7f])], 1000).fault, reasonCode.packetTooLarge)
  assert.equal(
    cut([Buffer.from([0x30]), Buffer.from([0xff, 0xff]), Buffer.from([0x7f])], 1000).fault,
    reasonCode.packetTooLarge,
  )
})

test('a remaining length in a form longer than needed is malformed', () => {
  assert.equal(cut([Buffer.from([0x30, 0x80, 0x00])]).fault, reasonCode.malformedPacket)
})

test('no bytes make a decoder throw, and a decoded packet never reaches beyond its range', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom<4 | 5>(4, 5), (random, version) => {
      const outside = Buffer.concat([Buffer.alloc(8, 0x61), random, Buffer.alloc(300, 0x61)])
      const decoders = [
        (cursor: Cursor) => decodeConnect(cursor),
        (cursor: Cursor) => decodeSubscribe(cursor, version),
        (cursor: Cursor) => decodeUnsubscribe(cursor, version),
        (cursor: Cursor) => decodeAcknowledgement(cursor, version, packetType.puback),
        (cursor: Cursor) => decodeDisconnect(cursor, version),
      ]
      for (const decode of decoders) {
        const cursor = new Cursor(outside, 8, 8 + random.length)
        const packet = decode(cursor)
        assert.equal(packet === undefined, cursor.fault !== 0)
        assert.ok(cursor.at <= cursor.end)
      }
    }),
    { numRuns: 2000 },
  )
})
