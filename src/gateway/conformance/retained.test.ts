// Retained messages: section 3.3.1.3 of MQTT 5 and 3.1.1.
import { inEachVersion } from './exchange.testing.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openConnected, openTestGateway, publishPacket, type RawClient, type TestGateway } from '../gateway.testing.ts'
import type { ProtocolVersion, Qos } from '../../mqtt/packet.ts'
import { filterOf, keptFor, quiet, subscribe } from './exchange.testing.ts'

async function retain(
  client: RawClient,
  version: ProtocolVersion,
  topic: string,
  payload: string,
  qos: Qos = 1,
  keep = true,
): Promise<void> {
  client.send(publishPacket(version, topic, Buffer.from(payload), { qos, packetId: qos === 0 ? 0 : 9, retain: keep }))
  if (qos === 1) await client.expect('puback')
  else await quiet(client)
}

/** The messages a new subscriber gets at once: payloads with QoS and RETAIN. */
async function found(it: TestGateway, version: ProtocolVersion, filter: string, count: number): Promise<unknown[]> {
  await using client = await openConnected(it.port, version, `finder-${Math.trunc(it.clock.now())}`)
  await subscribe(client, version, filterOf(filter))
  const got: unknown[] = []
  for (let n = 0; n < count; n++) {
    const { payload, qos, retain: flag } = await client.expect('publish')
    got.push([payload.toString(), qos, flag])
  }
  await quiet(client)
  return got
}

inEachVersion(
  'the last retained message of a topic is kept with its QoS, and later subscribers get it with RETAIN',
  async (version) => {
    await using it = await openTestGateway()
    await using client = await openConnected(it.port, version, 'c')
    await retain(client, version, 't', 'old', 0)
    assert.deepEqual(await found(it, version, 't', 1), [['old', 0, true]])
    await retain(client, version, 't', 'new', 1)
    assert.deepEqual(await found(it, version, '+', 1), [['new', 1, true]])
    await retain(client, version, 't', 'newest', 0)
    assert.deepEqual(await found(it, version, '#', 1), [['newest', 0, true]])
  },
)

inEachVersion(
  'an empty retained message takes the kept one away, is not kept itself, and is delivered like any other',
  async (version) => {
    await using it = await openTestGateway()
    await using client = await openConnected(it.port, version, 'c')
    await using watcher = await openConnected(it.port, version, 'watcher')
    await retain(client, version, 't', 'kept')
    await subscribe(watcher, version, filterOf('t'))
    await watcher.expect('publish')
    await retain(client, version, 't', '')
    const { payload, retain: flag } = await watcher.expect('publish')
    assert.deepEqual([payload.length, flag], [0, false])
    assert.deepEqual(await found(it, version, '#', 0), [])
  },
)

inEachVersion('a message without RETAIN neither becomes nor replaces a retained one', async (version) => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, version, 'c')
  await retain(client, version, 'only', 'x', 1, false)
  await retain(client, version, 't', 'kept')
  await retain(client, version, 't', 'passing', 1, false)
  await retain(client, version, 't', '', 1, false)
  assert.deepEqual(await found(it, version, '#', 1), [['kept', 1, true]])
})

inEachVersion('a retained message outlives the session that left it', async (version) => {
  await using it = await openTestGateway()
  const client = await openConnected(it.port, version, 'c')
  await retain(client, version, 't', 'kept')
  await it.lose(client)
  assert.deepEqual(await found(it, version, 't', 1), [['kept', 1, true]])
})

test('Retain Handling 0 sends retained messages at each SUBSCRIBE, 1 at the first, 2 never', async () => {
  await using it = await openTestGateway()
  await it.gateway.publish('t', Buffer.from('kept'), { qos: 1, retain: true })
  for (const [retainHandling, wanted] of [
    [0, [1, 1]],
    [1, [1, 0]],
    [2, [0, 0]],
  ] as const) {
    await using client = await openConnected(it.port, 5, `c${retainHandling}`)
    for (const count of wanted) {
      await subscribe(client, 5, filterOf('t', { retainHandling, qos: 0 }))
      for (let n = 0; n < count; n++) assert.equal((await client.expect('publish')).retain, true)
      await quiet(client)
    }
  }
})

test('Retain Handling 1 knows a subscription of an earlier connection of the session', async () => {
  await using it = await openTestGateway()
  const car = await openConnected(it.port, 5, 'car', keptFor(5))
  await subscribe(car, 5, filterOf('t', { retainHandling: 1 }))
  await it.lose(car)
  await it.gateway.publish('t', Buffer.from('kept'), { qos: 0, retain: true })
  await using back = await openConnected(it.port, 5, 'car', keptFor(5))
  await subscribe(back, 5, filterOf('t', { retainHandling: 1 }))
  await quiet(back)
})

test('by 3.1.1 each SUBSCRIBE sends the retained messages again, and deliveries have no RETAIN', async () => {
  await using it = await openTestGateway()
  await it.gateway.publish('t', Buffer.from('kept'), { qos: 0, retain: true })
  await using client = await openConnected(it.port, 4, 'c')
  for (let n = 0; n < 2; n++) {
    await subscribe(client, 4, filterOf('t'))
    assert.equal((await client.expect('publish')).retain, true)
  }
  await it.gateway.publish('t', Buffer.from('newer'), { qos: 0, retain: true })
  assert.equal((await client.expect('publish')).retain, false)
})

test('Retain As Published decides whether RETAIN is forwarded', async () => {
  await using it = await openTestGateway()
  await using publisher = await openConnected(it.port, 5, 'publisher')
  for (const retainAsPublished of [false, true]) {
    await using client = await openConnected(it.port, 5, 'c')
    await subscribe(client, 5, filterOf('t', { retainAsPublished, retainHandling: 2 }))
    for (const keep of [false, true]) {
      await retain(publisher, 5, 't', 'x', 0, keep)
      assert.equal((await client.expect('publish')).retain, retainAsPublished && keep)
    }
  }
})

test('a retained message tells what is left of its expiry, keeps its properties, and is gone afterwards', async () => {
  await using it = await openTestGateway()
  await using publisher = await openConnected(it.port, 5, 'publisher', { keepAliveS: 3600 })
  const properties = {
    messageExpiryS: 100,
    contentType: 'text/plain',
    userProperties: [['k', 'v']] as [string, string][],
  }
  publisher.send(publishPacket(5, 't', Buffer.from('x'), { retain: true, properties }))
  await publisher.expect('puback')
  it.clock.advance(30_000)
  await using client = await openConnected(it.port, 5, 'c', { keepAliveS: 3600 })
  await subscribe(client, 5, filterOf('t'))
  const got = (await client.expect('publish')).properties!
  assert.deepEqual(
    [got.messageExpiryInterval, got.contentType, { ...got.userProperties }],
    [70, 'text/plain', { k: 'v' }],
  )
  it.clock.advance(71_000)
  await subscribe(client, 5, filterOf('#'))
  await quiet(client)
})

test('when there is no room for a newer retained message the older one is not given out in its place', async () => {
  await using it = await openTestGateway({ limits: { retainedBytes: 480 } })
  await using client = await openConnected(it.port, 5, 'c')
  await retain(client, 5, 't', 'short')
  await retain(client, 5, 't', 'much too long')
  assert.deepEqual(await found(it, 5, '#', 0), [])
  await retain(client, 5, 't', 'fits')
  assert.deepEqual(await found(it, 5, '#', 1), [['fits', 1, true]])
})

inEachVersion(
  'a filter that comes twice in one SUBSCRIBE is two subscriptions in turn: the retained message comes at the QoS of each',
  async (version) => {
    await using it = await openTestGateway()
    await it.gateway.publish('t', Buffer.from('kept'), { qos: 2, retain: true })
    await using client = await openConnected(it.port, version, `c${version}`)
    await subscribe(client, version, [filterOf('t', { qos: 1 }), filterOf('t', { qos: 0 })]) // [MQTT-3.8.4-5]
    const levels = [(await client.expect('publish')).qos, (await client.expect('publish')).qos]
    assert.deepEqual(new Set(levels), new Set([0, 1]))
    await quiet(client)
  },
)
