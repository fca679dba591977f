// How messages travel: sections 4.3 to 4.6 of MQTT 5 and 3.1.1, and the acknowledgements of
// sections 3.4 to 3.7.
import { inEachVersion } from './exchange.testing.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { packetType, type Qos } from '../../mqtt/packet.ts'
import { openConnected, openTestGateway, publishPacket } from '../gateway.testing.ts'
import {
  filterOf,
  keptFor,
  leave,
  packetOf,
  propertiesOf,
  quiet,
  subscribe,
  text,
  versions,
  resumed,
  ack,
} from './exchange.testing.ts'

inEachVersion('a new message goes out without DUP, whatever the DUP it came with', async (version) => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, version, 'c')
  await subscribe(client, version, filterOf('t'))
  for (const qos of [1, 2] as const) {
    client.send(publishPacket(version, 't', Buffer.from('x'), { qos, dup: true, packetId: 3 }))
    const seen = [await client.next(), await client.next()].map((packet) => [
      packet?.cmd,
      packet?.cmd === 'publish' ? packet.dup : undefined,
    ])
    assert.deepEqual(seen, [
      [qos === 1 ? 'puback' : 'pubrec', undefined],
      ['publish', false],
    ])
    if (qos === 2) {
      ack(client, packetType.pubrel, version, 3)
      await client.expect('pubcomp')
    }
  }
  await it.gateway.publish('t', Buffer.from('x'), { qos: 0 })
  assert.equal((await client.expect('publish')).dup, false)
})

inEachVersion('after PUBACK the same identifier is a new message, with DUP or without', async (version) => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, version, 'c')
  await subscribe(client, version, filterOf('t', { qos: 0 }))
  for (const dup of [false, true, false]) {
    client.send(publishPacket(version, 't', Buffer.from('x'), { dup, packetId: 4 }))
    await client.expect('puback')
    await client.expect('publish')
  }
})

inEachVersion(
  'a QoS 2 message is delivered once until PUBREL, and after PUBCOMP its identifier is free',
  async (version) => {
    await using it = await openTestGateway()
    await using client = await openConnected(it.port, version, 'c')
    await subscribe(client, version, filterOf('t', { qos: 0 }))
    for (let round = 0; round < 2; round++) {
      client.send(publishPacket(version, 't', Buffer.from('x'), { qos: 2, packetId: 4 }))
      await client.expect('pubrec')
      await client.expect('publish')
      for (const dup of [true, false]) {
        client.send(publishPacket(version, 't', Buffer.from('x'), { qos: 2, dup, packetId: 4 }))
        assert.equal((await client.expect('pubrec')).messageId, 4)
      }
      ack(client, packetType.pubrel, version, 4)
      assert.equal((await client.expect('pubcomp')).messageId, 4)
    }
    await quiet(client)
  },
)

inEachVersion('a QoS 2 message is known when its client comes back, and is not delivered again', async (version) => {
  await using it = await openTestGateway()
  await using watcher = await openConnected(it.port, 5, 'watcher')
  await subscribe(watcher, 5, filterOf('t'))
  const car = await openConnected(it.port, version, 'car', keptFor(version))
  car.send(publishPacket(version, 't', Buffer.from('once'), { qos: 2, packetId: 4 }))
  await car.expect('pubrec')
  await watcher.expect('publish')
  await it.lose(car)
  await using back = await resumed(it.port, version)
  back.send(publishPacket(version, 't', Buffer.from('once'), { qos: 2, dup: true, packetId: 4 }))
  await back.expect('pubrec')
  ack(back, packetType.pubrel, version, 4)
  await back.expect('pubcomp')
  await quiet(watcher)
})

inEachVersion(
  'a client that has forgotten its QoS 2 exchange and goes on with its session is answered, not delivered, and counted',
  async (version) => {
    await using it = await openTestGateway()
    await using watcher = await openConnected(it.port, 5, 'watcher')
    await subscribe(watcher, 5, filterOf('t'))
    const car = await openConnected(it.port, version, 'car', keptFor(version))
    car.send(publishPacket(version, 't', Buffer.from('before'), { qos: 2, packetId: 1 }))
    await car.expect('pubrec')
    await watcher.expect('publish')
    await it.lose(car)
    await using back = await resumed(it.port, version)
    back.send(publishPacket(version, 't', Buffer.from('before'), { qos: 2, dup: true, packetId: 1 }))
    assert.equal((await back.expect('pubrec')).reasonCode ?? 0, 0)
    assert.equal(await it.metric('roadstream_gateway_dropped_total{reason="identifier-held"}'), 0)
    back.send(publishPacket(version, 't', Buffer.from('another'), { qos: 2, packetId: 1 }))
    assert.equal((await back.expect('pubrec')).reasonCode ?? 0, 0)
    assert.equal(await it.metric('roadstream_gateway_dropped_total{reason="identifier-held"}'), 1)
    ack(back, packetType.pubrel, version, 1)
    await back.expect('pubcomp')
    await quiet(watcher)
    back.send(publishPacket(version, 't', Buffer.from('new'), { qos: 2, packetId: 1 }))
    assert.equal((await watcher.expect('publish')).payload.toString(), 'new')
  },
)

test('after a PUBREC that refuses, the same identifier is a new message', async () => {
  await using it = await openTestGateway()
  await using car = await openConnected(it.port, 5, 'acme/car')
  await using watcher = await openConnected(it.port, 5, 'watcher')
  await subscribe(watcher, 5, filterOf('t'))
  car.send(publishPacket(5, '$SYS/not/allowed', Buffer.from('x'), { qos: 2, packetId: 4 }))
  assert.equal((await car.expect('pubrec')).reasonCode, 0x87)
  car.send(publishPacket(5, 't', Buffer.from('new'), { qos: 2, packetId: 4 }))
  assert.equal((await car.expect('pubrec')).reasonCode ?? 0, 0)
  assert.equal((await watcher.expect('publish')).payload.toString(), 'new')
})

test('by 3.1.1 a refused QoS 2 payload is kept once, however often it is sent', async () => {
  await using it = await openTestGateway()
  await using car = await openConnected(it.port, 4, 'acme/car')
  for (let n = 0; n < 3; n++) {
    car.send(publishPacket(4, 'v1/acme/car/up/event', Buffer.from('{'), { qos: 2, packetId: 4, dup: n > 0 }))
    await car.expect('pubrec')
  }
  assert.equal((await it.stored('dead-letter')).length, 1)
})

test('a QoS 2 exchange is completed although its message has expired', async () => {
  await using it = await openTestGateway()
  const version = 5
  const client = await openConnected(it.port, version, 'car', { ...keptFor(version), keepAliveS: 3600 })
  await subscribe(client, version, filterOf('t'))
  client.send(
    publishPacket(version, 'other', Buffer.from('x'), { qos: 2, packetId: 8, properties: { messageExpiryS: 1 } }),
  )
  await client.expect('pubrec')
  await it.gateway.publish('t', Buffer.from('sent in time'), { qos: 2, expiryS: 5 })
  const sent = await client.expect('publish')
  it.clock.advance(60_000)
  ack(client, packetType.pubrel, version, 8)
  await client.expect('pubcomp')
  await it.lose(client)
  await using back = await resumed(it.port, version)
  const again = await back.expect('publish')
  assert.deepEqual([again.messageId, again.dup, again.payload.toString()], [sent.messageId, true, 'sent in time'])
  ack(back, packetType.pubrec, version, again.messageId!)
  assert.equal((await back.expect('pubrel')).messageId, sent.messageId)
  ack(back, packetType.pubcomp, version, again.messageId!)
  await quiet(back)
})

inEachVersion(
  'what is not acknowledged goes again with its identifier and DUP when the session is taken up, in order, and at no other time',
  async (version) => {
    await using it = await openTestGateway()
    const car = await openConnected(it.port, version, 'car', keptFor(version))
    await subscribe(car, version, filterOf('t'))
    for (const [n, qos] of ([1, 2, 1, 2, 1] as const).entries())
      await it.gateway.publish('t', Buffer.from(String(n)), { qos })
    const ids: number[] = []
    for (let n = 0; n < 5; n++) ids.push((await car.expect('publish')).messageId!)
    ack(car, packetType.puback, version, ids[2]!)
    ack(car, packetType.pubrec, version, ids[3]!)
    assert.equal((await car.expect('pubrel')).messageId, ids[3])
    await quiet(car)
    await it.lose(car)
    await using back = await resumed(it.port, version)
    const got: unknown[] = []
    for (let n = 0; n < 4; n++) {
      const packet = await back.next()
      got.push([packet?.cmd, packet?.messageId, packet?.cmd === 'publish' ? packet.dup : undefined])
    }
    const publishes = [ids[0], ids[1], ids[4]].map((id) => ['publish', id, true])
    assert.deepEqual(
      got.filter((each) => (each as unknown[])[0] === 'publish'),
      publishes,
    )
    assert.deepEqual(
      got.filter((each) => (each as unknown[])[0] === 'pubrel'),
      [['pubrel', ids[3], undefined]],
    )
    await quiet(back)
  },
)

inEachVersion('after PUBREC only PUBREL is sent again', async (version) => {
  await using it = await openTestGateway()
  const car = await openConnected(it.port, version, 'car', keptFor(version))
  await subscribe(car, version, filterOf('t'))
  await it.gateway.publish('t', Buffer.from('x'), { qos: 2 })
  const { messageId } = await car.expect('publish')
  ack(car, packetType.pubrec, version, messageId!)
  await car.expect('pubrel')
  await it.lose(car)
  await using back = await resumed(it.port, version)
  assert.equal((await back.expect('pubrel')).messageId, messageId)
  ack(back, packetType.pubcomp, version, messageId!)
  await quiet(back)
})

test('a delivery that its client refuses is over, and is not sent again', async () => {
  await using it = await openTestGateway()
  const car = await openConnected(it.port, 5, 'car', keptFor(5))
  await subscribe(car, 5, filterOf('t'))
  for (const [qos, type] of [
    [1, packetType.puback],
    [2, packetType.pubrec],
  ] as const) {
    await it.gateway.publish('t', Buffer.from('x'), { qos })
    ack(car, type, 5, (await car.expect('publish')).messageId!, 0x80)
  }
  await quiet(car)
  await it.lose(car)
  await using back = await resumed(it.port, 5)
  await quiet(back)
})

inEachVersion(
  'PUBREL and PUBREC for an identifier nobody knows are answered with 0x92 by MQTT 5, and plainly by 3.1.1',
  async (version) => {
    await using it = await openTestGateway()
    await using client = await openConnected(it.port, version, 'c')
    ack(client, packetType.pubrel, version, 50)
    const pubcomp = await client.expect('pubcomp')
    assert.deepEqual([pubcomp.messageId, pubcomp.reasonCode ?? 0], [50, version === 5 ? 0x92 : 0])
    ack(client, packetType.pubrec, version, 51)
    const pubrel = await client.expect('pubrel')
    assert.deepEqual([pubrel.messageId, pubrel.reasonCode ?? 0], [51, version === 5 ? 0x92 : 0])
    ack(client, packetType.puback, version, 52)
    ack(client, packetType.pubcomp, version, 53)
    await quiet(client)
  },
)

test('acknowledgements of a client are read in every form: bare, with a code, with properties', async () => {
  await using it = await openTestGateway({ limits: { deliveryWindow: 1 } })
  await using client = await openConnected(it.port, 5, 'c')
  await subscribe(client, 5, filterOf('t'))
  const tails = [
    [],
    [0],
    [0x10],
    [0, 0],
    Buffer.concat([Buffer.from([0]), propertiesOf([0x1f], text('why'), [0x26], text('k'), text('v'))]),
  ]
  for (let n = 0; n < tails.length; n++) await it.gateway.publish('t', Buffer.from(String(n)), { qos: 1 })
  for (const [n, tail] of tails.entries()) {
    const { messageId, payload } = await client.expect('publish')
    assert.equal(payload.toString(), String(n))
    client.send(packetOf(0x40, [messageId! >> 8, messageId! & 0xff], tail))
  }
  await quiet(client)
})

inEachVersion(
  'a message reaches every session that subscribed, connected or not, by the rules of its QoS',
  async (version) => {
    await using it = await openTestGateway()
    const car = await openConnected(it.port, version, 'car', keptFor(version))
    await subscribe(car, version, filterOf('t'))
    await using near = await openConnected(it.port, version, 'near')
    await subscribe(near, version, filterOf('t'))
    await it.lose(car)
    for (const qos of [0, 1, 2] as const) await it.gateway.publish('t', Buffer.from(String(qos)), { qos })
    for (const qos of [0, 1, 2]) assert.equal((await near.expect('publish')).qos, qos)
    await using back = await resumed(it.port, version)
    for (const qos of [1, 2]) assert.equal((await back.expect('publish')).qos, qos)
    await quiet(back)
  },
)

test('messages of one client arrive in the order it sent them, whatever the QoS of the subscription', async () => {
  await using it = await openTestGateway()
  const sending = fc.array(fc.record({ qos: fc.constantFrom<Qos>(0, 1, 2), topic: fc.constantFrom('o/a', 'o/b') }), {
    minLength: 1,
    maxLength: 40,
  })
  await fc.assert(
    fc.asyncProperty(
      sending,
      fc.constantFrom<Qos>(0, 1, 2),
      fc.constantFrom(...versions),
      async (messages, qos, version) => {
        await using publisher = await openConnected(it.port, version, 'publisher')
        await using watcher = await openConnected(it.port, version, 'watcher')
        await subscribe(watcher, version, filterOf('o/#', { qos }))
        for (const [n, each] of messages.entries())
          publisher.send(
            publishPacket(version, each.topic, Buffer.from(String(n)), {
              qos: each.qos,
              packetId: each.qos === 0 ? 0 : n + 1,
            }),
          )
        const arrived = new Map<string, number[]>()
        for (let n = 0; n < messages.length; n++) {
          const got = await watcher.expect('publish')
          const key = `${got.topic} ${got.qos}`
          arrived.set(key, [...(arrived.get(key) ?? []), Number(got.payload.toString())])
        }
        for (const order of arrived.values())
          assert.deepEqual(
            order,
            order.toSorted((a, b) => a - b),
          )
        const answers = messages.filter((each) => each.qos > 0).length
        const ids: number[] = []
        for (let n = 0; n < answers; n++) {
          const packet = await publisher.next()
          ids.push(packet!.messageId!)
        }
        assert.deepEqual(
          ids,
          messages.flatMap((each, n) => (each.qos > 0 ? [n + 1] : [])),
        )
      },
    ),
    { numRuns: 30 },
  )
})

inEachVersion('PUBREL is sent in the order of the PUBRECs', async (version) => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, version, 'c')
  await subscribe(client, version, filterOf('t'))
  const ids: number[] = []
  for (let n = 0; n < 5; n++) await it.gateway.publish('t', Buffer.from('x'), { qos: 2 })
  for (let n = 0; n < 5; n++) ids.push((await client.expect('publish')).messageId!)
  for (const id of ids) ack(client, packetType.pubrec, version, id)
  for (const id of ids) assert.equal((await client.expect('pubrel')).messageId, id)
})

inEachVersion(
  'an acknowledgement of another QoS than the message, or out of its turn, is a protocol error, and the message comes again',
  async (version) => {
    await using it = await openTestGateway()
    for (const [qos, type] of [
      [1, packetType.pubrec],
      [1, packetType.pubcomp],
      [2, packetType.puback],
      [2, packetType.pubcomp],
    ] as const) {
      const car = await openConnected(it.port, version, 'car', keptFor(version))
      await subscribe(car, version, filterOf('t'))
      await it.gateway.publish('t', Buffer.from('x'), { qos })
      const { messageId } = await car.expect('publish')
      ack(car, type, version, messageId!)
      if (version === 5) assert.equal((await car.expect('disconnect')).reasonCode, 0x82)
      assert.equal(await car.next(), undefined)
      await using back = await resumed(it.port, version)
      const again = await back.expect('publish')
      assert.deepEqual([again.messageId, again.dup], [messageId, true])
      await leave(await openConnected(it.port, version, 'car'), version)
    }
  },
)
