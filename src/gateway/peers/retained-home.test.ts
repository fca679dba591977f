// Threads that find room for retained messages at the same time: what the home of a topic has
// stored every thread gives out.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeSubscribe } from '../../mqtt/encode-packet.ts'
import { noProperties } from '../../mqtt/properties.ts'
import { encodeMessage } from '../session/session-record.ts'
import { openConnected, publishPacket } from '../gateway.testing.ts'
import { openBesidePlayed, type PlayedThread } from './played-thread.testing.ts'

const clock = { now: () => 1_700_000_000_000 }

test('where two threads find the last room for two topics, both messages are given out by both', async () => {
  await using beside = await openBesidePlayed(2, { limits: { retainedMessages: 1 } })
  const [other] = beside.played as [PlayedThread]
  await using client = await openConnected(beside.gateway.port, 5, 'car')
  // At home here.
  client.send(publishPacket(5, 't/b', Buffer.from('ours'), { retain: true }))
  await client.expect('puback')
  // At home there, and stored there.
  const message = {
    topic: 't/d',
    levels: ['t', 'd'],
    payload: Buffer.from('theirs'),
    qos: 1,
    retain: true,
    properties: noProperties,
    expiresAt: 0,
    publisher: undefined,
    holders: 0,
  } as const
  other.say({ kind: 'retained', message: encodeMessage(message, { clock, logClock: clock }) })
  const request = { filter: 't/#', qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const
  client.send(encodeSubscribe(5, { packetId: 9, subscriptions: [request], subscriptionId: undefined }))
  for (let round = 0; round < 2; round++) other.say({ kind: 'fenced', id: (await other.hear('fence')).id })
  await client.expect('suback')
  const got = [await client.expect('publish'), await client.expect('publish')].map(({ payload }) => String(payload))
  assert.deepEqual(got.toSorted(), ['ours', 'theirs'])
})
