// Records that Kafka drops of a log, and what its readers are told: by age and size, as the broker
// comes to it, and of a compacted topic by key.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { noKafka, startKafka } from '../../../test/engines/kafka.ts'
import { everything, record } from '../event-log-subject.testing.ts'
import type { EventLog } from '../event-log.ts'
import { openLogReader } from '../log-reader.ts'
import { formOn, openTestLog } from './kafka.testing.ts'

const partitions = 1

/** Resolves once records were dropped; the test's own time limit ends it otherwise. */
async function dropped(log: EventLog, topic: string, from: number): Promise<number> {
  for (;;) {
    const { start } = await log.bounds(topic, 0)
    if (start > from) return start
    await log.appended([topic], new AbortController().signal, 50)
  }
}

if (noKafka !== false) test('what Kafka drops', { skip: noKafka })
else {
  const kafka = await startKafka({
    nodes: 1,
    settings: ['log.retention.check.interval.ms=100', 'log.cleaner.backoff.ms=100', 'log.initial.task.delay.ms=100'],
  })
  after(() => kafka[Symbol.asyncDispose]())

  for (const [what, retention] of [
    ['older', { ms: 500 }],
    ['more', { bytes: 0 }],
  ] as const)
    test(
      `what is ${what} than its topic keeps is dropped, a reader is told, and offsets go on`,
      { timeout: 60_000 },
      async () => {
        const topics = [{ name: 'telemetry', retention }, { name: 'event' }]
        await using opened = await openTestLog(kafka, { partitions, topics })
        const { log } = opened
        await log.append([record('k', '0', { topic: 'event' })])
        const reader = openLogReader(log, { topics: ['telemetry'], order: 'arrival' }, { 'telemetry/0': 0 })
        await log.append(['0', '1', '2'].map((text) => record('k', text)))
        assert.equal(await dropped(log, 'telemetry', 0), 3)
        const { gaps, records } = await reader.poll(everything)
        assert.deepEqual(
          [gaps, records],
          [[{ topic: 'telemetry', partition: 0, from: 0, to: 3, why: 'retention' }], []],
        )
        assert.deepEqual(await log.append([record('k', '3')]), [{ topic: 'telemetry', partition: 0, offset: 3 }])
        assert.deepEqual(await log.bounds('event', 0), { start: 0, end: 1 })
      },
    )

  test(
    'of a compacted topic the newest record of each key stays, at its offset, and no gap is told',
    { timeout: 120_000 },
    async () => {
      const form = formOn(kafka)
      const topics = [{ name: 'twin', cleanup: 'compact' as const }]
      await using opened = await openTestLog(kafka, { form, partitions, topics })
      const { log } = opened
      kafka.configure(`${form.prefix}twin`, 'segment.ms=100,min.cleanable.dirty.ratio=0.01,delete.retention.ms=100')
      const said = ['a1', 'b1', 'a2', 'c1', 'b']
      for (const text of said) await log.append([record(text[0]!, text.slice(1), { topic: 'twin' })])
      const whole = async () => (await log.read('twin', 0, 0, everything)).records
      // A segment is closed by what comes after its time, and cleaned then.
      let more = 0
      let read = await whole()
      const isClean = (): boolean =>
        read
          .filter(({ key }) => key !== 'z')
          .map(({ key }) => key)
          .join('') === 'ac'
      for (; !isClean(); read = await whole()) {
        await log.append([record('z', `${more++}`, { topic: 'twin' })])
        await log.appended(['twin'], new AbortController().signal, 50)
      }
      assert.deepEqual(
        read
          .filter(({ key }) => key !== 'z')
          .map(({ key, offset, value }) => [key, offset, Buffer.from(value).toString()]),
        [
          ['a', 2, '2'],
          ['c', 3, '1'],
        ],
      )
      const { gaps, next, end } = await log.read('twin', 0, 0, everything)
      assert.deepEqual([gaps, next], [[], end])
    },
  )
}
