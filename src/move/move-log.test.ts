// Logs moved from one that has dropped its oldest records, so that all offsets change: cut short
// anywhere and begun again, and read on by those who stood somewhere in it.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Outage } from '../base/errors.ts'
import { baseChange, entryChange, readBase, readEntries } from '../engine/journal.ts'
import { firstBase } from '../engine/task.ts'
import { settableClock } from '../eventlog/event-log-subject.testing.ts'
import { epochKey, type EventLog, type Positions, type StoredRecord } from '../eventlog/event-log.ts'
import { openLmdbLog } from '../eventlog/lmdb/lmdb-log.ts'
import { openLogReader } from '../eventlog/log-reader.ts'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import type { TakeMoved } from '../eventlog/moved-record.ts'
import { readWhole } from '../eventlog/read-whole.testing.ts'
import { moveLogs, partitionStarts, refuseUsed, type LogToMove } from './move-log.ts'
import { cutAfter, untold } from './moving.testing.ts'

const topics = ['telemetry', 'event'] as const
const specs = topics.map((name) => ({ name, retention: { ms: 60_000 } }))
const partitions = 2
const task = 'trips@1/0'
const order = 'fair' as const

/** A record as it must be after a move: all of it but its offset. */
const unplaced = ({ value, ...rest }: StoredRecord) => ({ ...rest, offset: null, value: Buffer.from(value).toString() })
const allOf = async (log: EventLog) =>
  (await Promise.all(topics.map((topic) => readWhole(log, topic)))).flat().map(unplaced)

async function restOf(log: EventLog, from: Positions) {
  const reader = openLogReader(log, { topics, order }, from)
  const batch = await reader.poll({ records: 1e6, bytes: 1e9 })
  return { records: batch.records.map(unplaced), restarted: batch.restarted }
}

/** A log of `counts` commits, of which the older ones were dropped, and positions of readers that
 *  stand at each of `stands`. */
async function openSource(
  counts: readonly number[],
  stands: readonly number[],
  clock: ReturnType<typeof settableClock>,
) {
  const source = openMemoryLog({ partitions, topics: specs, clock })
  let sent = 0
  for (const [index, count] of counts.entries()) {
    await source.log.append(
      Array.from({ length: count }, () => ({
        topic: topics[sent % 3 === 0 ? 1 : 0],
        key: `demo/car-${(sent * 7) % 5}`,
        value: Buffer.from(`${sent++}`),
        at: 1_000 + sent,
        receivedAt: clock.at - index,
        ...(index % 2 === 0 ? { headers: { reason: 'shape', at: '7' } } : {}),
      })),
    )
    clock.at += 10_000
  }
  await source.sweep()
  const readers = await Promise.all(
    stands.map(async (records) => {
      const reader = openLogReader(source.log, { topics, order }, {})
      await reader.poll({ records: records + 1, bytes: 1e9 })
      return reader.positions()
    }),
  )
  return { ...source, readers }
}

test('a move that is cut short anywhere goes on, and readers go on where they stood', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 12 }),
      fc.array(fc.nat(60), { minLength: 1, maxLength: 4 }),
      fc.array(fc.nat(40), { maxLength: 4 }),
      async (counts, stands, cuts) => {
        const dir = mkdtempSync(join(tmpdir(), 'roadstream-move-'))
        const clock = settableClock()
        try {
          await using source = await openSource(counts, stands, clock)
          const [first, ...others] = source.readers
          assert.ok(first !== undefined)
          const base = firstBase(['telemetry'], { positions: first, noted: others[0] ?? {} })
          const entry = JSON.stringify({ to: others[0] ?? first, logAt: 5 })
          const state = [baseChange(base), entryChange(0, 0, entry), { key: 'k/1', value: Buffer.from('as it is') }]
          await source.state.commit([{ task, positions: first, state }], [])
          const pairTo = (target: ReturnType<typeof openLmdbLog>, cut = Infinity): LogToMove[] => [
            { name: 'derived', topics, from: source, to: { ...target, take: cutAfter(target.take, cut) } },
          ]
          let starts: Readonly<Record<string, number>> | undefined
          const open = () =>
            openLmdbLog({ dir, partitions, topics: specs, clock, steady: clock.steady, sweepEveryMs: 0 })
          for (const cut of cuts) {
            await using target = open()
            const logs = pairTo(target, cut)
            starts ??= await partitionStarts(logs)
            await moveLogs(logs, starts, source.readers, untold).catch((error: unknown) => {
              if (!(error instanceof Outage && error.message === 'killed')) throw error
            })
          }
          await using target = open()
          const logs = pairTo(target)
          const { moved, refuseGrown } = await moveLogs(
            logs,
            starts ?? (await partitionStarts(logs)),
            source.readers,
            untold,
          )
          await refuseGrown()
          assert.deepEqual(await allOf(target.log), await allOf(source.log))
          for (const positions of source.readers) {
            const rest = await restOf(target.log, moved(positions))
            assert.deepEqual(rest, await restOf(source.log, positions))
            assert.deepEqual(rest.restarted, [])
          }
          assert.deepEqual(readBase(target.state, task), { ...base, positions: moved(first), noted: moved(base.noted) })
          assert.deepEqual(
            readEntries(target.state, task, 0).map((text) => JSON.parse(text) as unknown),
            [{ to: moved(others[0] ?? first), logAt: 5 }],
          )
          assert.equal(Buffer.from(target.state.get(task, 'k/1') ?? []).toString(), 'as it is')
          assert.deepEqual(target.state.positions(task), moved(first))
        } finally {
          rmSync(dir, { recursive: true, force: true })
        }
      },
    ),
    { numRuns: 30 },
  ))

test('positions of another log stay as they are: whoever has them reads all anew, as before', async () => {
  await using source = await openSource([4, 4], [3], settableClock())
  await using target = openTarget()
  const logs = [{ name: 'uplink' as const, topics, from: source, to: target }]
  const strange = { 'telemetry/0': 3, [epochKey('another')]: 17 }
  const { moved } = await moveLogs(logs, await partitionStarts(logs), [strange], untold)
  assert.deepEqual(moved(strange), strange)
})

test('what grows meanwhile, a log that is not empty, and one with more in it are told', async () => {
  await using source = await openSource([4, 4], [], settableClock())
  await using target = openTarget()
  const logs = [{ name: 'uplink' as const, topics, from: source, to: target }]
  await refuseUsed(logs, 'the log')
  const starts = await partitionStarts(logs)
  const { refuseGrown } = await moveLogs(logs, starts, [], untold)
  await source.log.append([{ topic: 'event', key: 'demo/late', value: Buffer.from('1'), at: 1 }])
  await assert.rejects(refuseGrown(), { code: 'MOVE_SOURCE_CHANGED' })
  await assert.rejects(refuseUsed(logs, 'the log'), { code: 'MOVE_TARGET_USED' })
  const [log] = logs
  assert.ok(log !== undefined)
  await using used = openTarget()
  await used.log.append([{ topic: 'event', key: 'c/car', value: Buffer.from('{}'), at: 1 }])
  const withState = { ...log, topics: ['telemetry'], to: used }
  await refuseUsed([withState], 'the log')
  await assert.rejects(refuseUsed([{ ...withState, stateTopics: ['event'] }], 'the log'), { code: 'MOVE_TARGET_USED' })
  await target.log.append(
    Array.from({ length: 40 }, (_, n) => ({ topic: 'event', key: `demo/${n}`, value: Buffer.from('2'), at: 1 })),
  )
  await assert.rejects(moveLogs(logs, starts, [], untold), { code: 'MOVE_TARGET_CHANGED' })
})

test('a target that has dropped records already is told, with the setting', async () => {
  await using source = await openSource([4, 4], [], settableClock())
  await using target = openTarget()
  const logs = [{ name: 'uplink' as const, topics, from: source, to: target }]
  const starts = await partitionStarts(logs)
  await moveLogs(logs, starts, [], untold)
  await target.sweep()
  await assert.rejects(moveLogs(logs, starts, [], untold), /has dropped records of .* raise ROADSTREAM_LOG_TOPIC_MAX/)
})

test('a record that is another one in the target is found by comparing all', async () => {
  await using source = await openSource([4], [], settableClock())
  await using target = openTarget()
  const logs = [{ name: 'uplink' as const, topics, from: source, to: target }]
  const take: TakeMoved = (records) =>
    target.take(records.map((record, index) => (index === 0 ? { ...record, at: record.at + 1 } : record)))
  await assert.rejects(moveLogs([{ ...logs[0]!, to: { ...target, take } }], await partitionStarts(logs), [], untold), {
    code: 'MOVE_DIFFERS',
  })
})

/** An empty log of LMDB: one in memory takes no moved records. */
function openTarget() {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-move-'))
  const target = openLmdbLog({ dir, partitions, topics: specs, sweepEveryMs: 0 })
  return {
    ...target,
    [Symbol.asyncDispose]: async () => {
      await target[Symbol.asyncDispose]()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
