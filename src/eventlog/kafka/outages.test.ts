// Outages as they are told: once each, and their end once.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Outage } from '../../base/errors.ts'
import { silentLogger, type Logger } from '../../base/logger.ts'
import { createOutages } from './outages.ts'

function noted() {
  const lines: string[] = []
  const logger = Object.assign(Object.create(silentLogger) as Logger, {
    warn: (_: object, text: string) => void lines.push(text),
    info: (text: string) => void lines.push(text),
  })
  return { lines, logger }
}

const away = new Outage('LOG_UNAVAILABLE', 'Kafka is away.', { retryable: true })
const denied = new Outage('LOG_DENIED', 'Kafka lets nobody in.', { retryable: true })
const again = 'Kafka answers again, and all goes on'

test('an outage is told once for all who wait, another kind of it as well, and the end when nobody waits', () => {
  const { lines, logger } = noted()
  const outages = createOutages(logger)
  assert.equal(outages.now(), undefined)
  for (const who of ['appends', 'telemetry/0', 'appends']) outages.met(who, away, 'It waits.')
  outages.met('telemetry/0', denied, 'It waits.')
  assert.equal(outages.now(), away)
  outages.over('appends')
  assert.equal(outages.now(), denied)
  outages.over('telemetry/0')
  outages.over('telemetry/0')
  assert.deepEqual(lines, ['Kafka is away. It waits.', 'Kafka lets nobody in. It waits.', again])
  assert.equal(outages.now(), undefined)
  outages.met('appends', away, 'It waits.')
  assert.equal(lines.at(-1), 'Kafka is away. It waits.')
})

test('tries that meet two kinds by turns tell each once', () => {
  const { lines, logger } = noted()
  const outages = createOutages(logger)
  for (const outage of [away, denied, away, denied, away]) outages.met('appends', outage, 'It waits.')
  assert.equal(outages.now(), away)
  outages.over('appends')
  assert.deepEqual(lines, ['Kafka is away. It waits.', 'Kafka lets nobody in. It waits.', again])
})

test('who has not tried for a minute does not wait any more', () => {
  const { lines, logger } = noted()
  let now = 0
  const outages = createOutages(logger, { now: () => now })
  outages.met('partition 3', away, 'It waits.')
  now = 59_000
  assert.equal(outages.now(), away)
  now = 61_000
  assert.equal(outages.now(), undefined)
  assert.equal(lines.at(-1), again)
})
