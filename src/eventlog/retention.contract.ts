// Retention: what a log drops by itself, and what room that gives; part of the contract of
// event-log.ts.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Outage } from '../base/errors.ts'
import type { EventLog, StoredRecord, TopicSpec } from './event-log.ts'
import {
  everything,
  onFreshLog,
  partitions,
  record,
  settableClock,
  type SweptSubject,
} from './event-log-subject.testing.ts'
import { readWhole } from './read-whole.testing.ts'
import { partitionOf } from './partition.ts'

const text = (stored: StoredRecord): string => Buffer.from(stored.value).toString()
const outage = (code: string) => (error: unknown) => error instanceof Outage && error.code === code
const fillBytes = 64 * 1024

/** Appends to one key until the log says it is full; gives how many records it took. */
async function fill(log: EventLog, key: string): Promise<number> {
  for (let taken = 0; ; taken++) {
    try {
      await log.append([record(key, '', { value: new Uint8Array(fillBytes) })])
    } catch (error) {
      assert.ok(error instanceof Outage && error.code === 'LOG_FULL' && error.retryable, String(error))
      return taken
    }
  }
}

export function retentionContract(subject: SweptSubject): void {
  describe(`${subject.name}: retention and room`, () => retentionAndRoom(subject))
}

function retentionAndRoom(subject: SweptSubject): void {
  const partition = partitionOf('k', partitions)

  const keeping = (retention: NonNullable<TopicSpec['retention']>): { topics: TopicSpec[] } => ({
    topics: [{ name: 'telemetry', retention }, { name: 'event' }],
  })

  test('what is older than its topic keeps is dropped, and the offsets of the rest stay', () =>
    onFreshLog(
      subject,
      async ({ log, sweep }, clock) => {
        for (let i = 0; i < 10; i++) {
          await log.append([record('k', `${i}`), record('k', `${i}`), record('k', `${i}`, { topic: 'event' })])
          clock.at += 1000
        }
        await sweep()
        assert.deepEqual(await log.bounds('telemetry', partition), { start: 6, end: 20 })
        assert.equal((await log.read('telemetry', partition, 0, everything)).records[0]!.offset, 6)
        await sweep()
        assert.deepEqual(await log.bounds('telemetry', partition), { start: 6, end: 20 })
        clock.at += 7000
        await sweep()
        assert.deepEqual(await log.bounds('telemetry', partition), { start: 20, end: 20 })
        assert.deepEqual((await log.read('telemetry', partition, 0, everything)).records, [])
        assert.deepEqual(await log.bounds('event', partition), { start: 0, end: 10 })
        assert.deepEqual(await log.append([record('k', 'next')]), [{ topic: 'telemetry', partition, offset: 20 }])
      },
      keeping({ ms: 7000 }),
    ))

  if (subject.durable)
    test('what was dropped stays so when the log is opened again with another retention', async () => {
      await using place = subject.place()
      const clock = settableClock()
      for (let round = 0; round < 4; round++) {
        await using opened = await place.open({ partitions, clock, ...keeping({ bytes: 0 }) })
        assert.deepEqual(await opened.log.append([record('k', `round ${round}`)]), [
          { topic: 'telemetry', partition, offset: round },
        ])
        if (round === 1) await opened.sweep()
      }
      await using opened = await place.open({ partitions, clock })
      assert.deepEqual(await opened.log.bounds('telemetry', partition), { start: 2, end: 4 })
      const stored = (await opened.log.read('telemetry', partition, 0, everything)).records
      assert.deepEqual(stored.map(text), ['round 2', 'round 3'])
    })

  test('a log that is closed sweeps no more', async () => {
    await using place = subject.place()
    const opened = await place.open({ partitions, clock: settableClock() })
    await opened[Symbol.asyncDispose]()
    await assert.rejects(opened.sweep(), outage('LOG_CLOSED'))
  })

  test('a topic that is too large keeps the newest of all its partitions', () =>
    onFreshLog(
      subject,
      async ({ log, sweep }, clock) => {
        for (let i = 0; i < 40; i++) {
          await log.append([
            record(`acme/${i}`, String(i).padEnd(1000, '.')),
            record(`acme/${i}`, '', { topic: 'event' }),
          ])
          clock.at += 1
        }
        await sweep()
        const kept = (await readWhole(log, 'telemetry')).map((stored) => Number.parseInt(text(stored), 10))
        assert.ok(kept.length >= 5 && kept.length <= 20, `${kept.length} stayed`)
        assert.deepEqual(
          kept.sort((a, b) => a - b),
          Array.from({ length: kept.length }, (_, i) => 40 - kept.length + i),
        )
        assert.equal((await readWhole(log, 'event')).length, 40)
      },
      keeping({ bytes: 20_000 }),
    ))

  test(
    'a full log refuses all records of a call, reads on, and takes more once old ones went',
    { timeout: 60_000 },
    () =>
      onFreshLog(
        subject,
        async ({ log, sweep }, clock) => {
          const taken = await fill(log, 'k')
          const topics = ['telemetry', 'event'] as const
          const ends = () =>
            Promise.all(
              topics.flatMap((topic) =>
                Array.from({ length: partitions }, async (_, p) => (await log.bounds(topic, p)).end),
              ),
            )
          const before = await ends()
          const big = { value: new Uint8Array(fillBytes) }
          const mixed = [
            record('a', 'small'),
            record('b', '', { topic: 'event', ...big }),
            record('c', '', big),
            record('k', '', big),
          ]
          await assert.rejects(log.append(mixed), outage('LOG_FULL'))
          assert.deepEqual(await ends(), before)
          assert.equal(
            (await log.read('telemetry', partition, 0, { records: taken + 1, bytes: 1e9 })).records.length,
            taken,
          )
          clock.at += 1001
          await sweep()
          assert.equal((await readWhole(log, 'telemetry')).length, 0)
          assert.equal((await log.append(mixed)).length, 4)
          const again = await fill(log, 'k')
          assert.ok(again > taken / 2, `${again} records fit afterwards, ${taken} before`)
        },
        { bytesMax: subject.bytesMaxLeast, ...keeping({ ms: 1000 }) },
      ),
  )
}
