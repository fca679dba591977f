import assert from 'node:assert/strict'
import { test } from 'node:test'
import { classical } from './watermark.ts'

const seen = (topic: string, at: number) => ({ topic, source: 'demo/car-1', at })

test('the watermark is the greatest timestamp seen less the bound less one', () => {
  const time = classical({ boundMs: 10, idleMs: 1000 }).open(['telemetry'], undefined)
  assert.equal(time.eventAt(0), -Infinity)
  time.observe(seen('telemetry', 1337), 0)
  assert.equal(time.eventAt(0), 1326)
  for (const at of [12345, 12300, 12340, 12280]) time.observe(seen('telemetry', at), 0)
  assert.equal(time.eventAt(0), 12334)
  time.observe(seen('telemetry', 723456), 0)
  assert.equal(time.eventAt(0), 723445)
  assert.equal(time.reachedAt(), 723445)
})

test('the watermark is the least of the inputs that are not idle, also of one that brought nothing yet', () => {
  const time = classical({ boundMs: 10, idleMs: 1000 }).open(['telemetry', 'event'], undefined)
  time.observe(seen('telemetry', 1337), 0)
  assert.equal(time.eventAt(0), -Infinity)
  time.observe(seen('event', 500), 0)
  assert.equal(time.eventAt(0), 489)
  time.observe(seen('telemetry', 1400), 1000)
  assert.equal(time.eventAt(1000), 1389, 'events are idle')
  time.observe(seen('event', 600), 1100)
  assert.equal(time.eventAt(1100), 1389, 'it never goes back')
})

test('when all inputs are idle it goes on with log time, and what the data reached does not', () => {
  const time = classical({ boundMs: 10, idleMs: 1000 }).open(['telemetry'], undefined)
  time.observe(seen('telemetry', 10_000), 0)
  assert.equal(time.eventAt(5000), 10_000 - 11 + 5000)
  assert.equal(time.reachedAt(), 10_000 - 11)
  const again = classical({ boundMs: 10, idleMs: 1000 }).open(['telemetry'], time.encode())
  assert.equal(again.eventAt(65_000), 10_000 - 11 + 65_000)
})
