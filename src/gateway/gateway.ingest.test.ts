// The promise of the gateway: acknowledged means stored, in order, many cars in one commit, and
// nothing acknowledged while the log is down.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredRecord } from '../eventlog/event-log.ts'
import { encodeAcknowledgement, pingRequest } from '../mqtt/encode-packet.ts'
import { packetType } from '../mqtt/packet.ts'
import { openConnected, openTestGateway, publishPacket, telemetry } from './gateway.testing.ts'

const topic = 'v1/acme/car-1/up/telemetry'

test('a PUBACK leaves only after the append, and the record is the payload as it came', async () => {
  await using it = await openTestGateway()
  await using car = await openConnected(it.port, 4, 'acme/car-1')
  it.log.hold()
  car.send(publishPacket(4, topic, telemetry(7), { packetId: 9 }), pingRequest)
  // The ping came after the PUBLISH and is answered before it: the acknowledgement waits for the
  // log, the connection does not.
  await car.expect('pingresp')
  assert.equal((await it.stored('telemetry')).length, 0)
  it.log.release()
  assert.equal((await car.expect('puback')).messageId, 9)
  const [record] = await it.stored('telemetry')
  assert.deepEqual(Buffer.from(record!.value), telemetry(7))
  assert.equal(record!.key, 'acme/car-1')
  assert.equal(record!.at, 1_700_000_000_000)
})

test('a record tells when its PUBLISH was read, however long the log takes to store it, and a double its own receipt', async () => {
  await using it = await openTestGateway()
  await using car = await openConnected(it.port, 5, 'acme/car-1')
  const readAt = it.clock.now()
  it.log.hold()
  const published = publishPacket(5, topic, telemetry(1))
  car.send(published, publishPacket(5, topic, Buffer.from('{'), { packetId: 2 }), pingRequest)
  await car.expect('pingresp')
  it.clock.advance(60_000)
  car.send(publishPacket(5, topic, telemetry(1), { packetId: 3, dup: true }), pingRequest)
  await car.expect('pingresp')
  it.clock.advance(60_000)
  it.log.release()
  for (let n = 0; n < 3; n++) await car.expect('puback')
  const times = (records: readonly StoredRecord[]) =>
    records.map(({ receivedAt, appendedAt }) => [receivedAt - readAt, appendedAt - readAt])
  assert.deepEqual(times(await it.stored('telemetry')), [
    [0, 120_000],
    [60_000, 120_000],
  ])
  assert.deepEqual(times(await it.stored('dead-letter')), [[0, 120_000]])
})

test('acknowledgements keep the order of the PUBLISHes, refused and not authorised ones among them', async () => {
  await using it = await openTestGateway()
  await using car = await openConnected(it.port, 5, 'acme/car-1')
  car.send(
    publishPacket(5, topic, telemetry(1), { packetId: 5 }),
    publishPacket(5, topic, Buffer.from('{'), { packetId: 3 }),
    publishPacket(5, '$SYS/load', Buffer.from('1'), { packetId: 8 }),
    publishPacket(5, 'plain/topic', Buffer.from('x'), { packetId: 2 }),
    publishPacket(5, topic, telemetry(2), { packetId: 4 }),
  )
  const answers = []
  for (let n = 0; n < 5; n++) answers.push(await car.expect('puback'))
  assert.deepEqual(
    answers.map(({ messageId, reasonCode }) => [messageId, reasonCode ?? 0]),
    [
      [5, 0],
      [3, 0x99],
      [8, 0x87],
      [2, 0],
      [4, 0],
    ],
  )
})

test('records of many cars share one commit', async () => {
  await using it = await openTestGateway()
  const cars = await Promise.all(Array.from({ length: 20 }, (_, n) => openConnected(it.port, 4, `acme/car-${n}`)))
  it.log.hold()
  await using first = await openConnected(it.port, 4, 'acme/first')
  first.send(publishPacket(4, 'v1/acme/first/up/telemetry', telemetry(0)), pingRequest)
  await first.expect('pingresp')
  for (const [n, car] of cars.entries()) {
    const bytes = Array.from({ length: 5 }, (_, seq) =>
      publishPacket(4, `v1/acme/car-${n}/up/telemetry`, telemetry(seq), { packetId: seq + 1 }),
    )
    car.send(...bytes, pingRequest)
  }
  for (const car of cars) await car.expect('pingresp')
  it.log.release()
  await first.expect('puback')
  for (const car of cars)
    for (let seq = 0; seq < 5; seq++) assert.equal((await car.expect('puback')).messageId, seq + 1)
  assert.deepEqual(it.log.commits, [1, 100])
  for (const car of cars) await car[Symbol.asyncDispose]()
})

test('while the log is full nothing is acknowledged, pings are answered, and afterwards everything is stored in order', async () => {
  await using it = await openTestGateway()
  await using car = await openConnected(it.port, 4, 'acme/car-1')
  it.log.isFull = true
  for (let seq = 0; seq < 10; seq++) car.send(publishPacket(4, topic, telemetry(seq), { packetId: seq + 1 }))
  for (let n = 0; n < 3; n++) {
    car.send(pingRequest)
    await car.expect('pingresp')
  }
  assert.ok(it.log.attempts > 0)
  it.log.isFull = false
  for (let seq = 0; seq < 10; seq++) assert.equal((await car.expect('puback')).messageId, seq + 1)
  assert.deepEqual(
    (await it.stored('telemetry')).map((record) => JSON.parse(Buffer.from(record.value).toString()).seq),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  )
})

test('a car that sends on while the log is slow is no longer read, keeps its connection, and loses nothing', async () => {
  await using it = await openTestGateway({
    limits: { heldBytes: 4000, pendingBytes: 1000, connectionPendingBytes: 1e9 },
  })
  await using car = await openConnected(it.port, 4, 'acme/car-1', { keepAliveS: 1 })
  it.log.hold()
  const count = 20_000
  car.send(
    ...Array.from({ length: count }, (_, seq) =>
      publishPacket(4, topic, telemetry(seq), { packetId: (seq % 60_000) + 1 }),
    ),
  )
  await using other = await openConnected(it.port, 4, 'acme/car-2', { keepAliveS: 0 })
  let pending = -1
  for (;;) {
    other.send(pingRequest)
    await other.expect('pingresp')
    const now = await it.metric('roadstream_gateway_pending_bytes')
    if (now === pending && now > 0) break
    pending = now
  }
  assert.ok(pending < 2 * 1024 * 1024, `${pending} bytes are held of one connection`)
  // Silent by the clock, but through no fault of its own.
  it.clock.advance(60_000)
  for (let n = 0; n < 5; n++) {
    await new Promise((resolve) => setImmediate(resolve))
    other.send(pingRequest)
    await other.expect('pingresp')
  }
  it.log.release()
  for (let seq = 0; seq < count; seq++) await car.expect('puback')
  assert.equal((await it.stored('telemetry')).length, count)
})

test('refused data goes to dead-letter with its reason and its bytes, and is acknowledged', async () => {
  await using it = await openTestGateway()
  await using v5 = await openConnected(it.port, 5, 'acme/car-1')
  await using v4 = await openConnected(it.port, 4, 'acme/car-2')
  const poisoned = Buffer.from([0xff, 0xfe, 0x00])
  v5.send(publishPacket(5, topic, poisoned))
  assert.equal((await v5.expect('puback')).reasonCode, 0x99)
  v4.send(publishPacket(4, 'v1/acme/car-2/up/event', Buffer.from('{"boot":1}')))
  await v4.expect('puback')
  const letters = await it.stored('dead-letter')
  assert.deepEqual(
    letters.map(({ key, headers }) => [key, headers?.['reason'], headers?.['stream']]),
    [
      ['acme/car-1', 'not-utf8', 'telemetry'],
      ['acme/car-2', 'boot', 'event'],
    ],
  )
  assert.deepEqual(Buffer.from(letters[0]!.value), poisoned)
  assert.equal(await it.metric('roadstream_gateway_refused_total{reason="not-utf8"}'), 1)
})

test('QoS 0 is stored without an answer', async () => {
  await using it = await openTestGateway()
  await using car = await openConnected(it.port, 4, 'acme/car-1')
  car.send(
    publishPacket(4, topic, telemetry(1), { qos: 0, packetId: 0 }),
    publishPacket(4, topic, telemetry(2), { packetId: 1 }),
  )
  await car.expect('puback')
  assert.equal((await it.stored('telemetry')).length, 2)
})

test('a QoS 2 message that is sent twice is stored once', async () => {
  await using it = await openTestGateway()
  await using car = await openConnected(it.port, 5, 'acme/car-1')
  const publish = { qos: 2, packetId: 11 } as const
  car.send(
    publishPacket(5, topic, telemetry(1), publish),
    publishPacket(5, topic, telemetry(1), { ...publish, dup: true }),
  )
  await car.expect('pubrec')
  await car.expect('pubrec')
  car.send(encodeAcknowledgement(packetType.pubrel, 5, 11))
  assert.equal((await car.expect('pubcomp')).reasonCode ?? 0, 0)
  car.send(encodeAcknowledgement(packetType.pubrel, 5, 11))
  assert.equal((await car.expect('pubcomp')).reasonCode, 0x92)
  assert.equal((await it.stored('telemetry')).length, 1)
})

test('an MQTT 5 client that exceeds the Receive Maximum is disconnected with 0x93', async () => {
  await using it = await openTestGateway({ limits: { receiveMaximum: 3 } })
  await using car = await openConnected(it.port, 5, 'acme/car-1')
  it.log.hold()
  car.send(...[1, 2, 3, 4].map((packetId) => publishPacket(5, topic, telemetry(packetId), { packetId })))
  assert.equal((await car.expect('disconnect')).reasonCode, 0x93)
  assert.equal(await car.next(), undefined)
})

test('acknowledged exchanges give back their share of the Receive Maximum', async () => {
  await using it = await openTestGateway({ limits: { receiveMaximum: 3 } })
  await using car = await openConnected(it.port, 5, 'acme/car-1')
  for (let round = 0; round < 5; round++) {
    car.send(...[1, 2, 3].map((packetId) => publishPacket(5, topic, telemetry(packetId), { packetId })))
    for (let n = 0; n < 3; n++) await car.expect('puback')
  }
})

test('the latency of acknowledgements, messages and commits are counted', async () => {
  await using it = await openTestGateway()
  await using car = await openConnected(it.port, 5, 'acme/car-1')
  car.send(publishPacket(5, topic, telemetry(1)))
  await car.expect('puback')
  assert.equal(await it.metric('roadstream_gateway_ack_seconds_count'), 1)
  assert.equal(await it.metric('roadstream_gateway_ack_seconds_bucket{le="+Inf"}'), 1)
  assert.equal(await it.metric('roadstream_gateway_messages_total{stream="telemetry",qos="1"}'), 1)
  assert.equal(await it.metric('roadstream_gateway_connections'), 1)
  assert.equal(await it.metric('roadstream_gateway_pending_bytes'), 0)
  // The form in which a thread hands its figures to the one that is scraped.
  const values = (await it.registry.getMetricsAsJSON()).find(
    ({ name }) => name === 'roadstream_gateway_ack_seconds',
  )?.values
  assert.deepEqual(values?.at(-1), { metricName: 'roadstream_gateway_ack_seconds_count', labels: {}, value: 1 })
})

test('draining stores and acknowledges what was received, then says goodbye', async () => {
  await using it = await openTestGateway()
  await using car = await openConnected(it.port, 5, 'acme/car-1')
  it.log.hold()
  car.send(publishPacket(5, topic, telemetry(1)), pingRequest)
  await car.expect('pingresp')
  const drained = it.gateway.drain({ serverReference: 'other.example:1883' })
  it.log.release()
  await car.expect('puback')
  const goodbye = await car.expect('disconnect')
  assert.equal(goodbye.reasonCode, 0x9c)
  assert.equal(goodbye.properties?.serverReference, 'other.example:1883')
  await drained
  assert.equal((await it.stored('telemetry')).length, 1)
})
