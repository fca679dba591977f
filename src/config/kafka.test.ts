import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readConfig } from './config.ts'
import { assertRefused } from './refusals.testing.ts'

const folder = mkdtempSync(join(tmpdir(), 'roadstream-'))
const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
const brokers = 'kafka-1.example:9093, [::1]:9094'

test('without brokers the log is the embedded one', () => {
  const config = readConfig({})
  assert.ok(config.ok)
  assert.equal(config.value.kafka, undefined)
})

test('brokers are a list, and what is not said has its default', () => {
  const config = readConfig({ ROADSTREAM_KAFKA: brokers })
  assert.ok(config.ok)
  assert.deepEqual(config.value.kafka, {
    servers: {
      brokers: [
        { host: 'kafka-1.example', port: 9093 },
        { host: '::1', port: 9094 },
      ],
      tls: undefined,
      sasl: undefined,
    },
    form: { prefix: 'roadstream.', replication: 3, minInSync: 2, isCreating: true },
    compression: 'lz4',
    sharing: { instance: '', sessionMs: 10_000, isStandby: false },
  })
})

test('TLS, user and the form of the topics are taken, the password from its file', () => {
  const config = readConfig({
    ROADSTREAM_KAFKA: brokers,
    ROADSTREAM_KAFKA_TLS: 'on',
    ROADSTREAM_KAFKA_CA: file('ca.pem', 'PEM'),
    ROADSTREAM_KAFKA_SASL: 'SCRAM-SHA-256',
    ROADSTREAM_KAFKA_USER: 'writer',
    ROADSTREAM_KAFKA_PASSWORD_FILE: file('password', 'hush\n'),
    ROADSTREAM_KAFKA_PREFIX: 'fleet-7.',
    ROADSTREAM_KAFKA_REPLICATION: '1',
    ROADSTREAM_KAFKA_MIN_IN_SYNC: '1',
    ROADSTREAM_KAFKA_COMPRESSION: 'zstd',
    ROADSTREAM_KAFKA_CREATE: 'off',
    ROADSTREAM_JOBS_INSTANCE: 'east-1',
    ROADSTREAM_JOBS_SESSION: '2m',
    ROADSTREAM_JOBS_STANDBY: 'on',
  })
  assert.ok(config.ok)
  const { servers, ...rest } = config.value.kafka!
  assert.deepEqual(servers.tls, { ca: 'PEM' })
  assert.deepEqual(servers.sasl, { mechanism: 'SCRAM-SHA-256', user: 'writer', password: 'hush' })
  assert.deepEqual(rest, {
    form: { prefix: 'fleet-7.', replication: 1, minInSync: 1, isCreating: false },
    compression: 'zstd',
    sharing: { instance: 'east-1', sessionMs: 120_000, isStandby: true },
  })
})

test('what does not go together is refused, each with its setting and the remedy', () => {
  for (const [given, ...problems] of [
    [{ ROADSTREAM_KAFKA: 'kafka-1' }, 'ROADSTREAM_KAFKA is "kafka-1": give host:port of one or more brokers'],
    [{ ROADSTREAM_KAFKA: 'kafka-1:9092,' }, 'ROADSTREAM_KAFKA is "kafka-1:9092,": give host:port'],
    [{ ROADSTREAM_KAFKA_TLS: 'on' }, 'ROADSTREAM_KAFKA_TLS is set, and ROADSTREAM_KAFKA is not'],
    [
      { ROADSTREAM_KAFKA: brokers, ROADSTREAM_KAFKA_CA: file('ca.pem', 'PEM') },
      'ROADSTREAM_KAFKA_CA goes with TLS: give ROADSTREAM_KAFKA_TLS=on',
    ],
    [
      { ROADSTREAM_KAFKA: brokers, ROADSTREAM_KAFKA_SASL: 'PLAIN' },
      'ROADSTREAM_KAFKA_USER is needed to sign in by PLAIN',
      'ROADSTREAM_KAFKA_PASSWORD_FILE is needed to sign in by PLAIN',
    ],
    [
      { ROADSTREAM_KAFKA: brokers, ROADSTREAM_KAFKA_USER: 'writer' },
      'ROADSTREAM_KAFKA_USER is set, and nothing signs in: give ROADSTREAM_KAFKA_SASL=PLAIN or',
    ],
    [
      { ROADSTREAM_KAFKA: brokers, ROADSTREAM_KAFKA_CA: '/nonexistent/ca.pem', ROADSTREAM_KAFKA_TLS: 'on' },
      'ROADSTREAM_KAFKA_CA is "/nonexistent/ca.pem", which cannot be read (ENOENT)',
    ],
    [
      { ROADSTREAM_KAFKA: brokers, ROADSTREAM_KAFKA_REPLICATION: '1' },
      'ROADSTREAM_KAFKA_MIN_IN_SYNC is more than ROADSTREAM_KAFKA_REPLICATION',
    ],
  ] as const) {
    assertRefused(given, problems)
  }
})
