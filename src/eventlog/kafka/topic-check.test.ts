// Topics as they must be, held against a real server; and each way in which a start fails says
// which setting mends it.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { kafkaUser, noKafka, startKafka } from '../../../test/engines/kafka.ts'
import { issueServer, makeAuthority } from '../../certificates/authority.ts'
import { Outage } from '../../base/errors.ts'
import { silentLogger, type Logger } from '../../base/logger.ts'
import { freePort } from '../../base/port.testing.ts'
import { record } from '../event-log-subject.testing.ts'
import { saslMechanisms, type KafkaServers } from '../kafka-options.ts'
import { readWhole } from '../read-whole.testing.ts'
import { formOn, openTestLog } from './kafka.testing.ts'
import type { KafkaLog } from './kafka-log.ts'

const dayMs = 86_400_000
const days = (from: number, to: number) => ({
  notBefore: new Date(Date.now() + from * dayMs),
  notAfter: new Date(Date.now() + to * dayMs),
})

if (noKafka !== false) test('topics and users of Kafka', { skip: noKafka })
else {
  const authority = makeAuthority('Test brokers', days(-30, 30))
  const kafka = await startKafka({
    nodes: 1,
    tls: issueServer(authority, ['localhost'], days(-2, 30)),
    expiredTls: issueServer(authority, ['localhost'], days(-20, -1)),
  })
  after(() => kafka[Symbol.asyncDispose]())
  const [node] = kafka.nodes
  const ca = authority.cert
  const signed = (more: Partial<KafkaServers> = {}): KafkaServers => ({
    brokers: [node!.signed],
    tls: { ca },
    sasl: { mechanism: 'SCRAM-SHA-512', user: kafkaUser.name, password: kafkaUser.password },
    ...more,
  })

  /** The start fails for good with the code, and says all of the words. */
  const fails = async (options: Parameters<typeof openTestLog>[1], code: string, ...words: string[]): Promise<void> => {
    const error: unknown = await openTestLog(kafka, { openingMs: 2_000, ...options }).then(
      async (opened) => opened[Symbol.asyncDispose](),
      (fault: unknown) => fault,
    )
    assert.ok(error instanceof Outage, String(error))
    assert.equal(error.code, code, error.message)
    for (const word of words) assert.ok(error.message.includes(word), `${word} in: ${error.message}`)
    assert.ok(!error.message.includes(kafkaUser.password))
  }

  describe('signing in with TLS', () => {
    for (const mechanism of saslMechanisms)
      test(`${mechanism} is let in, and what is appended is read`, async () => {
        const sasl = { mechanism, user: kafkaUser.name, password: kafkaUser.password }
        await using opened = await openTestLog(kafka, { servers: signed({ sasl }) })
        await opened.log.append([record('k', mechanism)])
        assert.equal((await readWhole(opened.log, 'telemetry')).length, 1)
      })

    for (const mechanism of saslMechanisms)
      test(`a wrong password is told with its setting, by ${mechanism}`, () =>
        fails(
          { servers: signed({ sasl: { mechanism, user: kafkaUser.name, password: 'wrong' } }) },
          'LOG_DENIED',
          'ROADSTREAM_KAFKA_PASSWORD_FILE',
        ))

    test('an expired certificate is told with the setting of its broker', () =>
      fails(
        { servers: signed({ brokers: [node!.expired] }) },
        'LOG_UNTRUSTED',
        'has expired: renew it on that broker of the cluster in ROADSTREAM_KAFKA,',
      ))

    test('a certificate of another authority is told with the setting of the authority', () =>
      fails(
        { servers: signed({ tls: { ca: makeAuthority('Others', days(-1, 1)).cert } }) },
        'LOG_UNTRUSTED',
        'ROADSTREAM_KAFKA_CA',
      ))

    test('TLS where there is none, and none where there is, are told with the setting of TLS', async () => {
      await fails({ servers: signed({ brokers: [node!.plain] }) }, 'LOG_MISMATCH', 'ROADSTREAM_KAFKA_TLS')
      await fails({ servers: signed({ tls: undefined, sasl: undefined }) }, 'LOG_MISMATCH', 'ROADSTREAM_KAFKA_TLS')
      await fails({ servers: signed({ tls: undefined }) }, 'LOG_MISMATCH', 'speaks TLS', 'ROADSTREAM_KAFKA_TLS=on')
    })
  })

  describe('topics', () => {
    const plain = { brokers: kafka.brokers, tls: undefined, sasl: undefined }

    test('a broker that is not there is told with the setting of the brokers, once its time is over', async () => {
      const port = await freePort()
      await fails(
        { servers: { ...plain, brokers: [{ host: '127.0.0.1', port }] } },
        'LOG_UNAVAILABLE',
        'ROADSTREAM_KAFKA',
        `127.0.0.1:${port}`,
      )
    })

    test('a missing topic is told by name where none may be made', async () => {
      const form = { ...formOn(kafka), isCreating: false }
      await fails({ form }, 'LOG_MISMATCH', `${form.prefix}telemetry`, 'ROADSTREAM_KAFKA_CREATE=on')
    })

    test('more replicas than there are brokers are told with their setting', () =>
      fails({ form: { ...formOn(kafka), replication: 3 } }, 'LOG_MISMATCH', 'ROADSTREAM_KAFKA_REPLICATION'))

    test('each difference of a topic is told: the topic, what is, what is wanted, and the remedy', async () => {
      const form = formOn(kafka)
      const topics = [{ name: 'event', retention: { ms: 60_000, bytes: 2e6 } }]
      {
        await using opened = await openTestLog(kafka, { form, topics })
        assert.equal(opened.log.partitionsOf('event'), 2)
      }
      {
        await using again = await openTestLog(kafka, { form, topics })
        assert.equal(again.log.partitionsOf('event'), 2)
      }
      const name = `${form.prefix}event`
      await fails(
        { form, topics, partitions: 5 },
        'LOG_MISMATCH',
        `${name} is used with 2 partitions`,
        '5 are wanted',
        'ROADSTREAM_LOG_PARTITIONS to 2',
      )
      await fails(
        { form, topics: [{ name: 'event', retention: { ms: 90_000, bytes: 2e6 } }] },
        'LOG_MISMATCH',
        `${name} has retention.ms=60000, and 90000 is wanted`,
        'ROADSTREAM_LOG_RETENTION',
      )
      await fails(
        { form: { ...form, minInSync: 2 }, topics },
        'LOG_MISMATCH',
        `${name} has min.insync.replicas=1, and at least 2 is wanted`,
        'ROADSTREAM_KAFKA_MIN_IN_SYNC',
      )
      await fails(
        { form, topics: [{ ...topics[0]!, cleanup: 'compact' }] },
        'LOG_MISMATCH',
        `${name} has cleanup.policy=delete, and compact is wanted`,
      )
      kafka.configure(name, 'message.timestamp.type=CreateTime')
      await fails({ form, topics }, 'LOG_MISMATCH', 'message.timestamp.type=CreateTime, and LogAppendTime is wanted')
    })

    describe('that are given more partitions', () => {
      const topics = [{ name: 'event' }]
      const more = (prefix: string) =>
        kafka.tool('TopicCommand', '--alter', '--topic', `${prefix}event`, '--partitions', '6')
      const keys = Array.from({ length: 40 }, (_, index) => `demo/car-${index}`)
      const appendAll = ({ log }: KafkaLog, text: string) =>
        log.append(keys.map((key) => record(key, text, { topic: 'event' })))

      test('under a running log, and at its next start, each key goes on where it was; only another number is refused', async () => {
        const form = formOn(kafka)
        {
          await using opened = await openTestLog(kafka, { form, topics })
          const before = await appendAll(opened, '0')
          more(form.prefix)
          assert.deepEqual(
            (await appendAll(opened, '1')).map(({ partition }) => partition),
            before.map(({ partition }) => partition),
          )
        }
        const said: string[] = []
        const logger = Object.assign(Object.create(silentLogger) as Logger, {
          warn: (text: string) => void said.push(text),
        })
        {
          await using again = await openTestLog(kafka, { form, topics, logger })
          await appendAll(again, '2')
          const byKey = Map.groupBy(await readWhole(again.log, 'event'), ({ key }) => key)
          for (const key of keys)
            assert.equal(
              byKey
                .get(key)
                ?.map(({ value }) => Buffer.from(value).toString())
                .join(''),
              '012',
            )
        }
        assert.equal(said.length, 1)
        assert.match(said[0]!, /event has 6 partitions, of which the first 2 are used/)
        await fails(
          { form, topics, partitions: 6 },
          'LOG_MISMATCH',
          `${form.prefix}event is used with 2 partitions, and 6 are wanted: set ROADSTREAM_LOG_PARTITIONS to 2`,
        )
      })

      test('before they were ever used, they are refused', async () => {
        const form = formOn(kafka)
        kafka.tool('TopicCommand', '--create', '--topic', `${form.prefix}event`, '--partitions', '6')
        await fails({ form, topics }, 'LOG_MISMATCH', 'event has 6 partitions, and 2 are wanted')
      })
    })
  })
}
