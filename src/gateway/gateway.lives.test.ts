// One client id, one session after another: what belonged to an earlier one neither comes to the
// next nor takes anything from it, wherever a crash falls between their commits. The log is held
// and let go commit by commit.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import type { LogAndState } from '../eventlog/state-store.ts'
import type { Admission } from './admission/admission.ts'
import { openAdmission } from './admission/open-admission.ts'
import { encodeDisconnect, encodeSubscribe, pingRequest } from '../mqtt/encode-packet.ts'
import type { Connect } from '../mqtt/packet.ts'
import {
  openConnected,
  openRawClient,
  openTestGateway,
  connectPacket,
  publishPacket,
  telemetry,
  until,
  type RawClient,
  type TestGateway,
} from './gateway.testing.ts'

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
  const asked = log.nextAttempt()
  log.release()
  log.hold()
  await asked
}

/** A lasting session that a message is on its way to, not durable yet, as the client begins anew,
 *  subscribes and is sent another. */
async function beginAnew(gateway: TestGateway, change: Partial<Connect>): Promise<RawClient> {
  const first = await openConnected(gateway.port, 5, 'car', lasting)
  first.send(subscribe('d', 1))
  await first.expect('suback')
  gateway.log.hold()
  const asked = gateway.log.nextAttempt()
  void gateway.gateway.publish('d', Buffer.from('to the first'), { qos: 1 })
  await asked
  const second = await openRawClient(gateway.port)
  second.send(connectPacket(5, 'car', change), subscribe('d', 1))
  await gateway.untilMetric('roadstream_gateway_disconnects_total{reason="taken-over"}', (value) => value !== 0)
  return second
}

test('the end of a delivery that comes too late for its session takes nothing from the next session of the client id', async () => {
  await using kept = openMemoryLog({ partitions: 1 })
  {
    await using gateway = await openTestGateway({ kept, limits: { drainTimeoutMs: 5 } })
    const second = await beginAnew(gateway, lastingAnew)
    gateway.log.release()
    await second.expect('connack')
    await second.expect('suback')
    void gateway.gateway.publish('d', Buffer.from('to the second'), { qos: 1 })
    assert.equal(said(await second.expect('publish')), 'to the second')
    await gateway.gateway.publish('other', Buffer.alloc(1), { qos: 1 })
    await gateway.crash()
  }
  await using gateway = await openTestGateway({ kept, limits: { drainTimeoutMs: 5 } })
  const client = await openConnected(gateway.port, 5, 'car', lasting)
  assert.equal(said(await client.expect('publish')), 'to the second')
})

test('a client that was told it has a new session does not get the one before it, wherever a crash falls', async () => {
  const answered: boolean[] = []
  const most = 5
  for (let commits = 0; commits <= most; commits++) {
    await using kept = openMemoryLog({ partitions: 1 })
    const limits = { drainTimeoutMs: 5, batchRecords: 1 }
    {
      await using gateway = await openTestGateway({ kept, limits })
      const second = await beginAnew(gateway, lastingAnew)
      let isAnswered = false
      second.socket.once('data', () => (isAnswered = true))
      for (let n = 0; n < commits; n++) await letOne(gateway)
      if (commits === most) await until('the client has its CONNACK', () => isAnswered)
      else for (let turn = 0; turn < 5; turn++) await tick()
      answered.push(isAnswered)
      await gateway.crash()
    }
    if (answered.at(-1) !== true) continue
    await using gateway = await openTestGateway({ kept })
    const client = await openConnected(gateway.port, 5, 'car', lasting)
    await served(client)
    await gateway.gateway.publish('none', Buffer.alloc(1), { qos: 1 })
    assert.deepEqual(entries(kept), ['s/car'])
  }
  assert.deepEqual(answered.slice(0, 2), [false, false], 'CONNACK waits until the session before is durably gone')
})

for (const end of ['DISCONNECT', 'expiry', 'administrator'] as const)
  test(`a client that comes again after the end of its session (${end}) is answered once that is durable: a crash does not give it the old one`, async () => {
    await using kept = openMemoryLog({ partitions: 1 })
    {
      await using gateway = await openTestGateway({ kept, limits: { drainTimeoutMs: 5 } })
      const first = await openConnected(gateway.port, 5, 'acme/car', lasting)
      first.send(subscribe('d', 1))
      await first.expect('suback')
      if (end === 'expiry') await gateway.lose(first)
      await gateway.gateway.publish('none', Buffer.alloc(1), { qos: 1 })
      gateway.log.hold()
      if (end === 'DISCONNECT') first.send(encodeDisconnect(5, { reason: 0, properties: { sessionExpiryS: 0 } }))
      else if (end === 'expiry') gateway.clock.advance(3_600_001)
      else
        void gateway.gateway.sessions.disconnect({
          tenant: 'acme',
          clientId: 'acme/car',
          endSession: true,
          by: 'someone',
        })
      await gateway.untilMetric('roadstream_gateway_sessions', (value) => value === 0)
      const second = await openRawClient(gateway.port)
      let isAnswered = false
      second.socket.once('data', () => (isAnswered = true))
      const received = await gateway.metric('roadstream_gateway_received_bytes_total')
      second.send(connectPacket(5, 'acme/car', lastingAnew))
      await gateway.untilMetric('roadstream_gateway_received_bytes_total', (value) => value !== received)
      for (let turn = 0; turn < 5; turn++) await tick()
      assert.equal(isAnswered, false)
      await letOne(gateway)
      assert.equal((await second.expect('connack')).sessionPresent, false)
      await gateway.crash()
    }
    assert.deepEqual(entries(kept), [])
  })

test('of two connections that wait for the end of the same session, the later one gets the client id', async () => {
  await using gateway = await openTestGateway()
  const first = await beginAnew(gateway, lastingAnew)
  const second = await openRawClient(gateway.port)
  second.send(connectPacket(5, 'car', lastingAnew), pingRequest)
  assert.equal(await first.next(), undefined)
  gateway.log.release()
  await second.expect('connack')
  await second.expect('pingresp')
  assert.equal(gateway.gateway.connectionCount(), 1)
})

test('a session that its client takes up for the length of a connection only is durably gone before that is answered, and gone when the client does not wait', async () => {
  for (const waits of [true, false]) {
    await using kept = openMemoryLog({ partitions: 1 })
    await using gateway = await openTestGateway({ kept })
    const first = await beginAnew(gateway, { cleanStart: false })
    if (!waits) first.socket.destroy()
    gateway.log.release()
    if (waits) {
      assert.equal((await first.expect('connack')).sessionPresent, true)
      assert.ok(!entries(kept).includes('s/car'))
      await first.expect('publish')
    } else await gateway.untilMetric('roadstream_gateway_sessions', (value) => value === 0)
    await gateway.gateway.publish('none', Buffer.alloc(1), { qos: 1 })
    await gateway.gateway.publish('none', Buffer.alloc(1), { qos: 1 })
    assert.deepEqual(entries(kept), [])
  }
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
    await kept.state.commit([{ task: 'gateway/1', positions: {}, state: [{ key, value }] }], [])
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
  await gateway.untilMetric('roadstream_gateway_sessions', (value) => value === 0)
  await gateway.gateway.publish('none', Buffer.alloc(1), { qos: 1 })
  assert.deepEqual(entries(kept), [])
})

test('a message on its way to a member of a share group whose session ends before it is durable goes to another member', async () => {
  await using gateway = await openTestGateway()
  const uplink = 'v1/acme/car-1/up/telemetry'
  const filter = `$share/g/${uplink}`
  const publisher = await openConnected(gateway.port, 5, 'publisher')
  for (const change of [{}, lasting]) {
    const first = await openConnected(gateway.port, 5, 'first', change)
    first.send(subscribe(filter, 1))
    await first.expect('suback')
    gateway.log.hold()
    const asked = gateway.log.nextAttempt()
    publisher.send(publishPacket(5, uplink, telemetry(1)))
    await asked
    await using second = await openConnected(gateway.port, 5, 'second')
    second.send(subscribe(filter, 1))
    await second.expect('suback')
    first.send(encodeDisconnect(5, { reason: 0, properties: change === lasting ? { sessionExpiryS: 0 } : {} }))
    assert.equal(await first.next(), undefined)
    gateway.log.release()
    assert.equal((await second.expect('publish')).topic, uplink)
    await publisher.expect('puback')
  }
})

for (const { qos, threads } of [
  { qos: 1, threads: 1 },
  { qos: 2, threads: 1 },
  { qos: 1, threads: 3 },
] as const)
  test(`a message that a crash left to a member of a share group whose session was gone goes to another member after the next start (QoS ${qos}, threads: ${threads})`, async () => {
    await using kept = openMemoryLog({ partitions: 1 })
    const limits = { drainTimeoutMs: 5 }
    {
      await using gateway = await openTestGateway({ kept, limits, threads: 1 })
      const members: RawClient[] = []
      for (const clientId of ['first', 'second']) {
        const client = await openConnected(gateway.port, 5, clientId, lasting)
        client.send(subscribe('$share/g/d', 2))
        await client.expect('suback')
        members.push(client)
      }
      gateway.log.hold()
      const asked = gateway.log.nextAttempt()
      void gateway.gateway.publish('d', Buffer.from('for the group'), { qos })
      await asked
      members[0]!.send(encodeDisconnect(5, { reason: 0, properties: { sessionExpiryS: 0 } }))
      assert.equal(await members[0]!.next(), undefined)
      // The message, then the end of the session it is for; what is to follow from both is not
      // stored.
      await letOne(gateway)
      await letOne(gateway)
      await gateway.crash()
    }
    assert.deepEqual(
      entries(kept).map((key) => key.split('\0')[0]),
      ['q/first', 's/second'],
    )
    await using gateway = await openTestGateway({ kept, limits, threads })
    await using second = await openConnected(gateway.port, 5, 'second', lasting)
    const packet = await second.expect('publish')
    assert.deepEqual([said(packet), packet.qos], ['for the group', qos])
    await served(second)
    await gateway.gateway.publish('none', Buffer.alloc(1), { qos: 1 })
    assert.deepEqual(
      entries(kept).map((key) => key.split('\0')[0]),
      ['q/second', 's/second'],
    )
  })

test('what a session leaves when it ends is with others as soon as it is gone: its will sent, its shared messages passed on, wherever a crash falls', async () => {
  for (let commits = 0; commits < 8; commits++) {
    await using kept = openMemoryLog({ partitions: 1 })
    const limits = { drainTimeoutMs: 5, batchRecords: 1 }
    const will = {
      topic: 'v1/acme/car-1/up/telemetry',
      payload: telemetry(1),
      qos: 1,
      retain: false,
      properties: { willDelayS: 1000 },
    } as const
    {
      await using gateway = await openTestGateway({ kept, limits })
      for (const [clientId, change] of [
        ['first', { ...lasting, will }],
        ['second', lasting],
      ] as const) {
        const client = await openConnected(gateway.port, 5, clientId, change)
        client.send(subscribe('$share/g/d', 1))
        await client.expect('suback')
        await gateway.lose(client)
        if (clientId === 'first')
          for (const text of ['a', 'b']) await gateway.gateway.publish('d', Buffer.from(text), { qos: 1 })
      }
      gateway.log.hold()
      const asked = gateway.log.nextAttempt()
      const client = await openRawClient(gateway.port)
      client.send(connectPacket(5, 'first', { cleanStart: true }))
      await asked
      for (let n = 0; n < commits; n++) {
        gateway.log.release()
        gateway.log.hold()
        for (let turn = 0; turn < 5; turn++) await tick()
      }
      await gateway.crash()
    }
    const row = kept.state.get('gateway/1', 's/first')
    const messages = entries(kept).filter((key) => key.startsWith('q/'))
    const sent = (await kept.log.bounds('telemetry', 0)).end
    const waits = row !== undefined && Buffer.from(row).includes('"will"')
    assert.deepEqual([messages.length, sent], [2, waits ? 0 : 1], `after ${commits} commits`)
    assert.equal(messages.filter((key) => key.startsWith('q/second')).length, waits ? 0 : 2)
  }
})

test('a session that another policy does not allow its subscriptions any more is not taken up again', async () => {
  await using kept = openMemoryLog({ partitions: 1 })
  {
    await using gateway = await openTestGateway({ kept })
    for (const filter of ['d', 'others']) {
      const client = await openConnected(gateway.port, 5, filter, lasting)
      client.send(subscribe(filter, 1))
      await client.expect('suback')
      await gateway.lose(client)
      await gateway.gateway.publish(filter, Buffer.from(filter), { qos: 1 })
    }
  }
  const admission: Admission = { ...openAdmission, maySubscribe: (_principal, filter) => filter === 'd' }
  await using gateway = await openTestGateway({ kept, admission })
  const allowed = await openConnected(gateway.port, 5, 'd', lasting)
  assert.equal(said(await allowed.expect('publish')), 'd')
  const other = await openRawClient(gateway.port)
  other.send(connectPacket(5, 'others', lasting))
  assert.equal((await other.expect('connack')).sessionPresent, false)
  await gateway.gateway.publish('others', Buffer.alloc(1), { qos: 1 })
  await served(other)
  assert.deepEqual(
    entries(kept).filter((key) => key.includes('others')),
    ['s/others'],
  )
})
