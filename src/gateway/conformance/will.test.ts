// Wills: sections 3.1.2.5 and 3.1.3.2 of MQTT 5, 3.1.2.5 of 3.1.1.
import { inEachVersion } from './exchange.testing.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeAcknowledgement } from '../../mqtt/encode-packet.ts'
import { packetType, type Qos } from '../../mqtt/packet.ts'
import { connectPacket, openConnected, openRawClient, openTestGateway, type TestGateway } from '../gateway.testing.ts'
import { filterOf, goodbye, keptFor, leave, passTime, publish0, quiet, subscribe, willOf } from './exchange.testing.ts'

async function watcherOf(it: TestGateway, change = {}) {
  const watcher = await openConnected(it.port, 5, 'watcher', { keepAliveS: 3600 })
  await subscribe(watcher, 5, filterOf('wills/#', change))
  return watcher
}
const delayed = (willDelayS: number, payload = 'gone') =>
  willOf({ payload: Buffer.from(payload), properties: { willDelayS } })

inEachVersion(
  'a will goes out when its connection is lost, once, with the QoS and the RETAIN it was given',
  async (version) => {
    await using it = await openTestGateway()
    await using watcher = await watcherOf(it, { retainAsPublished: true })
    for (const qos of [0, 1, 2] as const satisfies readonly Qos[])
      for (const retain of [false, true]) {
        const car = await openConnected(it.port, version, 'car', { will: willOf({ qos, retain }) })
        await it.lose(car)
        const got = await watcher.expect('publish')
        assert.deepEqual([got.topic, got.payload.toString(), got.qos, got.retain], ['wills/car', 'gone', qos, retain])
        if (qos === 1) watcher.send(encodeAcknowledgement(packetType.puback, 5, got.messageId!))
      }
    await quiet(watcher)
    await using later = await openConnected(it.port, 5, 'later')
    await subscribe(later, 5, filterOf('wills/car'))
    assert.equal((await later.expect('publish')).retain, true)
  },
)

inEachVersion('a will that is not retained leaves nothing for later subscribers', async (version) => {
  await using it = await openTestGateway()
  await it.lose(await openConnected(it.port, version, 'car', { will: willOf() }))
  await using later = await openConnected(it.port, 5, 'later')
  await subscribe(later, 5, filterOf('#'))
  await quiet(later)
})

inEachVersion('without a will nothing is said about the end of a connection', async (version) => {
  await using it = await openTestGateway()
  await using watcher = await openConnected(it.port, 5, 'watcher')
  await subscribe(watcher, 5, filterOf('#'))
  await it.lose(await openConnected(it.port, version, 'car'))
  await quiet(watcher)
})

inEachVersion('the will of an earlier connection says nothing about a later one', async (version) => {
  await using it = await openTestGateway()
  await using watcher = await watcherOf(it)
  await leave(await openConnected(it.port, version, 'car', { ...keptFor(version), will: willOf() }), version)
  await it.lose(await openConnected(it.port, version, 'car'))
  await quiet(watcher)
})

test('the properties of a will reach subscribers as they were, but for its delay', async () => {
  await using it = await openTestGateway()
  await using watcher = await watcherOf(it)
  const properties = {
    willDelayS: 0,
    payloadFormat: 1,
    messageExpiryS: 50,
    contentType: 'text/plain',
    responseTopic: 'why',
    correlationData: Buffer.from([1, 2]),
    userProperties: [
      ['b', '1'],
      ['a', '2'],
      ['b', '3'],
    ] as [string, string][],
  }
  await it.lose(await openConnected(it.port, 5, 'car', { will: willOf({ properties }) }))
  const { userProperties, ...rest } = (await watcher.expect('publish')).properties!
  assert.deepEqual(
    { ...rest },
    {
      payloadFormatIndicator: true,
      messageExpiryInterval: 50,
      contentType: 'text/plain',
      responseTopic: 'why',
      correlationData: Buffer.from([1, 2]),
    },
  )
  assert.deepEqual(Object.entries(userProperties!), [
    ['b', ['1', '3']],
    ['a', '2'],
  ])
})

test('the will of a client that is taken over goes out, unless it has a delay and the session goes on', async () => {
  await using it = await openTestGateway()
  await using watcher = await watcherOf(it)
  await using first = await openConnected(it.port, 5, 'car', {
    ...keptFor(5),
    will: willOf({ payload: Buffer.from('at once') }),
  })
  await using second = await openConnected(it.port, 5, 'car', { ...keptFor(5), will: delayed(30, 'never') })
  assert.equal((await watcher.expect('publish')).payload.toString(), 'at once')
  await using third = await openConnected(it.port, 5, 'car', { ...keptFor(5), will: delayed(30, 'session ended') })
  await quiet(watcher)
  await using fourth = await openConnected(it.port, 5, 'car', { cleanStart: true })
  assert.equal((await watcher.expect('publish')).payload.toString(), 'session ended')
  await passTime(it, 31_000)
  await quiet(fourth)
  await quiet(watcher)
  for (const client of [first, second, third]) assert.equal((await client.expect('disconnect')).reasonCode, 0x8e)
})

test('a delayed will goes out when its delay is over, or before when the session ends', async () => {
  await using it = await openTestGateway()
  await using watcher = await watcherOf(it)
  await it.lose(await openConnected(it.port, 5, 'patient', { ...keptFor(5), will: delayed(30) }))
  await quiet(watcher)
  it.clock.advance(31_000)
  await watcher.expect('publish')
  await it.lose(await openConnected(it.port, 5, 'brief', { ...keptFor(5, 10), will: delayed(30) }))
  it.clock.advance(11_000)
  await watcher.expect('publish')
  await it.lose(await openConnected(it.port, 5, 'clean', { will: delayed(30) }))
  await watcher.expect('publish')
  // It is gone once it went out.
  await passTime(it, 100_000)
  await using patient = await openRawClient(it.port)
  patient.send(connectPacket(5, 'patient', keptFor(5)))
  assert.equal((await patient.expect('connack')).sessionPresent, true)
  await leave(patient, 5)
  await quiet(watcher)
})

test('a delayed will is not sent when its client is back in time', async () => {
  await using it = await openTestGateway()
  await using watcher = await watcherOf(it)
  await it.lose(await openConnected(it.port, 5, 'car', { ...keptFor(5), will: delayed(30) }))
  it.clock.advance(20_000)
  await using back = await openConnected(it.port, 5, 'car', { ...keptFor(5), keepAliveS: 3600 })
  await passTime(it, 60_000)
  await quiet(back)
  await quiet(watcher)
})

test('a DISCONNECT that ends the session lets a delayed will out at once', async () => {
  await using it = await openTestGateway()
  await using watcher = await watcherOf(it)
  await using car = await openConnected(it.port, 5, 'car', { ...keptFor(5), will: delayed(30) })
  car.send(goodbye(5, 0x04, { sessionExpiryS: 0 }))
  assert.equal(await car.next(), undefined)
  await watcher.expect('publish')
})

test('a will reaches subscribers by the rules for any message: No Local, QoS, sessions that are away', async () => {
  await using it = await openTestGateway()
  const absent = await openConnected(it.port, 5, 'absent', keptFor(5))
  await subscribe(absent, 5, filterOf('wills/#', { qos: 1 }))
  await it.lose(absent)
  const car = await openConnected(it.port, 5, 'car', { ...keptFor(5), will: willOf({ qos: 2 }) })
  await subscribe(car, 5, filterOf('wills/#', { noLocal: true }))
  car.send(publish0(5, 'other', 'x'))
  await it.lose(car)
  await using back = await openConnected(it.port, 5, 'absent', keptFor(5))
  assert.equal((await back.expect('publish')).qos, 1)
  await using again = await openConnected(it.port, 5, 'car', keptFor(5))
  await quiet(again)
})
