// A message for many sessions: stored once, whoever of them is away and wherever they come back,
// and gone with the last that has it.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import type { LogAndState } from '../eventlog/state-store.ts'
import { encodeAcknowledgement, encodeSubscribe, pingRequest } from '../mqtt/encode-packet.ts'
import { packetType } from '../mqtt/packet.ts'
import { connectPacket, openRawClient, openTestGateway, type RawClient, type TestGateway } from './gateway.testing.ts'

const cars = Array.from({ length: 24 }, (_, index) => ({
  clientId: `car-${index}`,
  qos: index % 2 === 0 ? (1 as const) : (2 as const),
}))
const lasting = { cleanStart: false, properties: { sessionExpiryS: 3600 } }
const payload = randomBytes(200_000)

async function connect(gateway: TestGateway, clientId: string): Promise<RawClient> {
  const client = await openRawClient(gateway.port, 5)
  client.send(connectPacket(5, clientId, lasting))
  await client.expect('connack')
  return client
}

/** Every car subscribes, and is away then. */
async function subscribeAll(gateway: TestGateway, filter: string): Promise<void> {
  for (const { clientId, qos } of cars) {
    await using client = await connect(gateway, clientId)
    const subscriptions = [{ filter, qos, noLocal: false, retainAsPublished: false, retainHandling: 2 }] as const
    client.send(encodeSubscribe(5, { packetId: 1, subscriptions, subscriptionId: undefined }))
    await client.expect('suback')
    await gateway.lose(client)
  }
}

const rows = ({ state }: LogAndState, prefix: string): string[] =>
  [...state.range('gateway/1', prefix)].map(([key]) => key)
const storedBytes = ({ state }: LogAndState): number =>
  [...state.range('gateway/1', '')].reduce((sum, [, value]) => sum + value.byteLength, 0)

/** The car comes back, takes the message that waits for it, and answers it. */
async function take(gateway: TestGateway, clientId: string): Promise<Buffer> {
  await using client = await connect(gateway, clientId)
  const { payload: got, qos, messageId } = await client.expect('publish')
  const answer = (type: 'puback' | 'pubrec' | 'pubcomp'): void =>
    client.send(encodeAcknowledgement(packetType[type], 5, messageId!))
  if (qos === 1) answer('puback')
  else {
    answer('pubrec')
    await client.expect('pubrel')
    answer('pubcomp')
  }
  client.send(pingRequest)
  await client.expect('pingresp')
  await gateway.lose(client)
  return got as Buffer
}

/** Until all that was asked for is stored. */
async function stored(gateway: TestGateway): Promise<void> {
  for (let round = 0; round < 3; round++) await gateway.gateway.publish('nobody', Buffer.alloc(1), { qos: 1 })
}

for (const [before, after] of [
  [1, 1],
  [3, 3],
  [1, 3],
  [3, 2],
] as const)
  test(`a message for ${cars.length} cars that are away is stored once a thread, and reaches each of them after a kill (${before} threads, then ${after})`, async () => {
    await using kept = openMemoryLog({ partitions: 1 })
    {
      await using gateway = await openTestGateway({ kept, threads: before })
      await subscribeAll(gateway, 'news/#')
      await gateway.gateway.publish('news/today', payload, { qos: 2 })
      assert.equal(rows(kept, 'q/').length, cars.length)
      assert.ok(rows(kept, 'p/').length <= before)
      assert.ok(
        storedBytes(kept) < before * payload.length + cars.length * 1000,
        `${storedBytes(kept)} bytes are stored`,
      )
      const queuedBytes = await gateway.metric('roadstream_gateway_queued_bytes')
      assert.ok(queuedBytes < before * payload.length + cars.length * 1000, `${queuedBytes} bytes are queued`)
      await gateway.crash()
    }
    await using gateway = await openTestGateway({ kept, threads: after })
    for (const { clientId } of cars) {
      assert.notEqual(rows(kept, 'p/').length, 0)
      assert.ok(payload.equals(await take(gateway, clientId)), clientId)
    }
    await stored(gateway)
    assert.deepEqual([...rows(kept, 'q/'), ...rows(kept, 'p/')], [])
    assert.equal(await gateway.metric('roadstream_gateway_queued_bytes'), 0)
  })

test('what a kill left of a message that nobody waits for goes with the next start; a delivery whose message is not there is counted as damaged', async () => {
  await using kept = openMemoryLog({ partitions: 1 })
  {
    await using gateway = await openTestGateway({ kept })
    await subscribeAll(gateway, 'news/#')
    await gateway.gateway.publish('news/today', payload, { qos: 2 })
    await gateway.gateway.publish('news/today', Buffer.from('second'), { qos: 2 })
  }
  const [first, second] = rows(kept, 'p/')
  const unneeded = { key: 'p/unneeded', value: kept.state.get('gateway/1', second!)! }
  await kept.state.commit([{ task: 'gateway/1', positions: {}, state: [unneeded, { key: first! }] }], [])
  const errors: string[] = []
  await using gateway = await openTestGateway({ kept, onError: (text) => void errors.push(text) })
  assert.match(errors.join(), /cannot be read/)
  const got = await take(gateway, cars[0]!.clientId)
  assert.ok(got.equals(payload) || String(got) === 'second')
  await stored(gateway)
  assert.deepEqual(rows(kept, 'p/'), [second])
  assert.equal(rows(kept, 'q/').length, cars.length - 1)
})

test('an append takes no more messages once they change what it may: a flood to many subscribers does not grow one transaction', async () => {
  await using gateway = await openTestGateway({ limits: { batchChanges: 10 } })
  await subscribeAll(gateway, 'news/#')
  await stored(gateway)
  const { attempts } = gateway.log
  gateway.log.hold()
  const all = Array.from({ length: 50 }, (_, index) =>
    gateway.gateway.publish('news/today', Buffer.from(`${index}`), { qos: 1 }),
  )
  gateway.log.release()
  await Promise.all(all)
  assert.ok(gateway.log.attempts - attempts >= 50, `${gateway.log.attempts - attempts} appends`)
})
