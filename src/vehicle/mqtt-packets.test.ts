import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { encodePacket, encodePuback, frameEnd, parsePacket, publishBytes, writePublish } from './mqtt-packets.ts'

const topic = fc.stringMatching(/^[a-z0-9/]{1,200}$/)
const publish = fc.record({
  topic,
  payload: fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.integer({ min: 0, max: 70_000 }).map((length) => 'x'.repeat(length)),
  ),
  packetId: fc.integer({ min: 1, max: 65_535 }),
  again: fc.boolean(),
})

test('a PUBLISH written here is what the mqtt-packet parser reads, and fills exactly its length', () => {
  fc.assert(
    fc.property(publish, (message) => {
      const payloadBytes = Buffer.byteLength(message.payload)
      const out = Buffer.alloc(publishBytes(message.topic.length, payloadBytes))
      assert.equal(writePublish(out, 0, { ...message, payloadBytes }), out.length)
      assert.equal(frameEnd(out, 0, out.length), out.length)
      const packet = parsePacket(out)
      assert.ok(packet?.cmd === 'publish')
      assert.deepEqual(
        [packet.topic, packet.payload.toString(), packet.messageId, packet.qos, packet.dup],
        [message.topic, message.payload, message.packetId, 1, message.again],
      )
    }),
  )
})

test('a frame that is not whole yet is incomplete at every cut, and one above the limit is malformed', () => {
  const frame = encodePacket({
    cmd: 'publish',
    topic: 'a/b',
    payload: 'x'.repeat(300),
    qos: 1,
    messageId: 7,
    dup: false,
    retain: false,
  })
  for (let length = 1; length < frame.length; length++)
    assert.equal(frameEnd(frame.subarray(0, length), 0, 1000), 'incomplete')
  assert.equal(frameEnd(frame, 0, frame.length - 1), 'malformed')
  assert.equal(frameEnd(Buffer.of(0x30, 0xff, 0xff, 0xff, 0xff, 1), 0, 1e9), 'malformed')
})

test('PUBACKs are as short as the standard allows', () => {
  assert.deepEqual([...encodePuback(0x1234, 0)], [0x40, 2, 0x12, 0x34])
  const refused = parsePacket(encodePuback(7, 0x83))
  assert.ok(refused?.cmd === 'puback')
  assert.deepEqual([refused.messageId, refused.reasonCode], [7, 0x83])
})

test('bytes that are no packet are malformed, and the next packet parses all the same', () => {
  assert.equal(parsePacket(Buffer.of(0x30, 2, 0, 9)), undefined)
  assert.equal(parsePacket(Buffer.of(0x20, 3, 0, 0, 0))?.cmd, 'connack')
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (body) => {
      parsePacket(Buffer.from([0x30, body.length, ...body]))
      assert.equal(parsePacket(Buffer.of(0x20, 3, 0, 0, 0))?.cmd, 'connack')
    }),
  )
})
