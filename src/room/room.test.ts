import assert from 'node:assert/strict'
import { existsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { Outage } from '../base/errors.ts'
import type { StoreRetention } from '../model/room-report.ts'
import { dayMs, measuring } from './growth.ts'
import { logSizeOf, openSetRoom, startAt, topicSize, weekMs } from './room.testing.ts'
import { lookTimes } from './room.ts'

const hourMs = 3_600_000
const MB = 1e6
const table = (name: string, bytes: number, oldestAt: number | null = null) => ({ table: name, bytes, oldestAt })
const topicRetention: StoreRetention = {
  keptMs: weekMs,
  bytesMax: 20e9,
  settings: ['ROADSTREAM_LOG_RETENTION', 'ROADSTREAM_LOG_TOPIC_MAX'],
}

test('a rate is unknown and no zero until it was measured for long enough, and is told by car then', async () => {
  await using set = openSetRoom({
    sizes: (ms) => ({
      cars: 4,
      log: logSizeOf(topicSize('telemetry', { bytes: ms * 100, appended: ms, kept: ms, oldestAt: startAt })),
      tables: [table('trips', 0), table('tracks', 10 * MB + ms * 10)],
    }),
  })
  await set.pass(5 * lookTimes.everyMs)
  assert.deepEqual(await set.store('tracks'), {
    part: 'tables',
    kind: 'table',
    name: 'tracks',
    bytes: 10 * MB + 50 * lookTimes.everyMs,
    bytesPerDay: null,
    bytesPerDayPerCar: null,
    isSteady: null,
    retention: { keptMs: null, bytesMax: null, settings: [] },
    unknown: 'measuring',
  })
  const [early] = (await set.report()).disks
  assert.deepEqual([early?.fullAt, early?.why], [null, 'unknown'])
  await set.pass(lookTimes.everyMs)
  const told = await set.report()
  assert.deepEqual(
    [told.measuredMs, told.measuredMsLeast, told.cars],
    [6 * lookTimes.everyMs, measuring.settleMs + measuring.leastMs, 4],
  )
  assert.deepEqual(
    [set.counted.at(0), set.counted.at(-1)],
    [startAt, startAt + 3 * lookTimes.everyMs],
    'vehicles are counted since the measure is taken',
  )
  const telemetry = await set.store('telemetry')
  assert.deepEqual(telemetry.retention, topicRetention)
  assert.deepEqual(
    [telemetry.bytesPerDay, telemetry.bytesPerDayPerCar, telemetry.isSteady, telemetry.unknown],
    [100 * dayMs, 25 * dayMs, false, null],
  )
  const tracks = await set.store('tracks')
  assert.deepEqual([tracks.bytesPerDay, tracks.bytesPerDayPerCar, tracks.isSteady], [10 * dayMs, 2.5 * dayMs, false])
  const [disk] = told.disks
  assert.ok(disk?.why === null && disk.fullAt !== null && disk.fullAt > startAt, 'tracks are kept for ever')
  assert.equal(disk.bytesToCome, null)
})

test('a measure takes no longer for timers that are early or late by a moment, nor for those who ask', async () => {
  const sizes = (ms: number) => ({ tables: [table('tracks', 10 * MB + ms * 10)] })
  for (const stepMs of [lookTimes.everyMs - 900, lookTimes.everyMs + 900, lookTimes.askedMs]) {
    await using set = openSetRoom({ sizes })
    await set.pass(measuring.settleMs + measuring.leastMs, stepMs)
    assert.equal((await set.store('tracks')).bytesPerDay, 10 * dayMs, `every ${stepMs} ms`)
  }
})

test('a topic at its retention costs what comes and grows no more, nor does one that is as large as it may be', async () => {
  await using set = openSetRoom({
    sizes: (ms) => {
      const counts = { appended: 1e6 + ms, kept: 1e6 }
      const telemetry = { bytes: 50e6, oldestAt: startAt + ms - weekMs + hourMs / 2 }
      const event = { bytes: 19.9e9, oldestAt: startAt + ms - hourMs }
      return {
        log: logSizeOf(
          topicSize('telemetry', { ...counts, ...telemetry }),
          topicSize('event', { ...counts, ...event }),
        ),
      }
    },
  })
  await set.pass(2 * hourMs)
  const told = await set.report()
  assert.deepEqual(
    ['telemetry', 'event']
      .map((name) => told.stores.find((store) => store.name === name))
      .map((store) => [store?.bytesPerDay, store?.isSteady]),
    [
      [50 * dayMs, true],
      [19_900 * dayMs, true],
    ],
  )
  assert.deepEqual(
    told.disks.map(({ fullAt, why, bytesToCome }) => ({ fullAt, why, bytesToCome })),
    [{ fullAt: null, why: 'rests', bytesToCome: 0 }],
  )
})

test('a topic grows by the days that it lacks to its retention', async () => {
  await using set = openSetRoom({
    sizes: (ms) => ({
      log: logSizeOf(topicSize('telemetry', { bytes: 3 * ms, appended: 1e6 + ms, kept: ms, oldestAt: startAt })),
    }),
  })
  await set.pass(6 * hourMs)
  const [disk] = (await set.report()).disks
  assert.equal(disk?.bytesToCome, 3 * (weekMs - set.clock.ms))
})

test('a log comes to the most it may take where its topics together may be larger', async () => {
  await using set = openSetRoom({
    sizes: (ms) => {
      const counts = { appended: 15e7 + ms, kept: 15e7 + ms, oldestAt: startAt }
      const topics = ['telemetry', 'event', 'foreign', 'dead-letter'].map((name) =>
        topicSize(name, { ...counts, bytes: counts.kept * 100 }),
      )
      return { log: logSizeOf(...topics), derived: logSizeOf(topicSize('twin')) }
    },
  })
  await set.pass(2 * hourMs)
  const [log, derived] = (await set.report()).logs
  const perDay = 4 * 100 * dayMs
  assert.deepEqual([log?.part, log?.bytesMax], ['log', 64e9])
  const bytes = 60e9 + set.clock.ms * 400
  assert.equal(log?.bytes, bytes)
  assert.equal(log.fullAt, Math.round(startAt + set.clock.ms + ((64e9 - bytes) / perDay) * dayMs))
  assert.deepEqual([derived?.fullAt, derived?.why], [null, 'rests'])
})

test('a table at its retention stays as large as it was, and costs what each day that is kept takes', async () => {
  await using set = openSetRoom({ sizes: () => ({ tables: [table('trips', 60 * MB)] }) })
  await set.pass(2 * hourMs)
  const trips = await set.store('trips')
  assert.deepEqual([trips.bytesPerDay, trips.isSteady], [2 * MB, true])
  assert.deepEqual(trips.retention.settings, ['ROADSTREAM_TRIPS_RETENTION'])
  assert.equal((await set.report()).disks[0]?.bytesToCome, 0)
})

test('hours that are dropped are a step back of a table by the hour, which costs the same before and after it', async () => {
  const keptMs = dayMs
  const retention = { messages: { keptMs, bytesMax: null, settings: ['ROADSTREAM_MESSAGES_RETENTION'] } }
  const sizes = (ms: number) => {
    const sinceDropMs = ms % hourMs
    return { tables: [table('messages', (sinceDropMs + keptMs) * 10, startAt + ms - sinceDropMs - keptMs)] }
  }
  await using set = openSetRoom({ retention, sizes })
  const costs: (number | null)[] = []
  for (let step = 0; step < 40; step++) {
    await set.pass(lookTimes.everyMs)
    const { bytesPerDay, isSteady } = await set.store('messages')
    assert.equal(isSteady, true)
    costs.push(bytesPerDay)
  }
  for (const cost of costs) assert.ok(cost !== null && cost >= 10 * dayMs && cost <= 10.5 * dayMs, `${cost}`)
})

test('topics share the room of their pages, and what is free in the file is no growth', async () => {
  const topics = [topicSize('telemetry', { bytes: 300 }), topicSize('event', { bytes: 100 })]
  const log = { topics, recordBytes: 800, stateBytes: 50, fileBytes: 1000 }
  await using set = openSetRoom({ sizes: () => ({ log }) })
  const { stores } = await set.report()
  const inLog = stores.filter(({ part }) => part === 'log')
  assert.deepEqual(
    inLog.map(({ kind, bytes }) => [kind, bytes]),
    [
      ['topic', 600],
      ['topic', 200],
      ['state', 50],
      ['free', 150],
    ],
  )
  assert.deepEqual(inLog.at(-1)?.isSteady, true)
})

test('the log of writes is told with its bound, and its room is set apart', async () => {
  await using set = openSetRoom({ sizes: () => ({ writeLog: { bytes: 64 * MB, bytesMax: 256 * MB } }) })
  const told = await set.store('write-log')
  assert.deepEqual(
    [told.bytes, told.retention.bytesMax, told.bytesPerDay, told.unknown],
    [64 * MB, 256 * MB, null, null],
  )
  await set.pass(2 * hourMs)
  assert.equal((await set.report()).disks[0]?.bytesToCome, 192 * MB)
})

test('topics on Kafka are told by name, and nothing is said of their size', async () => {
  await using set = openSetRoom({ isOnKafka: true })
  const { stores, disks, elsewhere } = await set.report()
  assert.deepEqual(
    stores.map(({ name, bytes, bytesPerDay, unknown }) => [name, bytes, bytesPerDay, unknown]),
    ['telemetry', 'event', 'twin'].map((name) => [name, null, null, 'kafka']),
  )
  assert.deepEqual(elsewhere, [
    { part: 'log', at: 'kafka' },
    { part: 'derived', at: 'kafka' },
  ])
  assert.deepEqual(
    disks.map(({ holds }) => holds),
    [['tables']],
  )
})

test('tables on a server of one’s own are told, and its disk is not', async () => {
  await using set = openSetRoom({ isElsewhere: true, sizes: () => ({ tables: [table('trips', 5 * MB)] }) })
  const { disks, elsewhere } = await set.report()
  assert.equal((await set.store('trips')).bytes, 5 * MB)
  assert.deepEqual(elsewhere, [{ part: 'tables', at: 'postgres' }])
  assert.deepEqual(
    disks.map(({ holds }) => holds),
    [['log', 'derived']],
  )
})

const otherDisk = '/dev'
const hasOtherDisk = existsSync(otherDisk) && statSync(otherDisk).dev !== statSync(tmpdir()).dev

test('parts on several disks are told by disk, each with its own room', { skip: !hasOtherDisk }, async () => {
  await using set = openSetRoom({ dir: otherDisk, sizes: (ms) => ({ tables: [table('tracks', ms * MB)] }) })
  await set.pass(2 * hourMs)
  const [logs, ofTables] = (await set.report()).disks
  assert.deepEqual([logs?.holds, ofTables?.holds], [['log', 'derived'], ['tables']])
  assert.deepEqual([logs?.why, logs?.bytesToCome], ['rests', 0], 'nothing comes to the logs')
  assert.notEqual(ofTables?.why, 'rests')
  assert.equal(ofTables?.bytesToCome, null)
})

test('tables that do not answer are not known, and the logs are told all the same', async () => {
  const size = () => Promise.reject(new Outage('STORE_UNAVAILABLE', 'away', { retryable: true }))
  await using set = openSetRoom({ size })
  await set.pass(2 * hourMs)
  const { unknown, bytes } = await set.store('tables')
  assert.deepEqual([unknown, bytes], ['no-answer', null])
  assert.equal((await set.store('telemetry')).unknown, null)
  assert.equal((await set.report()).disks[0]?.why, 'unknown')
})

test('whoever asks waits for the first look alone, and often asked it is looked seldom', async () => {
  await using set = openSetRoom()
  await Promise.all([set.report(), set.report(), set.report()])
  assert.equal(set.looked(), 1)
  set.clock.ms += lookTimes.askedMs - 1
  await set.report()
  assert.equal(set.looked(), 1)
  set.clock.ms += 1
  const before = await set.report()
  assert.equal(before.measuredMs, 0, 'the answer is of the look before')
  await set.lookNow()
  assert.equal((await set.report()).measuredMs, lookTimes.askedMs)
})
