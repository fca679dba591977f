import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Outage } from '../../base/errors.ts'
import { record, settableClock } from '../event-log-subject.testing.ts'
import type { TopicSpec } from '../event-log.ts'
import type { TopicSize } from '../topic-size.ts'
import { openLmdbLog, type LmdbLog } from './lmdb-log.ts'

const topics: readonly TopicSpec[] = [{ name: 'telemetry', retention: { ms: 60_000 } }, { name: 'event' }]
const opening = { partitions: 4, topics, sweepEveryMs: 0, merging: { bytes: 1e6, ageMs: 1, spanMs: 10_000, restMs: 0 } }

const sizeOf = (log: LmdbLog, name: string): TopicSize => {
  const found = log.size().topics.find(({ topic }) => topic === name)
  assert.ok(found, name)
  return found
}

test('a topic is told by its blocks: it grows with appends, packed it is smaller, and what retention drops is gone', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'roadstream-log-size-'))
  const clock = settableClock()
  const startAt = clock.at
  await using opened = openLmdbLog({ ...opening, dir: folder.path, clock, steady: clock.steady })
  const { log, state } = opened
  const empty = { bytes: 0, appended: 0, kept: 0, oldestAt: null }
  assert.deepEqual(opened.size().topics, [
    { topic: 'telemetry', ...empty },
    { topic: 'event', ...empty },
  ])
  for (let n = 0; n < 40; n++) {
    await log.append([record(`k${n % 7}`, 'a text like the others '.repeat(20))])
    clock.at += 10
  }
  const plain = sizeOf(opened, 'telemetry')
  assert.deepEqual([plain.appended, plain.kept, plain.oldestAt], [40, 40, startAt])
  assert.ok(plain.bytes >= 40 * 460, `${plain.bytes}`)
  await opened.sweep()
  const packed = sizeOf(opened, 'telemetry')
  assert.ok(packed.bytes < plain.bytes / 4, `${packed.bytes} of ${plain.bytes}`)
  assert.deepEqual([packed.appended, packed.kept], [40, 40])
  clock.at += 30_000
  await log.append([record('k1', 'young')])
  clock.at += 40_000
  await opened.sweep()
  const left = sizeOf(opened, 'telemetry')
  assert.deepEqual([left.appended, left.kept, left.oldestAt], [41, 1, startAt + 30_400])
  assert.deepEqual(sizeOf(opened, 'event'), { topic: 'event', ...empty })

  const before = opened.size()
  await state.commit([{ task: 'trips@1/0', positions: {}, state: [{ key: 'k', value: new Uint8Array(200_000) }] }], [])
  const after = opened.size()
  assert.ok(after.stateBytes - before.stateBytes >= 200_000, 'state is told apart from records')
  assert.equal(after.recordBytes, before.recordBytes)
  assert.ok(after.fileBytes >= after.recordBytes + after.stateBytes)
  assert.ok(Math.abs(after.fileBytes - statSync(join(folder.path, 'data.mdb')).size) <= 2 ** 16, 'as the file is')
})

test('another opener is told the same, and a log that is closed says so', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'roadstream-log-size-'))
  const clock = settableClock()
  const opened = openLmdbLog({ ...opening, dir: folder.path, clock, steady: clock.steady })
  await using other = openLmdbLog({ ...opening, dir: folder.path, clock, steady: clock.steady, topics: [] })
  await opened.log.append([record('k', 'text', { topic: 'event' })])
  assert.equal(sizeOf(other, 'event').kept, 1)
  assert.deepEqual(other.size(), opened.size())
  await opened[Symbol.asyncDispose]()
  assert.throws(
    () => opened.size(),
    (error) => error instanceof Outage && error.code === 'LOG_CLOSED',
  )
})
