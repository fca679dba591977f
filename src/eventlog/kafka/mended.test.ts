// Faults of Kafka that somebody has to mend, at a start and while a log is open: it is told once,
// with the setting, and all goes on by itself once it is mended.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { kafkaUser, noKafka, startKafka } from '../../../test/engines/kafka.ts'
import { Outage } from '../../base/errors.ts'
import { silentLogger, type Logger } from '../../base/logger.ts'
import { issueServer, makeAuthority } from '../../certificates/authority.ts'
import { record } from '../event-log-subject.testing.ts'
import { readWhole } from '../read-whole.testing.ts'
import { changelogTopic } from './changelog.ts'
import { formOn, openTestLog, rightsOn, suiteTopics, withRights } from './kafka.testing.ts'
import { memoryLocal } from './kafka-state.testing.ts'
import type { KafkaLog } from './kafka-log.ts'
import { openKafkaShares } from './kafka-shares.ts'
import type { Outages } from './outages.ts'

const dayMs = 86_400_000
const days = (from: number, to: number) => ({
  notBefore: new Date(Date.now() + from * dayMs),
  notAfter: new Date(Date.now() + to * dayMs),
})

/** Codes of the outages that a log tells, and how often it says that one is over. */
function heard() {
  const codes: string[] = []
  let ends = 0
  const logger = Object.assign(Object.create(silentLogger) as Logger, {
    warn: ({ code }: { readonly code: string }) => void codes.push(code),
    info: () => void (ends += 1),
  })
  return { logger, told: (code: string) => codes.filter((each) => each === code).length, ends: () => ends }
}

/** Resolves with the outage that lasts once it has the code; the test's own time limit ends it
 *  otherwise. */
async function lasting({ now }: Outages, code: string): Promise<Outage> {
  for (;;) {
    const outage = now()
    if (outage?.code === code) return outage
    await wait(20)
  }
}

const texts = async ({ log }: KafkaLog): Promise<string[]> =>
  (await readWhole(log, 'telemetry')).map(({ value }) => Buffer.from(value).toString())

if (noKafka !== false) test('what is mended in Kafka', { skip: noKafka })
else {
  const authority = makeAuthority('Test brokers', days(-30, 30))
  const tls = issueServer(authority, ['localhost'], days(-2, 10))
  const kafka = await startKafka({ nodes: 1, tls, settings: withRights })
  after(() => kafka[Symbol.asyncDispose]())
  const node = kafka.nodes[0]!
  const servers = {
    brokers: [node.signed],
    tls: { ca: authority.cert },
    sasl: { mechanism: 'SCRAM-SHA-512', user: kafkaUser.name, password: kafkaUser.password },
  } as const
  const restart = async (): Promise<void> => {
    await node.stop('SIGTERM')
    await node.start()
  }
  const password = (text: string): void =>
    void kafka.tool(
      ...(['ConfigCommand', '--alter', '--entity-type', 'users', '--entity-name', kafkaUser.name] as const),
      '--add-config',
      `SCRAM-SHA-512=[password=${text}]`,
    )

  describe('while it runs', () => {
    /** A log with all rights: what is appended while something is wrong waits, is told once, and is
     *  stored once when it is mended. */
    const survives = async (
      code: string,
      word: RegExp,
      { harm, mend }: Readonly<Record<'harm' | 'mend', (prefix: string) => Promise<void> | void>>,
    ): Promise<void> => {
      const form = formOn(kafka)
      rightsOn(kafka, form.prefix).give('topic', 'All')
      const { logger, told, ends } = heard()
      await using opened = await openTestLog(kafka, { form, servers, logger })
      await opened.log.append([record('k', 'before')])
      await harm(form.prefix)
      const appending = opened.log.append([record('k', 'meanwhile')])
      const { message } = await lasting(opened.outages, code)
      assert.match(message, word)
      await assert.rejects(opened.log.read('telemetry', 0, 0, { records: 1, bytes: 1 }), { retryable: true })
      await mend(form.prefix)
      await appending
      assert.deepEqual(await texts(opened), ['before', 'meanwhile'])
      assert.equal(told(code), 1)
      assert.equal(opened.outages.now(), undefined)
      assert.ok(ends() >= 1)
    }

    test('a password that was changed: it goes on once it is that of the settings again', { timeout: 280_000 }, () =>
      survives('LOG_DENIED', /ROADSTREAM_KAFKA_PASSWORD_FILE/, {
        harm: async () => {
          password('another')
          await restart()
        },
        mend: () => password(kafkaUser.password),
      }),
    )

    test('a certificate that has expired: it goes on once the broker has another', { timeout: 280_000 }, () =>
      survives('LOG_UNTRUSTED', /has expired: renew it on that broker of the cluster in ROADSTREAM_KAFKA,/, {
        harm: async () => {
          kafka.certify(issueServer(authority, ['localhost'], days(-20, -1)))
          await restart()
        },
        mend: async () => {
          kafka.certify(tls)
          await restart()
        },
      }),
    )

    test('rights of topics that were taken: it goes on once they are given again', { timeout: 280_000 }, () =>
      survives('LOG_DENIED', /let ROADSTREAM_KAFKA_USER read, write, create and describe topics/, {
        harm: (prefix) => rightsOn(kafka, prefix).take('topic', 'All'),
        mend: (prefix) => rightsOn(kafka, prefix).give('topic', 'All'),
      }),
    )

    test('a topic that was deleted is told as such; made again it is another log', { timeout: 280_000 }, async () => {
      const form = formOn(kafka)
      const { logger, told } = heard()
      await using opened = await openTestLog(kafka, { form, logger })
      await opened.log.append([record('k', 'before')])
      kafka.tool('TopicCommand', '--delete', '--topic', `${form.prefix}telemetry`)
      const appending = opened.log.append([record('k', 'meanwhile')])
      const ended = assert.rejects(appending, { code: 'LOG_REPLACED', retryable: false })
      const { message } = await lasting(opened.outages, 'LOG_UNAVAILABLE')
      assert.match(message, new RegExp(`no topic ${form.prefix}telemetry .*ROADSTREAM_KAFKA_CREATE`))
      await using again = await openTestLog(kafka, { form })
      await ended
      assert.deepEqual(await texts(again), [])
      assert.equal(told('LOG_UNAVAILABLE'), 1)
    })
  })

  describe('at a start', () => {
    const refused = async (opening: Promise<AsyncDisposable>, word: RegExp): Promise<void> => {
      const error: unknown = await opening.then(
        (opened) => opened[Symbol.asyncDispose](),
        (fault: unknown) => fault,
      )
      assert.ok(error instanceof Outage && error.code === 'LOG_DENIED' && !error.retryable, String(error))
      assert.match(error.message, word)
    }

    test('rights of topics that are missing are told by name; who only reads needs no right to write', async () => {
      const form = formOn(kafka)
      const { give } = rightsOn(kafka, form.prefix)
      await refused(openTestLog(kafka, { form, servers }), /TOPIC_AUTHORIZATION_FAILED\): let ROADSTREAM_KAFKA_USER/)
      {
        await using made = await openTestLog(kafka, { form })
        await made.log.append([record('k', 'v')])
      }
      give('topic', 'Describe')
      await refused(openTestLog(kafka, { form, servers }), /and describe their configuration/)
      give('topic', 'DescribeConfigs')
      await refused(
        openTestLog(kafka, { form, servers }),
        /lacks READ, WRITE of \S+telemetry; .*: let ROADSTREAM_KAFKA_USER/,
      )
      give('topic', 'Read')
      await refused(openTestLog(kafka, { form, servers }), /lacks WRITE of /)
      await using reader = await openTestLog(kafka, { form, servers, isOnlyRead: true })
      assert.deepEqual(await texts(reader), ['v'])
    })

    test(
      'rights of the group and of transactional ids are told at a start, and waited for while the jobs run',
      { timeout: 280_000 },
      async () => {
        const form = formOn(kafka)
        const { give, take } = rightsOn(kafka, form.prefix)
        give('topic', 'All')
        const topics = [...suiteTopics, changelogTopic]
        const { logger, told } = heard()
        await using local = memoryLocal()
        const sharing = { instance: 'jobs-a', sessionMs: 6_000, isStandby: false }
        const open = () => openTestLog(kafka, { form, servers, topics, logger })
        const sharesOf = (opened: KafkaLog) => openKafkaShares({ kafka: opened, local: local.state, sharing, logger })
        const noShares = async (word: RegExp): Promise<void> => {
          await using opened = await open()
          await assert.rejects(sharesOf(opened), (error: unknown) => {
            assert.ok(error instanceof Outage && error.code === 'LOG_DENIED' && !error.retryable, String(error))
            assert.match(error.message, word)
            return true
          })
        }
        await noShares(/GROUP_AUTHORIZATION_FAILED\): let ROADSTREAM_KAFKA_USER read and describe groups/)
        give('group', 'Read')
        await noShares(/TRANSACTIONAL_ID_AUTHORIZATION_FAILED\): let ROADSTREAM_KAFKA_USER write and describe/)
        give('transactional-id', 'Write')
        await using opened = await open()
        const { state } = await sharesOf(opened)
        const commit = (at: number) =>
          state.commit([{ task: 'trips@1/0', positions: { 'telemetry/0': at }, state: [] }], [])
        await commit(1)
        take('transactional-id', 'Write')
        const waiting = commit(2)
        const { message } = await lasting(opened.outages, 'LOG_DENIED')
        assert.match(message, /transactional ids that begin with ROADSTREAM_KAFKA_PREFIX/)
        give('transactional-id', 'Write')
        await waiting
        take('group', 'Read')
        assert.match((await lasting(opened.outages, 'LOG_DENIED')).message, /groups that begin with/)
        await commit(3)
        give('group', 'Read')
        while (opened.outages.now() !== undefined) await wait(20)
        assert.deepEqual(state.positions('trips@1/0'), { 'telemetry/0': 3 })
        assert.equal(told('LOG_DENIED'), 2)
      },
    )
  })
}
