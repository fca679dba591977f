// One client id, one session after another: what belonged to an earlier one neither comes to the next nor takes anything from it, wherever a crash
// falls between their commits. The log is held and let go commit by commit.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import type { LogAndState } from '../stream/state-store.ts'
import { encodeSubscribe, pingRequest } from './encode-packet.ts'
import type { Connect } from './packet.ts'
import { openConnected, openRawClient, openTestGateway, connectPacket, type RawClient, type TestGateway } from './test-gateway.ts'

const lasting = { cleanStart: false, properties: { sessionExpiryS: 3600 } } as const
const lastingAnew = { ...lasting, cleanStart: true } as const
const subscriptions = (filter: string, qos: 0 | 1 | 2) =>
  [{ filter, qos, noLocal: false, retainAsPublished: false, retainHandling: 0 }] as const
const subscribe = (filter: string, qos: 0 | 1 | 2): Buffer =>
  encodeSubscribe(5, { packetId: 9, subscriptions: subscriptions(filter, qos), subscriptionId: undefined })
const said = (packet: { readonly payload: Buffer | string }): string => String(packet.payload)
const entries = ({ state }: LogAndState): string[] => [...state.range('gateway/1', '')].map(([key]) => key)
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function served(client: RawClient): Promise<void> {
  client.send(pingRequest)
  await client.expect('pingresp')
}

/** Lets the commit that waits through, and holds the next. */
async function letOne({ log }: TestGateway): Promise<void> {
  const { attempts } = log
  log.release()
  log.hold()
  while (log.attempts === attempts) await tick()
}

/** A lasting session that a message is on its way to, not durable yet, as the client begins anew, subscribes and is sent another. */
async function beginAnew(gateway: TestGateway, change: Partial<Connect>): Promise<RawClient> {
  const first = await openConnected(gateway.port, 5, 'car', lasting)
  first.send(subscribe('d', 1))
  await first.expect('suback')
  gateway.log.hold()
  const { attempts } = gateway.log
  void gateway.gateway.publish('d', Buffer.from('to the first'), { qos: 1 })
  while (gateway.log.attempts === attempts) await tick()
  const second = await openRawClient(gateway.port)
  second.send(connectPacket(5, 'car', change), subscribe('d', 1))
  while ((await gateway.metric('roadstream_gateway_disconnects_total{reason="taken-over"}')) === 0) await tick()
  return second
}

test('the end of a delivery that comes too late for its session takes nothing from the next session of the client id', async () => {
  await using kept = openMemoryLog({ partitions: 1 })
  {
    await using gateway = await openTestGateway({ kept, limits: { drainTimeoutMs: 5 } })
    const second = await beginAnew(gateway, lastingAnew)
    void gateway.gateway.publish('d', Buffer.from('to the second'), { qos: 1 })
    await tick()
    gateway.log.release()
    await second.expect('connack')
    await second.expect('suback')
    assert.equal(said(await second.expect('publish')), 'to the second')
    await gateway.gateway.publish('other', Buffer.alloc(1), { qos: 1 })
    await gateway.crash()
  }
  await using gateway = await openTestGateway({ kept, limits: { drainTimeoutMs: 5 } })
  const client = await openConnected(gateway.port, 5, 'car', lasting)
  assert.equal(said(await client.expect('publish')), 'to the second')
})

test('a crash before that end is stored does not bring the delivery to the next session', async () => {
  await using kept = openMemoryLog({ partitions: 1 })
  {
    await using gateway = await openTestGateway({ kept, limits: { drainTimeoutMs: 5 } })
    await beginAnew(gateway, lastingAnew)
    await letOne(gateway)
    await letOne(gateway)
    await gateway.crash()
  }
  await using gateway = await openTestGateway({ kept, limits: { drainTimeoutMs: 5 } })
  const client = await openRawClient(gateway.port)
  client.send(connectPacket(5, 'car', lasting))
  assert.equal((await client.expect('connack')).sessionPresent, true)
  await served(client)
  await gateway.gateway.publish('none', Buffer.alloc(1), { qos: 1 })
  assert.deepEqual(entries(kept), ['s/car'])
})

test('what a crash left of sessions that are gone is gone after the next start', async () => {
  await using kept = openMemoryLog({ partitions: 1 })
  {
    await using gateway = await openTestGateway({ kept, limits: { drainTimeoutMs: 5 } })
    await beginAnew(gateway, { cleanStart: true })
    await letOne(gateway)
    await letOne(gateway)
    await gateway.crash()
  }
  assert.ok(entries(kept).some((key) => key.startsWith('q/')))
  await using gateway = await openTestGateway({ kept, limits: { drainTimeoutMs: 5 } })
  await gateway.gateway.publish('none', Buffer.alloc(1), { qos: 1 })
  assert.deepEqual(entries(kept), [])
})

test('entries that cannot be read are left out, told of and forgotten, and the others are there', async () => {
  await using kept = openMemoryLog({ partitions: 1 })
  {
    await using gateway = await openTestGateway({ kept, limits: { drainTimeoutMs: 5 } })
    for (const clientId of ['a', 'b', 'c']) {
      const client = await openConnected(gateway.port, 5, clientId, lasting)
      client.send(subscribe('d', 1))
      await client.expect('suback')
      await gateway.lose(client)
    }
    for (const text of ['one', 'two']) await gateway.gateway.publish('d', Buffer.from(text), { qos: 1, retain: true })
  }
  const keysOf = (prefix: string): string[] => entries(kept).filter((key) => key.startsWith(prefix))
  const damaged = ['s/a', keysOf('q/b')[0]!, keysOf('m/')[0]!]
  for (const [index, key] of damaged.entries()) {
    const value = Buffer.from(['{"principal":{"id"', 'null', '{"message":{}}\n'][index]!)
    await kept.state.commit('gateway/1', { positions: {}, state: [{ key, value }], outputs: [] })
  }
  const errors: string[] = []
  await using gateway = await openTestGateway({ kept, onError: (text) => errors.push(text) })
  assert.match(errors.join(), /cannot be read and are left out/)
  const b = await openConnected(gateway.port, 5, 'b', lasting)
  assert.equal(said(await b.expect('publish')), 'two')
  const c = await openConnected(gateway.port, 5, 'c', lasting)
  assert.deepEqual([said(await c.expect('publish')), said(await c.expect('publish'))], ['one', 'two'])
  const a = await openRawClient(gateway.port)
  a.send(connectPacket(5, 'a', lasting))
  assert.equal((await a.expect('connack')).sessionPresent, false)
  await gateway.gateway.publish('none', Buffer.alloc(1), { qos: 1 })
  assert.deepEqual([keysOf('m/'), keysOf('q/a')], [[], []])
})

test('a session outlives a start by its expiry at most, also when the clock of the system was set back meanwhile', async () => {
  await using kept = openMemoryLog({ partitions: 1 })
  const year = 365 * 24 * 3_600_000
  {
    await using gateway = await openTestGateway({ kept, wallClock: { now: () => 1_700_000_000_000 + year } })
    await gateway.lose(await openConnected(gateway.port, 5, 'car', lasting))
  }
  await using gateway = await openTestGateway({ kept, limits: { drainTimeoutMs: 5 } })
  gateway.clock.advance(3_600_000)
  while ((await gateway.metric('roadstream_gateway_sessions')) > 0) await tick()
  await gateway.gateway.publish('none', Buffer.alloc(1), { qos: 1 })
  assert.deepEqual(entries(kept), [])
})
