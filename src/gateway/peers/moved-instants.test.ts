// Every thread has a steady clock of its own: what is to expire, and when, means the same after a
// move.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { encodeSubscribe, pingRequest } from '../../mqtt/encode-packet.ts'
import { connectPacket, openRawClient, openTestGateway, type RawClient, type TestGateway } from '../gateway.testing.ts'
import { createMeshMembers } from './mesh.ts'

const kept = { cleanStart: false, properties: { sessionExpiryS: 600 } } as const
const days = 24 * 3600_000

async function come(gateway: TestGateway): Promise<RawClient> {
  const client = await openRawClient(gateway.port)
  client.send(connectPacket(5, 'car', kept))
  await client.expect('connack')
  return client
}

test('a message that moves with its session has the rest of its time, and is not sent after it, whatever the steady clocks of the threads say', async () => {
  await using log = openMemoryLog({ partitions: 1 })
  let now = 1_700_000_000_000
  const wallClock = { now: () => now }
  const open = createMeshMembers(2).map((member) => openTestGateway({ member, kept: log, wallClock }))
  const [one, other] = (await Promise.all(open)) as [TestGateway, TestGateway]
  await using gateways = new AsyncDisposableStack()
  gateways.defer(async () => void (await Promise.all([one, other].map((each) => each[Symbol.asyncDispose]()))))
  other.clock.advance(30 * days)
  const advance = (ms: number): void => {
    now += ms
    one.clock.advance(ms)
    other.clock.advance(ms)
  }

  const first = await come(one)
  const request = { filter: 't/#', qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const
  first.send(encodeSubscribe(5, { packetId: 9, subscriptions: [request], subscriptionId: undefined }))
  await first.expect('suback')
  await one.lose(first)
  await one.gateway.publish('t/long', Buffer.from('long'), { qos: 1, expiryS: 60 })
  await one.gateway.publish('t/short', Buffer.from('short'), { qos: 1, expiryS: 10 })
  advance(4000)
  const second = await come(other)
  assert.equal((await second.expect('publish')).properties?.messageExpiryInterval, 56)
  assert.equal((await second.expect('publish')).properties?.messageExpiryInterval, 6)
  await other.lose(second)
  // Published on the one, for a session on the other.
  await one.gateway.publish('t/brief', Buffer.from('brief'), { qos: 1, expiryS: 5 })
  await one.gateway.publish('t/longer', Buffer.from('longer'), { qos: 1, expiryS: 50 })
  advance(6000)
  await using third = await come(one)
  third.send(pingRequest)
  const got: (string | undefined)[] = []
  for (let packet = await third.next(); packet?.cmd === 'publish'; packet = await third.next())
    got.push(String(packet.payload))
  // Messages sent before come again, whether their time is over or not. [MQTT-4.4.0-1]
  assert.deepEqual(got, ['long', 'short', 'longer'])
})
