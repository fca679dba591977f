// Our codec beside mqtt-packet's, a project of its own: what one writes the other reads as the
// same.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import mqttPacket, { type IConnectPacket, type IPublishPacket, type ISubscribePacket, type Packet } from 'mqtt-packet'
import { Cursor } from './cursor.ts'
import { decodeConnect, decodeSubscribe } from './decode-packet.ts'
import { encodeConnack, encodeConnect, encodePublish, encodeSubscribe } from './encode-packet.ts'
import type { Connect, Will } from './packet.ts'
import { noProperties, type Properties } from './properties.ts'

/** The cursor over the body of one whole packet. */
function bodyOf(packet: Buffer): Cursor {
  const cursor = new Cursor(packet, 1, packet.length)
  cursor.varint()
  return cursor
}

function parsed<P extends Packet>(bytes: Buffer, protocolVersion: 4 | 5): P {
  const parser = mqttPacket.parser({ protocolVersion })
  let found: Packet | undefined
  parser.on('packet', (packet) => (found = packet))
  parser.on('error', (error) => assert.fail(error))
  parser.parse(bytes)
  assert.ok(found, 'no packet')
  return found as P
}

// No lone surrogates and no U+0000: they are not UTF-8 an MQTT text may hold.
const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
  .filter((value) => !value.includes('\0') && value.isWellFormed())
const bytes = fc.uint8Array({ maxLength: 50 }).map((value) => Buffer.from(value))
const version = fc.constantFrom<4 | 5>(4, 5)
const qos = fc.constantFrom<0 | 1 | 2>(0, 1, 2)
const seconds = fc.integer({ min: 0, max: 0xffff_ffff })
const publishProperties: fc.Arbitrary<Properties> = fc.record(
  {
    payloadFormat: fc.constantFrom(0, 1),
    messageExpiryS: seconds,
    contentType: text,
    responseTopic: text,
    correlationData: bytes,
    userProperties: fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 4 }),
  },
  { requiredKeys: [], noNullPrototype: true },
)
const connectProperties: fc.Arbitrary<Properties> = fc.record(
  {
    sessionExpiryS: seconds,
    receiveMaximum: fc.integer({ min: 1, max: 0xffff }),
    maximumPacketBytes: fc.integer({ min: 1, max: 0xffff_ffff }),
    topicAliasMaximum: fc.nat(0xffff),
  },
  { requiredKeys: [], noNullPrototype: true },
)

test('CONNECT: what we encode we decode as the same, and mqtt-packet reads it alike', () => {
  const will: fc.Arbitrary<Will> = fc.record(
    { topic: text, payload: bytes, qos, retain: fc.boolean(), properties: publishProperties },
    { noNullPrototype: true },
  )
  const connect = fc.record({
    version,
    clientId: text,
    cleanStart: fc.boolean(),
    keepAliveS: fc.nat(0xffff),
    username: text,
    password: bytes,
    will: fc.option(will, { nil: undefined }),
    properties: connectProperties,
  })
  fc.assert(
    fc.property(connect, (random) => {
      const bare = random.version === 4
      const given: Connect = {
        ...random,
        properties: bare ? noProperties : random.properties,
        will: random.will && bare ? { ...random.will, properties: noProperties } : random.will,
      }
      const encoded = encodeConnect(given)
      assert.deepEqual(decodeConnect(bodyOf(encoded)), given)
      const theirs = parsed<IConnectPacket>(encoded, given.version)
      assert.equal(theirs.clientId, given.clientId)
      assert.equal(theirs.clean, given.cleanStart)
      assert.equal(theirs.keepalive, given.keepAliveS)
      assert.equal(theirs.username, given.username)
      assert.deepEqual(theirs.password, given.password)
      assert.equal(theirs.will?.topic, given.will?.topic)
      assert.equal(theirs.properties?.sessionExpiryInterval, given.properties.sessionExpiryS)
    }),
  )
})

test('PUBLISH: mqtt-packet reads what we encode', () => {
  fc.assert(
    fc.property(
      version,
      text,
      bytes,
      qos,
      fc.boolean(),
      publishProperties,
      (version, topic, payload, qos, retain, properties) => {
        fc.pre(!/[+#]/.test(topic))
        const packetId = qos === 0 ? 0 : 513
        const encoded = encodePublish(version, { topic, payload, qos, dup: qos > 0, retain, packetId, properties })
        const theirs = parsed<IPublishPacket>(encoded, version)
        assert.equal(theirs.topic, topic)
        assert.deepEqual(Buffer.from(theirs.payload), payload)
        assert.deepEqual(
          [theirs.qos, theirs.retain, theirs.dup, theirs.messageId ?? 0],
          [qos, retain, qos > 0, packetId],
        )
        if (version === 5) {
          assert.equal(theirs.properties?.messageExpiryInterval, properties.messageExpiryS)
          assert.deepEqual(theirs.properties?.correlationData, properties.correlationData)
        }
      },
    ),
  )
})

test('SUBSCRIBE: we read what mqtt-packet writes, and what we write ourselves', () => {
  const request = fc.record(
    {
      filter: text,
      qos,
      noLocal: fc.boolean(),
      retainAsPublished: fc.boolean(),
      retainHandling: fc.constantFrom<0 | 1 | 2>(0, 1, 2),
    },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(
      fc.array(request, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 268_435_455 }),
      (subscriptions, subscriptionId) => {
        fc.pre(subscriptions.every(({ filter }) => !filter.startsWith('$share/')))
        const wanted = { packetId: 42, subscriptions, subscriptionId }
        assert.deepEqual(decodeSubscribe(bodyOf(encodeSubscribe(5, wanted)), 5), wanted)
        const packet: ISubscribePacket = {
          cmd: 'subscribe',
          messageId: 42,
          properties: { subscriptionIdentifier: subscriptionId },
          subscriptions: subscriptions.map(({ filter, qos, noLocal, retainAsPublished, retainHandling }) => ({
            topic: filter,
            qos,
            nl: noLocal,
            rap: retainAsPublished,
            rh: retainHandling,
          })),
        }
        assert.deepEqual(decodeSubscribe(bodyOf(mqttPacket.generate(packet, { protocolVersion: 5 })), 5), wanted)
      },
    ),
  )
})

test('CONNACK: mqtt-packet reads every property we send', () => {
  const properties: Properties = {
    receiveMaximum: 256,
    maximumPacketBytes: 270_336,
    topicAliasMaximum: 16,
    assignedClientId: 'auto-1',
    serverKeepAliveS: 3600,
  }
  const theirs = parsed(encodeConnack(5, true, 0, properties), 5)
  assert.ok(theirs.cmd === 'connack' && theirs.sessionPresent && theirs.reasonCode === 0)
  assert.deepEqual(
    { ...theirs.properties },
    {
      receiveMaximum: 256,
      maximumPacketSize: 270_336,
      topicAliasMaximum: 16,
      assignedClientIdentifier: 'auto-1',
      serverKeepAlive: 3600,
    },
  )
})
