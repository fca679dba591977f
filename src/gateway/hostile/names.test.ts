// Attacks that have brought other brokers down or fooled them by a mere name, tried here: client
// ids, topics, filters and property names that mean something to the language, to the matcher or to
// the server itself. Each test names the published advisory it comes from.
import { inEachVersion } from '../conformance/exchange.testing.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { vehiclePassword } from '../../model/vehicle-credential.ts'
import { filterOf, keptFor, publish0, quiet, refusalOf, subscribe, willOf } from '../conformance/exchange.testing.ts'
import { encodeUnsubscribe } from '../../mqtt/encode-packet.ts'
import { openAdmission } from '../admission/open-admission.ts'
import {
  connectPacket,
  openConnected,
  openRawClient,
  openTestGateway,
  publishPacket,
  telemetry,
} from '../gateway.testing.ts'
import { vehicleAdmission } from '../admission/vehicle-admission.ts'

const inheritedNames = [...Object.getOwnPropertyNames(Object.prototype), 'prototype', 'length', 'name']

inEachVersion(
  'a name every object has is a client id, a level, a group and a property name like any other (aedes GHSA-52qw-whmv-87c5)',
  async (version) => {
    await using it = await openTestGateway()
    for (const name of inheritedNames) {
      await using client = await openRawClient(it.port, version)
      client.send(connectPacket(version, name))
      assert.equal((await client.expect('connack')).sessionPresent, false, name)
      assert.deepEqual(
        await subscribe(client, version, [
          filterOf(name),
          filterOf(`${name}/${version}/${name}`),
          filterOf(`$share/${name}/s`),
        ]),
        [2, 2, 2],
      )
      client.send(encodeUnsubscribe(version, { packetId: 5, filters: [name, name] }))
      const unsuback = await client.expect('unsuback')
      if (version === 5) assert.deepEqual(unsuback.granted, [0, 0x11], name)
      client.send(
        publish0(version, name, 'gone'),
        publishPacket(version, `${name}/${version}/${name}`, Buffer.from('here'), {
          qos: 0,
          packetId: 0,
          retain: true,
        }),
        publish0(version, 's', 'shared'),
      )
      const { topic, payload } = await client.expect('publish')
      assert.deepEqual([topic, payload.toString()], [`${name}/${version}/${name}`, 'here'])
      assert.equal((await client.expect('publish')).topic, 's')
    }
  },
)

test('user properties with such names reach the subscriber in their order, more than once if they came so', async () => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, 5, 'car')
  await subscribe(client, 5, filterOf('t'))
  const userProperties = ['__proto__', 'constructor', '__proto__'].map((name): [string, string] => [name, 'polluted'])
  const got = new Promise<Buffer>((resolve) => client.socket.once('data', (chunk) => resolve(Buffer.from(chunk))))
  client.send(publish0(5, 't', 'x', { userProperties }))
  const bytes = (await got).toString('latin1')
  assert.deepEqual(bytes.match(/__proto__|constructor/g), ['__proto__', 'constructor', '__proto__'])
  assert.equal(({} as { polluted?: string }).polluted, undefined)
})

const deep = 'a/'.repeat(200)
const slashes = '/'.repeat(65_400)

inEachVersion(
  'a topic of thousands of levels ends its sender, and a filter is refused (aedes GHSA-xxqp-5qx8-gj5q, Mosquitto CVE-2019-11779)',
  async (version) => {
    await using it = await openTestGateway()
    await using other = await openConnected(it.port, 5, 'other')
    for (const topic of [deep, slashes]) {
      await using publisher = await openConnected(it.port, version, 'publisher')
      publisher.send(publish0(version, topic, 'x'))
      if (version === 5) assert.equal((await publisher.expect('disconnect')).reasonCode, 0x90)
      assert.equal(await publisher.next(), undefined)
      await using subscriber = await openConnected(it.port, version, 'subscriber')
      assert.deepEqual(
        await subscribe(subscriber, version, [filterOf(topic), filterOf(`$share/g/${topic}`)]),
        version === 5 ? [0x8f, 0x8f] : [0x80, 0x80],
      )
      subscriber.send(encodeUnsubscribe(version, { packetId: 9, filters: [topic] }))
      await subscriber.expect('unsuback')
      const connect = connectPacket(5, 'willing', { will: willOf({ topic: topic.slice(0, 10_000) }) })
      assert.equal(await refusalOf(it.port, 5, connect), 0x90)
    }
    await quiet(other)
  },
)

test('nobody speaks as $SYS: not by PUBLISH, not retained, not by a will (aedes issue 597, Mosquitto CVE-2018-12543)', async () => {
  await using it = await openTestGateway()
  await using listener = await openConnected(it.port, 5, 'listener')
  await subscribe(listener, 5, [filterOf('#'), filterOf('$SYS/#'), filterOf('$other/#'), filterOf('+/new/clients')])
  for (const topic of ['$SYS/broker/new/clients', '$SYS', '$', '$other/x']) {
    await using spoofer = await openConnected(it.port, 5, 'spoofer')
    spoofer.send(publishPacket(5, topic, Buffer.from('listener'), { retain: true }))
    assert.equal((await spoofer.expect('puback')).reasonCode, 0x87)
    spoofer.send(publishPacket(5, topic, Buffer.from('listener'), { qos: 0, packetId: 0, retain: true }))
    await quiet(spoofer)
    await using old = await openConnected(it.port, 4, 'old')
    old.send(publishPacket(4, topic, Buffer.from('listener')))
    assert.equal(await old.next(), undefined)
    assert.equal(await refusalOf(it.port, 5, connectPacket(5, 'spoofer', { will: willOf({ topic }) })), 0x87)
  }
  await quiet(listener)
  assert.equal(await it.metric('roadstream_gateway_retained'), 0)
})

inEachVersion('a will is checked like a PUBLISH, when it is left (aedes GHSA-4cmx-hrq9-c23p)', async (version) => {
  const admission = { ...openAdmission, mayWill: (_: unknown, topic: string) => topic === 'mine' }
  await using it = await openTestGateway({ admission })
  assert.equal(await refusalOf(it.port, version, connectPacket(version, 'car', { will: willOf({ topic: 'mine' }) })), 0)
  assert.equal(
    await refusalOf(it.port, version, connectPacket(version, 'car', { will: willOf({ topic: 'theirs' }) })),
    version === 5 ? 0x87 : 5,
  )
})

const fleetKey = Buffer.alloc(32, 7)
const fleet = vehicleAdmission({ fleetKeys: new Map([['acme', fleetKey]]) })

test('a client id of wildcards opens no topics (Mosquitto CVE-2017-7650)', async () => {
  await using it = await openTestGateway({ admission: fleet })
  for (const clientId of ['#', '+', '+/+', 'acme/#', 'acme/+', 'acme/car-1/#', '../acme', 'acme/', '/car-1']) {
    const password = Buffer.from(vehiclePassword(fleetKey, { tenant: 'acme', vehicle: clientId.slice(5) }))
    assert.notEqual(
      await refusalOf(it.port, 5, connectPacket(5, clientId, { username: clientId, password })),
      0,
      clientId,
    )
  }
})

test('a text that is no UTF-8 reaches nobody, wherever it stands (Mosquitto CVE-2017-7653)', async () => {
  await using it = await openTestGateway()
  await using listener = await openConnected(it.port, 5, 'listener')
  await subscribe(listener, 5, filterOf('#'))
  const spoil = (packet: Buffer): Buffer => {
    const at = packet.indexOf('@')
    packet[at] = 0xff
    return packet
  }
  for (const bytes of [
    publishPacket(5, 'a@', Buffer.from('x')),
    publishPacket(5, 'a', Buffer.from('x'), { properties: { userProperties: [['n', '@']] } }),
    publishPacket(5, 'a', Buffer.from('x'), { properties: { contentType: '@' } }),
    publishPacket(5, 'a', Buffer.from('x'), { properties: { responseTopic: '@' } }),
  ]) {
    await using sender = await openConnected(it.port, 5, 'sender')
    sender.send(spoil(bytes))
    assert.equal((await sender.expect('disconnect')).reasonCode, 0x81)
  }
  assert.notEqual(
    await refusalOf(it.port, 5, spoil(connectPacket(5, 'car', { will: willOf({ topic: 'wills/@' }) }))),
    0,
  )
  await quiet(listener)
})

inEachVersion(
  'a session is its principal’s: another with the same client id finds nothing of it (EMQX CVE-2026-6564)',
  async (version) => {
    const byUser = {
      ...openAdmission,
      authenticate: ({ username }: { username: string | undefined }) =>
        ({ ok: true, value: { id: username ?? '', tenant: '' } }) as const,
    }
    await using it = await openTestGateway({ admission: byUser })
    const victim = await openConnected(it.port, version, 'car', { ...keptFor(version), username: 'victim' })
    await subscribe(victim, version, filterOf('secret'))
    await it.lose(victim)
    await it.gateway.publish('secret', Buffer.from('for the victim'), { qos: 1 })
    await using thief = await openRawClient(it.port, version)
    thief.send(connectPacket(version, 'car', { ...keptFor(version), username: 'thief' }))
    assert.equal((await thief.expect('connack')).sessionPresent, false)
    await it.gateway.publish('secret', Buffer.from('for the victim'), { qos: 1 })
    await quiet(thief)
    await it.lose(thief)
  },
)

test('a filter of many wildcards is read and matched in its length (aedes CVE-2024-48080)', async () => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, 5, 'car')
  const malformed = [
    '#/#',
    '##',
    '#/+',
    `${'#/'.repeat(20)}#`,
    '+'.repeat(1000),
    `a${'+#'.repeat(400)}`,
    `$share/${'+'.repeat(500)}/a`,
    '$share/g/',
    '$share//a',
  ]
  assert.deepEqual(
    await subscribe(
      client,
      5,
      malformed.map((filter) => filterOf(filter)),
    ),
    malformed.map(() => 0x8f),
  )
  // Every way to write 24 levels of `a` with a wildcard in some places: the tree of all of them is
  // walked for one message.
  const filters = Array.from({ length: 99 }, (_, n) =>
    Array.from({ length: 24 }, (_level, at) => (((n * 2_654_435_761) >>> at) % 2 === 0 ? 'a' : '+')).join('/'),
  )
  assert.deepEqual(
    await subscribe(
      client,
      5,
      filters.map((filter) => filterOf(filter)),
    ),
    filters.map(() => 2),
  )
  client.send(publish0(5, Array.from({ length: 24 }, () => 'a').join('/'), 'x'))
  await client.expect('publish')
  await quiet(client)
})

test('a message about one car is never another’s, whatever its topic looks like', async () => {
  await using it = await openTestGateway({ admission: fleet })
  const password = Buffer.from(vehiclePassword(fleetKey, { tenant: 'acme', vehicle: 'car-1' }))
  const topics = [
    'v1/acme/car-1/up/telemetry/',
    '/v1/acme/car-1/up/telemetry',
    'v1/acme/car-1/../car-2/up/telemetry',
    'v1/acme/car-10/up/telemetry',
    'V1/acme/car-1/up/telemetry',
    'v1/acme//up/telemetry',
    'v1/acme/car-1/up/__proto__',
    'v1/acme/car-1/up/constructor',
    'v1/acme/car-1/up/dead-letter',
  ]
  await using car = await openConnected(it.port, 5, 'acme/car-1', { password })
  for (const topic of topics) {
    car.send(publishPacket(5, topic, telemetry(1)))
    assert.equal((await car.expect('puback')).reasonCode, 0x87, topic)
  }
  assert.equal((await it.stored('telemetry')).length, 0)
  assert.equal((await it.stored('dead-letter')).length, 0)
})
