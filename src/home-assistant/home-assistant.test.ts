// Messages to Home Assistant over time: at which rate, through what a broker does not take, and
// through restarts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { silentLogger } from '../base/logger.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import type { NewRecord } from '../eventlog/event-log.ts'
import { paths } from './known-vehicle.ts'
import { openHomeAssistant, type HomeAssistantOptions } from './home-assistant.ts'

const at = 1_772_600_000_000

function open() {
  let now = 0
  const clock = { now: () => at + now }
  const opened = openMemoryLog({ partitions: 3, clock })
  const told: { topic: string; payload: string }[] = []
  let outcome: (topic: string) => string = () => 'taken'
  let reached = 0
  const lines: string[] = []
  const logger = Object.assign(Object.create(silentLogger) as typeof silentLogger, {
    warn: (...words: unknown[]) => void lines.push(words.join()),
  })
  return {
    ...opened,
    told,
    lines,
    answer: (by: typeof outcome) => void (outcome = by),
    advance: (ms: number) => void (now += ms),
    reach: () => void (reached += 1),
    /** Messages since the last time, by topic. */
    news: () =>
      told
        .splice(0)
        .map(({ topic, payload }) => `${topic} ${topic.endsWith('/config') ? payload.length > 0 : payload}`),
    start: async (more: Partial<HomeAssistantOptions> = {}) => {
      const registry = new Registry()
      const publish = (message: { topic: string; payload: string }): Promise<string> => {
        const became = outcome(message.topic)
        if (became === 'taken') told.push(message)
        return Promise.resolve(became)
      }
      const it = await openHomeAssistant({
        derived: opened.log,
        state: opened.state,
        tenant: 'demo',
        publish,
        reached: () => reached,
        steady: { now: () => now },
        logger,
        registry,
        ...more,
      })
      return { ...it, metrics: () => registry.metrics() }
    },
    append: (...records: NewRecord[]) => opened.log.append(records),
  }
}

const patch = (
  vehicle: string,
  values: Partial<Record<keyof typeof paths, number | null>>,
  tenant = 'demo',
): NewRecord => {
  const signals = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [paths[name as keyof typeof paths], { value, at }]),
  )
  return {
    topic: 'twin',
    key: `${tenant}/${vehicle}`,
    value: Buffer.from(JSON.stringify({ tenant, vehicle, at, receivedAt: at, carClock: null, signals })),
    at,
    receivedAt: at,
  }
}
const gone = (vehicle: string): NewRecord => ({ ...patch(vehicle, {}), value: new Uint8Array() })

test('a vehicle is told once with its device, then what changed at most every few seconds, with what patches left out', async () => {
  await using it = open()
  const home = await it.start()
  await it.append(patch('a', { speed: 10, battery: 50 }), patch('b', { fuel: 7 }, 'other'), patch('a', { speed: 11 }))
  await home.read()
  await home.tell()
  assert.deepEqual(it.news(), [
    'homeassistant/device/roadstream_a/config true',
    'roadstream/ha/a/state {"speed":11,"battery":50}',
  ])
  for (const speed of [12, 13]) await it.append(patch('a', { speed }))
  await home.read()
  await home.tell()
  assert.deepEqual(it.news(), [])
  it.advance(5_000)
  await home.tell()
  assert.deepEqual(it.news(), ['roadstream/ha/a/state {"speed":13,"battery":50}'])
  it.advance(5_000)
  await home.tell()
  assert.deepEqual(it.news(), [])
  // A figure that is new changes the device.
  await it.append(patch('a', { latitude: -34.9, longitude: -56.1 }))
  await home.read()
  await home.tell()
  assert.deepEqual(it.news(), [
    'homeassistant/device/roadstream_a/config true',
    'roadstream/ha/a/state {"speed":13,"battery":50}',
    'roadstream/ha/a/place {"latitude":-34.9,"longitude":-56.1,"gps_accuracy":100}',
  ])
})

test('through a restart it knows what it knew, reads on where it was, and tells all of it once', async () => {
  await using it = open()
  const first = await it.start()
  await it.append(patch('a', { odometer: 1_234, speed: 5 }), patch('b', { battery: 20 }))
  await first.read()
  await first.tell()
  it.news()
  await it.append(patch('a', { speed: null }))
  const second = await it.start()
  await second.read()
  assert.equal(await second.read(), false)
  await second.tell()
  assert.deepEqual(
    it
      .news()
      .filter((line) => line.includes('/state'))
      .sort(),
    ['roadstream/ha/a/state {"speed":null,"odometer":1.234}', 'roadstream/ha/b/state {"battery":20}'],
  )
  assert.match(await second.metrics(), /home_assistant_vehicles 2/)
})

test('a broker that was away is told all once more, as it may have lost what it kept', async () => {
  await using it = open()
  const home = await it.start()
  await it.append(patch('a', { fuel: 7 }), patch('b', { battery: 20 }))
  await home.read()
  await home.tell()
  const all = it.news().sort()
  assert.equal(all.length, 4)
  // The first time it could have lost nothing.
  it.reach()
  it.advance(5_000)
  await home.tell()
  assert.deepEqual(it.news(), [])
  it.reach()
  await home.tell()
  assert.deepEqual(it.news().sort(), all)
  it.advance(5_000)
  await home.tell()
  assert.deepEqual(it.news(), [])
})

test('what the broker has not taken is told again, and one that refuses is told of once in a while', async () => {
  await using it = open()
  const home = await it.start()
  await it.append(patch('a', { speed: 1 }))
  await home.read()
  it.answer((topic) => (topic.endsWith('/state') ? 'refused' : 'taken'))
  for (let round = 0; round < 3; round += 1) {
    await home.tell()
    it.advance(5_000)
  }
  assert.deepEqual(new Set(it.news()), new Set(['homeassistant/device/roadstream_a/config true']))
  assert.equal(it.lines.length, 1)
  assert.match(it.lines[0]!, /allow its user to publish to homeassistant\/#/)
  it.answer(() => 'taken')
  await home.tell()
  assert.deepEqual(it.news(), ['homeassistant/device/roadstream_a/config true', 'roadstream/ha/a/state {"speed":1}'])
})

test('a round tells of so many vehicles, none is passed over, and there is an end to how many there may be', async () => {
  await using it = open()
  const home = await it.start({ limits: { roundVehicles: 10, vehicles: 25 } })
  await it.append(...Array.from({ length: 30 }, (_, number) => patch(`v${number}`, { speed: number })))
  while (await home.read());
  const rounds: number[] = []
  for (let round = 0; round < 4; round += 1) {
    await home.tell()
    rounds.push(it.news().filter((line) => line.includes('/state')).length)
  }
  assert.deepEqual(rounds, [10, 10, 5, 0])
  assert.match(await home.metrics(), /home_assistant_left_out_total 5/)
})

test('a vehicle that is gone is taken away, and stays so after a restart', async () => {
  await using it = open()
  const home = await it.start()
  await it.append(patch('a', { speed: 1 }))
  await home.read()
  await home.tell()
  it.news()
  await it.append(gone('a'))
  await home.read()
  it.advance(5_000)
  await home.tell()
  assert.deepEqual(it.news(), [
    'homeassistant/device/roadstream_a/config false',
    'roadstream/ha/a/state ',
    'roadstream/ha/a/place ',
  ])
  assert.match(await home.metrics(), /home_assistant_vehicles 0/)
  const again = await it.start()
  await again.read()
  await again.tell()
  assert.deepEqual(it.news(), [])
})

test('a record that cannot be read is passed over, and a commit that fails loses nothing', async () => {
  await using it = open()
  let isFull = true
  const { Outage } = await import('../base/errors.ts')
  const state: typeof it.state = {
    ...it.state,
    commit: (...given) =>
      isFull ? Promise.reject(new Outage('LOG_FULL', 'full', { retryable: true })) : it.state.commit(...given),
  }
  const home = await it.start({ state })
  await it.append(
    { ...patch('a', {}), value: Buffer.from('{"sign') },
    { ...patch('a', {}), value: Buffer.from('null') },
    patch('a', { speed: 2 }),
  )
  await assert.rejects(home.read(), { code: 'LOG_FULL' })
  isFull = false
  await home.read()
  await home.tell()
  assert.deepEqual(it.news(), ['homeassistant/device/roadstream_a/config true', 'roadstream/ha/a/state {"speed":2}'])
})

test('changes that the log has damaged, or dropped before they were read, are counted', async () => {
  await using it = open()
  await it.append(patch('a', { speed: 2 }))
  const read: typeof it.log.read = async (topic, partition, ...rest) => {
    const segment = await it.log.read(topic, partition, ...rest)
    const gap = { topic, partition, from: 0, to: 7, why: 'damaged' } as const
    return segment.records.length === 0 ? segment : { ...segment, gaps: [gap] }
  }
  const home = await it.start({ derived: Object.create(it.log, { read: { value: read } }) as typeof it.log })
  await home.read()
  assert.match(await home.metrics(), /roadstream_home_assistant_lost_total\{why="damaged"\} 7/)
})

test('a speed that nobody takes back is unknown when it is ten minutes old', async () => {
  await using it = open()
  const home = await it.start()
  await it.append(patch('a', { speed: 63, battery: 50 }), patch('b', { speed: null }))
  await home.read()
  await home.tell()
  it.news()
  it.advance(599_999)
  await home.tell()
  assert.deepEqual(it.news(), [])
  it.advance(1)
  await home.tell()
  assert.deepEqual(it.news(), ['roadstream/ha/a/state {"speed":null,"battery":50}'])
  it.advance(5_000)
  await home.tell()
  assert.deepEqual(it.news(), [])
})
