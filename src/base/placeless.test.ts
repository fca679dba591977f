import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placeless } from './placeless.ts'

test('of an outage its code and the settings that it names are told, each once, and no place', () => {
  const message =
    'Kafka at kafka-1.example:9093 does not know this user: set ROADSTREAM_KAFKA_USER and ROADSTREAM_KAFKA_PASSWORD_FILE right, ROADSTREAM_KAFKA_USER first.'
  assert.equal(
    placeless({ code: 'LOG_DENIED', message }),
    'LOG_DENIED: ROADSTREAM_KAFKA_USER, ROADSTREAM_KAFKA_PASSWORD_FILE',
  )
  assert.equal(placeless({ code: 'LOG_FULL', message: 'No room in /data.' }), 'LOG_FULL')
})
