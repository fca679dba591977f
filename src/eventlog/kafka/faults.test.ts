// Faults of Kafka as they are told: who looks after the cluster learns where to look.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { protocolErrorsCodesById } from '@platformatic/kafka'
import { faultOutage, isPassingFault } from './faults.ts'

test('every fault is told with its name and a way to mend it, and tried again only where that may help', () => {
  for (const name of Object.values(protocolErrorsCodesById)) {
    const { message, retryable } = faultOutage({ name, topic: 'cars.telemetry' })
    assert.ok(message.includes(name), message)
    assert.match(message, /ROADSTREAM_KAFKA|max\.message\.bytes/)
    assert.equal(retryable, isPassingFault(name), name)
  }
})
