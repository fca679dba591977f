import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRateLimit } from './rate-limit.ts'

const limit = { burst: 2, perSecond: 1, keysMax: 2 }
const openClock = () => {
  const clock = { at: 1000, now: () => clock.at }
  return clock
}

test('so many at once, then so many a second, and the wait is told', () => {
  const clock = openClock()
  const { take } = createRateLimit(clock, limit)
  assert.deepEqual([take('a'), take('a'), take('a'), take('b')], [0, 0, 1000, 0])
  clock.at += 250
  assert.equal(take('a'), 750)
  clock.at += 750
  assert.deepEqual([take('a'), take('a')], [0, 1000])
})

test('what is given back can be taken again, and never more than there was', () => {
  const { take, giveBack } = createRateLimit(openClock(), limit)
  assert.equal(take('a'), 0)
  for (let time = 0; time < 5; time++) giveBack('a')
  assert.deepEqual([take('a'), take('a'), take('a')], [0, 0, 1000])
})

test('a clock that is set back neither takes tokens away nor stops the filling', () => {
  const clock = openClock()
  const { take } = createRateLimit(clock, limit)
  assert.deepEqual([take('a'), take('a')], [0, 0])
  clock.at -= 100_000
  assert.equal(take('a'), 1000)
  clock.at += 1000
  assert.equal(take('a'), 0)
})

test('it remembers no more keys than it may, and forgets those longest unused', () => {
  const { take } = createRateLimit(openClock(), limit)
  assert.deepEqual([take('a'), take('a'), take('b'), take('a'), take('c')], [0, 0, 0, 1000, 0])
  assert.equal(take('a'), 1000)
  assert.equal(take('b'), 0)
})
