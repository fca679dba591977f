// CONNACK: section 3.2 of MQTT 5 and 3.1.1.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { vehicleAdmission } from '../admission/vehicle-admission.ts'
import { connectPacket, openConnected, openRawClient, openTestGateway } from '../gateway.testing.ts'
import {
  filterOf,
  keptFor,
  passTime,
  quiet,
  rawAnswer,
  refusalOf,
  subscribe,
  inEachVersion,
} from './exchange.testing.ts'

inEachVersion('CONNACK comes first and once, whatever waits for the client', async (version) => {
  await using it = await openTestGateway()
  const car = await openConnected(it.port, version, `car-${version}`, keptFor(version))
  await subscribe(car, version, filterOf('t'))
  await it.lose(car)
  await it.gateway.publish('t', Buffer.from('waiting'), { qos: 1 })
  await using back = await openRawClient(it.port, version)
  back.send(connectPacket(version, `car-${version}`, keptFor(version)))
  assert.equal((await back.expect('connack')).sessionPresent, true)
  await back.expect('publish')
  await quiet(back)
  back.send(connectPacket(version, `car-${version}`, { ...keptFor(version), cleanStart: true }))
  if (version === 5) await back.expect('disconnect')
  assert.equal(await back.next(), undefined)
})

inEachVersion('of the flags of CONNACK only Session Present is used', async (version) => {
  await using it = await openTestGateway()
  for (const wanted of [0, 1]) {
    const car = await openRawClient(it.port, version)
    const [first, , flags, code] = await rawAnswer(car, connectPacket(version, 'car', keptFor(version)))
    assert.deepEqual([first, flags, code], [0x20, wanted, 0])
    await it.lose(car)
  }
  await using fresh = await openRawClient(it.port, version)
  const clean = await rawAnswer(fresh, connectPacket(version, 'car', { cleanStart: true }))
  assert.deepEqual([clean[2], clean[3]], [0, 0])
})

test('a refusal has a reason code of its version, no session, and ends the connection', async () => {
  const admission = vehicleAdmission({ fleetKeys: new Map([['acme', Buffer.alloc(32)]]) })
  await using it = await openTestGateway({ admission })
  assert.equal(await refusalOf(it.port, 5, connectPacket(5, 'acme/car', { password: Buffer.from('no') })), 0x86)
  assert.equal(
    await refusalOf(it.port, 4, connectPacket(4, 'acme/car', { username: '', password: Buffer.from('no') })),
    4,
  )
  assert.equal(await refusalOf(it.port, 5, connectPacket(5, 'nobody')), 0x85)
  assert.equal(await refusalOf(it.port, 4, connectPacket(4, 'nobody')), 2)
})

test('a server that can take no more sessions says so', async () => {
  await using it = await openTestGateway({ limits: { sessions: 1 } })
  await using only = await openConnected(it.port, 5, 'one')
  assert.equal(await refusalOf(it.port, 5, connectPacket(5, 'two')), 0x97)
  assert.equal(await refusalOf(it.port, 4, connectPacket(4, 'two')), 3)
  await quiet(only)
})

test('CONNACK tells the limits of the server, and what it changed of what was asked', async () => {
  await using it = await openTestGateway({
    limits: { receiveMaximum: 7, packetBytes: 1000, topicAliases: 3, sessionExpiryMaxS: 50, keepAliveMaxS: 20 },
  })
  await using asks = await openRawClient(it.port)
  asks.send(connectPacket(5, '', { keepAliveS: 60, properties: { sessionExpiryS: 100 } }))
  const { assignedClientIdentifier, ...rest } = (await asks.expect('connack')).properties!
  assert.ok(assignedClientIdentifier)
  assert.deepEqual(
    { ...rest },
    {
      receiveMaximum: 7,
      maximumPacketSize: 1000,
      topicAliasMaximum: 3,
      sessionExpiryInterval: 50,
      serverKeepAlive: 20,
    },
  )
  await using modest = await openRawClient(it.port)
  modest.send(connectPacket(5, 'modest', { keepAliveS: 10, properties: { sessionExpiryS: 10 } }))
  assert.deepEqual(
    { ...(await modest.expect('connack')).properties },
    { receiveMaximum: 7, maximumPacketSize: 1000, topicAliasMaximum: 3 },
  )
})

test('a keep-alive that CONNACK does not change is the one that holds', async () => {
  await using it = await openTestGateway({ limits: { keepAliveMaxS: 3600 } })
  await using client = await openRawClient(it.port)
  client.send(connectPacket(5, 'c', { keepAliveS: 100 }))
  assert.equal((await client.expect('connack')).properties?.serverKeepAlive, undefined)
  await using other = await openConnected(it.port, 5, 'other', { keepAliveS: 3600 })
  await passTime(it, 149_000)
  await quiet(other)
  await quiet(client)
})

test('Response Information is never given, whether asked for or not', async () => {
  await using it = await openTestGateway()
  for (const requestResponseInformation of [0, 1]) {
    await using client = await openRawClient(it.port)
    client.send(connectPacket(5, 'c', { properties: { requestResponseInformation } }))
    assert.equal((await client.expect('connack')).properties?.responseInformation, undefined)
  }
})

test('a client whose Maximum Packet Size has no room for CONNACK is not sent one, and the connection ends', async () => {
  await using it = await openTestGateway()
  await using client = await openRawClient(it.port)
  const least = (await rawAnswer(client, connectPacket(5, 'c'))).length
  assert.equal(await refusalOf(it.port, 5, connectPacket(5, 'c', { properties: { maximumPacketBytes: least } })), 0)
  assert.equal(
    await refusalOf(it.port, 5, connectPacket(5, 'c', { properties: { maximumPacketBytes: least - 1 } })),
    'closed',
  )
})
