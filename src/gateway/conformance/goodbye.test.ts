// PINGREQ, DISCONNECT and AUTH: sections 3.12, 3.14 and 3.15, and how a connection ends: sections
// 4.12 and 4.13 (4.8 of 3.1.1).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pingRequest } from '../../mqtt/encode-packet.ts'
import { connectPacket, openConnected, openTestGateway, publishPacket, testThreads } from '../gateway.testing.ts'
import {
  endOf,
  filterOf,
  goodbye,
  packetOf,
  propertiesOf,
  publish0,
  quiet,
  rawAnswer,
  refusalOf,
  subscribe,
  text,
  willOf,
  inEachVersion,
} from './exchange.testing.ts'

inEachVersion('PINGREQ is answered with PINGRESP', async (version) => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, version, 'c')
  for (let n = 0; n < 3; n++) assert.deepEqual(await rawAnswer(client, pingRequest), Buffer.from([0xd0, 0]))
})

inEachVersion('after a goodbye the server says nothing and takes nothing, and the will is gone', async (version) => {
  await using it = await openTestGateway()
  await using watcher = await openConnected(it.port, 5, 'watcher')
  await subscribe(watcher, 5, filterOf('#'))
  await using client = await openConnected(it.port, version, 'c', { will: willOf() })
  client.send(goodbye(version), publish0(version, 'too/late', 'x'), pingRequest)
  assert.equal(await client.next(), undefined)
  await quiet(watcher)
})

test('a goodbye that is not normal lets the will out: with will, or with an error', async () => {
  await using it = await openTestGateway()
  await using watcher = await openConnected(it.port, 5, 'watcher')
  await subscribe(watcher, 5, filterOf('wills/#'))
  for (const reason of [0x04, 0x80, 0x81, 0x93]) {
    await using client = await openConnected(it.port, 5, 'c', { will: willOf({ payload: Buffer.from([reason]) }) })
    client.send(goodbye(5, reason))
    assert.equal(await client.next(), undefined)
    assert.equal((await watcher.expect('publish')).payload[0], reason)
  }
})

test('DISCONNECT is read in every form: bare, with a code, with properties', async () => {
  await using it = await openTestGateway()
  const forms = [
    [],
    [0],
    [0, 0],
    Buffer.concat([Buffer.from([0]), propertiesOf([0x1f], text('bye'), [0x26], text('k'), text('v'))]),
  ]
  await using watcher = await openConnected(it.port, 5, 'watcher')
  await subscribe(watcher, 5, filterOf('wills/#'))
  for (const form of forms) {
    await using client = await openConnected(it.port, 5, 'c', { will: willOf() })
    client.send(packetOf(0xe0, form))
    assert.equal(await client.next(), undefined)
  }
  await quiet(watcher)
})

test('a packet that only a server sends, type 0, or type 15 by 3.1.1, ends the connection', async () => {
  await using it = await openTestGateway()
  for (const bytes of [
    packetOf(0x20, [0, 0]),
    packetOf(0x90, [0, 1, 0]),
    packetOf(0xb0, [0, 1]),
    packetOf(0xd0),
    packetOf(0x00),
    packetOf(0xf0),
  ]) {
    assert.equal(await endOf(it.port, 5, bytes), 0x82)
    assert.equal(await endOf(it.port, 4, bytes), 'closed')
  }
})

inEachVersion(
  'a fault of one client ends its connection, lets its will out, and touches nobody else',
  async (version) => {
    await using it = await openTestGateway()
    await using watcher = await openConnected(it.port, 5, 'watcher')
    await subscribe(watcher, 5, filterOf('#'))
    await using client = await openConnected(it.port, version, 'c', { will: willOf() })
    client.send(Buffer.concat([packetOf(0x36, text('t'), [0, 1]), publish0(version, 'after/the/fault', 'x')]))
    assert.equal((await watcher.expect('publish')).topic, 'wills/car')
    if (version === 5) assert.equal((await client.expect('disconnect')).reasonCode, 0x81)
    assert.equal(await client.next(), undefined)
    await quiet(watcher)
  },
)

// With several threads who takes over waits until what the session has so far is stored.
if (testThreads.count === 1)
  test('a DISCONNECT of the server is its last packet, and names no session expiry', async () => {
    await using it = await openTestGateway()
    await using first = await openConnected(it.port, 5, 'car', { properties: { sessionExpiryS: 100 } })
    await subscribe(first, 5, filterOf('#'))
    it.log.hold()
    first.send(publishPacket(5, 'v1/acme/car/up/telemetry', Buffer.from('{')))
    await quiet(first)
    await using second = await openConnected(it.port, 5, 'car', {
      cleanStart: false,
      properties: { sessionExpiryS: 100 },
    })
    it.log.release()
    const { properties, reasonCode } = await first.expect('disconnect')
    assert.deepEqual([reasonCode, properties?.sessionExpiryInterval], [0x8e, undefined])
    assert.equal(await first.next(), undefined)
    await quiet(second)
  })

test('CONNECT with an authentication method is refused with 0x8C', async () => {
  await using it = await openTestGateway()
  for (const properties of [
    { authenticationMethod: 'SCRAM-SHA-256' },
    { authenticationMethod: '', authenticationData: Buffer.from('x') },
  ])
    assert.equal(await refusalOf(it.port, 5, connectPacket(5, 'c', { properties })), 0x8c)
})

test('nobody is sent AUTH or an authentication method, and a client that sends AUTH is ended', async () => {
  await using it = await openTestGateway()
  await using client = await openConnected(it.port, 5, 'c')
  await quiet(client)
  for (const bytes of [packetOf(0xf0), packetOf(0xf0, [0x19], propertiesOf([0x15], text('SCRAM-SHA-256')))])
    assert.equal(await endOf(it.port, 5, bytes), 0x82)
})
