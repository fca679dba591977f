// Addresses in the settings at which no Kafka is, or none that can be used from here: a start and
// `doctor` say what is there, and which setting to mend, of the brokers' own too.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createWebServer } from 'node:http'
import { createServer as createTlsServer } from 'node:tls'
import type { AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import { noKafka, startKafka, type Kafka } from '../../../test/engines/kafka.ts'
import { systemClock } from '../../base/clock.ts'
import { Outage } from '../../base/errors.ts'
import { freePort } from '../../base/port.testing.ts'
import { issueServer, makeAuthority } from '../../certificates/authority.ts'
import type { KafkaServers } from '../kafka-options.ts'
import { examineKafka } from './examine-kafka.ts'
import { openKafkaLog } from './kafka-log.ts'
import { newPrefix, suiteTopics } from './kafka.testing.ts'
import { openLink } from './link.testing.ts'

type Server = { readonly host: string; readonly port: number }

const options = (broker: Server, tls?: KafkaServers['tls']) => ({
  servers: { brokers: [broker], tls, sasl: undefined },
  form: { prefix: newPrefix(), replication: 1, minInSync: 1, isCreating: true },
  partitions: 2,
  topics: suiteTopics,
})

/** The outage of an opening that has this long. */
async function openingOutage(broker: Server, tls?: KafkaServers['tls']): Promise<Outage> {
  const error: unknown = await openKafkaLog({ ...options(broker, tls), openingMs: 500 }).then(
    (opened) => opened[Symbol.asyncDispose](),
    (fault: unknown) => fault,
  )
  assert.ok(error instanceof Outage, String(error))
  return error
}

const examination = (broker: Server, tls?: KafkaServers['tls']) =>
  examineKafka({ ...options(broker, tls), jobsGroup: 'jobs', transactionalIds: [], wall: systemClock })

/** Both say the same of the place. */
async function told(broker: Server, code: string, words: RegExp, tls?: KafkaServers['tls']): Promise<void> {
  const outage = await openingOutage(broker, tls)
  assert.equal(outage.code, code, outage.message)
  assert.match(outage.message, words)
  await assert.rejects(examination(broker, tls).look(), (error: unknown) => {
    assert.ok(error instanceof Outage && error.code === code, String(error))
    assert.match(error.message, words)
    return true
  })
}

async function listening(server: ReturnType<typeof createWebServer> | ReturnType<typeof createTlsServer>) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { host: '127.0.0.1', port }
}

const days = (from: number, to: number) => ({
  notBefore: new Date(Date.now() + from * 86_400_000),
  notAfter: new Date(Date.now() + to * 86_400_000),
})

test('a web server is told as one, with TLS and without', async () => {
  const web = createWebServer((_, response) => void response.end('hello'))
  try {
    const broker = await listening(web)
    await told(broker, 'LOG_MISMATCH', /A web server answers at 127\.0\.0\.1:\d+, and no broker .* ROADSTREAM_KAFKA\./)
    await told(broker, 'LOG_MISMATCH', /do not agree on TLS: ROADSTREAM_KAFKA_TLS/, { ca: undefined })
  } finally {
    web.closeAllConnections()
    web.close()
  }
})

test('a listener with TLS is told with the setting where that is off', async () => {
  const { cert, key } = issueServer(makeAuthority('Others', days(-1, 1)), ['localhost'], days(-1, 1))
  const server = createTlsServer({ cert, key })
  server.on('tlsClientError', () => {})
  try {
    await told(await listening(server), 'LOG_MISMATCH', /ROADSTREAM_KAFKA_TLS/)
  } finally {
    server.close()
  }
})

test('a name that does not resolve, and a port at which nothing listens, are told as such', async () => {
  await told(
    { host: 'kafka.invalid', port: 9092 },
    'LOG_UNAVAILABLE',
    /kafka\.invalid:9092 has a name that this machine cannot resolve \(E\w+\): give names in ROADSTREAM_KAFKA/,
  )
  const port = await freePort()
  await told(
    { host: '127.0.0.1', port },
    'LOG_UNAVAILABLE',
    /does not answer \(nothing listens there, ECONNREFUSED\).*ROADSTREAM_KAFKA/,
  )
})

if (noKafka !== false) test('brokers that name addresses', { skip: noKafka })
else
  describe('brokers that are there', async () => {
    const kafka: Kafka = await startKafka({ nodes: 1 })
    after(() => kafka[Symbol.asyncDispose]())

    test('one older than 3.1 is told by what it knows', async () => {
      await using link = await openLink(withOlderFetch)
      link.to(kafka.brokers[0]!.port)
      const broker = { host: '127.0.0.1', port: link.port }
      const outage = await openingOutage(broker)
      assert.deepEqual([outage.code, outage.retryable], ['LOG_MISMATCH', false])
      assert.match(
        outage.message,
        /ROADSTREAM_KAFKA is too old \(Fetch up to version 12.*upgrade its brokers to Kafka 3\.1/,
      )
      const [finding, ...more] = await examination(broker).look()
      assert.deepEqual([finding?.state, more], ['problem', []])
      assert.match(`${finding?.says} ${finding?.remedy}`, /Fetch up to version 12.*Kafka 3\.1 or later/)
    })

    test('an address that the brokers name and that cannot be reached is told with advertised.listeners', async () => {
      const port = await freePort()
      await using elsewhere = await startKafka({
        nodes: 1,
        settings: [`advertised.listeners=PLAINTEXT://127.0.0.1:${port}`],
      })
      const broker = elsewhere.brokers[0]!
      const words = new RegExp(`name 127\\.0\\.0\\.1:${port} as the address of one .*advertised\\.listeners`)
      const outage = await openingOutage(broker)
      assert.equal(outage.code, 'LOG_UNAVAILABLE')
      assert.match(outage.message, words)
      const findings = await examination(broker).look()
      const problem = findings.find(({ state }) => state === 'problem')
      assert.match(problem?.says ?? JSON.stringify(findings), words)
    })
  })

/** The answer to which versions are known, with those of Fetch as they were before 3.1. */
function withOlderFetch(answer: Buffer): Buffer {
  const [fetchKey, entryBytes, entries] = [1, 7, 11]
  for (let at = entries; at + entryBytes <= answer.length; at += entryBytes)
    if (answer.readInt16BE(at) === fetchKey) {
      answer.writeInt16BE(12, at + 4)
      return answer
    }
  return answer
}
