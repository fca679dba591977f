// The bridge against HiveMQ Community Edition, where it is installed. One broker for all of it,
// since it takes seconds to start.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { openLmdbLog } from '../src/eventlog/lmdb/lmdb-log.ts'
import { readWhole } from '../src/eventlog/read-whole.testing.ts'
import {
  isSubscribed,
  load,
  openCar,
  openTestBridge,
  seqsOf,
  startBridge,
  until,
} from '../src/bridge/bridge.testing.ts'
import { telemetry } from '../src/gateway/gateway.testing.ts'
import { noHivemq, startHivemq } from './engines/hivemq.ts'
import { temporaryFolder } from './support/running-system.ts'
import { uplinkTopics } from '../src/eventlog/topics.ts'

const topic = 'v1/acme/car-1/up/telemetry'
/** Of what HiveMQ takes from a car at a time, unless it is told otherwise: MQTT.js sends some twice
 *  when it is given more. */
const window = 10
const settings = [
  '<queued-messages><max-queue-size>1000000</max-queue-size></queued-messages>',
  '<session-expiry><max-interval>3600</max-interval></session-expiry>',
]

test('through HiveMQ', { skip: noHivemq }, async (t) => {
  await using broker = await startHivemq(settings.join(''))
  const { port } = broker

  /** Publishes `count` messages, the first with this seq. */
  async function publish(count: number, first = 0): Promise<void> {
    const car = await openCar(port)
    let seq = first
    const one = async (): Promise<void> => {
      while (seq < first + count) {
        const own = seq++
        await car.publishAsync(topic, telemetry(own), { qos: own % 2 === 0 ? 1 : 2 })
      }
    }
    await Promise.all(Array.from({ length: window }, one))
    await car.endAsync()
  }

  await t.test('everything arrives, from several connections of one group once each', async () => {
    await using it = openTestBridge({ port, clientId: 'several', group: 'several', connections: 3 })
    await until(() => isSubscribed(it))
    await publish(1000)
    // More of them than were sent is told by what is stored, not waited for in vain.
    await until(() => it.bridge.state().acknowledged >= 1000)
    assert.deepEqual([(await it.stored('telemetry')).length, seqsOf(await it.stored('telemetry')).size], [1000, 1000])
  })

  await t.test('while the log takes nothing HiveMQ keeps all of it; then it arrives, in order', async () => {
    await using it = openTestBridge({ port, clientId: 'slow', group: 'slow' })
    await until(() => isSubscribed(it))
    it.log.isFull = true
    const car = await openCar(port)
    for (let seq = 0; seq < 500; seq++) await car.publishAsync(topic, telemetry(seq), { qos: 1 })
    await car.endAsync()
    assert.deepEqual([it.bridge.state().acknowledged, (await it.stored('telemetry')).length], [0, 0])
    it.log.isFull = false
    await until(() => it.bridge.state().acknowledged === 500)
    assert.deepEqual([...seqsOf(await it.stored('telemetry'))], [...Array(500).keys()])
  })

  await t.test(
    'what one bridge leaves unacknowledged goes to another of the group, under whatever client id',
    async () => {
      const first = openTestBridge({ port, clientId: 'first', group: 'heirs' })
      await until(() => isSubscribed(first))
      first.log.hold()
      await publish(20)
      await until(() => first.bridge.state().received > 0)
      await first.bridge.drain()
      assert.equal(first.bridge.state().acknowledged, 0)
      await publish(20, 20)
      await using second = openTestBridge({ port, clientId: 'second', group: 'heirs' })
      await until(() => second.bridge.state().acknowledged === 40)
      assert.equal(seqsOf(await second.stored('telemetry')).size, 40)
      await first[Symbol.asyncDispose]()
    },
  )

  await t.test('a session that it grants for less than was asked for is warned of', async () => {
    await using it = openTestBridge({ port, clientId: 'short', group: 'short' })
    await until(() => isSubscribed(it))
    const warning = it.said.find(({ msg }) => msg.includes('keeps the session'))
    assert.deepEqual([warning?.grantedS, warning?.askedS], [3600, 7 * 24 * 3600])
  })

  await t.test('whom it does not let in, subscribe or publish is told what to allow', async () => {
    await using stranger = openTestBridge({
      port,
      clientId: 'stranger',
      server: { user: 'stranger', password: 'wrong' },
    })
    await until(() => stranger.said.some(({ reason }) => reason === 'not-authorised'))
    await using deaf = openTestBridge({ port, clientId: 'deaf' })
    await until(() => deaf.said.some(({ reason }) => reason === 'subscription'))
    await using mute = openTestBridge({ port, clientId: 'mute', group: 'mute' })
    await until(() => isSubscribed(mute))
    assert.equal(
      await mute.bridge.publish('v1/acme/car-1/down/command', Buffer.from('a'), { qos: 1, expiryS: 60 }),
      'refused',
    )
    await until(() => mute.said.some(({ reason }) => reason === 'not-authorised'))
    assert.match(mute.said.find(({ reason }) => reason === 'not-authorised')!.msg, /publish to/)
    await until(() => isSubscribed(mute))
  })

  await t.test('messages for cars go out, more at a time than it takes, and wait while it is killed', async () => {
    await using it = openTestBridge({ port, clientId: 'down', group: 'down' })
    await until(() => isSubscribed(it))
    const car = await openCar(port)
    const heard = new Set<string>()
    car.on('message', (_topic, payload) => void heard.add(payload.toString()))
    await car.subscribeAsync('v1/acme/car-1/down/#', { qos: 2 })
    const send = (text: string, qos: 0 | 1 | 2) =>
      it.bridge.publish('v1/acme/car-1/down/command', Buffer.from(text), { qos, expiryS: 60 })
    const sent = Array.from({ length: 60 }, (_, index) => send(`early ${index}`, (index % 3) as 0 | 1 | 2))
    assert.ok((await Promise.all(sent)).every((outcome) => outcome === 'taken'))
    await until(() => heard.size === 60)
    await broker.kill()
    await until(() => !isSubscribed(it))
    const waiting = [send('late 1', 1), send('late 2', 2)]
    await broker.start()
    assert.deepEqual(await Promise.all(waiting), ['taken', 'taken'])
    await until(() => heard.size === 62)
    await car.endAsync()
  })

  // Of a shared subscription HiveMQ does not send again, after kill -9, what was on the way
  // (docs/bridge.md).
  await t.test(
    'bridge and broker are killed under load: by a plain subscription what HiveMQ acknowledged is in the log',
    async () => {
      using folder = temporaryFolder()
      let bridge = await startBridge(port, folder.path, '')
      try {
        const car = await openCar(port)
        const publishing = load(car, window)
        const more = (count: number): Promise<void> => {
          const { length } = publishing.acknowledged
          return until(() => publishing.acknowledged.length > length + count)
        }
        for (const victim of ['bridge', 'broker', 'bridge']) {
          await more(200)
          if (victim === 'broker') {
            await broker.kill()
            await broker.start()
          } else {
            bridge.kill('SIGKILL')
            await once(bridge, 'exit')
            await more(100)
            bridge = await startBridge(port, folder.path, '')
          }
        }
        await publishing.stop()
        await car.endAsync()
        const { log } = openLmdbLog({ dir: folder.path, partitions: 2, topics: uplinkTopics })
        const missing = async (): Promise<number[]> => {
          const there = seqsOf(await readWhole(log, 'telemetry'))
          return publishing.acknowledged.filter((seq) => !there.has(seq))
        }
        await until(async () => (await missing()).length === 0)
        await log[Symbol.asyncDispose]()
      } finally {
        bridge.kill('SIGKILL')
      }
    },
  )
})
