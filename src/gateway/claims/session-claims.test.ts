// Gateways of several machines over one log: a client goes from one to another with all of its own,
// and the one that slept through it tells nobody anything more.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { steadyClock, systemClock } from '../../base/clock.ts'
import { silentLogger } from '../../base/logger.ts'
import type { EventLog } from '../../eventlog/event-log.ts'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { readWhole } from '../../eventlog/read-whole.testing.ts'
import type { LogAndState } from '../../eventlog/state-store.ts'
import { sessionsTopic, uplinkTopics } from '../../eventlog/topics.ts'
import { encodeAcknowledgement, encodeSubscribe, pingRequest } from '../../mqtt/encode-packet.ts'
import { packetType, type Connect } from '../../mqtt/packet.ts'
import { openAdmission } from '../admission/open-admission.ts'
import { filterOf, keptFor, subscribe, willOf } from '../conformance/exchange.testing.ts'
import { openGateway, type Gateway } from '../gateway.ts'
import {
  connectPacket,
  heldLog,
  noRateLimits,
  openConnected,
  openRawClient,
  publishPacket,
  telemetry,
  until,
  type HeldLog,
  type RawClient,
} from '../gateway.testing.ts'
import { openTestStore } from './shared-store.testing.ts'

type Machine = AsyncDisposable & {
  readonly gateway: Gateway
  readonly port: number
  readonly held: HeldLog
  /** From now on nothing that it says to the log arrives, and it hears nothing of it. */
  sleep(): void
  wake(): void
}

const topics = [...uplinkTopics, sessionsTopic]

async function openMachine(shared: LogAndState): Promise<Machine> {
  const held = heldLog(shared)
  const stop = new AbortController()
  let awake: PromiseWithResolvers<void> | undefined
  const log: EventLog = {
    ...held,
    append: (records) => held.append(records),
    read: async (...given) => {
      await awake?.promise
      return held.read(...given)
    },
  }
  const store = await openTestStore(log)
  const gateway = await openGateway({
    listeners: [{ kind: 'tcp', host: '127.0.0.1', port: 0 }],
    store,
    admission: openAdmission,
    limits: { sweepMs: 5, appendRetryMinMs: 1, appendRetryMaxMs: 5, drainTimeoutMs: 200, ...noRateLimits },
    clock: systemClock,
    steady: steadyClock,
    logger: silentLogger,
    registry: new Registry(),
  })
  const following = store.claims.follow(stop.signal)
  const wake = (): void => {
    awake?.resolve()
    awake = undefined
    held.release()
  }
  return {
    gateway,
    port: gateway.port,
    held,
    sleep() {
      held.hold()
      awake ??= Promise.withResolvers<void>()
    },
    wake,
    async [Symbol.asyncDispose]() {
      wake()
      await gateway[Symbol.asyncDispose]()
      stop.abort()
      await following
    },
  }
}

const openShared = (): LogAndState => openMemoryLog({ partitions: 1, topics })

async function enter(
  port: number,
  clientId: string,
  change: Partial<Connect> = keptFor(5),
): Promise<[RawClient, boolean]> {
  const client = await openRawClient(port)
  client.send(connectPacket(5, clientId, change))
  return [client, (await client.expect('connack')).sessionPresent]
}

test('a client that comes to another gateway has its subscriptions and what waited for it, and the first one is told 0x8E', async () => {
  await using shared = openShared()
  await using one = await openMachine(shared)
  await using other = await openMachine(shared)
  await using car = await openConnected(one.port, 5, 'car', keptFor(5))
  await subscribe(car, 5, filterOf('down/#'))
  await one.gateway.publish('down/command', Buffer.from('first'), { qos: 1 })
  await one.gateway.publish('down/command', Buffer.from('exact'), { qos: 2 })
  const sent = [await car.expect('publish'), await car.expect('publish')]
  car.send(encodeAcknowledgement(packetType.pubrec, 5, sent[1]!.messageId!))
  await car.expect('pubrel')

  const [again, isPresent] = await enter(other.port, 'car')
  await using _ = again
  assert.equal(isPresent, true)
  assert.equal((await car.expect('disconnect')).reasonCode, 0x8e)
  assert.equal(await car.next(), undefined)
  // The message it has is released, that it did not acknowledge comes again, by their identifiers.
  const released = await again.expect('pubrel')
  const resent = await again.expect('publish')
  assert.deepEqual([released.messageId, resent.messageId], [sent[1]!.messageId, sent[0]!.messageId])
  assert.deepEqual([resent.payload.toString(), resent.dup], ['first', true])
  await other.gateway.publish('down/command', Buffer.from('here'), { qos: 1 })
  assert.equal((await again.expect('publish')).payload.toString(), 'here')
})

test('what waits for a client that is away comes with it to any gateway, also from one that was killed', async () => {
  await using shared = openShared()
  await using other = await openMachine(shared)
  {
    await using one = await openMachine(shared)
    const [car] = await enter(one.port, 'car')
    await subscribe(car, 5, filterOf('down/#'))
    await car[Symbol.asyncDispose]()
    await until('the client is gone', () => one.gateway.connectionCount() === 0)
    for (const text of ['one', 'two']) await one.gateway.publish('down/command', Buffer.from(text), { qos: 1 })
    // Nothing more of it is stored.
    one.held.isFull = true
  }
  const [car, isPresent] = await enter(other.port, 'car')
  await using _ = car
  const got = [await car.expect('publish'), await car.expect('publish')].map(({ payload }) => payload.toString())
  assert.deepEqual([isPresent, got], [true, ['one', 'two']])
})

test('a QoS 2 message that one gateway has is known at the next: it is stored once', async () => {
  await using shared = openShared()
  await using one = await openMachine(shared)
  await using other = await openMachine(shared)
  const topic = 'v1/acme/car/up/telemetry'
  const change = { qos: 2 as const, packetId: 9 }
  const [car] = await enter(one.port, 'acme/car')
  car.send(publishPacket(5, topic, telemetry(1), change))
  await car.expect('pubrec')
  await car[Symbol.asyncDispose]()
  const [again] = await enter(other.port, 'acme/car')
  await using _ = again
  again.send(publishPacket(5, topic, telemetry(1), { ...change, dup: true }))
  await again.expect('pubrec')
  again.send(encodeAcknowledgement(packetType.pubrel, 5, 9))
  assert.equal((await again.expect('pubcomp')).reasonCode ?? 0, 0)
  again.send(publishPacket(5, topic, telemetry(2), change))
  await again.expect('pubrec')
  assert.equal((await readWhole(shared.log, 'telemetry')).length, 2)
})

test('a gateway that slept through a claim acknowledges nothing that it stored since, and changes nothing', async () => {
  await using shared = openShared()
  await using one = await openMachine(shared)
  await using other = await openMachine(shared)
  const [car] = await enter(one.port, 'car')
  await subscribe(car, 5, filterOf('down/one'))
  one.sleep()
  car.send(encodeSubscribe(5, { packetId: 5, subscriptions: [filterOf('down/two')], subscriptionId: undefined }))
  await one.held.nextAttempt()
  const [again, isPresent] = await enter(other.port, 'car')
  await using _ = again
  assert.equal(isPresent, true)
  await subscribe(again, 5, filterOf('down/three'))
  one.wake()
  const packet = await car.expect('disconnect')
  assert.deepEqual([packet.reasonCode, await car.next()], [0x8e, undefined])

  await using third = await openMachine(shared)
  const [last, isThere] = await enter(third.port, 'car')
  await using __ = last
  assert.equal(isThere, true)
  for (const name of ['one', 'two', 'three']) await third.gateway.publish(`down/${name}`, Buffer.from(name), { qos: 1 })
  const got = [await last.expect('publish'), await last.expect('publish')].map(({ payload }) => payload.toString())
  assert.deepEqual(got, ['one', 'three'])
})

test('a clean start at another gateway ends the session everywhere, and its will goes out there', async () => {
  await using shared = openShared()
  await using one = await openMachine(shared)
  await using other = await openMachine(shared)
  const will = willOf({ topic: 'v1/acme/car/up/session', payload: telemetry(7), properties: { willDelayS: 600 } })
  const [car] = await enter(one.port, 'acme/car', { ...keptFor(5), will })
  await subscribe(car, 5, filterOf('down/#'))
  await car[Symbol.asyncDispose]()
  await until('the client is gone', () => one.gateway.connectionCount() === 0)
  const [fresh, wasPresent] = await enter(other.port, 'acme/car', { cleanStart: true })
  assert.equal(wasPresent, false)
  assert.equal((await readWhole(shared.log, 'session')).length, 1)
  await fresh[Symbol.asyncDispose]()
  const [last, isPresent] = await enter(one.port, 'acme/car')
  await using _ = last
  assert.equal(isPresent, false)
})

test('of two clients that come by one client id to two gateways at once, one stays', async () => {
  await using shared = openShared()
  await using one = await openMachine(shared)
  await using other = await openMachine(shared)
  for (let round = 0; round < 20; round++) {
    const both = await Promise.all([openRawClient(one.port), openRawClient(other.port)])
    for (const client of both) client.send(connectPacket(5, 'car', keptFor(5)))
    await until('one of them is left', () => one.gateway.connectionCount() + other.gateway.connectionCount() === 1)
    for (const client of both) await client[Symbol.asyncDispose]()
    await until('nobody is left', () => one.gateway.connectionCount() + other.gateway.connectionCount() === 0)
  }
})

test('a car that publishes at QoS 1, or is silent, costs nothing in the topic of sessions', async () => {
  await using shared = openShared()
  await using one = await openMachine(shared)
  const [car] = await enter(one.port, 'acme/car')
  await using _ = car
  // Its session is stored by then.
  await subscribe(car, 5, filterOf('v1/acme/car/down/#'))
  const before = (await shared.log.bounds('sessions', 0)).end
  for (let seq = 0; seq < 50; seq++) {
    car.send(publishPacket(5, 'v1/acme/car/up/telemetry', telemetry(seq), { packetId: seq + 1 }), pingRequest)
    const answers = new Set([(await car.next())?.cmd, (await car.next())?.cmd])
    assert.deepEqual(answers, new Set(['pingresp', 'puback']))
  }
  assert.deepEqual(
    [(await shared.log.bounds('sessions', 0)).end - before, (await readWhole(shared.log, 'telemetry')).length],
    [0, 50],
  )
})
