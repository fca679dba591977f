// Faults of Kafka as they are told: who looks after the cluster learns where to look.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocolErrorsCodesById } from '@platformatic/kafka'
import { placeless } from '../../base/placeless.ts'
import { connectionOutage, faultOutage, isPassingFault } from './faults.ts'

/** The setting, of ours or of Kafka's, of a fault that another address would not mend. */
const settingOf: ReadonlyMap<string, string> = new Map([
  ['TOPIC_AUTHORIZATION_FAILED', 'ROADSTREAM_KAFKA_USER'],
  ['CLUSTER_AUTHORIZATION_FAILED', 'ROADSTREAM_KAFKA_CREATE=off'],
  ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'ROADSTREAM_KAFKA_USER'],
  ['GROUP_AUTHORIZATION_FAILED', 'ROADSTREAM_KAFKA_USER'],
  ['NOT_ENOUGH_REPLICAS', 'ROADSTREAM_KAFKA_MIN_IN_SYNC'],
  ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'ROADSTREAM_KAFKA_MIN_IN_SYNC'],
  ['REQUEST_TIMED_OUT', 'ROADSTREAM_KAFKA_MIN_IN_SYNC'],
  ['UNKNOWN_TOPIC_OR_PARTITION', 'ROADSTREAM_KAFKA_CREATE'],
  ['UNKNOWN_TOPIC_ID', 'ROADSTREAM_KAFKA_CREATE'],
  ['MESSAGE_TOO_LARGE', 'max\\.message\\.bytes'],
  ['RECORD_LIST_TOO_LARGE', 'max\\.message\\.bytes'],
])

test('every fault is told with its name and a way to mend it, and tried again only where that may help', () => {
  for (const name of Object.values(protocolErrorsCodesById)) {
    const { message, retryable } = faultOutage({ name, topic: 'cars.telemetry' })
    assert.ok(message.includes(name), message)
    const setting = settingOf.get(name) ?? 'ROADSTREAM_KAFKA'
    assert.match(message, new RegExp(`${setting}(?![A-Z_])`), name)
    assert.equal(retryable, isPassingFault(name), name)
  }
})

test('a certificate whose time is not now is told with the setting that names its broker, to a probe too', () => {
  for (const [code, words] of [
    ['CERT_HAS_EXPIRED', /localhost:9092 has expired: renew it .*ROADSTREAM_KAFKA,/],
    ['CERT_NOT_YET_VALID', /localhost:9092 is not valid yet: renew it .*ROADSTREAM_KAFKA,/],
  ] as const) {
    const fault = Object.assign(new Error(code), { code })
    const outage = connectionOutage(fault, { where: 'localhost:9092', isNamedByBrokers: true })
    assert.match(outage.message, words)
    assert.equal(placeless(outage), 'LOG_UNTRUSTED: ROADSTREAM_KAFKA')
  }
})
