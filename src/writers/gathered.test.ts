import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { systemClock } from '../base/clock.ts'
import { Outage } from '../base/errors.ts'
import { silentLogger } from '../base/logger.ts'
import { seeded } from '../base/seeded.testing.ts'
import type { Positions } from '../eventlog/event-log.ts'
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
  records: Array.from({ length: records }, () => ({ at: 0, receivedAt: 0 })),
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

test(
  'what is too much at once gets through in smaller parts, each record once and in order',
  { timeout: 60_000 },
  async () => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const random = seeded(seed)
    await using memory = openMemoryLog({ partitions: 1, clock: systemClock })
    const count = 200
    for (let n = 0; n < count; n++)
      await memory.log.append([{ topic: 'event', key: 'acme/v1', at: n, value: Buffer.from(`${n}`) }])
    const { store, rows, sizes } = openNarrowStore(13, random)
    const stop = new AbortController()
    const consumer = createConsumer<string>(
      {
        name: 'narrow',
        topics: ['event'],
        log: memory.log,
        store,
        readChange: ({ value }) => accepted<Change<string>>({ id: Buffer.from(value).toString(), row: '' }),
        limits: { records: 3, bytes: Infinity },
        together: { records: 48, bytes: Infinity },
        lingerMs: 0,
      },
      {
        clock: systemClock,
        logger: silentLogger,
        metrics: createWriterMetrics(new Registry(), async () => []),
        signal: stop.signal,
        onWritten: () => rows.length >= count && stop.abort(),
      },
    )
    await consumer.run()
    assert.deepEqual(
      rows,
      Array.from({ length: count }, (_, n) => `${n}`),
      `seed ${seed}`,
    )
    assert.ok(Math.max(...sizes) > 3, `some were put together, seed ${seed}`)
  },
)
