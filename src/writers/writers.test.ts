import assert from 'node:assert/strict'
import { EventEmitter, once } from 'node:events'
import { test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Registry } from 'prom-client'
import fc from 'fast-check'
import { Outage } from '../base/errors.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { partitionOf } from '../eventlog/partition.ts'
import { alertRow, anomalyRow, ledgerRow, patch, ref, t0, trackRow, tripRow } from '../read-models/rows.testing.ts'
import { silentLogger } from '../base/logger.ts'
import { openLoggedMessages } from '../raw-messages/logged-messages.ts'
import { createConsumer } from './consumer.ts'
import { readEntry } from './read-change.ts'
import { createWriterMetrics } from './writer-metrics.ts'
import type { MessageEntry } from '../storage/message-index.ts'
import { openMemoryStorage } from '../storage/memory/memory-storage.ts'
import { breaking, clock, derivedRecord, start, tripRecord, withTrips } from './writers.testing.ts'
import { wholeReach } from '../storage/reach.ts'

const openLog = () => openMemoryLog({ partitions: 2, clock: { now: () => t0 + 40 } })

test('every topic of the log goes into its table, and the raw messages beside them', async () => {
  await using opened = openLog()
  await using storage = openMemoryStorage()
  await using running = await start(opened.log, storage)
  const twin = patch('v1', t0, { 'Vehicle.Speed': 5 })
  await opened.log.append([
    derivedRecord('twin', twin.id, twin.row),
    derivedRecord('twin', twin.id, patch('v1', t0 + 1, { 'Vehicle.IsMoving': true }).row),
    tripRecord('t1', 1),
    derivedRecord('alert', 'a1', alertRow('a1')),
    derivedRecord('ledger', 'acme/v1/event', ledgerRow('v1', 'event')),
    derivedRecord('anomaly', 'acme/v1/units', anomalyRow('v1', 'units')),
    derivedRecord('track', 'acme/v1/0', trackRow(0)),
    { topic: 'critical', key: 'acme/v1', at: t0, value: Buffer.from('{"event":"airbag"}') },
  ])
  await running.caughtUp()
  assert.deepEqual(Object.keys((await storage.twins.get(ref('v1')))?.signals ?? {}), [
    'Vehicle.Speed',
    'Vehicle.IsMoving',
  ])
  assert.deepEqual(await storage.trips.get(wholeReach('acme'), 't1'), tripRow('t1', { samples: 1 }))
  assert.deepEqual(await storage.alerts.get(wholeReach('acme'), 'a1'), alertRow('a1'))
  assert.equal((await storage.ledger.totals(wholeReach('acme')))[0]?.sent, 10)
  assert.deepEqual((await storage.anomalies.list(wholeReach('acme'), {}, { limit: 5 })).rows, [
    anomalyRow('v1', 'units'),
  ])
  assert.equal((await storage.tracks.list(wholeReach('acme'), {}, { limit: 5 })).rows.length, 1)
  const [message] = (await storage.messages.list(ref('v1'), {}, { limit: 5 })).rows
  assert.deepEqual([message?.stream, message?.receivedAt, message?.body], ['critical', t0 + 40, { event: 'airbag' }])
})

test('a track of before, told by its values, is the row that it would be today', async () => {
  await using opened = openLog()
  await using storage = openMemoryStorage()
  await using running = await start(opened.log, storage)
  const minuteAt = 60_000
  const points = {
    at: [60_250, 61_250, 62_251],
    lat: [-34.9, null, 53.123_456_7],
    lon: [0.1, null, -180],
    speedKmh: [0, 57.29, null],
  }
  await opened.log.append([
    derivedRecord('track', 'acme/v1/60000', { ...ref('v1'), minuteAt, ...points }),
    derivedRecord('track', 'acme/v1/120000', { ...ref('v1'), minuteAt: 120_000, ...points, speedKmh: 'fast' }),
    derivedRecord('track', 'acme/v1/180000', trackRow(180_000)),
  ])
  await running.caughtUp()
  assert.deepEqual((await storage.tracks.list(wholeReach('acme'), {}, { limit: 5 })).rows, [
    trackRow(minuteAt, points),
    trackRow(180_000),
  ])
})

test('where the log keeps raw messages, the tables have their places alone', async () => {
  await using opened = openLog()
  await using storage = openMemoryStorage()
  const message = (body: string) => ({ topic: 'event', key: 'acme/v1', at: t0, value: Buffer.from(body) })
  await opened.log.append([message('{"n":1}'), message('{"n":2}')])
  await using running = await start(opened.log, storage, silentLogger, {}, 'log')
  await running.caughtUp()
  await opened.log.append([message('{"n":2}'), message('{"n":3}'), message('no JSON')])
  await running.caughtUp()
  const index = storage.messageIndex(opened.log.id)
  const bodies = (await openLoggedMessages(opened.log, index).list(ref('v1'), {}, { limit: 9 })).rows.map(
    ({ body }) => body,
  )
  assert.deepEqual(bodies, [{ n: 3 }, { n: 2 }, { n: 1 }])
  assert.equal((await index.list(ref('v1'), {}, { limit: 9 })).rows.length, 4)
  assert.deepEqual((await storage.messages.list(ref('v1'), {}, { limit: 9 })).rows, [])
})

test(
  'a consumer that lets records gather puts them together as soon as enough are there, however few are read at once',
  { timeout: 30_000 },
  async () => {
    await using opened = openLog()
    await using storage = openMemoryStorage()
    const index = storage.messageIndex(opened.log.id)
    const stop = new AbortController()
    const rows = new EventEmitter<{ written: [number] }>()
    const gathered = once(rows, 'written')
    const lag = async () => []
    const consumer = createConsumer(
      {
        name: 'message-index',
        topics: ['event'],
        log: opened.log,
        store: index,
        readChange: readEntry(() => 0),
        limits: { records: 2, bytes: Infinity },
        together: { records: 4, bytes: Infinity },
        lingerMs: 3_600_000,
      },
      {
        clock,
        logger: silentLogger,
        metrics: createWriterMetrics(new Registry(), lag),
        signal: stop.signal,
        onWritten: (batch) => void rows.emit('written', batch.rows),
      },
    )
    const running = consumer.run()
    const append = (n: number) =>
      opened.log.append([{ topic: 'event', key: 'acme/v1', at: t0, value: Buffer.from(`{"n":${n}}`) }])
    await append(1)
    assert.deepEqual(await gathered, [1])
    const batch = once(rows, 'written')
    for (const n of [2, 3, 4]) await append(n)
    assert.deepEqual(
      (await consumer.lag()).map(({ records, gathers }) => [records, gathers]),
      [[3, 4]],
    )
    await append(5)
    assert.deepEqual(await batch, [4])
    stop.abort()
    await running
  },
)

test(
  'where records gather by partition a batch is of one as far as may be, and what is left gathers on',
  { timeout: 30_000 },
  async () => {
    await using opened = openLog()
    await using storage = openMemoryStorage()
    const stop = new AbortController()
    const rows = new EventEmitter<{ written: [readonly string[]] }>()
    const index = storage.messageIndex(opened.log.id)
    const consumer = createConsumer<MessageEntry>(
      {
        name: 'message-index',
        topics: ['event'],
        log: opened.log,
        store: {
          ...index,
          async put(changes, positions) {
            await index.put(changes, positions)
            rows.emit(
              'written',
              changes.map(({ id }) => id),
            )
          },
        },
        readChange: readEntry(() => 0),
        limits: { records: 2, bytes: Infinity },
        together: { records: 4, bytes: Infinity },
        ofPartition: 5,
        lingerMs: 3_600_000,
      },
      {
        clock,
        logger: silentLogger,
        metrics: createWriterMetrics(new Registry(), async () => []),
        signal: stop.signal,
      },
    )
    const append = async (partition: number, count: number): Promise<void> => {
      const key = partition === partitionOf('acme/v1', 2) ? 'acme/v1' : 'acme/v2'
      for (let n = 0; n < count; n++)
        await opened.log.append([{ topic: 'event', key, at: t0, value: Buffer.from(`{"n":${n}}`) }])
    }
    const lagAfterAWhile = async (): Promise<number | undefined> => {
      for (let turn = 0; turn < 9; turn++) await nextTurn()
      return (await consumer.lag())[0]?.records
    }
    await append(0, 1)
    const first = once(rows, 'written')
    const running = consumer.run()
    assert.deepEqual(await first, [['event/0/0']])
    const second = once(rows, 'written')
    await append(0, 4)
    await append(1, 5)
    assert.equal((await consumer.lag())[0]?.gathers, 10)
    assert.deepEqual(await second, [['event/0/1', 'event/0/2', 'event/0/3', 'event/0/4']])
    const third = once(rows, 'written')
    assert.deepEqual(await third, [['event/1/0', 'event/1/1', 'event/1/2', 'event/1/3']])
    assert.equal(await lagAfterAWhile(), 1)
    const fourth = once(rows, 'written')
    await append(0, 3)
    await append(1, 3)
    assert.deepEqual(await fourth, [['event/1/4', 'event/1/5', 'event/1/6', 'event/1/7']])
    assert.equal(await lagAfterAWhile(), 3)
    stop.abort()
    await running
  },
)

test('the time from receipt to row is measured, and what is not yet written is told by consumer and topic', async () => {
  await using opened = openLog()
  await using storage = openMemoryStorage()
  await using running = await start(opened.log, storage)
  assert.equal(running.writers.latency(), null)
  await opened.log.append([derivedRecord('twin', 'acme/v1', patch('v1', t0, { a: 1 }).row)])
  await running.caughtUp()
  const { p50 = 0, p99 = 0 } = running.writers.latency() ?? {}
  assert.ok(p50 >= 60 && p50 < 67 && p99 === p50, `${p50} ${p99}`)
  assert.match(await running.registry.metrics(), /roadstream_writer_lag_records\{store="twins",topic="twin"\} 0/)
  assert.match(await running.registry.metrics(), /roadstream_writer_rows_total\{store="twins"\} 1/)
})

test('of several versions of a row in a batch the last one is stored, also when it is a tombstone', async () => {
  await using opened = openLog()
  await using storage = openMemoryStorage()
  await opened.log.append([
    tripRecord('t1', 1),
    tripRecord('t1', 2),
    tripRecord('t2', 1),
    tripRecord('t1', 3),
    derivedRecord('trip', 't2', null),
  ])
  await using running = await start(opened.log, storage)
  await running.caughtUp()
  assert.deepEqual((await storage.trips.list(wholeReach('acme'), {}, { limit: 9 })).rows, [
    tripRow('t1', { samples: 3 }),
  ])
})

test('a record that cannot be read is counted and left out, and holds up nothing', async () => {
  await using opened = openLog()
  await using storage = openMemoryStorage()
  await using running = await start(opened.log, storage)
  await opened.log.append([
    tripRecord('t1', 1),
    { topic: 'trip', key: 'acme/v1', at: t0, headers: { id: 't2' }, value: Buffer.from('{"half') },
    { topic: 'trip', key: 'acme/v1', at: t0, value: Buffer.from('{}') },
    tripRecord('t3', 1),
  ])
  await running.caughtUp()
  assert.deepEqual(
    (await storage.trips.list(wholeReach('acme'), {}, { limit: 9 })).rows.map(({ id }) => id),
    ['t3', 't1'],
  )
  const metrics = await running.registry.metrics()
  assert.match(metrics, /roadstream_writer_skipped_total\{store="trips",reason="not-json"\} 1/)
  assert.match(metrics, /roadstream_writer_skipped_total\{store="trips",reason="id"\} 1/)
})

test('a row the store refuses is found among the others and left out alone', async () => {
  await using opened = openLog()
  await using storage = openMemoryStorage()
  const picky = withTrips(storage, (trips) => ({
    put: async (changes, positions) => {
      if (changes.some(({ id }) => id === 't7' || id === 't30'))
        throw new Outage('ROW_REFUSED', 'no', { retryable: false })
      await trips.put(changes, positions)
    },
  }))
  await using running = await start(opened.log, picky)
  await opened.log.append(Array.from({ length: 40 }, (_, i) => tripRecord(`t${i}`, i)))
  await running.caughtUp()
  assert.equal((await storage.trips.list(wholeReach('acme'), {}, { limit: 99 })).rows.length, 38)
  assert.match(
    await running.registry.metrics(),
    /roadstream_writer_skipped_total\{store="trips",reason="refused-by-store"\} 2/,
  )
})

test('a store that is away is waited for with the same batch, and the other stores go on', async () => {
  await using opened = openLog()
  await using storage = openMemoryStorage()
  let failures = 0
  const held: string[][] = []
  const away = withTrips(storage, (trips) => ({
    put: async (changes, positions) => {
      held.push(running.writers.held().map(({ store, outage }) => `${store}: ${outage.code}`))
      if (failures++ < 1) throw new Outage('STORE_UNAVAILABLE', 'away', { retryable: true })
      await trips.put(changes, positions)
    },
  }))
  await using running = await start(opened.log, away)
  await opened.log.append([tripRecord('t1', 1), derivedRecord('alert', 'a1', alertRow('a1'))])
  await running.caughtUp()
  assert.deepEqual(
    running.written.map(({ store }) => store),
    ['alerts', 'trips'],
  )
  assert.match(await running.registry.metrics(), /roadstream_writer_retries_total\{store="trips"\} 1/)
  assert.deepEqual([...held, running.writers.held()], [[], ['trips: STORE_UNAVAILABLE'], []])
})

test('a store that is behind after an outage is read on from where it is, and one that had stored goes on', async () => {
  await using opened = openLog()
  await using storage = openMemoryStorage()
  await using other = openMemoryStorage()
  let fails: 'no' | 'lost' | 'unanswered' = 'no'
  let trips = storage.trips
  const away = withTrips(storage, () => ({
    positions: () => trips.positions(),
    put: async (changes, positions) => {
      if (fails === 'lost') trips = other.trips
      else await trips.put(changes, positions)
      const isWell = fails === 'no'
      fails = 'no'
      if (!isWell) throw new Outage('STORE_UNAVAILABLE', 'away', { retryable: true })
    },
  }))
  await using running = await start(opened.log, away)
  const stored = async () => (await trips.list(wholeReach('acme'), {}, { limit: 9 })).rows.map(({ id }) => id).sort()
  await opened.log.append([tripRecord('t1', 1)])
  await running.caughtUp()
  fails = 'unanswered'
  await opened.log.append([tripRecord('t2', 1)])
  await running.caughtUp()
  assert.deepEqual(await stored(), ['t1', 't2'])
  fails = 'lost'
  await opened.log.append([tripRecord('t3', 1)])
  await running.caughtUp()
  assert.deepEqual(await stored(), ['t1', 't2', 't3'])
  assert.equal(trips, other.trips)
  assert.deepEqual(running.writers.held(), [])
})

test('a failure that is no outage ends the writers with it', async () => {
  await using opened = openLog()
  await using storage = openMemoryStorage()
  const broken = withTrips(storage, () => ({ put: async () => assert.fail('a bug') }))
  await using running = await start(opened.log, broken)
  await opened.log.append([tripRecord('t1', 1)])
  await assert.rejects(running.writers.ended, /a bug/)
})

test('stopped at any moment and started again, however often, the tables are what the log says', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ trip: fc.integer({ min: 0, max: 5 }), samples: fc.option(fc.nat(99)) }), {
        minLength: 1,
        maxLength: 40,
      }),
      fc.array(fc.boolean(), { maxLength: 12 }),
      async (versions, breaks) => {
        await using opened = openLog()
        await using storage = openMemoryStorage()
        for (const { trip, samples } of versions)
          await opened.log.append([
            samples === null ? derivedRecord('trip', `t${trip}`, null) : tripRecord(`t${trip}`, samples),
          ])
        const pending = [...breaks]
        const unsafe = withTrips(storage, (trips) => ({ put: breaking(trips, () => pending.shift() ?? false) }))
        for (let isDone = false; !isDone;) {
          await using running = await start(opened.log, unsafe)
          isDone = await Promise.race([
            running.caughtUp().then(() => true),
            running.writers.ended.then(
              () => false,
              () => false,
            ),
          ])
        }
        const last = new Map(versions.map(({ trip, samples }) => [`t${trip}`, samples]))
        const expected = [...last].filter(([, samples]) => samples !== null).sort(([a], [b]) => (a < b ? 1 : -1))
        const rows = (await storage.trips.list(wholeReach('acme'), {}, { limit: 99 })).rows
        assert.deepEqual(
          rows.map(({ id, samples }) => [id, samples]),
          expected,
        )
      },
    ),
    { numRuns: 60 },
  )
})
