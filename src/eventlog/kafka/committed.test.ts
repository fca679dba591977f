// Reading of what is committed: the transactions of other producers, in the three orders in which
// the client's own filter gives out aborted records or holds back committed ones.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Producer } from '@platformatic/kafka'
import { noKafka, startKafka } from '../../../test/engines/kafka.ts'
import { everything } from '../event-log-subject.testing.ts'
import type { EventLog } from '../event-log.ts'
import { openLogReader } from '../log-reader.ts'
import { formOn, openTestLog } from './kafka.testing.ts'

const topics = ['twice', 'then', 'between'].map((name) => ({ name, partitions: 1 }))

/** The committed records of a topic, read in steps of so many. */
async function readTopic(log: EventLog, topic: string, records: number): Promise<string[]> {
  const texts: string[] = []
  for (let next = 0; ;) {
    const segment = await log.read(topic, 0, next, { records, bytes: 1e6 })
    texts.push(...segment.records.map(({ value }) => Buffer.from(value).toString()))
    assert.deepEqual(segment.gaps, [])
    assert.ok(segment.next > next || segment.next === segment.end, 'it comes on')
    next = segment.next
    if (next >= segment.end) return texts
  }
}

if (noKafka !== false) test('reading what is committed', { skip: noKafka })
else {
  const kafka = await startKafka({ nodes: 1 })
  after(() => kafka[Symbol.asyncDispose]())
  const form = formOn(kafka)
  const opened = await openTestLog(kafka, { form, topics })
  after(() => opened[Symbol.asyncDispose]())
  const { log } = opened

  const openProducer = (name: string): Producer => {
    const [{ host, port }] = kafka.brokers as [{ host: string; port: number }]
    const producer = new Producer({
      clientId: name,
      bootstrapBrokers: [`${host}:${port}`],
      transactionalId: `${form.prefix}${name}`,
      idempotent: true,
      acks: -1,
      retries: 400,
      retryDelay: 5,
    })
    after(() => producer.close())
    return producer
  }
  const one = openProducer('one')
  const other = openProducer('other')

  /** Begins a transaction and sends to a topic. */
  const begin = async (producer: Producer, topic: string, ...texts: string[]) => {
    const transaction = await producer.beginTransaction()
    const messages = texts.map((text) => ({
      topic: form.prefix + topic,
      partition: 0,
      key: Buffer.from('k'),
      value: Buffer.from(text),
    }))
    await transaction.send({ messages })
    return transaction
  }

  /** Resolves once brokers have written what ends the transactions, which they do after they said
   *  that it is done. */
  const ended = async (topic: string): Promise<void> => {
    while ((await log.bounds(topic, 0)).withheld !== undefined);
  }

  for (const [topic, what, play, expected] of [
    [
      'twice',
      'one producer aborts twice around what it commits',
      async () => {
        await (await begin(one, 'twice', 'a', 'b')).abort()
        await (await begin(one, 'twice', 'C', 'D')).commit()
        await (await begin(one, 'twice', 'e')).abort()
        await (await begin(one, 'twice', 'F')).commit()
      },
      ['C', 'D', 'F'],
    ],
    [
      'then',
      'one producer aborts, and commits then',
      async () => {
        await (await begin(one, 'then', 'a')).abort()
        await (await begin(one, 'then', 'B', 'C')).commit()
      },
      ['B', 'C'],
    ],
    [
      'between',
      'two producers at a time, of which one aborts',
      async () => {
        const aborted = await begin(one, 'between', 'a')
        const committed = await begin(other, 'between', 'B')
        await committed.commit()
        const again = await begin(other, 'between', 'C')
        await aborted.abort()
        await again.commit()
      },
      ['B', 'C'],
    ],
  ] as const)
    test(`${what}: given is what is committed, however it is cut`, async () => {
      await play()
      await ended(topic)
      for (const records of [1, 2, 100]) assert.deepEqual(await readTopic(log, topic, records), expected)
    })

  test(
    'what is of a transaction that is not ended is beyond the end, until it is ended',
    { timeout: 60_000 },
    async () => {
      const before = await log.bounds('then', 0)
      const open = await begin(other, 'then', 'late')
      assert.deepEqual(await log.bounds('then', 0), { ...before, withheld: 1 })
      const reader = openLogReader(log, { topics: ['then'], order: 'fair' }, { 'then/0': before.end })
      assert.deepEqual(await reader.lag(), [{ topic: 'then', partition: 0, records: 0, withheld: 1 }])
      const read = await log.read('then', 0, before.end, everything)
      assert.deepEqual([read.records, read.next, read.end], [[], before.end, before.end])
      await log.appended(['then'], new AbortController().signal, 1)
      const woken = log.appended(['then'], new AbortController().signal, 3_600_000)
      await open.commit()
      await woken
      await ended('then')
      const { records } = await log.read('then', 0, before.end, everything)
      assert.deepEqual(
        records.map(({ value }) => Buffer.from(value).toString()),
        ['late'],
      )
    },
  )
}
