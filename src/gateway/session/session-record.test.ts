// A delivery is read as it was stored, whatever is in its message; and what many have in common is
// there once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { noProperties } from '../../mqtt/properties.ts'
import type { RoutedMessage } from './routed-message.ts'
import type { Delivery } from './delivery-queue.ts'
import { decodeDelivery, encodeDelivery } from './session-record.ts'

const clock = { now: () => 5000 }
const logClock = { now: () => 1_700_000_000_000 }
const source = { clock, logClock, messageOf: (): RoutedMessage => assert.fail('there is no body') }

function deliveryOf(topic: string, change: Partial<RoutedMessage> = {}): Delivery {
  const levels = topic.split('/')
  const message: RoutedMessage = {
    topic,
    levels,
    payload: Buffer.from('x'),
    qos: 1,
    retain: false,
    properties: noProperties,
    expiresAt: 0,
    publisher: undefined,
    holders: 0,
    ...change,
  }
  const rest = { subscriptionIds: undefined, shared: undefined, released: false, body: undefined }
  return { message, qos: 1, retain: false, packetId: 7, order: 9, wasSent: 'no', ...rest }
}

const read = (delivery: Delivery, like?: RoutedMessage): Delivery =>
  decodeDelivery(delivery, encodeDelivery(delivery, { clock, logClock }), source, 'no', like)

test('a delivery is read as it was stored: its payload of any size and bytes, its properties, its publisher', () => {
  const properties = fc.record(
    {
      contentType: fc.string(),
      correlationData: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      userProperties: fc.array(fc.tuple(fc.string(), fc.string())),
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  const message = fc.record(
    {
      payload: fc
        .tuple(fc.constantFrom(0, 1, 10, 4095, 4096, 100_000), fc.constantFrom(0, 0x0a, 0xff))
        .map(([size, byte]) => Buffer.alloc(size, byte)),
      properties,
      qos: fc.constantFrom(0, 1, 2),
      retain: fc.boolean(),
      expiresAt: fc.constantFrom(0, 4000, 6000),
      publisher: fc.option(fc.string(), { nil: undefined }),
    },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(message, fc.boolean(), (change, isLike) => {
      const delivery = deliveryOf('a/b', change)
      assert.deepEqual(read(delivery, isLike ? deliveryOf('a/b').message : undefined), delivery)
    }),
    { numRuns: 300 },
  )
})

test('deliveries by one topic share its text and levels, others have their own', () => {
  const first = read(deliveryOf('v1/acme/car-1/down/command'))
  const second = read(deliveryOf('v1/acme/car-1/down/command'), first.message)
  assert.equal(second.message.levels, first.message.levels)
  const third = read(deliveryOf('v1/acme/car-1/down/config'), second.message)
  assert.deepEqual(third.message.levels, ['v1', 'acme', 'car-1', 'down', 'config'])
  assert.equal(third.message.properties, noProperties)
})
