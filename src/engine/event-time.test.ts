import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPartitionTime } from './event-time.ts'

const options = { boundMs: 10, idleMs: 1000 }
const fresh = () => createPartitionTime(['telemetry', 'event'], options, { watermark: -Infinity, greatestAt: {} }, 0)

test('the watermark waits for the slowest topic, until that is idle', () => {
  const time = fresh()
  time.observe('telemetry', 1337)
  time.arrived(['telemetry'], 0)
  assert.equal(time.advance(0, []), -Infinity)
  time.observe('event', 500)
  assert.equal(time.advance(0, []), 489)
  time.arrived(['telemetry'], 1000)
  assert.equal(time.advance(1000, []), 1326, 'events are idle')
  time.observe('event', 600)
  time.arrived(['event'], 1100)
  assert.equal(time.advance(1100, []), 1326, 'it never goes back')
})

test('a topic of which more waits in the log is not idle, however long nothing of it was read', () => {
  const time = fresh()
  time.observe('telemetry', 100)
  time.observe('event', 90_000)
  time.arrived(['event'], 50_000)
  assert.equal(time.advance(50_000, ['telemetry']), 89)
})

test('when all topics are idle it goes on with processing time', () => {
  const time = fresh()
  time.observe('telemetry', 10_000)
  time.arrived(['telemetry'], 0)
  assert.equal(time.advance(5000, []), 10_000 - 11 + 5000)
  assert.equal(time.advance(65_000, []), 10_000 - 11 + 65_000)
})
