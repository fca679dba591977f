// Whatever is delivered, a client that keeps the aliases it is given knows every topic, and gets no
// packet larger than it takes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import mqttPacket, { type IPublishPacket } from 'mqtt-packet'
import { noProperties } from '../../mqtt/properties.ts'
import type { Delivery } from './delivery-queue.ts'
import { deliveryPacket, payloadApart, type DeliveryTaker } from './delivery-packet.ts'

const clock = { now: () => 1000 }

const deliveryOf = (topic: string, payload: string, expiresAt: number): Delivery => ({
  message: {
    topic,
    levels: topic.split('/'),
    payload: Buffer.from(payload),
    qos: 1,
    retain: false,
    properties: noProperties,
    expiresAt,
    publisher: undefined,
    holders: 0,
  },
  qos: 1,
  retain: false,
  subscriptionIds: undefined,
  shared: undefined,
  packetId: 7,
  order: 0,
  wasSent: 'no',
  released: false,
  body: undefined,
})

/** As the client gets it. */
function whole(taker: DeliveryTaker, delivery: Delivery): Buffer | undefined {
  const packet = deliveryPacket(taker, delivery, clock)
  return packet === undefined ? undefined : Buffer.concat([packet, payloadApart(delivery) ?? Buffer.alloc(0)])
}

function read(bytes: Buffer, protocolVersion: 4 | 5): IPublishPacket {
  const found: IPublishPacket[] = []
  const parser = mqttPacket.parser({ protocolVersion })
  parser.on('packet', (packet) => void found.push(packet as IPublishPacket))
  parser.parse(bytes)
  assert.equal(found.length, 1)
  return found[0]!
}

const topics = fc.constantFrom('a', 'b/b', 'c/c/c', 'v1/acme/car-1/down/command')
/** The second are those that are sent apart. */
const payloadBytes = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 40 }) },
  fc.integer({ min: 16_380, max: 16_420 }),
)
const deliveries = fc.array(fc.record({ topic: topics, payloadBytes, expires: fc.boolean() }), {
  maxLength: 30,
})

test('a client that keeps its aliases knows every topic, and what is left out is what it has no room for', () => {
  fc.assert(
    fc.property(
      deliveries,
      fc.integer({ min: 0, max: 4 }),
      fc.oneof(fc.integer({ min: 10, max: 60 }), fc.integer({ min: 16_390, max: 16_450 })),
      (all, clientAliasMax, clientPacketBytesMax) => {
        const taker: DeliveryTaker = { version: 5, clientPacketBytesMax, clientAliasMax, deliveryAliases: undefined }
        const known = new Map<number, string>()
        for (const { topic, payloadBytes, expires } of all) {
          const delivery = deliveryOf(topic, 'x'.repeat(payloadBytes), expires ? 3500 : 0)
          const bytes = whole(taker, delivery)
          if (bytes === undefined) {
            const plain = {
              version: 5,
              clientPacketBytesMax: Infinity,
              clientAliasMax: 0,
              deliveryAliases: undefined,
            } as const
            assert.ok(whole(plain, delivery)!.length > clientPacketBytesMax)
            continue
          }
          assert.ok(bytes.length <= clientPacketBytesMax)
          const { topic: name, payload, properties } = read(bytes, 5)
          const alias = properties?.topicAlias
          if (alias !== undefined) {
            assert.ok(alias >= 1 && alias <= clientAliasMax)
            if (name !== '') known.set(alias, name)
          }
          assert.equal(name === '' ? known.get(alias!) : name, topic)
          assert.equal(payload.length, payloadBytes)
          assert.equal(properties?.messageExpiryInterval, expires ? 3 : undefined)
        }
      },
    ),
  )
})

test('by 3.1.1 there is no alias and no expiry', () => {
  const taker: DeliveryTaker = {
    version: 4,
    clientPacketBytesMax: Infinity,
    clientAliasMax: 0,
    deliveryAliases: undefined,
  }
  const { topic, payload, properties } = read(whole(taker, deliveryOf('a/b', 'x', 3500))!, 4)
  assert.deepEqual([topic, payload.toString(), properties], ['a/b', 'x', undefined])
  assert.equal(taker.deliveryAliases, undefined)
})

test('a large payload is not copied for each client', () => {
  const taker: DeliveryTaker = {
    version: 5,
    clientPacketBytesMax: Infinity,
    clientAliasMax: 0,
    deliveryAliases: undefined,
  }
  const delivery = deliveryOf('a/b', 'x'.repeat(200_000), 0)
  assert.ok(deliveryPacket(taker, delivery, clock)!.length < 100)
  assert.equal(payloadApart(delivery), delivery.message.payload)
})
