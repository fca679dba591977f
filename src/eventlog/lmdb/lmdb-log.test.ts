import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Outage } from '../../base/errors.ts'
import { silentLogger, type Logger } from '../../base/logger.ts'
import type { EventLog } from '../event-log.ts'
import { eventLogContract } from '../event-log.contract.ts'
import { compactionContract } from '../compaction.contract.ts'
import { clockContract } from '../clock.contract.ts'
import { retentionContract } from '../retention.contract.ts'
import { fullStateContract, stateStoreContract } from '../state-store.contract.ts'
import { eventLogModelContract } from '../event-log-model.testing.ts'
import { logTopics, settableClock, type LogPlace, type SweptSubject } from '../event-log-subject.testing.ts'
import { checkFile } from './check-file.ts'
import { openLmdbLog } from './lmdb-log.ts'
import type { MergeLimits } from './merging.ts'

function temporaryPlace(more: { readonly merging?: MergeLimits } = {}): LogPlace {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-log-'))
  return {
    open: async (options) =>
      openLmdbLog({ dir, topics: logTopics, sweepEveryMs: 0, steady: options.clock.steady, ...more, ...options }),
    [Symbol.asyncDispose]: async () => {
      // Whatever was done to a log, the look at its file finds nothing wrong.
      const { faults } = checkFile(dir, Infinity)
      rmSync(dir, { recursive: true, force: true })
      assert.deepEqual(faults, [])
    },
  }
}

const subject: SweptSubject = {
  name: 'LMDB log',
  durable: true,
  isClockGiven: true,
  bytesMaxLeast: 4 * 1024 * 1024,
  place: temporaryPlace,
}
/** Each sweep packs all that there is. */
const packing: SweptSubject = {
  ...subject,
  name: 'LMDB log, packed at once',
  place: () => temporaryPlace({ merging: { bytes: 2_000, ageMs: 1, spanMs: 10_000, restMs: 0 } }),
}

eventLogContract(subject)
retentionContract(subject)
clockContract(subject)
compactionContract(subject, 12)
eventLogModelContract(subject, 15)
retentionContract(packing)
compactionContract(packing, 6)
eventLogModelContract(packing, 15)
stateStoreContract(subject)
fullStateContract(subject)

test('a clear that is cut short leaves a task without positions, which a second one clears to the end', async () => {
  await using place = temporaryPlace()
  const task = 'trips@1/0'
  const state = Array.from({ length: 20_000 }, (_, n) => ({ key: String(n), value: Buffer.of(1) }))
  {
    await using opened = await place.open({ partitions: 1, clock: settableClock() })
    await opened.state.commit([{ task, positions: { 'event/0': 7 }, state }], [])
    // Closing lets the transaction under way end, and refuses the next one.
    const closed = assert.rejects(opened.state.clear(task), { code: 'LOG_CLOSED' })
    await opened[Symbol.asyncDispose]()
    await closed
  }
  await using opened = await place.open({ partitions: 1, clock: settableClock() })
  assert.deepEqual([opened.state.positions(task), opened.state.tasks()], [{}, [task]])
  assert.ok([...opened.state.range(task, '')].length > 0)
  await opened.state.clear(task)
  assert.deepEqual([[...opened.state.range(task, '')], opened.state.tasks()], [[], []])
})

test('what waits for the disk is bounded: beyond the limit a call is LOG_BUSY, and the others are stored', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'roadstream-log-'))
  try {
    await using opened = openLmdbLog({ dir, partitions: 1, topics: logTopics, gatheredBytesMax: 1_000 })
    const append = (bytes: number): Promise<unknown> =>
      opened.log.append([{ topic: 'event', key: 'k', value: new Uint8Array(bytes), at: 1 }])
    const results = await Promise.allSettled([append(600), append(300), append(200), append(100)])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
    )
    const refused = results.find((result) => result.status === 'rejected')?.reason as unknown
    assert.ok(refused instanceof Outage && refused.code === 'LOG_BUSY' && refused.retryable)
    await append(5_000)
    assert.equal((await opened.log.bounds('event', 0)).end, 4)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})

test(
  'topics are kept within their retention from the opening on, without being told',
  { timeout: 20_000 },
  async () => {
    const dir = mkdtempSync(join(tmpdir(), 'roadstream-log-'))
    const topics = [{ name: 'event', retention: { bytes: 0 } }]
    const append = (log: EventLog): Promise<unknown> =>
      log.append([{ topic: 'event', key: 'k', value: Buffer.from('x'), at: 1 }])
    try {
      for (const round of [1, 2]) {
        const dropped = Promise.withResolvers<void>()
        const logger = Object.assign(Object.create(silentLogger) as Logger, { info: () => dropped.resolve() })
        await using opened = openLmdbLog({ dir, partitions: 1, topics, sweepEveryMs: 5, logger })
        await append(opened.log)
        await dropped.promise
        assert.deepEqual(await opened.log.bounds('event', 0), { start: round, end: round })
      }
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  },
)
