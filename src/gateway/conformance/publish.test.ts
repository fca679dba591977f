// PUBLISH: section 3.3 of MQTT 5 and 3.1.1, without retained messages (retained.test.ts) and
// delivery (delivery.test.ts).
import { inEachVersion } from './exchange.testing.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Admission } from '../admission/admission.ts'
import { encodeAcknowledgement } from '../../mqtt/encode-packet.ts'
import { openAdmission } from '../admission/open-admission.ts'
import { packetType } from '../../mqtt/packet.ts'
import { connectPacket, openConnected, openRawClient, openTestGateway, publishPacket } from '../gateway.testing.ts'
import {
  endOf,
  filterOf,
  keptFor,
  packetOf,
  propertiesOf,
  publish0,
  quiet,
  subscribe,
  text,
} from './exchange.testing.ts'

const message = {
  payloadFormat: 1,
  contentType: 'application/json; charset=utf-8',
  responseTopic: 'answers/car-1',
  correlationData: Buffer.from([0, 255, 1, 0]),
  userProperties: [
    ['b', '2'],
    ['a', '1'],
    ['b', '2'],
    ['', ''],
  ] as [string, string][],
}
const asRead = {
  payloadFormatIndicator: true,
  contentType: message.contentType,
  responseTopic: message.responseTopic,
  correlationData: message.correlationData,
}

test('QoS 3 ends the connection', async () => {
  await using it = await openTestGateway()
  assert.equal(await endOf(it.port, 5, packetOf(0x36, text('t'), [0, 1], propertiesOf())), 0x81)
  assert.equal(await endOf(it.port, 4, packetOf(0x36, text('t'), [0, 1])), 'closed')
})

test('DUP at QoS 0 ends the connection', async () => {
  await using it = await openTestGateway()
  assert.equal(await endOf(it.port, 5, packetOf(0x38, text('t'), propertiesOf())), 0x81)
  assert.equal(await endOf(it.port, 4, packetOf(0x38, text('t'))), 'closed')
})

test('a topic name with a wildcard or without a character ends the connection', async () => {
  await using it = await openTestGateway()
  for (const topic of ['a/+', '#', 'a+b', 'a/#/b']) {
    assert.equal(await endOf(it.port, 5, publish0(5, topic, 'x')), 0x90)
    assert.equal(await endOf(it.port, 4, publish0(4, topic, 'x')), 'closed')
  }
  assert.equal(await endOf(it.port, 5, publish0(5, '', 'x')), 0x82)
  assert.equal(await endOf(it.port, 4, publish0(4, '', 'x')), 'closed')
})

inEachVersion('each QoS is answered with its packet: none, PUBACK, PUBREC', async (version) => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, version, 'c')
  client.send(publish0(version, 't', 'x'))
  await quiet(client)
  client.send(publishPacket(version, 't', Buffer.from('x'), { qos: 1, packetId: 5 }))
  await client.expect('puback')
  client.send(publishPacket(version, 't', Buffer.from('x'), { qos: 2, packetId: 5 }))
  await client.expect('pubrec')
})

test('everything a publisher says about a message reaches every subscriber as it was, user properties in their order', async () => {
  await using it = await openTestGateway()
  await using publisher = await openConnected(it.port, 5, 'publisher')
  await using one = await openConnected(it.port, 5, 'one')
  await using two = await openConnected(it.port, 5, 'two', { properties: { topicAliasMaximum: 4 } })
  await using old = await openConnected(it.port, 4, 'old')
  for (const [client, version] of [
    [one, 5],
    [two, 5],
    [old, 4],
  ] as const)
    await subscribe(client, version, filterOf('t'))
  for (const qos of [0, 1, 2] as const) {
    publisher.send(publishPacket(5, 't', Buffer.from('{}'), { qos, packetId: qos, properties: message }))
    for (const client of [one, two]) {
      const { properties, topic, payload } = await client.expect('publish')
      const { userProperties, topicAlias: _alias, ...rest } = properties!
      assert.deepEqual({ ...rest }, asRead)
      assert.deepEqual({ ...userProperties }, { b: ['2', '2'], a: '1', '': '' })
      assert.deepEqual([topic || 't', payload.toString()], ['t', '{}'])
    }
    assert.equal((await old.expect('publish')).payload.toString(), '{}')
  }
})

test('user properties keep their order on the wire', async () => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, 5, 'c')
  await subscribe(client, 5, filterOf('t'))
  const pairs = message.userProperties.map(([name, value]) =>
    Buffer.concat([Buffer.from([0x26]), text(name), text(value)]),
  )
  const bytes = packetOf(0x30, text('t'), propertiesOf(...pairs), Buffer.from('x'))
  const got = new Promise<Buffer>((resolve) => client.socket.once('data', (chunk) => resolve(Buffer.from(chunk))))
  client.send(bytes)
  assert.deepEqual(await got, bytes)
})

test('a request reaches the responder, and its response the requester', async () => {
  await using it = await openTestGateway()
  await using requester = await openConnected(it.port, 5, 'requester')
  await using responder = await openConnected(it.port, 5, 'responder')
  await subscribe(requester, 5, filterOf('answers/requester'))
  await subscribe(responder, 5, filterOf('questions'))
  const correlationData = Buffer.from('no. 1')
  requester.send(publish0(5, 'questions', 'who?', { responseTopic: 'answers/requester', correlationData }))
  const { properties } = await responder.expect('publish')
  responder.send(
    publish0(5, properties!.responseTopic!, 'me', { correlationData: Buffer.from(properties!.correlationData!) }),
  )
  const answer = await requester.expect('publish')
  assert.deepEqual([answer.payload.toString(), answer.properties?.correlationData], ['me', correlationData])
})

test('a response topic with a wildcard or without a character is a protocol error', async () => {
  await using it = await openTestGateway()
  for (const responseTopic of ['a/#', '+/b', ''])
    assert.equal(await endOf(it.port, 5, publish0(5, 't', 'x', { responseTopic })), 0x82)
})

test('a payload that is said to be text is forwarded whether it is or not', async () => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, 5, 'c')
  await subscribe(client, 5, filterOf('t'))
  const bytes = Buffer.from([0xff, 0xfe])
  client.send(publishPacket(5, 't', bytes, { qos: 0, packetId: 0, properties: { payloadFormat: 1 } }))
  const got = await client.expect('publish')
  assert.deepEqual([Buffer.from(got.payload), got.properties?.payloadFormatIndicator], [bytes, true])
})

test('a property that PUBLISH may not carry, twice the same one, or a value out of range, ends the connection', async () => {
  await using it = await openTestGateway()
  const cases: readonly (readonly [readonly (Buffer | readonly number[])[], number])[] = [
    [[[0x0b, 1]], 0x82],
    [[[0x11, 0, 0, 0, 1]], 0x81],
    [[[0x1f], text('why')], 0x81],
    [[[0x18, 0, 0, 0, 1]], 0x81],
    [[[0x01, 2]], 0x82],
    [[[0x01, 1, 0x01, 1]], 0x82],
    [[[0x02, 0, 0, 0, 1, 0x02, 0, 0, 0, 1]], 0x82],
    [[[0x23, 0, 1, 0x23, 0, 1]], 0x82],
    [[[0x03], text('a'), [0x03], text('a')], 0x82],
    [[[0x09, 0, 0, 0x09, 0, 0]], 0x82],
  ]
  for (const [properties, code] of cases)
    assert.equal(
      await endOf(it.port, 5, packetOf(0x30, text('t'), propertiesOf(...properties), Buffer.from('x'))),
      code,
    )
})

test('a message that may not be published is refused by MQTT 5, and by 3.1.1 ends the connection; it goes to nobody', async () => {
  const admission: Admission = { ...openAdmission, mayPublish: (_principal, topic) => topic !== 'secret' }
  await using it = await openTestGateway({ admission })
  await using watcher = await openConnected(it.port, 5, 'watcher')
  await subscribe(watcher, 5, filterOf('#'))
  await using client = await openConnected(it.port, 5, 'c')
  client.send(publish0(5, 'secret', 'x'))
  client.send(publishPacket(5, 'secret', Buffer.from('x'), { qos: 1, packetId: 1 }))
  assert.equal((await client.expect('puback')).reasonCode, 0x87)
  client.send(publishPacket(5, 'secret', Buffer.from('x'), { qos: 2, packetId: 1 }))
  assert.equal((await client.expect('pubrec')).reasonCode, 0x87)
  await quiet(client)
  for (const qos of [0, 1, 2] as const)
    assert.equal(
      await endOf(it.port, 4, publishPacket(4, 'secret', Buffer.from('x'), { qos, packetId: qos })),
      'closed',
    )
  await quiet(watcher)
})

test('a topic alias stands for its topic until it is given another, and only on its connection', async () => {
  await using it = await openTestGateway({ limits: { topicAliases: 3 } })
  await using watcher = await openConnected(it.port, 5, 'watcher')
  await subscribe(watcher, 5, filterOf('#'))
  const client = await openConnected(it.port, 5, 'c', keptFor(5))
  const say = (topic: string, topicAlias: number): void =>
    client.send(publish0(5, topic, String(topicAlias), { topicAlias }))
  for (const [topic, alias] of [
    ['one', 1],
    ['two', 2],
    ['three', 3],
    ['', 1],
    ['', 3],
    ['four', 1],
    ['', 1],
  ] as const)
    say(topic, alias)
  const topics: string[] = []
  for (let n = 0; n < 7; n++) topics.push((await watcher.expect('publish')).topic)
  assert.deepEqual(topics, ['one', 'two', 'three', 'one', 'three', 'four', 'four'])
  await it.lose(client)
  await using again = await openRawClient(it.port)
  again.send(connectPacket(5, 'c', keptFor(5)))
  await again.expect('connack')
  again.send(publish0(5, '', 'x', { topicAlias: 1 }))
  assert.equal((await again.expect('disconnect')).reasonCode, 0x82)
})

test('a topic alias of 0 or over the maximum ends the connection', async () => {
  await using it = await openTestGateway({ limits: { topicAliases: 3 } })
  for (const topicAlias of [0, 4, 65_535])
    assert.equal(await endOf(it.port, 5, publish0(5, 't', 'x', { topicAlias })), 0x94)
})

test('a client is sent topic aliases from 1 to its maximum, and none when it takes none', async () => {
  await using it = await openTestGateway()
  for (const topicAliasMaximum of [0, 2]) {
    const client = await openConnected(it.port, 5, 'c', {
      ...keptFor(5),
      properties: { topicAliasMaximum, sessionExpiryS: 60 },
    })
    await subscribe(client, 5, filterOf('#', { qos: 0 }))
    for (const topic of ['a', 'b', 'c', 'a', 'b', 'c']) await it.gateway.publish(topic, Buffer.from('x'), { qos: 0 })
    const got: unknown[] = []
    for (let n = 0; n < 6; n++) {
      const { topic, properties } = await client.expect('publish')
      got.push([topic, properties?.topicAlias])
    }
    const first = [
      ['a', 1],
      ['b', 2],
      ['c', undefined],
      ['', 1],
      ['', 2],
      ['c', undefined],
    ]
    const without = ['a', 'b', 'c', 'a', 'b', 'c'].map((topic) => [topic, undefined])
    assert.deepEqual(got, topicAliasMaximum === 0 ? without : first)
    await it.lose(client)
    // Another connection of the session begins with none.
    await using again = await openRawClient(it.port)
    again.send(connectPacket(5, 'c', { ...keptFor(5), properties: { topicAliasMaximum } }))
    await again.expect('connack')
    await it.gateway.publish('b', Buffer.from('x'), { qos: 0 })
    const next = await again.expect('publish')
    assert.deepEqual([next.topic, next.properties?.topicAlias], ['b', topicAliasMaximum === 0 ? undefined : 1])
  }
})

test('a message of exactly the size a client takes is sent to it, with an alias or without', async () => {
  await using it = await openTestGateway()
  const size = (payload: number): number => publishPacket(5, 'topic', Buffer.alloc(payload), { qos: 1 }).length
  for (const topicAliasMaximum of [0, 4]) {
    await using client = await openConnected(it.port, 5, 'c', {
      properties: { maximumPacketBytes: size(100), topicAliasMaximum },
    })
    await subscribe(client, 5, filterOf('topic'))
    await it.gateway.publish('topic', Buffer.alloc(101), { qos: 1 })
    await it.gateway.publish('topic', Buffer.alloc(100), { qos: 1 })
    const { payload, messageId } = await client.expect('publish')
    assert.equal(payload.length, 100)
    client.send(encodeAcknowledgement(packetType.puback, 5, messageId!))
    await quiet(client)
  }
})

test('a message that is too large for a client counts as delivered to it, at every QoS and also when it comes back', async () => {
  await using it = await openTestGateway()
  const kept = (maximumPacketBytes: number) => ({
    cleanStart: false,
    properties: { sessionExpiryS: 600, maximumPacketBytes, receiveMaximum: 1 },
  })
  const client = await openConnected(it.port, 5, 'c', kept(1000))
  await subscribe(client, 5, filterOf('t'))
  await it.gateway.publish('t', Buffer.alloc(500), { qos: 1 })
  await client.expect('publish')
  await it.lose(client)
  for (const qos of [0, 1, 2] as const) await it.gateway.publish('t', Buffer.alloc(500), { qos })
  await it.gateway.publish('t', Buffer.from('small'), { qos: 1 })
  await using back = await openRawClient(it.port)
  back.send(connectPacket(5, 'c', kept(100)))
  await back.expect('connack')
  assert.equal((await back.expect('publish')).payload.toString(), 'small')
  for (const qos of [0, 1, 2] as const) await it.gateway.publish('t', Buffer.alloc(500), { qos })
  await quiet(back)
})

test('a message over the maximum of the server ends the connection', async () => {
  await using it = await openTestGateway({ limits: { packetBytes: 1000 } })
  assert.equal(await endOf(it.port, 5, publishPacket(5, 't', Buffer.alloc(1000))), 0x95)
  assert.equal(await endOf(it.port, 4, publishPacket(4, 't', Buffer.alloc(1000))), 'closed')
})

test('what is left of a message expiry is told, and a message whose time has passed is not sent', async () => {
  await using it = await openTestGateway()
  const car = await openConnected(it.port, 5, 'car', keptFor(5))
  await subscribe(car, 5, filterOf('t'))
  await it.lose(car)
  await using publisher = await openConnected(it.port, 5, 'publisher', { keepAliveS: 3600 })
  for (const [n, messageExpiryS] of [5, 100, undefined].entries())
    publisher.send(
      publishPacket(5, 't', Buffer.from(String(n)), {
        packetId: n + 1,
        properties: messageExpiryS === undefined ? {} : { messageExpiryS },
      }),
    )
  for (let n = 0; n < 3; n++) await publisher.expect('puback')
  it.clock.advance(10_000)
  await using back = await openRawClient(it.port)
  back.send(connectPacket(5, 'car', keptFor(5)))
  await back.expect('connack')
  const got: unknown[] = []
  for (let n = 0; n < 2; n++) {
    const { payload, properties } = await back.expect('publish')
    got.push([payload.toString(), properties?.messageExpiryInterval])
  }
  assert.deepEqual(got, [
    ['1', 90],
    ['2', undefined],
  ])
  await quiet(back)
})

test('a message at QoS 0 that expires while the log is slow is not delivered', async () => {
  await using it = await openTestGateway()
  await using watcher = await openConnected(it.port, 5, 'watcher', { keepAliveS: 3600 })
  await subscribe(watcher, 5, filterOf('#'))
  await using car = await openConnected(it.port, 5, 'acme/car', { keepAliveS: 3600 })
  it.log.hold()
  car.send(
    publish0(5, 'v1/acme/car/up/telemetry', '{}'),
    publish0(5, 'late', 'x', { messageExpiryS: 5 }),
    publish0(5, 'in time', 'x', { messageExpiryS: 50 }),
  )
  await quiet(car)
  it.clock.advance(10_000)
  it.log.release()
  const { topic, properties } = await watcher.expect('publish')
  assert.deepEqual([topic, properties?.messageExpiryInterval], ['in time', 40])
  await quiet(watcher)
})
