// A message larger than one may be, in a packet that CONNACK allows: it is read past, kept with its
// head and answered, so that no client sends it for ever.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { messageLimits } from '../model/message-check.ts'
import { encodeAcknowledgement, encodeSubscribe, pingRequest } from '../mqtt/encode-packet.ts'
import { noProperties } from '../mqtt/properties.ts'
import { packetType } from '../mqtt/packet.ts'
import { endOf, filterOf, quiet, subscribe } from './conformance/exchange.testing.ts'
import { defaultLimits } from './gateway-limits.ts'
import {
  connectPacket,
  openConnected,
  openRawClient,
  openTestGateway,
  publishPacket,
  telemetry,
} from './gateway.testing.ts'

const topic = 'v1/acme/car-1/up/telemetry'
const head = '{"boot":"00000000000000aa","seq":3,"samples":[{"at":1700000000000,"signals":{"Vehicle.Maker.Blob":"'
const large = Buffer.concat([Buffer.from(head), Buffer.alloc(700 * 1024, 'x'), Buffer.from('"}}]}')])

test('CONNACK tells of the largest packet, one of that size is answered, and one byte more ends the connection', async () => {
  await using it = await openTestGateway()
  await using car = await openRawClient(it.port)
  car.send(connectPacket(5, 'acme/car-1'))
  assert.equal((await car.expect('connack')).properties?.maximumPacketSize, 1024 * 1024)
  const framing = publishPacket(5, topic, Buffer.alloc(600_000)).length - 600_000
  car.send(publishPacket(5, topic, Buffer.alloc(defaultLimits.packetBytes - framing)))
  assert.equal((await car.expect('puback')).reasonCode, 0x97)
  assert.equal(
    await endOf(it.port, 5, publishPacket(5, topic, Buffer.alloc(defaultLimits.packetBytes - framing + 1))),
    0x95,
  )
})

for (const version of [4, 5] as const)
  test(`a message over 256 KiB is a dead letter with its head and its length, and MQTT ${version === 4 ? '3.1.1' : '5'} goes on`, async () => {
    await using it = await openTestGateway()
    await using car = await openConnected(it.port, version, 'acme/car-1', { keepAliveS: 3600 })
    car.send(
      publishPacket(version, topic, telemetry(1), { packetId: 1 }),
      publishPacket(version, topic, large, { packetId: 2 }),
      publishPacket(version, topic, Buffer.alloc(messageLimits.bytes + 1, 'y'), { packetId: 3 }),
      publishPacket(version, topic, telemetry(2), { packetId: 4 }),
    )
    const refused = version === 5 ? 0x97 : undefined
    for (const [packetId, reason] of [[1], [2, refused], [3, refused], [4]] as const) {
      const answer = await car.expect('puback')
      assert.deepEqual([answer.messageId, answer.reasonCode === 0 ? undefined : answer.reasonCode], [packetId, reason])
    }
    const letters = await it.stored('dead-letter')
    assert.deepEqual(
      letters.map(({ key, headers }) => [key, headers?.['stream'], headers?.['reason'], headers?.['bytes']]),
      [
        ['acme/car-1', 'telemetry', 'too-large', String(large.length)],
        ['acme/car-1', 'telemetry', 'too-large', undefined],
      ],
    )
    const kept = Buffer.from(letters[0]!.value)
    assert.ok(
      kept.length > messageLimits.bytes && kept.length <= defaultLimits.keptPacketBytes,
      `${kept.length} bytes are kept`,
    )
    assert.ok(kept.equals(large.subarray(0, kept.length)))
    assert.equal((await it.stored('telemetry')).length, 2)
    assert.equal(await it.metric('roadstream_gateway_refused_total{reason="too-large"}'), 2)
  })

test('at QoS 2 an MQTT 5 exchange ends with the refusal, and one of 3.1.1 goes to its end; at QoS 0 there is no answer', async () => {
  await using it = await openTestGateway()
  await using v5 = await openConnected(it.port, 5, 'acme/car-1', { keepAliveS: 3600 })
  v5.send(publishPacket(5, topic, large, { qos: 2, packetId: 7 }))
  assert.equal((await v5.expect('pubrec')).reasonCode, 0x97)
  v5.send(encodeAcknowledgement(packetType.pubrel, 5, 7))
  assert.equal((await v5.expect('pubcomp')).reasonCode, 0x92)
  v5.send(publishPacket(5, topic, large, { qos: 0, packetId: 0 }), pingRequest)
  await v5.expect('pingresp')
  await using v4 = await openConnected(it.port, 4, 'acme/car-2', { keepAliveS: 3600 })
  v4.send(publishPacket(4, 'v1/acme/car-2/up/event', large, { qos: 2, packetId: 7 }))
  await v4.expect('pubrec')
  v4.send(encodeAcknowledgement(packetType.pubrel, 4, 7))
  await v4.expect('pubcomp')
  assert.equal((await it.stored('dead-letter')).length, 3)
})

test('what is too large on another topic goes to nobody, and only a PUBLISH may be so large', async () => {
  await using it = await openTestGateway()
  await using watcher = await openConnected(it.port, 5, 'watcher', { keepAliveS: 3600 })
  await subscribe(watcher, 5, filterOf('plain'))
  await using car = await openConnected(it.port, 5, 'acme/car-1', { keepAliveS: 3600 })
  car.send(publishPacket(5, 'plain', large, { packetId: 1 }))
  const { reasonCode, properties } = await car.expect('puback')
  assert.equal(reasonCode, 0x97)
  assert.match(properties?.reasonString ?? '', /larger than this server takes/)
  await quiet(watcher)
  assert.deepEqual(await it.stored('dead-letter'), [])
  const filters = Array.from({ length: 400 }, (_, n) => filterOf(`${n}/${'a'.repeat(1000)}`))
  assert.equal(
    await endOf(it.port, 5, encodeSubscribe(5, { packetId: 1, subscriptions: filters, subscriptionId: undefined })),
    0x83,
  )
})

test('properties that leave no room for the topic’s payload end the connection', async () => {
  await using it = await openTestGateway()
  const properties = {
    ...noProperties,
    correlationData: Buffer.alloc(65_535),
    responseTopic: 'a'.repeat(65_535),
    contentType: 'b'.repeat(65_535),
  }
  const userProperties = Array.from({ length: 3 }, (): [string, string] => ['c'.repeat(60_000), ''])
  assert.equal(
    await endOf(
      it.port,
      5,
      publishPacket(5, topic, Buffer.from('{}'), { properties: { ...properties, userProperties } }),
    ),
    0x83,
  )
})
