// The suites of the port on one node of Kafka.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { noKafka, startKafka } from '../../../test/engines/kafka.ts'
import { Outage } from '../../base/errors.ts'
import { eventLogContract } from '../event-log.contract.ts'
import { eventLogModelContract } from '../event-log-model.testing.ts'
import { everything, record } from '../event-log-subject.testing.ts'
import { openLogReader } from '../log-reader.ts'
import { readWhole } from '../read-whole.testing.ts'
import { formOn, kafkaSubject, openTestLog, suiteTopics } from './kafka.testing.ts'

if (noKafka !== false) test('the event log on Kafka', { skip: noKafka })
else {
  const kafka = await startKafka({ nodes: 1 })
  after(() => kafka[Symbol.asyncDispose]())
  const subject = kafkaSubject('Kafka log, one node', kafka)
  eventLogContract(subject)
  eventLogModelContract(subject, 12)

  for (const compression of ['zstd', 'none'] as const)
    test(`what is appended is read with compression ${compression}`, async () => {
      await using opened = await openTestLog(kafka, { compression })
      const given = Array.from({ length: 500 }, (_, i) => record(`acme/${i}`, `${i}`.repeat(100)))
      await opened.log.append(given)
      const read = await readWhole(opened.log, 'telemetry')
      assert.deepEqual(
        read.map(({ key, value }) => `${key} ${Buffer.from(value).toString()}`).sort(),
        given.map(({ key, value }) => `${key} ${Buffer.from(value).toString()}`).sort(),
      )
    })

  test('what waits for Kafka is bounded: beyond the limit a call is LOG_BUSY, and the others are stored', async () => {
    await using opened = await openTestLog(kafka, { gatheredBytesMax: 1_520 })
    const append = (bytes: number) => opened.log.append([record('k', '', { value: new Uint8Array(bytes) })])
    const results = await Promise.allSettled([append(600), append(700), append(200), append(10)])
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
    )
    const refused = results.find((result) => result.status === 'rejected')?.reason as unknown
    assert.ok(refused instanceof Outage && refused.code === 'LOG_BUSY' && refused.retryable)
    await append(5_000)
    assert.equal((await readWhole(opened.log, 'telemetry')).length, 4)
  })

  test('concurrent appends go as few requests, and a call is as many records as were in it', async () => {
    const requests: number[] = []
    const counts = {
      answered: (_: number, records: number) => void requests.push(records),
      retried: () => {},
      withheld: () => {},
    }
    await using opened = await openTestLog(kafka, { counts })
    await opened.log.append([record('k', 'first')])
    requests.length = 0
    await Promise.all(Array.from({ length: 1_000 }, (_, i) => opened.log.append([record(`acme/${i}`, 'x')])))
    assert.deepEqual(requests, [1_000])
  })

  test('a log whose topics were deleted and made again is another log, and its readers begin anew', async () => {
    const form = formOn(kafka)
    let id: string
    let positions
    {
      await using opened = await openTestLog(kafka, { form })
      id = opened.log.id
      await opened.log.append([record('k', 'a'), record('k', 'b')])
      const reader = openLogReader(opened.log, { topics: ['telemetry'], order: 'arrival' }, {})
      positions = (await reader.poll(everything)).to
    }
    {
      await using opened = await openTestLog(kafka, { form })
      assert.equal(opened.log.id, id)
    }
    for (const { name } of suiteTopics) kafka.tool('TopicCommand', '--delete', '--topic', `${form.prefix}${name}`)
    await using opened = await openTestLog(kafka, { form })
    assert.notEqual(opened.log.id, id)
    await opened.log.append([record('k', 'c'), record('k', 'd'), record('k', 'e')])
    const reader = openLogReader(opened.log, { topics: ['telemetry'], order: 'arrival' }, positions)
    const { records, restarted } = await reader.poll(everything)
    assert.deepEqual([records.length, restarted.length], [3, 2])
  })
}
