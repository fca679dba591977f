// Messages on their way to all sessions together are bounded, and those who take nothing pay for
// it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Delivery } from './delivery-queue.ts'
import { defaultLimits } from '../gateway-limits.ts'
import { noProperties } from '../../mqtt/properties.ts'
import { Session, type DeliveryContext } from './session.ts'

const limits = { ...defaultLimits, queueMessages: 1000, queueBytes: 100_000, queuedBytes: 1_000_000 }
const newContext = (): DeliveryContext => ({ limits, clock: { now: () => 0 }, budget: { usedBytes: 0, holders: 0 } })
const newSession = (index: number): Session =>
  new Session(`acme/car-${index}`, { id: `acme/car-${index}`, tenant: 'acme' }, 60_000, 0)

function deliver(session: Session, context: DeliveryContext, payloadBytes: number, qos: 1 | 2 = 1): number {
  const message = {
    topic: 't',
    levels: ['t'],
    payload: Buffer.alloc(payloadBytes),
    qos,
    retain: false,
    properties: noProperties,
  } as const
  const delivery: Delivery = {
    message: { ...message, expiresAt: 0, publisher: undefined, holders: 0 },
    qos,
    retain: false,
    subscriptionIds: undefined,
    shared: undefined,
    packetId: session.nextPacketId(),
    order: session.nextOrder(),
    wasSent: 'no',
    released: false,
    body: undefined,
  }
  return session.take(delivery, context)
}

/** A client that is connected; `sent` has what it was sent and not yet acknowledged. */
function connect(session: Session, deliveryWindow = 64): { readonly sent: number[] } {
  const sent: number[] = []
  session.link = {
    deliveryWindow,
    isWritable: true,
    will: undefined,
    sendDelivery: ({ packetId }) => sent.push(packetId) > 0,
    sendRelease: () => undefined,
    close: () => undefined,
  }
  return { sent }
}

test('when a few fill what there is for all, who is connected loses nothing and who is away keeps its little', () => {
  const context = newContext()
  const hogs = Array.from({ length: 50 }, (_, index) => newSession(index))
  for (let round = 0; round < 200; round++) for (const hog of hogs) deliver(hog, context, 1000)
  assert.ok(context.budget.usedBytes <= limits.queuedBytes, `${context.budget.usedBytes}`)
  assert.ok(context.budget.usedBytes > limits.queuedBytes / 3, `${context.budget.usedBytes}`)
  const modest = newSession(100)
  for (let count = 0; count < 3; count++) assert.equal(deliver(modest, context, 1000), 0)
  const connected = newSession(101)
  const { sent } = connect(connected)
  for (let count = 0; count < 1000; count++) {
    assert.equal(deliver(connected, context, 1000), 0)
    connected.complete(sent.pop()!, context)
  }
  assert.equal(modest.queued, 3)
})

test('clients that take messages and never acknowledge them hold no more than one each beyond the bound', () => {
  const context = newContext()
  const sessions = Array.from({ length: 100 }, (_, index) => newSession(index))
  for (const session of sessions) connect(session)
  for (let round = 0; round < 60; round++) for (const session of sessions) deliver(session, context, 1000)
  assert.ok(context.budget.usedBytes <= limits.queuedBytes + sessions.length * 1200, `${context.budget.usedBytes}`)
})

test('the count of what is on its way is exact, and bounded, whatever comes and goes', () => {
  const step = fc.record({
    kind: fc.constantFrom('deliver', 'deliver', 'take', 'away', 'end'),
    who: fc.nat(9),
    bytes: fc.nat(60_000),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const context = newContext()
      const sessions = Array.from({ length: 10 }, (_, index) => newSession(index))
      const clients = sessions.map(connect)
      for (const { kind, who, bytes } of steps) {
        const session = sessions[who]!
        if (kind === 'deliver') deliver(session, context, bytes)
        else if (kind === 'take')
          for (const packetId of clients[who]!.sent.splice(0)) session.complete(packetId, context)
        else if (kind === 'away') session.link = undefined
        else {
          session.clear(context)
          sessions[who] = newSession(who)
          clients[who] = connect(sessions[who])
        }
        const held = sessions.map((each) => each.bytes)
        assert.equal(
          context.budget.usedBytes,
          held.reduce((sum, each) => sum + each, 0),
        )
        assert.equal(context.budget.holders, held.filter((each) => each > 0).length)
        assert.ok(context.budget.usedBytes <= limits.queuedBytes + sessions.length * 60_200)
      }
    }),
  )
})

test('a QoS 2 message that was sent is not dropped for newer ones, and no other takes the identifier that its client may hold', () => {
  const context = { ...newContext(), limits: { ...limits, queueMessages: 10 } }
  const session = newSession(1)
  const { sent: first } = connect(session, 5)
  for (let count = 0; count < 5; count++) deliver(session, context, 10, 2)
  session.link = undefined
  const again = connect(session, 2)
  session.resume(context)
  assert.deepEqual(again.sent, first.slice(0, 2))
  let dropped = 0
  for (let count = 0; count < 70_000; count++) dropped += deliver(session, context, 10, 2)
  assert.equal(dropped, 70_000 - 7)
  const unsent = [...session.deliveries()].filter(({ wasSent }) => wasSent === 'no').map(({ packetId }) => packetId)
  assert.equal(unsent.length, 7)
  assert.ok(!unsent.some((packetId) => first.includes(packetId)))
  for (const packetId of first) session.complete(packetId, context)
  assert.deepEqual(again.sent.slice(0, 5), first)
})

test('at QoS 1 the oldest goes, sent or not: its client holds nothing of it', () => {
  const context = { ...newContext(), limits: { ...limits, queueMessages: 10 } }
  const session = newSession(1)
  connect(session, 5)
  for (let count = 0; count < 5; count++) deliver(session, context, 10)
  session.link = undefined
  const again = connect(session, 2)
  session.resume(context)
  for (let count = 0; count < 10; count++) deliver(session, context, 10)
  const waiting = [...session.deliveries()].slice(again.sent.length)
  assert.deepEqual(
    waiting.map(({ wasSent }) => wasSent),
    waiting.map(() => 'no'),
  )
})

test('after a restart, a queue of QoS 2 messages that perhaps were sent gives up those that cannot have been, and then the newest', () => {
  const context = { ...newContext(), limits: { ...limits, queueMessages: 10, deliveryWindow: 4 } }
  const before = newSession(1)
  for (let count = 0; count < 10; count++) deliver(before, context, 10, 2)
  const stored = [...before.deliveries()].map((delivery) => ({ ...delivery, wasSent: 'perhaps' as const }))
  const session = newSession(1)
  session.restore(stored, context)
  let dropped = 0
  for (let count = 0; count < 8; count++) dropped += deliver(session, context, 10, 2)
  assert.equal(dropped, 8)
  const orders = [...session.deliveries()].map(({ order }) => order)
  assert.deepEqual(orders, [1, 2, 3, 4, 13, 14, 15, 16, 17, 18])
})
