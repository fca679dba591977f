// Attacks that have exhausted other brokers by sheer number, tried here: windows never released,
// queues nobody empties, identifiers, retained messages, wills and subscriptions without end. Each
// test names the published advisory it comes from.
import { inEachVersion } from '../conformance/exchange.testing.ts'
import { until } from '../gateway.testing.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ack, filterOf, keptFor, publish0, quiet, resumed, subscribe, willOf } from '../conformance/exchange.testing.ts'
import { packetType, type ProtocolVersion } from '../../mqtt/packet.ts'
import {
  connectPacket,
  openConnected,
  openRawClient,
  openTestGateway,
  publishPacket,
  telemetry,
  type RawClient,
} from '../gateway.testing.ts'

const uplink = 'v1/acme/car-1/up/telemetry'
const exactlyOnce = (version: ProtocolVersion, packetId: number): Buffer =>
  publishPacket(version, uplink, telemetry(packetId), { qos: 2, packetId })

/** PUBRECs until the server ends the connection. */
async function recordsUntilEnd(client: RawClient): Promise<number> {
  for (let count = 0; ; count++) {
    const packet = await client.next()
    if (packet?.cmd !== 'pubrec') return count
  }
}

test('QoS 2 messages that are never released end the connection at the window (aedes GHSA-5jvp-3p2v-5qgf)', async () => {
  await using it = await openTestGateway({ limits: { receiveMaximum: 16 } })
  await using client = await openConnected(it.port, 5, 'car')
  client.send(...Array.from({ length: 100 }, (_, index) => exactlyOnce(5, index + 1)))
  assert.ok((await recordsUntilEnd(client)) <= 16)
  assert.ok((await it.stored('telemetry')).length <= 16)
})

test('by 3.1.1, which has no window, they end the connection at a limit of ours, and a session carries no more than that from one connection to the next', async () => {
  await using it = await openTestGateway({ limits: { unreleasedMessages: 40, receiveMaximum: 16 } })
  const packetIds = Array.from({ length: 100 }, (_, index) => index + 1)
  await using old = await openConnected(it.port, 4, 'old')
  old.send(...packetIds.map((packetId) => exactlyOnce(4, packetId)))
  await recordsUntilEnd(old)
  assert.equal((await it.stored('telemetry')).length, 40)
  let recorded = 0
  for (let connections = 0; connections < 10; connections++) {
    const client = await openRawClient(it.port)
    client.send(connectPacket(5, 'car', keptFor(5)))
    await client.expect('connack')
    for (const packetId of packetIds.slice(connections * 10, connections * 10 + 10))
      client.send(exactlyOnce(5, packetId))
    for (
      let packet = await client.next();
      packet?.cmd === 'pubrec' && ++recorded % 10 !== 0;
      packet = await client.next()
    );
    if (!client.socket.closed) await it.lose(client)
  }
  assert.equal(recorded, 40)
})

inEachVersion(
  'one identifier sent ten thousand times is stored once and answered each time (Mosquitto CVE-2023-28366)',
  async (version) => {
    await using it = await openTestGateway()
    await using client = await openConnected(it.port, version, `car-${version}`)
    const before = (await it.stored('telemetry')).length
    const count = 10_000
    client.send(...Array.from({ length: count }, () => exactlyOnce(version, 7)))
    for (let index = 0; index < count; index++) assert.equal((await client.expect('pubrec')).messageId, 7)
    assert.equal((await it.stored('telemetry')).length, before + 1)
    await quiet(client)
  },
)

inEachVersion('a clean start forgets the identifiers of QoS 2 (aedes GHSA-p8r9-qf8w-p73r)', async (version) => {
  await using it = await openTestGateway()
  const first = await openConnected(it.port, version, 'car', keptFor(version))
  first.send(exactlyOnce(version, 7))
  await first.expect('pubrec')
  await it.lose(first)
  const before = (await it.stored('telemetry')).length
  await using second = await openConnected(it.port, version, 'car')
  second.send(exactlyOnce(version, 7))
  await second.expect('pubrec')
  assert.equal((await it.stored('telemetry')).length, before + 1)
})

inEachVersion('acknowledgements nobody asked for, four thousand of each, change nothing', async (version) => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, version, 'car')
  for (const type of [packetType.puback, packetType.pubcomp, packetType.pubrec, packetType.pubrel])
    for (let packetId = 1; packetId < 0x10000; packetId += 16) ack(client, type, version, packetId)
  // A PUBREL or PUBCOMP for each of the last two kinds, by MQTT 5 with a reason.
  for (const answer of ['pubrel', 'pubcomp'] as const)
    for (let packetId = 1; packetId < 0x10000; packetId += 16) {
      const { messageId, reasonCode } = await client.expect(answer)
      assert.deepEqual([messageId, reasonCode], [packetId, version === 5 ? 0x92 : undefined])
    }
  await quiet(client)
})

inEachVersion(
  'the queue of a client that is away is bounded, and the newest are kept (aedes issue 1087, Moquette GHSA-5f42-97gr-vfhq)',
  async (version) => {
    await using it = await openTestGateway({ limits: { queueMessages: 4 } })
    const client = await openConnected(it.port, version, 'car', keptFor(version))
    await subscribe(client, version, filterOf('t', { qos: 1 }))
    await it.lose(client)
    for (let index = 0; index < 128; index++) await it.gateway.publish('t', Buffer.from(String(index)), { qos: 1 })
    await using back = await resumed(it.port, version)
    for (const wanted of ['124', '125', '126', '127']) {
      const { payload, messageId } = await back.expect('publish')
      assert.equal(payload.toString(), wanted)
      ack(back, packetType.puback, version, messageId!)
    }
    await quiet(back)
  },
)

inEachVersion('subscriptions beyond the limit are refused one by one, and those that stand go on', async (version) => {
  await using it = await openTestGateway({ limits: { subscriptionsPerSession: 10 } })
  await using client = await openConnected(it.port, version, 'car')
  const filters = Array.from({ length: 900 }, (_, index) => filterOf(`f/${index}`))
  const refusal = version === 5 ? 0x97 : 0x80
  assert.deepEqual(
    await subscribe(client, version, filters),
    filters.map((_, index) => (index < 10 ? 2 : refusal)),
  )
  client.send(publish0(version, 'f/9', 'x'), publish0(version, 'f/10', 'x'))
  assert.equal((await client.expect('publish')).topic, 'f/9')
  await quiet(client)
})

inEachVersion(
  'all sessions together have so much to subscribe with, connected or away, and who leaves for good makes room',
  async (version) => {
    await using it = await openTestGateway({ limits: { subscriptionBytes: 40_000 }, threads: 1 })
    const long = (who: string, index: number): string =>
      Array.from({ length: 24 }, (_, level) => `${who}-${index}-${level}`).join('/')
    const refusal = version === 5 ? 0x97 : 0x80
    const hog = await openConnected(it.port, version, 'hog', keptFor(version))
    const granted = await subscribe(
      hog,
      version,
      Array.from({ length: 50 }, (_, index) => filterOf(long('hog', index))),
    )
    // 24 levels of its own are some 7 kB.
    assert.deepEqual(
      granted,
      granted.map((_, index) => (index < 6 ? 2 : refusal)),
    )
    await it.lose(hog)
    assert.equal(await it.metric('roadstream_gateway_sessions'), 1)
    await using car = await openConnected(it.port, version, 'car')
    assert.deepEqual(await subscribe(car, version, filterOf('v1/acme/car/down/#')), [refusal])
    await using back = await openConnected(it.port, version, 'hog', keptFor(version))
    assert.deepEqual(
      await subscribe(back, version, filterOf(long('hog', 3), { qos: 1 })),
      [1],
      'what stands may be replaced',
    )
    await using _gone = await openConnected(it.port, version, 'hog', { cleanStart: true })
    assert.deepEqual(await subscribe(car, version, filterOf('v1/acme/car/down/#')), [2])
    assert.ok((await it.metric('roadstream_gateway_subscription_bytes')) < 3000)
    assert.equal(await it.metric('roadstream_gateway_subscriptions_refused_total{reason="all"}'), 45)
  },
)

test('a retained message of many levels counts for what they take, not for its characters', async () => {
  await using it = await openTestGateway({ limits: { retainedBytes: 100_000 }, threads: 1 })
  await using publisher = await openConnected(it.port, 5, 'publisher')
  for (let index = 1; index <= 50; index++)
    publisher.send(publishPacket(5, `${index}${'/'.repeat(23)}`, Buffer.from('x'), { packetId: index, retain: true }))
  for (let index = 1; index <= 50; index++) await publisher.expect('puback')
  assert.equal(await it.metric('roadstream_gateway_retained'), 14)
  assert.equal(await it.metric('roadstream_gateway_dropped_total{reason="retained-full"}'), 36)
})

test('a flood of retained messages stops at its limit, and a client that asks for all of them is sent no more than its queue', async () => {
  await using it = await openTestGateway({
    limits: { retainedMessages: 100, retainedBytes: 100_000, queueMessages: 20 },
  })
  await using publisher = await openConnected(it.port, 5, 'publisher')
  for (let index = 1; index <= 200; index++)
    publisher.send(
      publishPacket(5, `r/${index}`, Buffer.alloc(index > 150 ? 1000 : 10), { packetId: index, retain: true }),
    )
  for (let index = 1; index <= 200; index++) await publisher.expect('puback')
  assert.equal(await it.metric('roadstream_gateway_retained'), 100)
  assert.equal(await it.metric('roadstream_gateway_dropped_total{reason="retained-full"}'), 100)
  await using reader = await openConnected(it.port, 5, 'reader', { properties: { receiveMaximum: 1 } })
  await subscribe(reader, 5, filterOf('#', { qos: 1 }))
  for (let got = 0; got < 21; got++) ack(reader, packetType.puback, 5, (await reader.expect('publish')).messageId!)
  await quiet(reader)
  publisher.send(publishPacket(5, 'r/1', Buffer.alloc(0), { packetId: 201, retain: true }))
  await publisher.expect('puback')
  assert.equal(await it.metric('roadstream_gateway_retained'), 99)
})

test('a will that outlives its session’s expiry goes out once, with the session (Mosquitto CVE-2019-11778)', async () => {
  await using it = await openTestGateway()
  await using listener = await openConnected(it.port, 5, 'listener')
  await subscribe(listener, 5, filterOf('wills/#'))
  const will = willOf({ properties: { willDelayS: 3600 } })
  const car = await openConnected(it.port, 5, 'car', { cleanStart: false, properties: { sessionExpiryS: 10 }, will })
  await it.lose(car)
  await quiet(listener)
  it.clock.advance(10_001)
  assert.equal((await listener.expect('publish')).topic, 'wills/car')
  it.clock.advance(4_000_000)
  await using back = await openConnected(it.port, 5, 'car')
  await quiet(back)
})

test('a client id fought over by hundreds of connections leaves one session, one connection and one will for each that lost (NanoMQ CVE-2026-22040)', async () => {
  await using it = await openTestGateway()
  await using listener = await openConnected(it.port, 5, 'listener')
  await subscribe(listener, 5, filterOf('wills/#', { qos: 0 }))
  const rivals: RawClient[] = []
  const count = 200
  for (let index = 0; index < count; index++) {
    const rival = await openRawClient(it.port)
    // Subscribing, publishing and leaving a will about itself, all in one write: each takeover
    // begins while the last one is still busy.
    rival.send(connectPacket(5, 'car', { cleanStart: index % 3 !== 0, will: willOf() }), publish0(5, 'wills/loop', 'x'))
    rivals.push(rival)
  }
  const topics: string[] = []
  while (topics.length < 2 * count - 1) topics.push((await listener.expect('publish')).topic)
  assert.equal(topics.filter((topic) => topic === 'wills/car').length, count - 1)
  assert.equal(await it.metric('roadstream_gateway_sessions'), 2)
  for (const rival of rivals) await rival[Symbol.asyncDispose]()
  assert.equal((await listener.expect('publish')).topic, 'wills/car')
  await quiet(listener)
  await until('only one connection is left', () => it.gateway.connectionCount() <= 1)
})

test('a will about a will starts no loop', async () => {
  await using it = await openTestGateway()
  await using other = await openConnected(it.port, 5, 'other')
  await subscribe(other, 5, filterOf('wills/#'))
  // Each subscribes to the will of the other, and both end at the same moment.
  const pair = [
    await openConnected(it.port, 5, 'a', { will: willOf({ topic: 'wills/a' }) }),
    await openConnected(it.port, 5, 'b', { will: willOf({ topic: 'wills/b' }) }),
  ]
  for (const client of pair) await subscribe(client, 5, filterOf('wills/#'))
  for (const client of pair) client.socket.destroy()
  const topics = [(await other.expect('publish')).topic, (await other.expect('publish')).topic]
  assert.deepEqual(topics.toSorted(), ['wills/a', 'wills/b'])
  await quiet(other)
})

test('a hundred clients that all want everything get everything once', async () => {
  await using it = await openTestGateway()
  const clients: RawClient[] = []
  const count = 100
  for (let index = 0; index < count; index++) {
    const client = await openConnected(it.port, 5, `storm-${index}`)
    await subscribe(client, 5, [filterOf('#'), filterOf('+/#'), filterOf('storm/+')])
    clients.push(client)
  }
  for (const [index, client] of clients.entries()) client.send(publish0(5, `storm/${index}`, 'x'))
  for (const client of clients) {
    const topics = new Set<string>()
    for (let got = 0; got < count; got++) topics.add((await client.expect('publish')).topic)
    assert.equal(topics.size, count)
    await quiet(client)
  }
  for (const client of clients) await client[Symbol.asyncDispose]()
})
