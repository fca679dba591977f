// Trackers through kills of the gateway, each with a packet on its way: what was answered as stored
// is in the log, whole and in its order, and a tracker loses nothing.
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../src/base/port.testing.ts'
import { arrivedOf } from '../src/eventlog/foreign-record.ts'
import { openLmdbLog } from '../src/eventlog/lmdb/lmdb-log.ts'
import { readWhole } from '../src/eventlog/read-whole.testing.ts'
import { foreignTopic, uplinkTopics } from '../src/eventlog/topics.ts'
import { frameOf, RawTracker } from '../src/trackers/tracker.testing.ts'
import { decodeBinary } from '../src/mapping/binary/decode-binary.ts'
import { seeded } from '../src/base/seeded.testing.ts'
import { temporaryFolder } from './support/running-system.ts'

const kills = Number(process.env['ROUNDS'] ?? (process.env['CI'] === 'true' ? 40 : 6))
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9))
const partitions = 3
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const imeis = ['861230000000007', '861230000000015', '861230000000023', '861230000000031']

/** The settings of a gateway that takes these trackers. */
function settingsFor(folder: string, port: number): Record<string, string> {
  const file = (name: string, content: object): string => {
    const path = join(folder, name)
    writeFileSync(path, JSON.stringify(content))
    return path
  }
  const mapping = {
    name: 'trackers',
    about: 'packets of trackers',
    from: { form: 'messages', routes: [{ method: 'TELTONIKA', path: '/{imei}' }], sender: '{imei}', vehicle: '{imei}' },
    time: { as: 'receipt' },
    signals: { 'Vehicle.Speed': { field: '/speed', unit: 'km/h' } },
  }
  return {
    ROADSTREAM_DATA: join(folder, 'data'),
    ROADSTREAM_LOG_PARTITIONS: String(partitions),
    ROADSTREAM_MQTT: '127.0.0.1:0',
    ROADSTREAM_METRICS: '127.0.0.1:0',
    ROADSTREAM_MAPPINGS: file('trackers.json', mapping),
    ROADSTREAM_SENDERS: file('senders.json', {
      trackers: Object.fromEntries(imeis.map((imei, index) => [imei, `van-${index}`])),
    }),
    ROADSTREAM_TELTONIKA: `127.0.0.1:${port}`,
    ROADSTREAM_TELTONIKA_FROM: file('networks.json', { '*': ['127.0.0.1'] }),
  }
}

const startGateway = (settings: Readonly<Record<string, string>>): ChildProcess =>
  spawn(process.execPath, [main, 'gateway'], {
    env: { ...process.env, ...settings, NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })

/** As the maker's trackers: it keeps a record until it is counted in an answer, and says all that
 *  it has again when it was not. */
class Tracker {
  /** The records it has been told are stored: it has forgotten them. */
  acknowledged = 0
  readonly #imei: string
  readonly #port: number
  readonly #random: () => number

  constructor(imei: string, port: number, random: () => number) {
    this.#imei = imei
    this.#port = port
    this.#random = random
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const raw = new RawTracker(this.#port)
      if ((await raw.logIn(this.#imei)) === 1) await this.#speak(raw, signal)
      raw.socket.destroy()
      await wait(5)
    }
  }

  async #speak(raw: RawTracker, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const count = 1 + Math.floor(this.#random() * 20)
      const numbers = Array.from({ length: count }, (_, index) => this.acknowledged + index)
      const frame = frameOf(numbers, this.#random() < 0.5 ? '8E' : '8')
      const cut = Math.floor(this.#random() * frame.length)
      raw.send(frame.subarray(0, cut))
      raw.send(frame.subarray(cut))
      if ((await raw.answer()) !== count) return
      this.acknowledged += count
    }
  }
}

/** The numbers of the records of each packet of a tracker, in the order of the log. */
async function storedOf(folder: string): Promise<ReadonlyMap<string, readonly (readonly number[])[]>> {
  await using opened = openLmdbLog({ dir: join(folder, 'data', 'log'), partitions, topics: uplinkTopics })
  assert.deepEqual(await readWhole(opened.log, 'dead-letter'), [])
  const arrived = (await readWhole(opened.log, foreignTopic)).map((record) => arrivedOf(record)!)
  const bySender = Map.groupBy(arrived, ({ sender }) => sender)
  return new Map(
    [...bySender].map(([sender, all]) => [
      sender,
      all.map(({ payload }) => {
        const decoded = decodeBinary('teltonika', payload)
        assert.ok(decoded.ok)
        const records = decoded.value.tree['records'] as readonly { readonly timestamp: number }[]
        return records.map(({ timestamp }) => timestamp - 1_772_000_000_000)
      }),
    ]),
  )
}

test(
  `killed ${kills} times, the gateway has all that it has answered to trackers`,
  { timeout: 240_000 },
  async (context) => {
    context.diagnostic(`SEED=${seed}`)
    const random = seeded(seed)
    using folder = temporaryFolder()
    const port = await freePort()
    const settings = settingsFor(folder.path, port)
    const stop = new AbortController()
    const trackers = imeis.map((imei) => new Tracker(imei, port, random))
    const running = trackers.map((tracker) => tracker.run(stop.signal))
    const told = (): number => trackers.reduce((sum, { acknowledged }) => sum + acknowledged, 0)
    for (let kill = 0; kill < kills; kill += 1) {
      const gateway = startGateway(settings)
      const wanted = told() + 50 + Math.floor(random() * 1_000)
      while (told() < wanted) {
        assert.equal(gateway.exitCode, null)
        await wait(1)
      }
      const ended = once(gateway, 'exit')
      gateway.kill('SIGKILL')
      assert.deepEqual(await ended, [null, 'SIGKILL'])
    }
    // The last one is stopped as it should be: what it was sent it answers.
    const last = startGateway(settings)
    const before = told()
    while (told() === before) await wait(1)
    last.kill('SIGTERM')
    assert.deepEqual(await once(last, 'exit'), [0, null])
    stop.abort()
    await Promise.all(running)
    const stored = await storedOf(folder.path)
    context.diagnostic(`${told()} records acknowledged, ${[...stored.values()].flat(2).length} stored`)
    for (const [index, { acknowledged }] of trackers.entries()) {
      const packets = stored.get(imeis[index]!)!
      let next = 0
      for (const [first = next, ...more] of packets) {
        // Each begins where the tracker was told that it is, or again where it was before.
        assert.ok(first <= next, `${first} after ${next}`)
        next = Math.max(next, first + 1 + more.length)
      }
      assert.ok(next >= acknowledged, `${acknowledged} are acknowledged, and ${next} stored`)
    }
  },
)
