import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clockAheadMs, clockState, isAhead } from './car-clock.ts'

const receivedAt = Date.UTC(2026, 10, 28)
const dayMs = 86_400_000
const stateOf = (offsetMs: number) => clockState(offsetMs, receivedAt + offsetMs, clockAheadMs)

test('an instant is marked when it is more than two minutes after its receipt', () => {
  assert.equal(isAhead(receivedAt + clockAheadMs, receivedAt, clockAheadMs), false)
  assert.equal(isAhead(receivedAt + clockAheadMs + 1, receivedAt, clockAheadMs), true)
  assert.equal(stateOf(clockAheadMs), 'right')
  assert.equal(stateOf(clockAheadMs + 1), 'ahead')
})

test('days and years behind are what buffers, replays and imports are, and no fault', () => {
  for (const days of [0, 1, 30, 530, 19 * 365]) assert.equal(stateOf(-days * dayMs), 'right', `${days} days`)
})

test('a clock that was never set, or that a week rollover set back, is behind', () => {
  assert.equal(clockState(Date.UTC(2000, 11, 31) - receivedAt, Date.UTC(2000, 11, 31), clockAheadMs), 'behind')
  assert.equal(clockState(Date.UTC(2001, 0, 1) - receivedAt, Date.UTC(2001, 0, 1), clockAheadMs), 'right')
  assert.equal(stateOf(-7168 * dayMs), 'behind')
  assert.equal(stateOf(-7168 * dayMs - 3_600_000), 'behind', 'its messages waited for an hour')
  assert.equal(stateOf(-7168 * dayMs + 1), 'right')
  assert.equal(stateOf(-7169 * dayMs), 'right')
})
