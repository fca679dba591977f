// A subscription on one thread, a retained message on another and its home on a third, in every
// order: the subscriber gets the last one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeSubscribe } from '../../mqtt/encode-packet.ts'
import { noProperties } from '../../mqtt/properties.ts'
import { encodeMessage } from '../session/session-record.ts'
import { openConnected, publishPacket } from '../gateway.testing.ts'
import { openBesidePlayed, type PlayedThread } from './played-thread.testing.ts'

/** At home on the second of three threads. */
const topic = 't/d'
const clock = { now: () => 1_700_000_000_000 }
const retained = encodeMessage(
  {
    topic,
    levels: topic.split('/'),
    payload: Buffer.from('last'),
    qos: 1,
    retain: true,
    properties: noProperties,
    expiresAt: 0,
    publisher: undefined,
    holders: 0,
  },
  { clock, logClock: clock },
)

test('a retained message that was on its way when a client subscribed follows the SUBACK', async () => {
  await using beside = await openBesidePlayed(3)
  const [home, publisher] = beside.played as [PlayedThread, PlayedThread]
  await using client = await openConnected(beside.gateway.port, 5, 'car')
  const request = { filter: 't/#', qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const
  client.send(encodeSubscribe(5, { packetId: 9, subscriptions: [request], subscriptionId: undefined }))
  // The publisher took its message before it heard of the subscription, and it reaches its home
  // after that did.
  home.say({ kind: 'fenced', id: (await home.hear('fence')).id })
  publisher.say({ kind: 'fenced', id: (await publisher.hear('fence')).id })
  const second = await home.hear('fence')
  home.say({ kind: 'retained', message: retained })
  home.say({ kind: 'fenced', id: second.id })
  publisher.say({ kind: 'fenced', id: (await publisher.hear('fence')).id })
  await client.expect('suback')
  assert.equal(String((await client.expect('publish')).payload), 'last')
})

test('a thread with retained messages on their way says that it knows of a subscription once they have arrived', async () => {
  await using beside = await openBesidePlayed(3)
  const [home, subscriber] = beside.played as [PlayedThread, PlayedThread]
  await using client = await openConnected(beside.gateway.port, 5, 'car')
  client.send(publishPacket(5, topic, Buffer.from('last'), { retain: true }))
  const { id } = await home.hear('keep')
  subscriber.say({ kind: 'fence', id: 1, withKeeps: true })
  const round = await home.hear('fence')
  assert.equal(
    subscriber.unheard.some(({ kind }) => kind === 'fenced'),
    false,
  )
  home.say({ kind: 'fenced', id: round.id })
  subscriber.say({ kind: 'fenced', id: (await subscriber.hear('fence')).id })
  assert.equal((await subscriber.hear('fenced')).id, 1)
  home.say({ kind: 'kept', id })
  await client.expect('puback')
})
