// Kafka as `doctor` looks at it, against real brokers: well, with a wrong user, with topics that
// are missing or differ, with rights that are missing, with brokers away, and with too few replicas
// in sync. Nothing is made by it.
import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { kafkaUser, noKafka, startKafka, type Kafka } from '../../../test/engines/kafka.ts'
import { issueServer, makeAuthority } from '../../certificates/authority.ts'
import { systemClock } from '../../base/clock.ts'
import { Outage } from '../../base/errors.ts'
import type { Finding } from '../../base/finding.ts'
import { freePort } from '../../base/port.testing.ts'
import { record } from '../event-log-subject.testing.ts'
import { examineKafka, type KafkaExamination } from './examine-kafka.ts'
import { formOn, openTestLog, rightsOn, suiteTopics, withRights } from './kafka.testing.ts'

const days = (from: number, to: number) => ({
  notBefore: new Date(Date.now() + from * 86_400_000),
  notAfter: new Date(Date.now() + to * 86_400_000),
})

const examined = (
  kafka: Kafka,
  { form = formOn(kafka), ...more }: Partial<KafkaExamination> = {},
): Promise<readonly Finding[]> =>
  examineKafka({
    servers: { brokers: kafka.brokers, tls: undefined, sasl: undefined },
    form,
    partitions: 2,
    topics: suiteTopics,
    jobsGroup: `${form.prefix}jobs`,
    transactionalIds: [`${form.prefix}jobs.0`],
    wall: systemClock,
    ...more,
  }).look()

const of = (findings: readonly Finding[], name: string): Finding => {
  const found = findings.find((each) => each.name === name)
  assert.ok(found, `nothing of ${name} in ${JSON.stringify(findings)}`)
  return found
}
const notWell = (findings: readonly Finding[]): readonly Finding[] => findings.filter(({ state }) => state !== 'ok')
const topicsIn = (kafka: Kafka): string => kafka.tool('TopicCommand', '--list')

if (noKafka !== false) test('doctor and Kafka', { skip: noKafka })
else {
  describe('one broker', async () => {
    const authority = makeAuthority('Test brokers', days(-30, 30))
    const kafka = await startKafka({
      nodes: 1,
      tls: issueServer(authority, ['localhost'], days(-2, 10)),
      settings: withRights,
    })
    after(() => kafka[Symbol.asyncDispose]())
    const [node] = kafka.nodes
    const signed = (password: string = kafkaUser.password): KafkaExamination['servers'] => ({
      brokers: [node!.signed],
      tls: { ca: authority.cert },
      sasl: { mechanism: 'SCRAM-SHA-512', user: kafkaUser.name, password },
    })

    test('before the first start it is told which topics will be made, and none is', async () => {
      const form = formOn(kafka)
      const before = topicsIn(kafka)
      const findings = await examined(kafka, { form })
      assert.deepEqual(notWell(findings), [])
      assert.match(
        of(findings, 'Kafka').says,
        /^1 broker \(127\.0\.0\.1:\d+\): Fetch up to version \d+, metadata\.version \d+; no user, without TLS$/,
      )
      assert.match(of(findings, 'topics in Kafka').says, new RegExp(`${form.prefix}telemetry, .*: not there yet`))
      assert.match(of(findings, 'time of an answer of Kafka').says, /^to a question of metadata in [\d.]+ ms \(/)
      assert.equal(topicsIn(kafka), before)
    })

    test('where all is well it is told that topics, replicas and rights suffice, and how fast answers come', async () => {
      const form = formOn(kafka)
      await using opened = await openTestLog(kafka, { form })
      await opened.log.append([record('k', 'v')])
      const findings = await examined(kafka, { form })
      assert.deepEqual(notWell(findings), [])
      assert.match(of(findings, 'topics in Kafka').says, /^4 topics .*, as they must be/)
      assert.match(of(findings, 'replicas in Kafka').says, /^of 7 partitions all are in sync/)
      assert.match(of(findings, 'time of an answer of Kafka').says, /to a fetch of \S+ in [\d.]+ ms/)
      assert.match(of(findings, 'clock of Kafka').says, /no record was stamped later/)
      const past = await examined(kafka, { form, wall: { now: () => Date.now() - 3_600_000 } })
      assert.match(of(past, 'clock of Kafka').says, /stamped 3\d{3} s later/)
      assert.equal(of(past, 'clock of Kafka').state, 'warning')
    })

    test('topics that are missing and may not be made, and those that differ, are problems by name', async () => {
      const form = { ...formOn(kafka), isCreating: false }
      const missing = of(await examined(kafka, { form }), 'topics in Kafka')
      assert.equal(missing.state, 'problem')
      assert.match(missing.says, new RegExp(`${form.prefix}telemetry`))
      assert.match(missing.remedy ?? '', /ROADSTREAM_KAFKA_CREATE=on/)
      await using opened = await openTestLog(kafka, { form: { ...form, isCreating: true } })
      assert.equal(opened.log.partitionsOf('event'), 2)
      const differing = of(await examined(kafka, { form, partitions: 5 }), 'topics in Kafka')
      assert.equal(differing.state, 'problem')
      assert.match(differing.says, /is used with 2 partitions, and 5 are wanted: set ROADSTREAM_LOG_PARTITIONS to 2/)
    })

    test('partitions that a topic was given since are a warning, as nothing goes to them', async () => {
      const form = formOn(kafka)
      {
        await using opened = await openTestLog(kafka, { form })
        await opened.log.append([record('k', 'v')])
      }
      kafka.tool('TopicCommand', '--alter', '--topic', `${form.prefix}event`, '--partitions', '4')
      const [found, ...more] = notWell(await examined(kafka, { form }))
      assert.deepEqual([found?.name, found?.state, more], ['topics in Kafka', 'warning', []])
      assert.match(found?.says ?? '', /event has 4 partitions, of which the first 2 are used/)
    })

    test('a replica that cannot have enough beside it in sync is a problem', async () => {
      const form = { ...formOn(kafka), minInSync: 2 }
      await using opened = await openTestLog(kafka, { form })
      assert.equal(opened.log.partitionsOf('event'), 2)
      const found = of(await examined(kafka, { form }), 'replicas in Kafka')
      assert.equal(found.state, 'problem')
      assert.match(found.says, /too few in sync: \S+ \d \(1 of 1, at least 2 must be\)/)
    })

    test('by TLS the end of the certificate is told; a wrong password and an unknown authority are told with their settings', async () => {
      const findings = await examined(kafka, { servers: signed() })
      assert.match(of(findings, 'Kafka').says, /user writer by SCRAM-SHA-512, TLSv1\.[23]$/)
      assert.equal(of(findings, 'certificates of Kafka').state, 'warning')
      assert.match(of(findings, 'certificates of Kafka').says, /the first to end is that of localhost:\d+, on \d{4}-/)
      const rejected = (servers: KafkaExamination['servers'], code: string, word: string) =>
        assert.rejects(examined(kafka, { servers }), (error: unknown) => {
          assert.ok(error instanceof Outage && error.code === code && error.message.includes(word), String(error))
          assert.ok(!error.message.includes('not-this-one'))
          return true
        })
      await rejected(signed('not-this-one'), 'LOG_DENIED', 'ROADSTREAM_KAFKA_PASSWORD_FILE')
      const others = makeAuthority('Others', days(-1, 1)).cert
      await rejected({ ...signed(), tls: { ca: others } }, 'LOG_UNTRUSTED', 'ROADSTREAM_KAFKA_CA')
    })

    test('rights that a user lacks are told, of topics it may not see as well', async () => {
      const form = formOn(kafka)
      await using opened = await openTestLog(kafka, { form })
      assert.equal(opened.log.partitionsOf('event'), 2)
      const look = () => examined(kafka, { form, servers: signed() })
      const unseen = of(await look(), 'rights in Kafka')
      assert.equal(unseen.state, 'problem')
      assert.match(unseen.says, /does not let this user use topic .* let ROADSTREAM_KAFKA_USER/)
      const { give } = rightsOn(kafka, form.prefix)
      give('topic', 'Read', 'Describe', 'DescribeConfigs')
      const readOnly = await look()
      assert.equal(of(readOnly, 'rights in Kafka').state, 'problem')
      assert.match(of(readOnly, 'rights in Kafka').says, /this user lacks WRITE of /)
      const sharing = readOnly.filter(({ name, says }) => name === 'rights in Kafka' && says.includes('jobs'))
      assert.deepEqual(
        sharing.map(({ state, says, remedy }) => [
          state,
          says.slice(0, says.indexOf(',')),
          remedy?.includes('_PREFIX'),
        ]),
        [
          ['problem', `this user lacks READ of the group ${form.prefix}jobs`, true],
          ['problem', `this user lacks WRITE of the transactional id ${form.prefix}jobs.0`, true],
        ],
      )
      give('topic', 'Write')
      give('group', 'Read')
      give('transactional-id', 'Write')
      assert.deepEqual(
        (await look()).filter(({ name }) => name === 'rights in Kafka').map(({ state }) => state),
        ['ok', 'ok'],
      )
    })

    test('a broker that is away, or answers nothing, is told within the time', async () => {
      const port = await freePort()
      const away = { brokers: [{ host: '127.0.0.1', port }], tls: undefined, sasl: undefined }
      await assert.rejects(examined(kafka, { servers: away }), { code: 'LOG_UNAVAILABLE' })
      const findings = await examined(kafka, { servers: { ...away, brokers: [...away.brokers, ...kafka.brokers] } })
      const [gone] = notWell(findings)
      assert.equal(gone?.state, 'warning')
      assert.match(gone?.says ?? '', new RegExp(`127\\.0\\.0\\.1:${port} does not answer`))
      node!.signal('SIGSTOP')
      await assert.rejects(examined(kafka), { code: 'LOG_UNAVAILABLE' })
      node!.signal('SIGCONT')
    })
  })

  describe('three brokers', async () => {
    const kafka = await startKafka({ nodes: 3 })
    after(() => kafka[Symbol.asyncDispose]())

    test('one of them away shows as replicas out of sync, and as too few where all must be', async () => {
      const form = formOn(kafka)
      const strict = { ...formOn(kafka), minInSync: 3 }
      await using opened = await openTestLog(kafka, { form })
      await using openedStrict = await openTestLog(kafka, { form: strict })
      assert.deepEqual(
        [opened, openedStrict].map(({ log }) => log.partitionsOf('event')),
        [2, 2],
      )
      assert.deepEqual(notWell(await examined(kafka, { form })), [])
      await kafka.nodes[2]!.stop('SIGTERM')
      const findings = await examined(kafka, { form })
      assert.equal(of(findings, 'replicas in Kafka').state, 'warning')
      assert.match(of(findings, 'replicas in Kafka').says, /not all in sync: \S+ \d \(2 of 3\)/)
      assert.match(notWell(findings)[0]?.says ?? '', /does not answer/)
      const blocked = of(await examined(kafka, { form: strict }), 'replicas in Kafka')
      assert.equal(blocked.state, 'problem')
      assert.match(blocked.says, /too few in sync: \S+ \d \(2 of 3, at least 3 must be\)/)
    })
  })
}
