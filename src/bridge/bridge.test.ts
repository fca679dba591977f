// The bridge against our own gateway as the other broker, which runs everywhere.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accepted, refused } from '../base/errors.ts'
import { systemClock } from '../base/clock.ts'
import type { Admission } from '../gateway/admission/admission.ts'
import { encodeSubscribe } from '../mqtt/encode-packet.ts'
import { openAdmission } from '../gateway/admission/open-admission.ts'
import { openConnected, openTestGateway, publishPacket, telemetry } from '../gateway/gateway.testing.ts'
import { freePort } from '../base/port.testing.ts'
import { isSubscribed, openTestBridge, seqsOf, until, type TestBridge } from './bridge.testing.ts'

const topic = 'v1/acme/car-1/up/telemetry'
const open = (admission: Admission = openAdmission) => openTestGateway({ wallClock: systemClock, admission })

test('what a car publishes at the broker is in the log in its order, and acknowledged', async () => {
  await using broker = await open()
  await using it = openTestBridge({ port: broker.port })
  await until(() => isSubscribed(it))
  await using car = await openConnected(broker.port, 5, 'acme/car-1')
  for (let seq = 0; seq < 200; seq++) car.send(publishPacket(5, topic, telemetry(seq), { packetId: seq + 1 }))
  await until(() => it.bridge.state().acknowledged === 200)
  const records = await it.stored('telemetry')
  assert.deepEqual(new Set(records.map(({ key }) => key)), new Set(['acme/car-1']))
  assert.deepEqual([...seqsOf(records)], [...Array(200).keys()])
  assert.deepEqual(it.bridge.state(), {
    connections: 1,
    subscribed: 1,
    subscriptions: 1,
    losses: 0,
    received: 200,
    acknowledged: 200,
    trouble: null,
  })
  assert.equal(await it.metric('roadstream_gateway_records_total'), 200)
  assert.ok(it.bridge.ackLatency() !== null)
})

test('a record tells when the bridge read its PUBLISH, however long the log takes to store it', async () => {
  let now = 1_700_000_000_000
  const readAt = now
  await using broker = await open()
  await using it = openTestBridge({ port: broker.port, clock: { now: () => now } })
  await until(() => isSubscribed(it))
  await using car = await openConnected(broker.port, 5, 'acme/car-1')
  it.log.hold()
  for (const seq of [0, 1]) {
    car.send(publishPacket(5, topic, telemetry(seq), { packetId: seq + 1 }))
    await until(() => it.bridge.state().received === seq + 1)
    now += 60_000
  }
  it.log.release()
  await until(() => it.bridge.state().acknowledged === 2)
  const records = await it.stored('telemetry')
  assert.deepEqual(
    records.map(({ receivedAt, appendedAt }) => [receivedAt - readAt, appendedAt - readAt]),
    [
      [0, 120_000],
      [60_000, 120_000],
    ],
  )
})

test('QoS 0 and 2 are stored too; QoS 2 comes as QoS 1', async () => {
  await using broker = await open()
  await using it = openTestBridge({ port: broker.port })
  await until(() => isSubscribed(it))
  await using car = await openConnected(broker.port, 4, 'acme/car-1')
  for (const qos of [0, 2] as const) car.send(publishPacket(4, topic, telemetry(qos), { qos, packetId: qos }))
  await until(async () => (await it.stored('telemetry')).length === 2 && it.bridge.state().acknowledged === 1)
  assert.equal(await it.metric('roadstream_gateway_messages_total{stream="telemetry",qos="0"}'), 1)
})

test('while the log takes nothing nothing is acknowledged, pings go on, and the broker keeps the rest', async () => {
  let now = 0
  const steady = { now: () => now }
  await using broker = await open()
  await using it = openTestBridge({ port: broker.port, bridgeLimits: { receiveMaximum: 10 }, steady })
  await until(() => isSubscribed(it))
  it.log.isFull = true
  await using car = await openConnected(broker.port, 5, 'acme/car-1')
  for (let seq = 0; seq < 100; seq++) car.send(publishPacket(5, topic, telemetry(seq), { packetId: seq + 1 }))
  await until(() => it.bridge.state().received === 10)
  // PINGRESP has two bytes.
  const heard = await it.metric('roadstream_gateway_received_bytes_total')
  for (let ping = 1; ping <= 4; ping++) {
    now += 30_000
    await until(async () => (await it.metric('roadstream_gateway_received_bytes_total')) >= heard + 2 * ping)
  }
  assert.deepEqual(
    [it.bridge.state().received, it.bridge.state().acknowledged, (await it.stored('telemetry')).length],
    [10, 0, 0],
  )
  it.log.isFull = false
  await until(() => it.bridge.state().acknowledged === 100)
  assert.equal((await it.stored('telemetry')).length, 100)
  assert.equal(await it.metric('roadstream_bridge_disconnects_total{reason="timeout"}'), 0)
})

test('what was not acknowledged when the connection broke comes again', async () => {
  await using broker = await open()
  await using it = openTestBridge({ port: broker.port })
  await until(() => isSubscribed(it))
  it.log.hold()
  await using car = await openConnected(broker.port, 5, 'acme/car-1')
  for (let seq = 0; seq < 50; seq++) car.send(publishPacket(5, topic, telemetry(seq), { packetId: seq + 1 }))
  await until(() => it.bridge.state().received === 50)
  // A client that connects by the bridge's client id throws it off.
  await using thief = await openConnected(broker.port, 5, 'bridge', {
    cleanStart: false,
    properties: { sessionExpiryS: 100 },
  })
  await until(() => it.said.some(({ reason }) => reason === 'taken-over'))
  await thief[Symbol.asyncDispose]()
  it.log.release()
  await until(() => it.bridge.state().acknowledged === 50)
  assert.equal(seqsOf(await it.stored('telemetry')).size, 50)
  await until(() => it.bridge.state().subscriptions === 2)
  assert.match(
    it.said.find(({ reason }) => reason === 'taken-over')!.msg,
    /client id bridge.*ROADSTREAM_BRIDGE_CLIENT_ID/,
  )
})

test('several connections share the messages: each is stored once', async () => {
  await using broker = await open()
  await using it = openTestBridge({ port: broker.port, connections: 3 })
  await until(() => isSubscribed(it))
  await using car = await openConnected(broker.port, 5, 'acme/car-1')
  for (let seq = 0; seq < 150; seq++) car.send(publishPacket(5, topic, telemetry(seq), { packetId: seq + 1 }))
  await until(() => it.bridge.state().acknowledged === 150)
  assert.deepEqual([(await it.stored('telemetry')).length, seqsOf(await it.stored('telemetry')).size], [150, 150])
})

async function refusedBy(
  admission: Admission,
  options: Partial<Parameters<typeof openTestBridge>[0]>,
  reason: string,
): Promise<TestBridge> {
  await using broker = await open(admission)
  await using it = openTestBridge({ port: broker.port, ...options })
  // More than one attempt, said once.
  await until(async () => (await it.metric(`roadstream_bridge_disconnects_total{reason="${reason}"}`)) >= 3)
  assert.equal(it.said.filter((line) => line.reason === reason).length, 1)
  assert.equal(it.bridge.state().subscribed, 0)
  return it
}

test('a wrong password is said with its remedy and never shown, and tried again', async () => {
  const admission: Admission = { ...openAdmission, authenticate: () => refused('credentials', 'no') }
  const it = await refusedBy(admission, { server: { user: 'roadstream', password: 'hush-hush' } }, 'credentials')
  assert.match(it.said[0]!.msg, /ROADSTREAM_BRIDGE_PASSWORD/)
  assert.equal(it.saidText().includes('hush'), false)
  assert.match(it.bridge.state().trouble!, /refuses the user name or password/)
})

test('a refused subscription is said with the access rule it takes, and tried until it is granted', async () => {
  const it = await refusedBy({ ...openAdmission, maySubscribe: () => false }, {}, 'subscription')
  assert.match(it.said[0]!.msg, /subscribe to \$share\/g\/v1\/acme\/\+\/up\/#.*access rules/)
  let isAllowed = false
  await using broker = await open({ ...openAdmission, maySubscribe: () => isAllowed })
  await using other = openTestBridge({ port: broker.port })
  await until(() => other.said.length > 0)
  isAllowed = true
  await until(() => isSubscribed(other))
  assert.equal(other.bridge.state().trouble, null)
})

test('the user and the password of the settings are what the broker is shown', async () => {
  const seen: unknown[] = []
  const admission: Admission = {
    ...openAdmission,
    authenticate({ clientId, username, password }) {
      seen.push(clientId, username, Buffer.from(password!).toString())
      return accepted({ id: clientId, tenant: '' })
    },
  }
  await using broker = await open(admission)
  await using it = openTestBridge({ port: broker.port, server: { user: 'me', password: 'mine' } })
  await until(() => isSubscribed(it))
  assert.deepEqual(seen, ['bridge', 'me', 'mine'])
})

test('a broker that is not there is waited for', async () => {
  const port = await freePort()
  await using it = openTestBridge({ port })
  await until(() => it.said.some(({ reason }) => reason === 'unreachable'))
  assert.match(it.bridge.state().trouble!, /does ROADSTREAM_BRIDGE name its host and port/)
})

test('drain waits for the log, acknowledges, and says goodbye; what comes later waits at the broker for the next one', async () => {
  await using broker = await open()
  await using it = openTestBridge({ port: broker.port, limits: { drainTimeoutMs: 10_000 } })
  await until(() => isSubscribed(it))
  await using car = await openConnected(broker.port, 5, 'acme/car-1')
  it.log.hold()
  car.send(publishPacket(5, topic, telemetry(1), { packetId: 1 }))
  await until(() => it.log.attempts === 1)
  const drained = it.bridge.drain()
  car.send(publishPacket(5, topic, telemetry(2), { packetId: 2 }))
  await car.expect('puback')
  await car.expect('puback')
  it.log.release()
  await drained
  assert.deepEqual([it.bridge.state().acknowledged, (await it.stored('telemetry')).length], [1, 1])
  await broker.untilMetric('roadstream_gateway_disconnects_total{reason="client"}', (value) => value >= 1)
  await using next = openTestBridge({ port: broker.port })
  await until(() => next.bridge.state().acknowledged === 1)
  assert.deepEqual([...seqsOf(await next.stored('telemetry'))], [2])
})

test('messages for cars go out through the broker at every QoS, and wait while it is away', async () => {
  const broker = await open()
  await using it = openTestBridge({ port: broker.port, bridgeLimits: { outboxMessages: 3 } })
  await until(() => isSubscribed(it))
  await using car = await openConnected(broker.port, 5, 'acme/car-1')
  const filter = {
    filter: 'v1/acme/car-1/down/#',
    qos: 2,
    noLocal: false,
    retainAsPublished: false,
    retainHandling: 0,
  } as const
  car.send(encodeSubscribe(5, { packetId: 1, subscriptions: [filter], subscriptionId: undefined }))
  await car.expect('suback')
  for (const qos of [0, 1, 2] as const) {
    const outcome = await it.bridge.publish('v1/acme/car-1/down/command', Buffer.from(`at ${qos}`), {
      qos,
      expiryS: 60,
    })
    assert.equal(outcome, 'taken')
    const heard = await car.expect('publish')
    assert.deepEqual([heard.qos, heard.payload.toString()], [qos, `at ${qos}`])
    assert.ok(heard.properties!.messageExpiryInterval! <= 60)
    if (qos === 1) car.send(Buffer.from([0x40, 2, 0, heard.messageId!]))
  }
  assert.throws(() => it.bridge.publish('a/#', Buffer.alloc(0), { qos: 1 }), RangeError)
  await broker[Symbol.asyncDispose]()
  await until(() => !isSubscribed(it))
  const publish = (expiryS?: number) =>
    it.bridge.publish('a', Buffer.from('x'), { qos: 1, ...(expiryS === undefined ? {} : { expiryS }) })
  const waiting = [publish(), publish(), publish(0)]
  assert.equal(await publish(), 'full')
  assert.equal(await waiting[2], 'expired')
  await it.bridge.drain()
  assert.deepEqual(await Promise.all(waiting), ['stopped', 'stopped', 'expired'])
  assert.equal(await publish(), 'stopped')
  assert.equal(await it.metric('roadstream_bridge_published_total{outcome="taken"}'), 3)
})
