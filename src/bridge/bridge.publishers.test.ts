// Publishers with forms of their own at the other broker, which is our own gateway here.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../base/clock.ts'
import type { StoredRecord } from '../eventlog/event-log.ts'
import { arrivedOf, foreignLimits } from '../eventlog/foreign-record.ts'
import { openAdmission } from '../gateway/admission/open-admission.ts'
import { openConnected, openTestGateway, publishPacket, telemetry } from '../gateway/gateway.testing.ts'
import type { Publisher } from './intake.ts'
import { isSubscribed, openTestBridge, until, type TestBridge } from './bridge.testing.ts'

const open = () => openTestGateway({ wallClock: systemClock, admission: openAdmission })

const publisher = (name: string, filter: string): Publisher => {
  const [root] = filter.split('/')
  const form = new RegExp(`^${root}/([^/]*)/`)
  return { name, filters: [filter], senderOf: (address) => form.exec(address)?.[1] }
}
const publishers = [publisher('ovms', 'ovms/+/#'), publisher('other', 'ovms/+/x'), publisher('tracks', 'tracks/+/+')]

const openBridged = (port: number, more: object = {}) => openTestBridge({ port, publishers, ...more })

const told = (records: readonly StoredRecord[]) =>
  records.map((record) => {
    const { mapping, sender, address, payload, retained } = arrivedOf(record)!
    return [mapping, sender, address, Buffer.from(payload).toString('latin1'), retained]
  })
const isAcknowledged = (it: TestBridge, count: number) => until(() => it.bridge.state().acknowledged === count)

for (const version of [4, 5] as const)
  test(`what a publisher says is stored as it came and then acknowledged, beside what cars say, by MQTT ${version === 4 ? '3.1.1' : '5'}`, async () => {
    await using broker = await open()
    await using it = openBridged(broker.port)
    await until(() => isSubscribed(it))
    it.log.hold()
    await using client = await openConnected(broker.port, version, 'publisher')
    const bytes = Buffer.from([0xff, 0, 0x7b])
    const sent: readonly (readonly [topic: string, payload: Buffer])[] = [
      ['ovms/u1/metric/v/b', bytes],
      ['tracks/ñandú/1', Buffer.from('{}')],
      ['v1/acme/car-1/up/telemetry', telemetry(0)],
      ['ovms/u1/x', Buffer.alloc(0)],
      ['ovms//x', Buffer.from('no sender')],
    ]
    for (const [index, [topic, payload]] of sent.entries())
      client.send(publishPacket(version, topic, payload, { packetId: index + 1 }))
    await until(() => it.bridge.state().received === sent.length)
    assert.equal(it.bridge.state().acknowledged, 0)
    it.log.release()
    await isAcknowledged(it, sent.length)
    assert.deepEqual(told(await it.stored('foreign')), [
      ['ovms', 'u1', 'ovms/u1/metric/v/b', bytes.toString('latin1'), false],
      ['tracks', 'ñandú', 'tracks/ñandú/1', '{}', false],
      ['ovms', 'u1', 'ovms/u1/x', '', false],
    ])
    assert.equal((await it.stored('telemetry')).length, 1)
    assert.equal(await it.metric('roadstream_gateway_messages_total{stream="foreign",qos="1"}'), 3)
    assert.equal(await it.metric('roadstream_gateway_refused_total{reason="topic"}'), 1)
  })

test('one that is too large is a dead letter of its sender', async () => {
  await using broker = await open()
  await using it = openBridged(broker.port)
  await until(() => isSubscribed(it))
  await using client = await openConnected(broker.port, 5, 'publisher')
  client.send(publishPacket(5, 'tracks/u1/1', Buffer.alloc(foreignLimits.payloadBytes + 1), { packetId: 1 }))
  await isAcknowledged(it, 1)
  assert.deepEqual(
    (await it.stored('dead-letter')).map(({ key, headers }) => [key, headers!['reason']]),
    [['~tracks/u1', 'too-large']],
  )
  assert.equal(await it.metric('roadstream_gateway_refused_total{reason="too-large"}'), 1)
})

test('what the broker keeps comes once, with a plain subscription that is new, and is known for old', async () => {
  await using broker = await open()
  await using client = await openConnected(broker.port, 5, 'publisher')
  const publish = async (packetId: number, payload: string) => {
    client.send(publishPacket(5, 'tracks/u1/1', Buffer.from(payload), { packetId, retain: true }))
    await client.expect('puback')
  }
  await publish(1, 'kept')
  {
    await using it = openBridged(broker.port, { group: '' })
    await until(() => isSubscribed(it))
    await isAcknowledged(it, 1)
    await publish(2, 'live')
    await isAcknowledged(it, 2)
    assert.deepEqual(
      told(await it.stored('foreign')).map(([, , , payload, retained]) => [payload, retained]),
      [
        ['kept', true],
        ['live', false],
      ],
    )
  }
  await using it = openBridged(broker.port, { group: '' })
  await until(() => isSubscribed(it))
  await publish(3, 'later')
  await isAcknowledged(it, 1)
  assert.deepEqual(
    told(await it.stored('foreign')).map(([, , , payload]) => payload),
    ['later'],
  )
})
