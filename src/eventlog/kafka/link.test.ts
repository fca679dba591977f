// A link to the broker that loses answers, or everything: what the broker stored and could not say
// so is stored once, and what was given up takes nothing with it that comes after.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { noKafka, startKafka } from '../../../test/engines/kafka.ts'
import { Outage } from '../../base/errors.ts'
import { record } from '../event-log-subject.testing.ts'
import type { EventLog } from '../event-log.ts'
import { readWhole } from '../read-whole.testing.ts'
import { openTestLog } from './kafka.testing.ts'
import { openLink } from './link.testing.ts'

const textsOf = async (log: EventLog): Promise<string[]> =>
  (await readWhole(log, 'telemetry')).map(({ value }) => Buffer.from(value).toString())

if (noKafka !== false) test('a link that loses answers', { skip: noKafka })
else {
  const link = await openLink()
  after(() => link[Symbol.asyncDispose]())
  const kafka = await startKafka({
    nodes: 1,
    settings: [`advertised.listeners=PLAINTEXT://127.0.0.1:${link.port}`],
  })
  after(() => kafka[Symbol.asyncDispose]())
  link.to(kafka.nodes[0]!.plain.port)
  const servers = { brokers: [{ host: '127.0.0.1', port: link.port }], tls: undefined, sasl: undefined }

  test(
    'an append whose answer was lost is stored once, and those after it follow in order',
    { timeout: 60_000 },
    async () => {
      await using opened = await openTestLog(kafka, { servers })
      const { log } = opened
      await log.append([record('k', '0')])
      for (let round = 1; round <= 5; round++) {
        const lost = link.mute()
        const appended = [log.append([record('k', `${round}a`)])]
        await lost
        appended.push(log.append([record('k', `${round}b`)]))
        link.mend()
        await Promise.all(appended)
      }
      assert.deepEqual(await textsOf(log), ['0', ...[1, 2, 3, 4, 5].flatMap((round) => [`${round}a`, `${round}b`])])
    },
  )

  test(
    'an append that is given up says that it may come again, and the next one is stored',
    { timeout: 60_000 },
    async () => {
      await using opened = await openTestLog(kafka, { servers, deliveryMs: 3_000 })
      const { log } = opened
      await log.append([record('k', '0')])
      const lost = link.mute()
      const appending = log.append([record('k', 'given up')])
      appending.catch(() => {})
      await lost
      link.cut()
      await assert.rejects(
        appending,
        (error) => error instanceof Outage && error.code === 'LOG_UNAVAILABLE' && error.retryable,
      )
      link.mend()
      await log.append([record('k', '1')])
      assert.deepEqual(await textsOf(log), ['0', 'given up', '1'])
    },
  )

  test(
    'closing while Kafka is away ends in its time, and rejects what is not stored',
    { timeout: 60_000 },
    async () => {
      const opened = await openTestLog(kafka, { servers, closingMs: 200 })
      const lost = link.mute()
      const appending = opened.log.append([record('k', '0')])
      appending.catch(() => {})
      await lost
      await opened[Symbol.asyncDispose]()
      await assert.rejects(appending, { code: 'LOG_CLOSED' })
      link.mend()
    },
  )

  test('a reader is told that Kafka is away, and reads on when it is back', { timeout: 60_000 }, async () => {
    await using opened = await openTestLog(kafka, { servers, openingMs: 3_000 })
    const { log } = opened
    await log.append([record('k', '0')])
    link.to(1)
    link.cut()
    await assert.rejects(log.bounds('telemetry', 0), (error) => error instanceof Outage && error.retryable)
    link.to(kafka.nodes[0]!.plain.port)
    assert.deepEqual(await textsOf(log), ['0'])
  })
}
