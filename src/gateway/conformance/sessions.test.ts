// Keep-alive and sessions: sections 3.1.2.4, 3.1.2.10, 3.1.2.11 and 4.1 of MQTT 5, 3.1.2.4,
// 3.1.2.10 and 4.1 of 3.1.1.
import { inEachVersion } from './exchange.testing.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accepted } from '../../base/errors.ts'
import type { Admission } from '../admission/admission.ts'
import { openAdmission } from '../admission/open-admission.ts'
import { encodeAcknowledgement } from '../../mqtt/encode-packet.ts'
import { packetType } from '../../mqtt/packet.ts'
import { noProperties } from '../../mqtt/properties.ts'
import { connectPacket, openConnected, openRawClient, openTestGateway, publishPacket } from '../gateway.testing.ts'
import { filterOf, goodbye, keptFor, leave, passTime, quiet, subscribe, willOf } from './exchange.testing.ts'

inEachVersion(
  'a client that is silent for one and a half times its keep-alive is taken for lost, and its will goes out',
  async (version) => {
    await using it = await openTestGateway()
    await using watcher = await openConnected(it.port, 5, 'watcher', { keepAliveS: 3600 })
    await subscribe(watcher, 5, filterOf('wills/#'))
    await using silent = await openConnected(it.port, version, 'silent', { keepAliveS: 10, will: willOf() })
    await using lively = await openConnected(it.port, version, 'lively', { keepAliveS: 10 })
    let seconds = 0
    const wills: string[] = []
    void watcher.expect('publish').then(({ topic }) => wills.push(topic))
    while (wills.length === 0) {
      it.clock.advance(1000)
      seconds++
      await quiet(lively)
    }
    assert.ok(seconds > 15, `after ${seconds} s`)
    if (version === 5) assert.equal((await silent.expect('disconnect')).reasonCode, 0x8d)
    assert.equal(await silent.next(), undefined)
  },
)

test('any packet shows that a client is there, not only PINGREQ, and a keep-alive of 0 asks for none', async () => {
  await using it = await openTestGateway()
  await using quietOne = await openConnected(it.port, 4, 'quiet', { keepAliveS: 0 })
  await using client = await openConnected(it.port, 4, 'busy', { keepAliveS: 10 })
  for (let n = 0; n < 20; n++) {
    await passTime(it, 8000)
    client.send(encodeAcknowledgement(packetType.pubrel, 4, 1))
    await client.expect('pubcomp')
  }
  await quiet(quietOne)
  await quiet(client)
})

inEachVersion(
  'bytes of a packet that does not end are no sign of life, but a long one that comes slowly is',
  async (version) => {
    await using it = await openTestGateway({ threads: 1 })
    const receivedBytes = 'roadstream_gateway_received_bytes_total'
    await using dribbling = await openConnected(it.port, version, 'dribbling', { keepAliveS: 10 })
    await using slow = await openConnected(it.port, version, 'slow', { keepAliveS: 10 })
    const endless = publishPacket(version, 't', Buffer.alloc(200_000), { packetId: 1 })
    const long = publishPacket(version, 't', Buffer.alloc(6000), { packetId: 1 })
    const parts = Math.ceil(long.length / 600)
    for (let part = 0; part < parts; part++) {
      dribbling.send(endless.subarray(part, part + 1))
      const bytes = long.subarray(part * 600, (part + 1) * 600)
      const wanted = (await it.metric(receivedBytes)) + bytes.length
      slow.send(bytes)
      await it.untilMetric(receivedBytes, (value) => value >= wanted)
      await passTime(it, 5000)
    }
    assert.equal((await slow.expect('puback')).messageId, 1)
    if (version === 5) assert.equal((await dribbling.expect('disconnect')).reasonCode, 0x8d)
    assert.equal(await dribbling.next(), undefined)
  },
)

inEachVersion('Clean Start forgets a session, and otherwise it is taken up or a new one begins', async (version) => {
  await using it = await openTestGateway()
  const id = `car-${version}`
  const first = await openRawClient(it.port, version)
  first.send(connectPacket(version, id, keptFor(version)))
  assert.equal((await first.expect('connack')).sessionPresent, false)
  await subscribe(first, version, filterOf('t'))
  await it.lose(first)
  const second = await openRawClient(it.port, version)
  second.send(connectPacket(version, id, keptFor(version)))
  assert.equal((await second.expect('connack')).sessionPresent, true)
  await it.gateway.publish('t', Buffer.from('still subscribed'), { qos: 0 })
  await second.expect('publish')
  await it.lose(second)
  await using third = await openRawClient(it.port, version)
  third.send(connectPacket(version, id, { ...keptFor(version), cleanStart: true }))
  assert.equal((await third.expect('connack')).sessionPresent, false)
  await it.gateway.publish('t', Buffer.from('for nobody'), { qos: 2 })
  await quiet(third)
})

inEachVersion(
  'a session that was clean by 3.1.1, or has no expiry by MQTT 5, ends with its connection',
  async (version) => {
    await using it = await openTestGateway()
    const brief = await openConnected(it.port, version, 'brief')
    await subscribe(brief, version, filterOf('t'))
    await it.lose(brief)
    await using again = await openRawClient(it.port, version)
    again.send(connectPacket(version, 'brief', { cleanStart: false }))
    assert.equal((await again.expect('connack')).sessionPresent, false)
  },
)

test('a session taken up under another principal begins anew', async () => {
  let id = 'one'
  const admission: Admission = { ...openAdmission, authenticate: () => accepted({ id, tenant: '' }) }
  await using it = await openTestGateway({ admission })
  const one = await openConnected(it.port, 5, 'car', keptFor(5))
  await subscribe(one, 5, filterOf('t'))
  await it.lose(one)
  id = 'two'
  await using two = await openRawClient(it.port)
  two.send(connectPacket(5, 'car', keptFor(5)))
  assert.equal((await two.expect('connack')).sessionPresent, false)
  await it.gateway.publish('t', Buffer.from('x'), { qos: 0 })
  await quiet(two)
})

test('the session expiry may be changed by DISCONNECT, but not raised from 0', async () => {
  await using it = await openTestGateway()
  const car = await openConnected(it.port, 5, 'car', keptFor(5, 5))
  car.send(goodbye(5, 0, { sessionExpiryS: 100 }))
  assert.equal(await car.next(), undefined)
  it.clock.advance(50_000)
  const again = await openRawClient(it.port)
  again.send(connectPacket(5, 'car', keptFor(5, 5)))
  assert.equal((await again.expect('connack')).sessionPresent, true)
  again.send(goodbye(5, 0, { sessionExpiryS: 0 }))
  assert.equal(await again.next(), undefined)
  await using third = await openRawClient(it.port)
  third.send(connectPacket(5, 'car', { cleanStart: false }))
  assert.equal((await third.expect('connack')).sessionPresent, false)
  third.send(goodbye(5, 0, { sessionExpiryS: 9 }))
  assert.equal((await third.expect('disconnect')).reasonCode, 0x82)
})

inEachVersion('a client that leaves says so, and its id is free', async (version) => {
  await using it = await openTestGateway()
  await leave(await openConnected(it.port, version, 'car', { properties: noProperties }), version)
  await leave(await openConnected(it.port, version, 'car'), version)
})

test('a session does not end while its client is connected, and its expiry counts from the end of the connection', async () => {
  await using it = await openTestGateway()
  const car = await openConnected(it.port, 5, 'car', { ...keptFor(5, 10), keepAliveS: 3600 })
  await subscribe(car, 5, filterOf('t'))
  await passTime(it, 100_000)
  await quiet(car)
  await it.lose(car)
  await passTime(it, 9_000)
  const back = await openRawClient(it.port)
  back.send(connectPacket(5, 'car', keptFor(5, 10)))
  assert.equal((await back.expect('connack')).sessionPresent, true)
  await it.lose(back)
  it.clock.advance(10_001)
  await using late = await openRawClient(it.port)
  late.send(connectPacket(5, 'car', keptFor(5, 10)))
  assert.equal((await late.expect('connack')).sessionPresent, false)
})
