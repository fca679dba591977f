// The bridge against Mosquitto, where it is installed: what the broker acknowledged to a car is in
// the log, whoever dies in between.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { openLmdbLog } from '../eventlog/lmdb/lmdb-log.ts'
import { arrivedOf } from '../eventlog/foreign-record.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import { telemetry } from '../gateway/gateway.testing.ts'
import {
  noDynamicSecurity,
  noMosquitto,
  noPasswords,
  openLastingMosquitto,
  withoutSubscribing,
  withPasswords,
} from '../../test/engines/mosquitto.ts'
import { translationOf } from '../mapping/messages/translation.testing.ts'
import { isSubscribed, load, openCar, openTestBridge, seqsOf, startBridge, until } from './bridge.testing.ts'
import { uplinkTopics } from '../eventlog/topics.ts'

const topic = 'v1/acme/car-1/up/telemetry'
const skip = { skip: noMosquitto }

test('through Mosquitto everything arrives, from several connections once each', skip, async () => {
  await using broker = await openLastingMosquitto()
  await using it = openTestBridge({ port: broker.port, connections: 3 })
  await until(() => isSubscribed(it))
  const car = await openCar(broker.port)
  await Promise.all(
    Array.from({ length: 1000 }, (_, seq) => car.publishAsync(topic, telemetry(seq), { qos: seq % 2 === 0 ? 1 : 2 })),
  )
  await until(() => it.bridge.state().acknowledged === 1000)
  assert.deepEqual([(await it.stored('telemetry')).length, seqsOf(await it.stored('telemetry')).size], [1000, 1000])
  await car.endAsync()
})

test('while the log takes nothing the broker keeps all of it; then it arrives, in order', skip, async () => {
  await using broker = await openLastingMosquitto()
  await using it = openTestBridge({ port: broker.port, bridgeLimits: { receiveMaximum: 100 } })
  await until(() => isSubscribed(it))
  it.log.isFull = true
  const car = await openCar(broker.port)
  await Promise.all(Array.from({ length: 2000 }, (_, seq) => car.publishAsync(topic, telemetry(seq), { qos: 1 })))
  await until(() => it.bridge.state().received === 100)
  assert.deepEqual([it.bridge.state().acknowledged, (await it.stored('telemetry')).length], [0, 0])
  it.log.isFull = false
  await until(() => it.bridge.state().acknowledged === 2000)
  assert.deepEqual([...seqsOf(await it.stored('telemetry'))], [...Array(2000).keys()])
  await car.endAsync()
})

test(
  'of what Mosquitto had kept the receipt is no instant, also when it comes again because it was not acknowledged',
  skip,
  async () => {
    await using broker = await openLastingMosquitto()
    const publisher = await openCar(broker.port)
    const say = (v: number, at?: number) =>
      publisher.publishAsync('cars/a', JSON.stringify({ v, at }), { qos: 1, retain: true })
    const byReceipt = translationOf({})
    const byInstant = translationOf({
      from: { form: 'messages', routes: [{ topic: 'cars/{car}' }], vehicle: '{car}', retained: 'dated' },
      time: [{ as: 'epoch', field: '/at', unit: 's', clock: 'measured' }, { as: 'receipt' }],
    })
    const plain = { port: broker.port, group: '', publishers: [byReceipt] }
    await say(63, 1_764_338_400)
    {
      await using first = openTestBridge({ ...plain, limits: { drainTimeoutMs: 50 } })
      await until(() => isSubscribed(first))
      first.log.hold()
      await until(() => first.bridge.state().received === 1)
      await first.bridge.drain()
      assert.equal(first.bridge.state().acknowledged, 0)
    }
    // Nobody is subscribed now, and the session is there: said to it, and kept as well.
    await say(70)
    await using it = openTestBridge(plain)
    await until(() => it.bridge.state().acknowledged === 2)
    const arrived = (await it.stored('foreign')).map((record) => arrivedOf(record)!)
    assert.deepEqual(
      arrived.map(({ retained }) => retained),
      [true, false],
    )
    const said = (translation: typeof byReceipt) =>
      arrived.map((message) =>
        translation
          .take({}, message)
          .said.flatMap(({ samples }) =>
            samples.map(({ at, clock = 'measured', signals }) => [
              at === message.receivedAt ? 'receipt' : at,
              clock,
              signals,
            ]),
          ),
      )
    const live = ['receipt', 'received', { 'Vehicle.Speed': 70 }]
    assert.deepEqual(said(byReceipt), [[], [live]])
    assert.deepEqual(said(byInstant), [[[1_764_338_400_000, 'measured', { 'Vehicle.Speed': 63 }]], [live]])
    await publisher.endAsync()
  },
)

test('Mosquitto is killed and comes back with nothing; the bridge subscribes anew by itself', skip, async () => {
  await using broker = await openLastingMosquitto()
  await using it = openTestBridge({ port: broker.port })
  await until(() => isSubscribed(it))
  await broker.stop('SIGKILL')
  await until(() => !isSubscribed(it))
  await broker.start()
  await until(() => isSubscribed(it))
  // An operator is told that there was something to lose.
  assert.ok(it.said.some(({ msg }) => msg.includes('has forgotten the session')))
  assert.equal(await it.metric('roadstream_bridge_sessions_forgotten_total'), 1)
  const car = await openCar(broker.port)
  await car.publishAsync(topic, telemetry(1), { qos: 1 })
  await until(async () => (await it.stored('telemetry')).length === 1)
  await car.endAsync()
})

test(
  'Mosquitto restarts with what the bridge has not acknowledged, and with what came while it was away',
  skip,
  async () => {
    await using broker = await openLastingMosquitto()
    const first = openTestBridge({ port: broker.port, limits: { drainTimeoutMs: 50 } })
    await until(() => isSubscribed(first))
    const car = await openCar(broker.port)
    first.log.hold()
    for (let seq = 0; seq < 20; seq++) await car.publishAsync(topic, telemetry(seq), { qos: 1 })
    await until(() => first.bridge.state().received === 20)
    await first.bridge.drain()
    assert.equal(first.bridge.state().acknowledged, 0)
    for (let seq = 20; seq < 40; seq++) await car.publishAsync(topic, telemetry(seq), { qos: 1 })
    await car.endAsync()
    await broker.restart('SIGTERM')
    await using it = openTestBridge({ port: broker.port })
    await until(() => it.bridge.state().acknowledged === 40)
    assert.equal(seqsOf(await it.stored('telemetry')).size, 40)
    await first[Symbol.asyncDispose]()
  },
)

test('the bridge is killed under load, again and again: what the broker acknowledged is in the log', skip, async () => {
  const rounds = process.env['CI'] === 'true' ? 10 : 3
  await using broker = await openLastingMosquitto()
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-bridge-'))
  let bridge = await startBridge(broker.port, dir, 'g')
  try {
    const car = await openCar(broker.port)
    const publishing = load(car, 50)
    for (let round = 1; round <= rounds; round++) {
      await until(() => publishing.acknowledged.length > round * 700)
      bridge.kill('SIGKILL')
      await once(bridge, 'exit')
      // While nobody is there the broker keeps what comes.
      const { length } = publishing.acknowledged
      await until(() => publishing.acknowledged.length > length + 200)
      bridge = await startBridge(broker.port, dir, 'g')
    }
    await publishing.stop()
    await car.endAsync()
    const { log } = openLmdbLog({ dir, partitions: 2, topics: uplinkTopics })
    const stored = async (): Promise<Set<number>> => seqsOf(await readWhole(log, 'telemetry'))
    await until(async () => (await stored()).size >= publishing.acknowledged.length)
    const there = await stored()
    assert.deepEqual(
      publishing.acknowledged.filter((seq) => !there.has(seq)),
      [],
    )
    await log[Symbol.asyncDispose]()
  } finally {
    bridge.kill('SIGKILL')
    rmSync(dir, { recursive: true, force: true })
  }
})

test('Mosquitto refuses a wrong password, and takes the right one', { skip: noPasswords }, async () => {
  await using broker = await openLastingMosquitto((folder) => withPasswords(folder, 'roadstream'))
  await using wrong = openTestBridge({ port: broker.port, server: { user: 'roadstream', password: 'not-mine' } })
  await until(() => wrong.said.length > 0)
  assert.equal(wrong.said[0]!.reason, 'not-authorised')
  assert.equal(wrong.saidText().includes('not-mine'), false)
  await using right = openTestBridge({
    port: broker.port,
    server: { user: 'roadstream', password: 'mine' },
    clientId: 'right',
  })
  await until(() => isSubscribed(right))
})

test(
  'access rules of Mosquitto that keep the bridge from subscribing are named',
  {
    skip: noDynamicSecurity,
  },
  async () => {
    await using broker = await openLastingMosquitto(withoutSubscribing)
    await using it = openTestBridge({ port: broker.port })
    await until(() => it.said.some(({ reason }) => reason === 'subscription'))
    assert.match(it.said.find(({ reason }) => reason === 'subscription')!.msg, /access rules \(ACL\)/)
  },
)

test('messages for cars go out through Mosquitto, and wait while it restarts', skip, async () => {
  await using broker = await openLastingMosquitto()
  await using it = openTestBridge({ port: broker.port })
  await until(() => isSubscribed(it))
  const car = await openCar(broker.port)
  const heard: string[] = []
  car.on('message', (_topic, payload) => void heard.push(payload.toString()))
  await car.subscribeAsync('v1/acme/car-1/down/#', { qos: 2 })
  const send = (text: string, qos: 0 | 1 | 2) =>
    it.bridge.publish('v1/acme/car-1/down/command', Buffer.from(text), { qos, expiryS: 60 })
  assert.deepEqual(await Promise.all([send('a', 1), send('b', 2), send('c', 0)]), ['taken', 'taken', 'taken'])
  await until(() => heard.length === 3)
  await broker.stop('SIGTERM')
  await until(() => !isSubscribed(it))
  const waiting = [send('d', 1), send('e', 2)]
  await broker.start()
  assert.deepEqual(await Promise.all(waiting), ['taken', 'taken'])
  await until(() => heard.length === 5)
  await car.endAsync()
})
