import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Outage } from '../base/errors.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import type { StateStore } from '../eventlog/state-store.ts'
import { uplinkTopics } from '../eventlog/topics.ts'
import { clockAt, dying, passTime, untilDeath } from '../engine/runner.testing.ts'
import { parseMessage } from '../model/message-codec.ts'
import { arrived, beganAt, said, speedOf, translateToEnd, optionsFor } from './translator.testing.ts'
import { openTranslator } from './translator.ts'
import { windowMs } from './translations.testing.ts'

const openLog = (clock = clockAt(beganAt), partitions = 3) => openMemoryLog({ partitions, clock, topics: uplinkTopics })

test('a message of a publisher becomes one of ours under its vehicle, numbered from 0, received when it came', async () => {
  await using memory = openLog()
  await memory.log.append(
    [0, 1, 2].map((n) => speedOf('u1', beganAt + n * 1000, 50 + n, { receivedAt: beganAt + n * 1000 + 7 })),
  )
  const metrics = await translateToEnd(memory)
  const messages = await said(memory)
  assert.deepEqual(
    messages.map(({ topic, key, seq, at, receivedAt, samples }) => [topic, key, seq, at, receivedAt, samples]),
    [0, 1, 2].map((n) => {
      const at = beganAt + n * 1000
      return ['telemetry', 'demo/golf', n, at, at + 7, [{ at, signals: { 'Vehicle.Speed': 50 + n } }]]
    }),
  )
  assert.deepEqual(
    [new Set(messages.map(({ boot }) => boot)).size, /^[0-9a-f]{16}$/.test(messages[0]!.boot)],
    [1, true],
  )
  for (const { value } of await readWhole(memory.log, 'telemetry')) assert.ok(parseMessage(value).ok)
  assert.match(metrics, /roadstream_publishers_taken_total\{mapping="plain"\} 3/)
  assert.match(metrics, /roadstream_publishers_said_total\{mapping="plain"\} 3/)
  assert.match(metrics, /roadstream_publishers_lag_records 0/)
})

test('all publishers of a vehicle are one boot, another vehicle and another state have boots of their own', async () => {
  await using memory = openLog()
  await memory.log.append([
    speedOf('u1', beganAt, 1),
    speedOf('u2', beganAt + 1, 2),
    speedOf('u2', beganAt + 2, 3, { id: 'WVW2' }),
  ])
  await translateToEnd(memory)
  const messages = await said(memory)
  const bootsOf = (key: string) => new Set(messages.flatMap((message) => (message.key === key ? [message.boot] : [])))
  assert.deepEqual([bootsOf('demo/golf').size, bootsOf('demo/van').size], [1, 1])
  assert.notDeepEqual(bootsOf('demo/golf'), bootsOf('demo/van'))
  await using other = openLog()
  await other.log.append([speedOf('u1', beganAt, 1)])
  await translateToEnd(other, { random: () => 'f'.repeat(16) })
  assert.ok(!bootsOf('demo/golf').has((await said(other))[0]!.boot))
})

test('what was measured before the newest of its vehicle goes to another stream, and a clock that is ahead makes nothing late', async () => {
  await using memory = openLog(clockAt(beganAt), 1)
  const ahead = beganAt + 86_400_000
  await memory.log.append([
    speedOf('u1', beganAt, 1),
    speedOf('u1', beganAt - 3_600_000, 2, { receivedAt: beganAt }),
    speedOf('u2', beganAt - 1, 3, { receivedAt: beganAt }),
    speedOf('u1', ahead, 4, { receivedAt: beganAt }),
    speedOf('u1', beganAt + 1, 5),
  ])
  await translateToEnd(memory)
  const streams = (await said(memory)).map(({ topic, seq, samples }) => [
    topic,
    seq,
    samples[0]!.signals['Vehicle.Speed'],
  ])
  assert.deepEqual(streams, [
    ['telemetry', 0, 1],
    ['telemetry', 1, 4],
    ['telemetry', 2, 5],
    ['snapshot', 0, 2],
    ['snapshot', 1, 3],
  ])
  const headersOf = async (topic: 'telemetry' | 'snapshot') =>
    (await readWhole(memory.log, topic)).map(({ headers }) => headers?.['order'])
  assert.deepEqual(await headersOf('snapshot'), ['instant', 'instant'])
  assert.deepEqual(await headersOf('telemetry'), [undefined, undefined, undefined])
})

test('a window is closed by what comes, else by the time that passes in the log, and only once', async () => {
  const clock = clockAt(beganAt)
  await using memory = openLog(clock, 1)
  const at = (ms: number, name: string, value: number) => {
    clock.at = beganAt + ms
    return memory.log.append([arrived(`parts/ovms/${name}`, String(value), beganAt + ms)])
  }
  await translateToEnd(memory)
  await at(0, 'A', 1)
  await at(400, 'B', 2)
  assert.match(await translateToEnd(memory), /roadstream_publishers_open_senders 1/)
  assert.deepEqual(await said(memory), [])
  // An open window is so after a start as well.
  assert.match(await translateToEnd(memory), /roadstream_publishers_open_senders 1/)
  await at(1_500, 'A', 3)
  await translateToEnd(memory)
  const first = { 'Vehicle.A': 1, 'Vehicle.B': 2 }
  assert.deepEqual(
    (await said(memory)).map(({ samples }) => samples),
    [[{ at: beganAt, signals: first }]],
  )
  await passTime(memory.log, clock, 5_000)
  assert.match(await translateToEnd(memory), /roadstream_publishers_open_senders 0/)
  await passTime(memory.log, clock, 5_000)
  await translateToEnd(memory)
  assert.deepEqual(
    (await said(memory)).map(({ samples, seq }) => [seq, samples[0]!.signals]),
    [
      [0, first],
      [1, { 'Vehicle.A': 3 }],
    ],
  )
})

test('a message that waited for its append is in its window, though its time had passed when it was stored', async () => {
  const clock = clockAt(beganAt)
  await using memory = openLog(clock, 1)
  await memory.log.append([arrived('parts/ovms/A', '1', beganAt)])
  clock.at += windowMs + 500
  await memory.log.append([arrived('parts/ovms/B', '2', beganAt + windowMs - 1)])
  await translateToEnd(memory)
  assert.deepEqual(
    (await said(memory)).map(({ samples }) => samples[0]!.signals),
    [{ 'Vehicle.A': 1, 'Vehicle.B': 2 }],
  )
})

test('where nothing comes, the translator lets time pass in the log by itself', { timeout: 20_000 }, async () => {
  const clock = clockAt(beganAt)
  await using memory = openLog(clock)
  await memory.log.append([arrived('parts/ovms/A', '1', beganAt)])
  const stop = new AbortController()
  const translator = await openTranslator(optionsFor(memory, { signal: stop.signal }))
  const running = translator.run()
  while (translator.report()[1]!.taken === 0) await new Promise(setImmediate)
  assert.deepEqual(await said(memory), [])
  clock.at += windowMs
  await memory.log.appended(['telemetry'], AbortSignal.any([]), 15_000)
  while ((await said(memory)).length === 0) await new Promise(setImmediate)
  stop.abort()
  await running
  assert.equal((await readWhole(memory.log, 'mark')).length, 1)
})

const untold = ['Vehicle.Speed', 'Vehicle.TraveledDistance'].map((signal) => ({
  signal,
  taken: 0,
  unknown: 0,
  invalid: 0,
}))

test('each value is counted under its signal: taken, unknown, invalid; a signal that was never told stands there with none', async () => {
  await using memory = openLog()
  const speeds = [50, null, { invalid: 'range' }, 51]
  await memory.log.append(speeds.map((speed, n) => speedOf('u1', beganAt + n, speed as number)))
  const options = optionsFor(memory, { untilRead: true })
  const translator = await openTranslator(options)
  await translator.run()
  const { signals } = translator.report()[0]!
  assert.deepEqual(signals, [{ signal: 'Vehicle.Speed', taken: 2, unknown: 1, invalid: 1 }, untold[1]])
  const metrics = await options.registry.metrics()
  assert.match(metrics, /roadstream_publishers_values_total\{mapping="plain",outcome="invalid"\} 1/)
})

test('an id that is in no table makes no car: what it said is a dead letter that tells the id, and is counted', async () => {
  await using memory = openLog()
  await memory.log.append([speedOf('u1', beganAt, 1, { id: 'WVW9' }), speedOf('u1', beganAt + 1, 2, { id: 'WVW9' })])
  const options = optionsFor(memory, { untilRead: true })
  const translator = await openTranslator(options)
  await translator.run()
  assert.deepEqual(await said(memory), [])
  const letters = await readWhole(memory.log, 'dead-letter')
  const { reason, foreignId, stream, mapping, detail } = letters[0]!.headers!
  assert.deepEqual(
    [letters.length, letters[0]!.key, reason, foreignId, stream, mapping],
    [2, '~plain/u1', 'unknown-sender', 'WVW9', 'foreign', 'plain'],
  )
  assert.match(detail!, /ROADSTREAM_SENDERS/)
  assert.deepEqual(JSON.parse(Buffer.from(letters[1]!.value).toString()), {
    samples: [{ at: beganAt + 1, signals: { 'Vehicle.Speed': 2 } }],
  })
  assert.deepEqual(translator.report()[0], {
    mapping: 'plain',
    taken: 2,
    said: 0,
    refused: [{ reason: 'unknown-sender', count: 2 }],
    unknown: [{ foreignId: 'WVW9', count: 2 }],
    signals: untold,
    unread: ['id'],
    rebirths: { asked: 0, unanswered: 0 },
  })
  const metrics = await options.registry.metrics()
  assert.match(metrics, /roadstream_publishers_unknown_total\{mapping="plain"\} 2/)
  assert.ok(!metrics.includes('WVW9'))
})

test('what cannot be read is a dead letter with its bytes: of the vehicle, once all that its sender said is of one', async () => {
  await using memory = openLog(clockAt(beganAt), 1)
  await memory.log.append([
    arrived('plain/u1', 'not json', beganAt),
    speedOf('u1', beganAt, 1),
    arrived('plain/u1', 'nor this', beganAt),
    speedOf('u1', beganAt, 1, { id: 'WVW2' }),
    arrived('plain/u1', 'nor that', beganAt),
    arrived('other/u1', 'x', beganAt),
  ])
  await translateToEnd(memory)
  const letters = await readWhole(memory.log, 'dead-letter')
  assert.deepEqual(
    letters.map(({ key, value, headers }) => [
      key,
      Buffer.from(value).toString(),
      headers!['reason'],
      headers!['position'],
    ]),
    [
      ['~plain/u1', 'not json', 'not-json', 'foreign/0/0'],
      ['demo/golf', 'nor this', 'not-json', 'foreign/0/2'],
      ['~plain/u1', 'nor that', 'not-json', 'foreign/0/4'],
      ['~other/u1', 'x', 'no-mapping', 'foreign/0/5'],
    ],
  )
})

test('a mapping that throws stops nothing, forgets its sender, and what it quotes is in no log', async () => {
  await using memory = openLog(clockAt(beganAt), 1)
  await memory.log.append([
    speedOf('u1', beganAt, 1),
    arrived('plain/u1', 'boom', beganAt),
    speedOf('u1', beganAt + 1, 2),
  ])
  const lines: string[] = []
  const { logger } = optionsFor(memory)
  const listening = Object.assign(Object.create(logger) as typeof logger, {
    error: (...all: unknown[]) => void lines.push(JSON.stringify(all)),
  })
  await translateToEnd(memory, { logger: listening })
  assert.deepEqual(
    (await said(memory)).map(({ seq }) => seq),
    [0, 1],
  )
  assert.deepEqual(
    (await readWhole(memory.log, 'dead-letter')).map(({ headers }) => headers!['reason']),
    ['fault'],
  )
  assert.equal(lines.length, 1)
  assert.ok(lines[0]!.includes('"mapping":"plain"') && !lines[0]!.includes('secret'))
  const stored = [...memory.state.range('translate@1', 'sender/')].map(([, value]) =>
    JSON.parse(Buffer.from(value).toString()),
  )
  assert.deepEqual(stored, [{ memory: { count: 1 }, heardAt: beganAt + 1, vehicle: 'golf' }])
})

/** Messages of three senders, some of them gathered, some of vehicles that are not known. */
const mixed = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => {
    const at = beganAt + (from + index) * 300
    if (index % 5 === 0) return speedOf(`u${index % 2}`, at, index, { id: index % 10 === 0 ? 'WVW1' : 'WVW2' })
    if (index % 7 === 0) return arrived('plain/u3', index % 2 === 0 ? '{' : '{"id":"WVW9","at":1,"speed":1}', at)
    return arrived(`parts/ovms/N${index % 3}`, String(index), at)
  })

test('killed at any commit and started again, it says the same, each once', async () => {
  const run = async (deaths: readonly (readonly [at: number, after: boolean])[]) => {
    const clock = clockAt(beganAt)
    await using memory = openLog(clock, 2)
    for (const [round, from] of [0, 40, 80].entries()) {
      clock.at = beganAt + (from + 40) * 300
      await memory.log.append(mixed(from, 40))
      const death = deaths[round]
      const more = { limits: { roundRecords: 8 } }
      if (death !== undefined) await untilDeath(translateToEnd(dying(memory, ...death), more).then(() => {}))
      await translateToEnd(memory, more)
    }
    await passTime(memory.log, clock, 60_000)
    await translateToEnd(memory)
    const letters = await readWhole(memory.log, 'dead-letter')
    return {
      messages: await said(memory),
      letters: letters.map(({ key, value, headers }) => [key, Buffer.from(value).toString(), headers]),
    }
  }
  const undisturbed = await run([])
  assert.ok(undisturbed.messages.length > 30 && undisturbed.letters.length > 5)
  for (const after of [false, true])
    for (const at of [1, 2, 3, 5])
      assert.deepEqual(
        await run([
          [at, after],
          [at + 1, !after],
          [1, after],
        ]),
        undisturbed,
      )
})

test('a log that is full for a while holds it up, and nothing is lost or doubled', { timeout: 20_000 }, async () => {
  await using memory = openLog()
  await memory.log.append([0, 1, 2].map((n) => speedOf('u1', beganAt + n, n)))
  let failures = 2
  const state: StateStore = {
    ...memory.state,
    async commit(...commit) {
      if (failures-- > 0) throw new Outage('LOG_FULL', 'There is no room.', { retryable: true })
      await memory.state.commit(...commit)
    },
  }
  const metrics = await translateToEnd({ log: memory.log, state })
  assert.deepEqual(
    (await said(memory)).map(({ seq }) => seq),
    [0, 1, 2],
  )
  assert.match(metrics, /roadstream_publishers_commit_retries_total 2/)
  assert.match(metrics, /roadstream_publishers_taken_total\{mapping="plain"\} 3/)
})

test('a log that cannot be read for a while is read again, from where it was', { timeout: 20_000 }, async () => {
  await using memory = openLog(clockAt(beganAt), 1)
  await memory.log.append([speedOf('u1', beganAt, 1)])
  let failures = 1
  const log = {
    ...memory.log,
    read: (...args: Parameters<typeof memory.log.read>) => {
      if (failures-- > 0) throw new Outage('LOG_AWAY', 'It does not answer.', { retryable: true })
      return memory.log.read(...args)
    },
  }
  const stop = new AbortController()
  const translator = await openTranslator(optionsFor({ log, state: memory.state }, { signal: stop.signal }))
  const running = translator.run()
  while ((await said(memory)).length === 0) await new Promise(setImmediate)
  stop.abort()
  await running
  assert.equal((await said(memory)).length, 1)
})

test('records that retention dropped before they were read are counted and told', async () => {
  const clock = clockAt(beganAt)
  await using memory = openMemoryLog({
    partitions: 1,
    clock,
    topics: uplinkTopics.map((topic) => ({ ...topic, retention: { bytes: 0 } })),
  })
  await memory.log.append([speedOf('u1', beganAt, 1)])
  await translateToEnd(memory)
  for (const n of [1, 2, 3]) await memory.log.append([speedOf('u1', beganAt + n, n)])
  await memory.sweep()
  await memory.log.append([speedOf('u1', beganAt + 4, 4)])
  const metrics = await translateToEnd(memory)
  assert.match(metrics, /roadstream_publishers_lost_total\{topic="foreign",why="retention"\} 3/)
})

test('what a sender has open is said before it is forgotten', async () => {
  const clock = clockAt(beganAt)
  await using memory = openLog(clock, 1)
  const open = (sender: string) => arrived(`parts/${sender}/A`, '1', beganAt)
  await memory.log.append([open('ovms'), open('other'), open('another')])
  const metrics = await translateToEnd(memory, { limits: { senders: 0 } })
  assert.deepEqual(
    (await said(memory)).map(({ key, samples }) => [key, samples[0]!.signals]),
    [['demo/leaf', { 'Vehicle.A': 1 }]],
  )
  assert.match(metrics, /roadstream_publishers_forgotten_total\{mapping="parts",why="senders"\} 3/)
  assert.match(metrics, /roadstream_publishers_senders 0/)
  assert.match(metrics, /roadstream_publishers_open_senders 0/)
})
