// Writers whose log is not the one they wrote from: another one, an older copy put back, one that
// dropped what was not read.
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { silentLogger, type Logger } from '../base/logger.ts'
import type { EventLog } from '../eventlog/event-log.ts'
import { openLmdbLog } from '../eventlog/lmdb/lmdb-log.ts'
import { openLogReader } from '../eventlog/log-reader.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { derivedLogTopics, uplinkTopics } from '../eventlog/topics.ts'
import { t0 } from '../read-models/rows.testing.ts'
import { openMemoryStorage } from '../storage/memory/memory-storage.ts'
import type { Storage } from '../storage/storage.ts'
import { breaking, derivedRecord, start, tripRecord, withTrips } from './writers.testing.ts'
import { wholeReach } from '../storage/reach.ts'

const partitions = 2
const allTopics = [...uplinkTopics, ...derivedLogTopics]
const clock = { now: () => t0 }
const everything = { records: 1e6, bytes: 1e9 }

type Said = { readonly fields: object; readonly text: string }

/** Hears what is logged as a warning or an error. */
function listener(): { readonly said: Said[]; readonly logger: Logger } {
  const said: Said[] = []
  const hear = (fields: object, text: string): void => void said.push({ fields, text })
  return { said, logger: Object.assign(Object.create(silentLogger) as Logger, { warn: hear, error: hear }) }
}

const tripRows = async (storage: Storage): Promise<Map<string, number>> =>
  new Map(
    (await storage.trips.list(wholeReach('acme'), {}, { limit: 99 })).rows.map(({ id, samples }) => [id, samples]),
  )

/** A folder for logs that is removed in the end. */
function openFolder(): Disposable & { path(name: string): string } {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-writers-'))
  return { path: (name) => join(dir, name), [Symbol.dispose]: () => rmSync(dir, { recursive: true }) }
}

test('what retention dropped before it was written is counted, and logged with its place and range', async () => {
  await using opened = openMemoryLog({
    partitions: 1,
    clock,
    topics: allTopics.map((topic) => ({ ...topic, retention: { bytes: 0 } })),
  })
  await using storage = openMemoryStorage()
  const { log } = opened
  await log.append([tripRecord('t0', 1)])
  {
    await using running = await start(log, storage)
    await running.caughtUp()
  }
  for (let n = 1; n < 5; n += 1) await log.append([tripRecord(`t${n}`, 1)])
  await opened.sweep()
  await log.append([tripRecord('t9', 1)])
  const { said, logger } = listener()
  await using running = await start(log, storage, logger)
  await running.caughtUp()
  assert.deepEqual(
    await tripRows(storage),
    new Map([
      ['t9', 1],
      ['t0', 1],
    ]),
  )
  assert.match(await running.registry.metrics(), /roadstream_writer_lost_total\{store="trips"\} 4/)
  assert.deepEqual(
    said.map(({ fields }) => fields),
    [{ store: 'trips', topic: 'trip', partition: 0, from: 1, to: 5 }],
  )
})

test('a log that is damaged is written without what cannot be read, which is counted and logged', async () => {
  await using opened = openMemoryLog({ partitions: 1, clock })
  await using storage = openMemoryStorage()
  for (let n = 0; n < 5; n += 1) await opened.log.append([tripRecord(`t${n}`, 1)])
  const log: EventLog = {
    ...opened.log,
    read: async (topic, partition, offset, limits) => {
      const segment = await opened.log.read(topic, partition, offset, limits)
      if (topic !== 'trip' || offset > 1) return segment
      const gaps = [{ topic, partition, from: 1, to: 3, why: 'damaged' as const }]
      return { ...segment, gaps, records: segment.records.filter((record) => record.offset < 1 || record.offset >= 3) }
    },
  }
  const { said, logger } = listener()
  await using running = await start(log, storage, logger)
  await running.caughtUp()
  assert.deepEqual([...(await tripRows(storage)).keys()].sort(), ['t0', 't3', 't4'])
  assert.match(await running.registry.metrics(), /roadstream_writer_damaged_total\{store="trips"\} 2/)
  assert.deepEqual(
    said.map(({ fields }) => fields),
    [{ store: 'trips', topic: 'trip', partition: 0, from: 1, to: 3 }],
  )
})

test('a log that comes back after another one has taken its place is told from both', async () => {
  await using one = openMemoryLog({ partitions: 1, clock })
  await using other = openMemoryLog({ partitions: 1, clock })
  await using storage = openMemoryStorage()
  const restarts: number[] = []
  const run = async (log: EventLog): Promise<void> => {
    const { said, logger } = listener()
    await using running = await start(log, storage, logger)
    await running.caughtUp()
    restarts.push(said.length)
  }
  await one.log.append([tripRecord('t1', 1), tripRecord('t2', 1), tripRecord('t3', 1)])
  await run(one.log)
  await other.log.append([tripRecord('t1', 2)])
  await run(other.log)
  await run(other.log)
  // Its first record is before the position that the other log left.
  await run(one.log)
  await run(one.log)
  assert.deepEqual(restarts, [0, 1, 0, 1, 0])
  assert.equal((await tripRows(storage)).get('t1'), 1)
})

type Version = { readonly trip: number; readonly samples: number | null }
type Life = {
  readonly begin: 'go on' | 'older copy' | 'new log'
  readonly appends: readonly Version[]
  /** Whether the writers are ended before or after a put, put by put. */
  readonly breaks: readonly boolean[]
  readonly isCopied: boolean
}

const life: fc.Arbitrary<Life> = fc.record({
  begin: fc.constantFrom('go on', 'go on', 'older copy', 'new log'),
  appends: fc.array(fc.record({ trip: fc.nat(7), samples: fc.option(fc.nat(99)) }), { maxLength: 8 }),
  breaks: fc.array(fc.boolean(), { maxLength: 4 }),
  isCopied: fc.boolean(),
})

/** The newest version of each trip that the log holds. */
async function tripsOf(log: EventLog): Promise<Map<string, number | null>> {
  const { records } = await openLogReader(log, { topics: ['trip'], order: 'fair' }, {}).poll(everything)
  return new Map(
    records.map(({ headers, value }) => [
      headers?.['id'] ?? '',
      value.byteLength === 0 ? null : (JSON.parse(Buffer.from(value).toString()) as { samples: number }).samples,
    ]),
  )
}

/** One opening of the log in `dir`, written from until the writers have caught up or, when they may
 *  break, end. */
async function live(dir: string, { appends, breaks }: Life, storage: Storage): Promise<Map<string, number | null>> {
  await using opened = openLmdbLog({ dir, partitions, topics: allTopics, clock })
  for (const { trip, samples } of appends)
    await opened.log.append([
      samples === null ? derivedRecord('trip', `t${trip}`, null) : tripRecord(`t${trip}`, samples),
    ])
  const pending = [...breaks]
  const unsafe = withTrips(storage, (trips) => ({ put: breaking(trips, () => pending.shift() ?? false) }))
  await using running = await start(opened.log, unsafe)
  await Promise.race([running.caughtUp(), running.writers.ended.catch(() => {})])
  return await tripsOf(opened.log)
}

test('killed at any put, on a log that is replaced or put back in an older state, rows are what the log now says', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(life, { minLength: 1, maxLength: 6 }), async (lives) => {
      using folder = openFolder()
      await using storage = openMemoryStorage()
      const [dir, copy] = [folder.path('log'), folder.path('copy')]
      /** The trips as they ever were, in any log. */
      const ever = new Map<string, Set<number | null>>()
      let now = new Map<string, number | null>()
      for (const each of [...lives, { begin: 'go on', appends: [], breaks: [], isCopied: false } as const]) {
        if (each.begin !== 'go on') rmSync(dir, { recursive: true, force: true })
        if (each.begin === 'older copy' && existsSync(copy)) cpSync(copy, dir, { recursive: true })
        for (const { trip, samples } of each.appends)
          ever.set(`t${trip}`, (ever.get(`t${trip}`) ?? new Set()).add(samples))
        now = await live(dir, each, storage)
        if (each.isCopied) cpSync(dir, copy, { recursive: true, force: true })
      }
      const rows = await tripRows(storage)
      for (const [id, samples] of now) assert.equal(rows.get(id) ?? null, samples, `${id} is not what the log says`)
      for (const [id, samples] of rows) assert.ok(ever.get(id)?.has(samples) === true, `${id} was never so`)
    }),
    { numRuns: 40 },
  )
})
