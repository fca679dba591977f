import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { systemClock } from '../base/clock.ts'
import { Outage } from '../base/errors.ts'
import { silentLogger } from '../base/logger.ts'
import { seeded } from '../base/seeded.testing.ts'
import type { EventLog, Positions, ReadLimits } from '../eventlog/event-log.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { accepted } from '../base/errors.ts'
import type { Change, Projection } from '../storage/projection.ts'
import { createConsumer } from './consumer.ts'
import { nothing, openWriteRoom } from './gathered.ts'
import { createWriterMetrics } from './writer-metrics.ts'

const batch = { records: 10, bytes: 100 }
const most = { records: 80, bytes: 800 }
const of = (records: number, bytes = 0) => ({
  ...nothing,
  records: Array.from({ length: records }, () => ({ key: 'demo/car-1', at: 0, receivedAt: 0 })),
  bytes,
})

test('room for what is put together: a batch at first, twice as much while more waits and the store is quick', () => {
  const room = openWriteRoom(batch, most)
  const holds = (records: number, bytes?: number): boolean => !room.isFull(of(records, bytes))
  assert.deepEqual([holds(9), holds(10), holds(9, 100)], [true, false, false])
  room.wrote(5, true)
  assert.deepEqual([holds(19, 199), holds(20), holds(9, 200)], [true, false, false])
  for (let write = 0; write < 9; write++) room.wrote(5, true)
  assert.deepEqual([holds(79), holds(80)], [true, false])
  room.wrote(3_000, true)
  assert.equal(holds(79), true)
  room.wrote(6_000, true)
  assert.deepEqual([holds(39), holds(40)], [true, false])
  room.wrote(5, false)
  assert.deepEqual([holds(19), holds(20)], [true, false])
  room.wrote(5, true)
  room.failed()
  assert.deepEqual([holds(9), holds(10)], [true, false])
})

test('a store that is told of none takes each batch alone', () => {
  const room = openWriteRoom(batch)
  room.wrote(5, true)
  assert.equal(room.isFull(of(10)), true)
})

/** Takes no more than `rowsMax` at once, and fails now and then besides. */
function openNarrowStore(rowsMax: number, random: () => number) {
  const rows: string[] = []
  const sizes: number[] = []
  let stored: Positions = {}
  const store: Projection<string> = {
    positions: async () => stored,
    async put(changes, positions) {
      if (changes.length > rowsMax || random() < 0.2) throw new Outage('STORE_UNAVAILABLE', 'away', { retryable: true })
      sizes.push(changes.length)
      rows.push(...changes.map(({ id }) => id))
      stored = positions
    },
  }
  return { store, rows, sizes }
}

async function logOf(count: number) {
  const memory = openMemoryLog({ partitions: 1, clock: systemClock })
  for (let n = 0; n < count; n++)
    await memory.log.append([{ topic: 'event', key: 'acme/v1', at: n, value: Buffer.from(`${n}`) }])
  return memory
}

/** By a consumer that puts up to 48 together, until `isDone`. */
async function putAll(
  log: EventLog,
  limits: ReadLimits,
  store: Projection<string>,
  isDone: () => boolean,
): Promise<void> {
  const stop = new AbortController()
  const consumer = createConsumer<string>(
    {
      name: 'rows',
      topics: ['event'],
      log,
      store,
      readChange: ({ value }) => accepted<Change<string>>({ id: Buffer.from(value).toString(), row: '' }),
      limits,
      together: { records: 48, bytes: Infinity },
      lingerMs: 0,
    },
    {
      clock: systemClock,
      logger: silentLogger,
      metrics: createWriterMetrics(new Registry(), async () => []),
      signal: stop.signal,
      onWritten: () => isDone() && stop.abort(),
    },
  )
  await consumer.run()
}

test(
  'after a failure of what was put together each batch is put alone until one is through, however little it has',
  { timeout: 60_000 },
  async () => {
    await using memory = await logOf(14)
    const tries: string[] = []
    let stored: Positions = {}
    await putAll(
      memory.log,
      { records: 3, bytes: 1 },
      {
        positions: async () => stored,
        async put(changes, positions) {
          tries.push(changes.map(({ id }) => id).join(' '))
          if (tries.length >= 3 && tries.length <= 5) throw new Outage('STORE_UNAVAILABLE', 'away', { retryable: true })
          stored = positions
        },
      },
      () => stored['event/0'] === 14,
    )
    assert.deepEqual(tries, ['0 1 2', '3 4 5 6 7 8', '9 10 11 12 13', '9', '9', '9', '10 11 12 13'])
  },
)

test(
  'what is too much at once gets through in smaller parts, each record once and in order',
  { timeout: 60_000 },
  async () => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const random = seeded(seed)
    const count = 200
    await using memory = await logOf(count)
    const { store, rows, sizes } = openNarrowStore(13, random)
    await putAll(memory.log, { records: 3, bytes: Infinity }, store, () => rows.length >= count)
    assert.deepEqual(
      rows,
      Array.from({ length: count }, (_, n) => `${n}`),
      `seed ${seed}`,
    )
    assert.ok(Math.max(...sizes) > 3, `some were put together, seed ${seed}`)
  },
)
