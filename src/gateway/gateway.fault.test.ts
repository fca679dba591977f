// A fault of a client ends its connection with the right reason, and nobody else's.
import { until } from './gateway.testing.ts'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { vehiclePassword } from '../model/vehicle-credential.ts'
import { encodeSubscribe, pingRequest } from '../mqtt/encode-packet.ts'
import { noProperties } from '../mqtt/properties.ts'
import {
  connectPacket,
  openConnected,
  openRawClient,
  openTestGateway,
  publishPacket,
  telemetry,
} from './gateway.testing.ts'
import { vehicleAdmission } from './admission/vehicle-admission.ts'
import { inEachVersion } from './conformance/exchange.testing.ts'

const fleetKey = Buffer.alloc(32, 7)
const admission = vehicleAdmission({ fleetKeys: new Map([['acme', fleetKey]]) })
const password = (vehicle: string) => Buffer.from(vehiclePassword(fleetKey, { tenant: 'acme', vehicle }))

const refusals = [
  ['a client id that is no vehicle', { clientId: 'nobody' }, 2, 0x85],
  ['a password of another vehicle', { clientId: 'acme/car-1', password: password('car-2'), username: '' }, 4, 0x86],
  ['no password', { clientId: 'acme/car-1' }, 4, 0x86],
  ['a tenant nobody knows', { clientId: 'other/car-1', password: password('car-1'), username: '' }, 4, 0x86],
  [
    'a user name that is not the client id',
    { clientId: 'acme/car-1', password: password('car-1'), username: 'acme/car-2' },
    4,
    0x86,
  ],
] as const

for (const [what, change, code4, code5] of refusals)
  inEachVersion(`CONNECT with ${what} is refused`, async (version) => {
    await using it = await openTestGateway({ admission })
    await using client = await openRawClient(it.port, version)
    client.send(connectPacket(version, change.clientId, change))
    const connack = await client.expect('connack')
    assert.equal(version === 4 ? connack.returnCode : connack.reasonCode, version === 4 ? code4 : code5)
    assert.equal(await client.next(), undefined)
  })

test('a vehicle reaches its own topics only', async () => {
  await using it = await openTestGateway({ admission })
  await using car = await openConnected(it.port, 5, 'acme/car-1', { password: password('car-1') })
  const filters = [
    'v1/acme/car-1/down/#',
    'v1/acme/car-1/down/command',
    'v1/acme/car-2/down/#',
    'v1/acme/+/down/#',
    '#',
    'a#',
    '$share/g/#',
  ]
  const subscriptions = filters.map(
    (filter) => ({ filter, qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 }) as const,
  )
  car.send(encodeSubscribe(5, { packetId: 1, subscriptions, subscriptionId: undefined }))
  assert.deepEqual((await car.expect('suback')).granted, [1, 1, 0x87, 0x87, 0x87, 0x8f, 0x87])
  car.send(publishPacket(5, 'v1/acme/car-2/up/telemetry', telemetry(1), { packetId: 2 }))
  assert.equal((await car.expect('puback')).reasonCode, 0x87)
  car.send(publishPacket(5, 'v1/acme/car-1/up/telemetry', telemetry(1), { packetId: 3 }))
  assert.equal((await car.expect('puback')).reasonCode ?? 0, 0)
  assert.equal((await it.stored('telemetry')).length, 1)
})

test('by 3.1.1 a PUBLISH to a foreign topic is not acknowledged: the connection ends', async () => {
  await using it = await openTestGateway({ admission })
  await using car = await openConnected(it.port, 4, 'acme/car-1', {
    password: password('car-1'),
    username: 'acme/car-1',
  })
  car.send(publishPacket(4, 'v1/acme/car-2/up/telemetry', telemetry(1)))
  assert.equal(await car.next(), undefined)
  assert.equal((await it.stored('telemetry')).length, 0)
})

test('a will to a foreign topic is refused at CONNECT', async () => {
  await using it = await openTestGateway({ admission })
  await using car = await openRawClient(it.port)
  const will = {
    topic: 'v1/acme/car-2/up/session',
    payload: telemetry(1),
    qos: 1,
    retain: false,
    properties: noProperties,
  } as const
  car.send(connectPacket(5, 'acme/car-1', { password: password('car-1'), will }))
  assert.equal((await car.expect('connack')).reasonCode, 0x87)
})

const faults: readonly (readonly [string, Uint8Array, number])[] = [
  ['a second CONNECT', connectPacket(5, 'x'), 0x82],
  ['QoS 3', Buffer.from([0x36, 5, 0, 1, 0x61, 0, 1]), 0x81],
  ['a packet identifier of 0', Buffer.from([0x32, 6, 0, 1, 0x61, 0, 0, 0]), 0x81],
  ['a topic with a wildcard', publishPacket(5, 'a/#', Buffer.alloc(1)), 0x82],
  ['a topic that ends outside its packet', Buffer.from([0x30, 3, 0, 9, 0x61]), 0x81],
  ['an empty topic without an alias', publishPacket(5, '', Buffer.alloc(1)), 0x82],
  ['a remaining length of five bytes', Buffer.from([0x30, 0x80, 0x80, 0x80, 0x80, 1]), 0x81],
  ['a packet beyond the maximum', Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]), 0x95],
  ['SUBSCRIBE with wrong flags', Buffer.from([0x80, 2, 0, 1]), 0x81],
  ['SUBSCRIBE without a filter', Buffer.from([0x82, 3, 0, 1, 0]), 0x82],
  ['a packet only a server sends', Buffer.from([0x20, 2, 0, 0]), 0x82],
  ['AUTH that nobody agreed on', Buffer.from([0xf0, 0]), 0x82],
  ['type 0', Buffer.from([0, 0]), 0x82],
  ['a property where it may not be', Buffer.from([0x32, 10, 0, 1, 0x61, 0, 1, 4, 0x11, 0, 0, 0]), 0x81],
]

for (const [what, bytes, code] of faults)
  test(`${what} ends the connection with 0x${code.toString(16)}`, async () => {
    await using it = await openTestGateway()
    await using client = await openConnected(it.port, 5, 'c')
    await using other = await openConnected(it.port, 5, 'other')
    client.send(bytes)
    const reason = (await client.expect('disconnect')).reasonCode
    assert.equal(reason, code === 0x82 && what.includes('wildcard') ? 0x90 : code)
    assert.equal(await client.next(), undefined)
    other.send(pingRequest)
    await other.expect('pingresp')
  })

test('a first packet that is not CONNECT ends the connection', async () => {
  await using it = await openTestGateway()
  await using client = await openRawClient(it.port)
  client.send(pingRequest)
  assert.equal(await client.next(), undefined)
})

test('a protocol version nobody speaks is refused as such', async () => {
  await using it = await openTestGateway()
  const old = connectPacket(4, 'c')
  old[8] = 3
  await using client = await openRawClient(it.port, 4)
  client.send(old)
  assert.equal((await client.expect('connack')).returnCode, 1)
})

test('enhanced authentication is refused with 0x8C', async () => {
  await using it = await openTestGateway()
  await using client = await openRawClient(it.port)
  client.send(connectPacket(5, 'c', { properties: { authenticationMethod: 'SCRAM-SHA-256' } }))
  assert.equal((await client.expect('connack')).reasonCode, 0x8c)
})

test('a silent client is disconnected after one and a half times its keep-alive, one that pings is not', async () => {
  await using it = await openTestGateway()
  await using silent = await openConnected(it.port, 5, 'silent', { keepAliveS: 10 })
  await using lively = await openConnected(it.port, 5, 'lively', { keepAliveS: 10 })
  let seconds = 0
  const reasons: (number | undefined)[] = []
  void silent.expect('disconnect').then((packet) => reasons.push(packet.reasonCode))
  while (reasons.length === 0) {
    it.clock.advance(1000)
    seconds++
    lively.send(pingRequest)
    await lively.expect('pingresp')
  }
  assert.deepEqual(reasons, [0x8d])
  assert.ok(seconds > 15, `after ${seconds} s`)
})

test('nobody is called silent because the time of day was set', async () => {
  const wallClock = { at: 1_700_000_000_000, now: () => wallClock.at }
  await using it = await openTestGateway({ wallClock })
  await using idle = await openConnected(it.port, 5, 'idle', { keepAliveS: 36_000 })
  await using silent = await openConnected(it.port, 5, 'silent', { keepAliveS: 10 })
  await using lively = await openConnected(it.port, 5, 'lively', { keepAliveS: 10 })
  const reasons: (number | undefined)[] = []
  void silent.expect('disconnect').then((packet) => reasons.push(packet.reasonCode))
  while (reasons.length === 0) {
    it.clock.advance(1000)
    wallClock.at += 86_400_000
    lively.send(pingRequest)
    await lively.expect('pingresp')
  }
  assert.deepEqual(reasons, [0x8d])
  idle.send(pingRequest)
  await idle.expect('pingresp')
})

test('a connection that never says CONNECT is closed', async () => {
  await using it = await openTestGateway()
  await using client = await openRawClient(it.port)
  client.send(connectPacket(5, 'c').subarray(0, 5))
  await using other = await openConnected(it.port, 5, 'other')
  it.clock.advance(10_001)
  assert.equal(await client.next(), undefined)
  other.send(pingRequest)
  await other.expect('pingresp')
  assert.equal(await it.metric('roadstream_gateway_disconnects_total{reason="connect-timeout"}'), 1)
})

test('beyond the connection limit nobody is let in', async () => {
  await using it = await openTestGateway({ limits: { connections: 1 } })
  await using first = await openConnected(it.port, 5, 'one')
  await using second = await openRawClient(it.port)
  second.send(connectPacket(5, 'two'))
  assert.equal(await second.next(), undefined)
  first.send(pingRequest)
  await first.expect('pingresp')
})

test('an MQTT 5 client without a client id is given one, and a server keep-alive when it asks for none', async () => {
  await using it = await openTestGateway()
  await using client = await openRawClient(it.port)
  client.send(connectPacket(5, '', { keepAliveS: 0 }))
  const { properties } = await client.expect('connack')
  assert.match(properties?.assignedClientIdentifier ?? '', /^auto-[0-9a-f]{24}$/)
  assert.equal(properties?.serverKeepAlive, 3600)
})

test('names of prototypes are client ids, topics and levels like any other', async () => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, 5, '__proto__')
  const subscriptions = [
    { filter: '__proto__/constructor', qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 },
  ] as const
  client.send(encodeSubscribe(5, { packetId: 1, subscriptions, subscriptionId: undefined }))
  await client.expect('suback')
  client.send(publishPacket(5, '__proto__/constructor', Buffer.from('x'), { qos: 0, packetId: 0, retain: true }))
  assert.equal((await client.expect('publish')).topic, '__proto__/constructor')
})

test('whatever bytes come, the gateway stands and others are served', async () => {
  await using it = await openTestGateway()
  const valid = Buffer.concat([
    connectPacket(5, 'fuzz', { properties: { receiveMaximum: 5, userProperties: [['a', 'b']] } }),
    publishPacket(5, 'v1/acme/fuzz/up/telemetry', telemetry(1), { properties: { messageExpiryS: 5, topicAlias: 1 } }),
    encodeSubscribe(5, {
      packetId: 1,
      subscriptions: [{ filter: '#', qos: 2, noLocal: false, retainAsPublished: false, retainHandling: 0 }],
      subscriptionId: 4,
    }),
    pingRequest,
  ])
  const mutations = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(mutations, fc.uint8Array({ maxLength: 40 }), async (changes, tail) => {
      const bytes = Buffer.from(valid)
      for (const [at, value] of changes) bytes[at] = value
      const client = await openRawClient(it.port)
      client.socket.end(Buffer.concat([bytes, tail]))
      await new Promise((resolve) =>
        client.socket.closed ? resolve(0) : client.socket.once('close', resolve).resume(),
      )
    }),
    { numRuns: 300 },
  )
  await using well = await openConnected(it.port, 5, 'well')
  well.send(publishPacket(5, 'v1/acme/well/up/telemetry', telemetry(1)))
  assert.equal((await well.expect('puback')).reasonCode ?? 0, 0)
})

test('a client that goes on sending still hears why it was thrown out', async () => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, 5, 'chatty')
  client.socket.pause()
  client.send(publishPacket(5, 'a', Buffer.from('x'), { properties: { topicAlias: 999 } }))
  const reason = 'roadstream_gateway_disconnects_total{reason="protocol-error"}'
  await it.untilMetric(reason, (value) => value !== 0)
  // The first bytes for a socket that is closed reset the connection; from the next on the client
  // has an error instead of the reason.
  for (let count = 0; count < 3; count++)
    await new Promise((resolve) => client.socket.write(Buffer.alloc(100), resolve))
  client.socket.resume()
  assert.equal((await client.expect('disconnect')).reasonCode, 0x94)
  assert.equal(await client.next(), undefined)
})

test('what a client sends after it was thrown out is bounded too', async () => {
  await using it = await openTestGateway({ limits: { connectionPendingBytes: 10_000 } })
  const socket = connect({ port: it.port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => undefined).resume()
  socket.write(
    Buffer.concat([
      connectPacket(5, 'flood'),
      publishPacket(5, 'a', Buffer.from('x'), { properties: { topicAlias: 999 } }),
    ]),
  )
  await once(socket, 'end')
  // The gateway's clock stands still: what ends the connection is not the time it was given.
  socket.write(Buffer.alloc(20_000))
  await until('all connections have ended', () => it.gateway.connectionCount() === 0)
  socket.destroy()
})
