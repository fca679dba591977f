// Sessions: takeover, resumption, wills, queues, subscriptions with wildcards, retained messages,
// shared subscriptions, expiry, aliases.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeAcknowledgement, encodeUnsubscribe, pingRequest } from '../mqtt/encode-packet.ts'
import { packetType } from '../mqtt/packet.ts'
import { filterOf, goodbye, keptFor, subscribe, versions, willOf } from './conformance/exchange.testing.ts'
import {
  connectPacket,
  openConnected,
  openRawClient,
  openTestGateway,
  publishPacket,
  telemetry,
} from './gateway.testing.ts'

test('a second connection of a client id takes over, and the first is told 0x8E', async () => {
  await using it = await openTestGateway()
  await using first = await openConnected(it.port, 5, 'car')
  await using second = await openConnected(it.port, 5, 'car')
  assert.equal((await first.expect('disconnect')).reasonCode, 0x8e)
  assert.equal(await first.next(), undefined)
  second.send(pingRequest)
  await second.expect('pingresp')
  assert.equal(await it.metric('roadstream_gateway_disconnects_total{reason="taken-over"}'), 1)
})

for (const version of versions)
  test(`a resumed session keeps its subscriptions and gets what it missed, unacknowledged first and with DUP (version ${version})`, async () => {
    await using it = await openTestGateway()
    const kept = keptFor(version)
    const car = await openConnected(it.port, version, 'car', kept)
    await subscribe(car, version, filterOf('down/#'))
    await it.gateway.publish('down/command', Buffer.from('one'), { qos: 1 })
    const one = await car.expect('publish')
    await it.lose(car)
    await it.gateway.publish('down/command', Buffer.from('two'), { qos: 1 })
    await it.gateway.publish('down/command', Buffer.from('not kept'), { qos: 0 })
    await using again = await openRawClient(it.port, version)
    again.send(connectPacket(version, 'car', kept))
    assert.equal((await again.expect('connack')).sessionPresent, true)
    const resent = await again.expect('publish')
    assert.deepEqual([resent.payload.toString(), resent.dup, resent.messageId], ['one', true, one.messageId])
    const missed = await again.expect('publish')
    assert.deepEqual([missed.payload.toString(), missed.dup], ['two', false])
    again.send(encodeAcknowledgement(packetType.puback, version, resent.messageId!), pingRequest)
    await again.expect('pingresp')
  })

test('a clean start forgets the session, and an expired one is not there', async () => {
  await using it = await openTestGateway()
  const car = await openConnected(it.port, 5, 'car', keptFor(5, 10))
  await subscribe(car, 5, filterOf('a'))
  await it.lose(car)
  await using fresh = await openRawClient(it.port)
  fresh.send(connectPacket(5, 'car', { cleanStart: true, properties: { sessionExpiryS: 10 } }))
  assert.equal((await fresh.expect('connack')).sessionPresent, false)
  fresh.send(goodbye(5))
  assert.equal(await fresh.next(), undefined)
  it.clock.advance(11_000)
  await using late = await openRawClient(it.port)
  late.send(connectPacket(5, 'car', keptFor(5, 10)))
  assert.equal((await late.expect('connack')).sessionPresent, false)
})

test('a will is published when a connection is lost, and not after a goodbye', async () => {
  await using it = await openTestGateway()
  await using watcher = await openConnected(it.port, 5, 'watcher')
  await subscribe(watcher, 5, filterOf('wills/+'))
  await using polite = await openConnected(it.port, 5, 'polite', { will: willOf({ topic: 'wills/polite' }) })
  polite.send(goodbye(5))
  assert.equal(await polite.next(), undefined)
  const lost = await openConnected(it.port, 5, 'lost', { will: willOf({ topic: 'wills/lost' }) })
  await it.lose(lost)
  assert.equal((await watcher.expect('publish')).topic, 'wills/lost')
})

test('a will to an uplink topic is a record of the log', async () => {
  await using it = await openTestGateway()
  await using watcher = await openConnected(it.port, 5, 'watcher')
  await subscribe(watcher, 5, filterOf('v1/acme/+/up/session'))
  const last = telemetry(99)
  const car = await openConnected(it.port, 4, 'acme/car', {
    will: willOf({ topic: 'v1/acme/car/up/session', payload: last }),
  })
  await it.lose(car)
  await watcher.expect('publish')
  assert.deepEqual(Buffer.from((await it.stored('session'))[0]!.value), last)
})

test('a delayed will waits, is dropped when the client comes back, and goes out when it does not', async () => {
  await using it = await openTestGateway()
  await using watcher = await openConnected(it.port, 5, 'watcher', { keepAliveS: 3600 })
  await subscribe(watcher, 5, filterOf('wills/#'))
  const options = { ...keptFor(5), will: willOf({ properties: { willDelayS: 30 } }) }
  const car = await openConnected(it.port, 5, 'car', options)
  await it.lose(car)
  const back = await openConnected(it.port, 5, 'car', {
    ...options,
    will: willOf({ payload: Buffer.from('second'), properties: { willDelayS: 30 } }),
  })
  it.clock.advance(31_000)
  await it.lose(back)
  watcher.send(pingRequest)
  await watcher.expect('pingresp')
  it.clock.advance(31_000)
  assert.equal((await watcher.expect('publish')).payload.toString(), 'second')
})

test('overlapping filters give one copy, at the highest QoS and with every subscription identifier', async () => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, 5, 'c')
  await subscribe(client, 5, filterOf('a/+', { qos: 0 }), 1)
  await subscribe(client, 5, filterOf('a/#', { qos: 2 }), 2)
  await it.gateway.publish('a/b', Buffer.from('x'), { qos: 1 })
  const got = await client.expect('publish')
  assert.equal(got.qos, 1)
  assert.deepEqual(new Set([got.properties?.subscriptionIdentifier].flat()), new Set([1, 2]))
  client.send(pingRequest)
  await client.expect('pingresp')
})

test('no local, retain as published and retain handling do what they say', async () => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, 5, 'c')
  await it.gateway.publish('r/1', Buffer.from('kept'), { qos: 0, retain: true })
  await subscribe(client, 5, filterOf('r/1', { retainHandling: 1 }))
  assert.equal((await client.expect('publish')).retain, true)
  await subscribe(client, 5, filterOf('r/1', { retainHandling: 1, retainAsPublished: true }))
  await it.gateway.publish('r/1', Buffer.from('newer'), { qos: 0, retain: true })
  const newer = await client.expect('publish')
  assert.deepEqual([newer.payload.toString(), newer.retain], ['newer', true])
  await subscribe(client, 5, filterOf('own', { noLocal: true }))
  client.send(publishPacket(5, 'own', Buffer.from('x'), { qos: 0, packetId: 0 }), pingRequest)
  await client.expect('pingresp')
})

test('a retained message that has expired is not sent, and its room is given back', async () => {
  await using it = await openTestGateway({ limits: { retainedMessages: 2 } })
  await it.gateway.publish('r/brief', Buffer.from('b'), { qos: 0, retain: true, expiryS: 5 })
  await it.gateway.publish('r/longer', Buffer.from('l'), { qos: 0, retain: true, expiryS: 60 })
  await it.gateway.publish('r/third', Buffer.from('t'), { qos: 0, retain: true })
  assert.equal(await it.metric('roadstream_gateway_dropped_total{reason="retained-full"}'), 1)
  it.clock.advance(6_000)
  await it.untilMetric('roadstream_gateway_retained', (value) => value <= 1)
  it.clock.advance(11_000)
  // Of several threads the one where the topic is at home has to have seen that there is room.
  const dropped = (): Promise<number> => it.metric('roadstream_gateway_dropped_total{reason="retained-full"}')
  for (let before = -1; before !== (await dropped());) {
    before = await dropped()
    await it.gateway.publish('r/third', Buffer.from('t'), { qos: 0, retain: true })
  }
  await using client = await openConnected(it.port, 5, 'c')
  await subscribe(client, 5, filterOf('r/#'))
  assert.deepEqual(
    [(await client.expect('publish')).topic, (await client.expect('publish')).topic],
    ['r/longer', 'r/third'],
  )
  it.clock.advance(44_000)
  await it.untilMetric('roadstream_gateway_retained', (value) => value <= 1)
})

test('an empty retained message removes the one that was kept', async () => {
  await using it = await openTestGateway()
  await it.gateway.publish('r/1', Buffer.from('kept'), { qos: 1, retain: true })
  await it.gateway.publish('r/1', Buffer.alloc(0), { qos: 1, retain: true })
  await using client = await openConnected(it.port, 4, 'c')
  await subscribe(client, 4, filterOf('#'))
  client.send(pingRequest)
  await client.expect('pingresp')
})

test('a share group gets each message once, its members in turn, the connected ones first', async () => {
  await using it = await openTestGateway()
  await using one = await openConnected(it.port, 5, 'one')
  await using two = await openConnected(it.port, 5, 'two')
  const away = await openConnected(it.port, 5, 'away', keptFor(5))
  for (const client of [away, one, two]) await subscribe(client, 5, filterOf('$share/g/s/#'))
  await it.lose(away)
  for (let n = 0; n < 6; n++) await it.gateway.publish('s/x', Buffer.from(String(n)), { qos: 0 })
  for (const client of [one, two]) for (let n = 0; n < 3; n++) await client.expect('publish')
  one.send(pingRequest)
  await one.expect('pingresp')
})

test('a message whose expiry has passed is not delivered, and one in time says what is left', async () => {
  await using it = await openTestGateway()
  const car = await openConnected(it.port, 5, 'car', keptFor(5))
  await subscribe(car, 5, filterOf('down/command'))
  await it.lose(car)
  await it.gateway.publish('down/command', Buffer.from('stale'), { qos: 1, expiryS: 5 })
  await it.gateway.publish('down/command', Buffer.from('fresh'), { qos: 1, expiryS: 100 })
  it.clock.advance(10_000)
  await using back = await openConnected(it.port, 5, 'car', keptFor(5))
  const got = await back.expect('publish')
  assert.equal(got.payload.toString(), 'fresh')
  assert.equal(got.properties?.messageExpiryInterval, 90)
})

test('the delivery window of the client is kept, and the rest follows its acknowledgements', async () => {
  await using it = await openTestGateway()
  await using car = await openConnected(it.port, 5, 'car', { properties: { receiveMaximum: 2 } })
  await subscribe(car, 5, filterOf('d'))
  for (let n = 0; n < 5; n++) await it.gateway.publish('d', Buffer.from(String(n)), { qos: 1 })
  const first = await car.expect('publish')
  await car.expect('publish')
  car.send(pingRequest)
  await car.expect('pingresp')
  car.send(encodeAcknowledgement(packetType.puback, 5, first.messageId!))
  assert.equal((await car.expect('publish')).payload.toString(), '2')
})

test('a full queue loses the oldest, and counts it', async () => {
  await using it = await openTestGateway({ limits: { queueMessages: 3 } })
  const car = await openConnected(it.port, 5, 'car', keptFor(5))
  await subscribe(car, 5, filterOf('d'))
  await it.lose(car)
  for (let n = 0; n < 5; n++) await it.gateway.publish('d', Buffer.from(String(n)), { qos: 1 })
  await using back = await openConnected(it.port, 5, 'car', keptFor(5))
  for (const wanted of ['2', '3', '4']) assert.equal((await back.expect('publish')).payload.toString(), wanted)
  assert.equal(await it.metric('roadstream_gateway_dropped_total{reason="queue-full"}'), 2)
})

test('topic aliases work both ways', async () => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, 5, 'c', { properties: { topicAliasMaximum: 5 } })
  await subscribe(client, 5, filterOf('long/topic/name', { qos: 0 }))
  client.send(
    publishPacket(5, 'long/topic/name', Buffer.from('1'), { qos: 0, packetId: 0, properties: { topicAlias: 3 } }),
    publishPacket(5, '', Buffer.from('2'), { qos: 0, packetId: 0, properties: { topicAlias: 3 } }),
  )
  const first = await client.expect('publish')
  const second = await client.expect('publish')
  assert.deepEqual([first.topic, second.topic, second.payload.toString()], ['long/topic/name', '', '2'])
  assert.equal(second.properties?.topicAlias, first.properties?.topicAlias)
  client.send(publishPacket(5, '', Buffer.from('3'), { qos: 0, packetId: 0, properties: { topicAlias: 17 } }))
  assert.equal((await client.expect('disconnect')).reasonCode, 0x94)
})

test('a packet larger than the client takes is not sent to it', async () => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, 5, 'c', { properties: { maximumPacketBytes: 100 } })
  await subscribe(client, 5, filterOf('d'))
  await it.gateway.publish('d', Buffer.alloc(200), { qos: 1 })
  await it.gateway.publish('d', Buffer.from('small'), { qos: 1 })
  assert.equal((await client.expect('publish')).payload.toString(), 'small')
})

test('QoS 2 is delivered with its four packets', async () => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, 4, 'c')
  await subscribe(client, 4, filterOf('d', { qos: 2 }))
  await it.gateway.publish('d', Buffer.from('x'), { qos: 2 })
  const got = await client.expect('publish')
  client.send(encodeAcknowledgement(packetType.pubrec, 4, got.messageId!))
  assert.equal((await client.expect('pubrel')).messageId, got.messageId)
  client.send(encodeAcknowledgement(packetType.pubcomp, 4, got.messageId!), pingRequest)
  await client.expect('pingresp')
})

test('UNSUBSCRIBE ends delivery, and says when there was nothing to end', async () => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, 5, 'c')
  await subscribe(client, 5, filterOf('a'))
  client.send(encodeUnsubscribe(5, { packetId: 5, filters: ['a', 'b'] }))
  assert.deepEqual((await client.expect('unsuback')).granted, [0, 0x11])
  await it.gateway.publish('a', Buffer.from('x'), { qos: 0 })
  client.send(pingRequest)
  await client.expect('pingresp')
})
