// Logs moved into another number of partitions: cut short anywhere and begun again. Each key keeps
// its order and its state, and everybody goes on at the end; where somebody has not read all,
// nothing is moved.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Outage } from '../base/errors.ts'
import { baseChange, entryChange, readBase, type Base } from '../engine/journal.ts'
import { firstBase } from '../engine/task.ts'
import { settableClock } from '../eventlog/event-log-subject.testing.ts'
import type { EventLog, Positions, StoredRecord } from '../eventlog/event-log.ts'
import { openLmdbLog } from '../eventlog/lmdb/lmdb-log.ts'
import { openLogReader } from '../eventlog/log-reader.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { partitionOf } from '../eventlog/partition.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import { partitionStarts, type LogToMove } from './move-log.ts'
import { cutAfter, untold } from './moving.testing.ts'
import { isRegrouping, regroupLogs } from './regroup.ts'

const uplinkTopics = ['telemetry', 'event', 'mark']
const derivedTopics = ['trip', 'anomaly']
const cars = Array.from({ length: 9 }, (_, car) => `demo/car-${car}`)
const job = 'trips@3'

const shown = ({ topic, key, value, at, receivedAt, appendedAt, headers }: StoredRecord) => ({
  topic,
  key,
  at,
  receivedAt,
  appendedAt,
  value: Buffer.from(value).toString(),
  reason: headers?.['reason'],
})

async function byKey(log: EventLog, topics: readonly string[]) {
  const records = (await Promise.all(topics.map((topic) => readWhole(log, topic)))).flat()
  return Map.groupBy(records, ({ topic, key }) => `${topic} ${key}`)
}

async function endsOf(log: EventLog, topics: readonly string[]): Promise<Positions> {
  const reader = openLogReader(log, { topics, order: 'fair' }, {})
  for (;;) if ((await reader.poll({ records: 1e6, bytes: 1e9 })).behind.length === 0) return reader.positions()
}

/** Logs of `counts` commits, all of them read by a job, a writer and whoever else remembers. */
async function openSource(partitions: number, counts: readonly number[], change: (base: Base) => Base) {
  const clock = settableClock()
  const uplink = openMemoryLog({ partitions, topics: uplinkTopics.map((name) => ({ name })), clock })
  const derived = openMemoryLog({ partitions, topics: derivedTopics.map((name) => ({ name })), clock })
  let sent = 0
  for (const count of counts) {
    const records = Array.from({ length: count }, () => {
      const key = cars[(sent * 7) % cars.length]!
      return { key, value: Buffer.from(`${sent++}`), at: 1_000 + sent }
    })
    await uplink.log.append(records.map((each, index) => ({ ...each, topic: uplinkTopics[index % 2]! })))
    await derived.log.append(
      records.map((each) => ({
        ...each,
        topic: 'anomaly',
        headers: { id: each.key, task: `trips/${partitionOf(each.key, partitions)}`, reason: 'x' },
      })),
    )
    clock.at += 1_000
  }
  const all = await endsOf(uplink.log, uplinkTopics)
  for (let partition = 0; partition < partitions; partition += 1) {
    const own = Object.fromEntries(
      Object.entries(all).filter(([key]) => key.endsWith(`/${partition}`) || key.startsWith('epoch/')),
    )
    const here = cars.filter((key) => partitionOf(key, partitions) === partition)
    const base = firstBase(['telemetry', 'event'], { positions: own, logAt: partition, generation: 4 + partition })
    await derived.state.commit(
      [
        {
          task: `${job}/${partition}`,
          positions: own,
          state: [
            baseChange(change({ ...base, quarantined: here.slice(0, 1) })),
            entryChange(3, 0, '{}'),
            { key: 'time', value: Buffer.from(JSON.stringify({ logAt: partition, partition: null })) },
            ...here.flatMap((key) => [
              { key: `part/${key}/open`, value: Buffer.from(`open ${key}`) },
              { key: `timer/${key}`, value: Buffer.from(`timer ${key}`) },
            ]),
          ],
        },
        { task: `settings/${partition}`, positions: {}, state: [{ key: 'jobs', value: Buffer.from('{}') }] },
      ],
      [],
    )
  }
  await uplink.state.commit([{ task: 'rebirths@1', positions: all, state: [] }], [])
  // Time passes after all was read.
  await uplink.log.append([{ topic: 'mark', key: '0', value: Buffer.of(1), at: 1 }])
  return { uplink, derived, sinks: { messages: all }, clock }
}

type Source = Awaited<ReturnType<typeof openSource>>

async function withTargets(
  dir: string,
  source: Source,
  partitions: number,
  cut: number,
  work: (logs: readonly LogToMove[]) => Promise<void>,
): Promise<void> {
  const open = (name: string, topics: readonly string[]) =>
    openLmdbLog({
      dir: join(dir, name),
      partitions,
      topics: topics.map((topic) => ({ name: topic })),
      clock: source.clock,
      steady: source.clock.steady,
      sweepEveryMs: 0,
    })
  await using uplink = open('log', uplinkTopics)
  await using derived = open('derived', derivedTopics)
  await work([
    { name: 'uplink', topics: uplinkTopics, from: source.uplink, to: { ...uplink, take: cutAfter(uplink.take, cut) } },
    {
      name: 'derived',
      topics: derivedTopics,
      from: source.derived,
      to: { ...derived, take: cutAfter(derived.take, cut) },
    },
  ])
}

async function inFolder(work: (dir: string) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-regroup-'))
  try {
    await work(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Each record is where its key falls, and of a key all are there in their order. */
async function assertRecords(from: EventLog, to: EventLog, topics: readonly string[]): Promise<void> {
  const [was, is] = [await byKey(from, topics), await byKey(to, topics)]
  assert.deepEqual(new Set(is.keys()), new Set(was.keys()))
  for (const [key, records] of is) {
    assert.deepEqual(records.map(shown), was.get(key)?.map(shown), key)
    for (const record of records) {
      assert.equal(record.partition, partitionOf(record.key, to.partitions))
      if (record.topic === 'anomaly') assert.equal(record.headers?.['task'], `trips/${record.partition}`)
    }
  }
}

/** Each task has what its cars had, and stands where it says. */
function assertState(state: LogToMove['to']['state'], before: number, after: number): void {
  for (let partition = 0; partition < after; partition += 1) {
    const task = `${job}/${partition}`
    const entries = new Map([...state.range(task, '')].map(([key, value]) => [key, Buffer.from(value)]))
    const base = readBase({ get: (_task, key) => entries.get(key) }, task)
    assert.deepEqual([base?.logAt, base?.positions], [before - 1, state.positions(task)])
    const wanted = cars.flatMap((key) =>
      partitionOf(key, after) === partition ? [`part/${key}/open open ${key}`, `timer/${key} timer ${key}`] : [],
    )
    for (const key of ['base', 'time']) assert.ok(entries.delete(key))
    assert.deepEqual(new Set(Array.from(entries, ([key, value]) => `${key} ${value.toString()}`)), new Set(wanted))
  }
}

/** All read on at the end, and are given what comes. */
async function assertReadOn(log: EventLog, readers: readonly Positions[]): Promise<void> {
  await log.append(cars.map((key) => ({ topic: 'telemetry', key, value: Buffer.from('new'), at: 1 })))
  for (const positions of readers) {
    const reader = openLogReader(log, { topics: uplinkTopics, order: 'fair' }, positions)
    const { records, restarted } = await reader.poll({ records: 1e6, bytes: 1e9 })
    assert.deepEqual([records.map(({ key }) => key).sort(), restarted], [cars, []])
  }
}

test('records, state and positions go with their keys into another number of partitions, cut short anywhere', () =>
  fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 5, max: 7 }),
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 8 }),
      fc.array(fc.nat(40), { maxLength: 3 }),
      fc.boolean(),
      async (few, many, counts, cuts, isMore) =>
        inFolder(async (dir) => {
          const [before, after] = isMore ? [few, many] : [many, few]
          const source = await openSource(before, counts, (base) => base)
          let starts: Readonly<Record<string, number>> | undefined
          for (const cut of cuts)
            await withTargets(dir, source, after, cut, async (logs) => {
              starts ??= await partitionStarts(logs)
              await regroupLogs(logs, starts, source.sinks, untold).catch((error: unknown) => {
                if (!(error instanceof Outage && error.message === 'killed')) throw error
              })
            })
          await withTargets(dir, source, after, Infinity, async (logs) => {
            assert.ok(isRegrouping(logs))
            const { moved, refuseGrown } = await regroupLogs(
              logs,
              starts ?? (await partitionStarts(logs)),
              source.sinks,
              untold,
            )
            await refuseGrown()
            const [uplink, derived] = logs.map(({ to }) => to)
            assert.ok(uplink !== undefined && derived !== undefined)
            await assertRecords(source.uplink.log, uplink.log, uplinkTopics)
            await assertRecords(source.derived.log, derived.log, derivedTopics)
            assertState(derived.state, before, after)
            await assertReadOn(uplink.log, [moved(source.sinks.messages), uplink.state.positions('rebirths@1')])
          })
        }),
    ),
    { numRuns: 25 },
  ))

test('where somebody has not read all, or derives anew, nothing is copied and it is told who', () =>
  inFolder(async (dir) => {
    const refused = async (source: Source, sinks: Readonly<Record<string, Positions>>, word: RegExp): Promise<void> =>
      withTargets(dir, source, 5, 0, async (logs) => {
        await assert.rejects(regroupLogs(logs, await partitionStarts(logs), sinks, untold), (error: unknown) => {
          assert.ok(error instanceof Outage && error.code === 'MOVE_UNREAD' && !error.retryable, String(error))
          assert.match(error.message, word)
          return true
        })
      })
    const source = await openSource(2, [8, 8], (base) => base)
    const place = Object.keys(source.sinks.messages).find((key) => key.startsWith('telemetry/')) ?? ''
    await refused(
      source,
      { messages: { ...source.sinks.messages, [place]: 1 } },
      new RegExp(`the writer of messages has read ${place} up to 1 of `),
    )
    const deriving = await openSource(2, [8], (base) => ({ ...base, stage: 'deriving' }))
    await refused(deriving, deriving.sinks, /trips@3\/0 is still derived anew/)
    const unsaved = await openSource(2, [8], (base) => ({ ...base, generation: 3 }))
    await refused(unsaved, unsaved.sinks, /trips@3\/\d was not stopped in order/)
    await source.uplink.log.append([{ topic: 'event', key: cars[0]!, value: Buffer.from('late'), at: 1 }])
    await refused(source, source.sinks, /has read event\/\d up to \d+ of \d+/)
  }))
