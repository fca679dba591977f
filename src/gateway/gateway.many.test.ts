// Many of a kind at once, taken some at a time: sessions that end, retained messages of one
// subscription.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { encodeSubscribe, pingRequest } from '../mqtt/encode-packet.ts'
import { openConnected, openTestGateway } from './gateway.testing.ts'

test('sessions that all end at one instant end some at a time, and all of them in the end', async () => {
  await using kept = openMemoryLog({ partitions: 1 })
  const row = (id: string) => ({
    principal: { id, tenant: '' },
    expiryMs: 1000,
    endsAt: null,
    willAt: null,
    subscriptions: {},
  })
  const state = Array.from({ length: 2500 }, (_, n) => ({
    key: `s/${n}`,
    value: Buffer.from(JSON.stringify(row(String(n)))),
  }))
  await kept.state.commit([{ task: 'gateway/1', positions: {}, state }], [])
  await using gateway = await openTestGateway({ kept })
  const counts = new Set<number>()
  gateway.clock.advance(2000)
  for (let count = 2500; count > 0; count = await gateway.metric('roadstream_gateway_sessions')) {
    counts.add(count)
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.deepEqual([...counts], [2500, 1500, 500])
  await gateway.gateway.publish('none', Buffer.alloc(1), { qos: 1 })
  assert.deepEqual([...kept.state.range('gateway/1', '')], [])
})

test('no more retained messages than a session holds are queued for a subscription', async () => {
  await using kept = openMemoryLog({ partitions: 1 })
  await using gateway = await openTestGateway({ kept, limits: { queueMessages: 10, deliveryWindow: 5 } })
  for (let n = 0; n < 30; n++) await gateway.gateway.publish(`r/${n}`, Buffer.from(String(n)), { qos: 1, retain: true })
  const client = await openConnected(gateway.port, 5, 'car', {
    cleanStart: false,
    properties: { sessionExpiryS: 3600 },
  })
  const one = { filter: 'r/#', qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const
  client.send(encodeSubscribe(5, { packetId: 9, subscriptions: [one], subscriptionId: undefined }))
  await client.expect('suback')
  for (let n = 0; n < 5; n++) await client.expect('publish')
  client.send(pingRequest)
  await client.expect('pingresp')
  assert.equal([...kept.state.range('gateway/1', 'q/')].length, 15)
  assert.equal(await gateway.metric('roadstream_gateway_dropped_total{reason="queue-full"}'), 15)
})
