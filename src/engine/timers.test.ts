import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createTimers } from './timers.ts'

test('a timer of an interval fires when due, once after a jump, and is then aligned again', () => {
  const intervalMs = 100
  const timers = createTimers()
  const fired: number[] = []
  timers.ask('car', intervalMs)
  const advance = (watermark: number): number => {
    const keys = timers.fire(watermark, 10)
    for (const key of keys) {
      fired.push(watermark)
      timers.ask(key, Math.floor(watermark / intervalMs) * intervalMs + intervalMs)
    }
    return keys.length
  }
  assert.deepEqual([0, 99, 100, 199, 200, 1001].map(advance), [0, 0, 1, 0, 1, 1])
  assert.equal(timers.nextAt(), 1100)
  assert.deepEqual(fired, [100, 200, 1001])
})

test('the earliest timer asked for stands', () => {
  const timers = createTimers()
  assert.equal(timers.ask('car', 50), true)
  assert.equal(timers.ask('car', 80), false)
  assert.equal(timers.ask('car', 20), true)
  assert.deepEqual(timers.fire(20, 10), ['car'])
  assert.deepEqual(timers.fire(1000, 10), [])
  assert.equal(timers.nextAt(), undefined)
})

test('timers fire like a sorted list of the earliest instant of each key, whatever was asked', () => {
  const step = fc.oneof(
    fc.record({ ask: fc.constantFrom('a', 'b', 'c', 'd', 'e'), at: fc.nat(100) }),
    fc.record({ fire: fc.nat(100), limit: fc.integer({ min: 1, max: 3 }) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const timers = createTimers()
      const model = new Map<string, number>()
      for (const each of steps) {
        if ('ask' in each) {
          timers.ask(each.ask, each.at)
          model.set(each.ask, Math.min(each.at, model.get(each.ask) ?? Infinity))
        } else {
          const wanted = [...model]
            .filter(([, at]) => at <= each.fire)
            .sort(([a, atA], [b, atB]) => atA - atB || (a < b ? -1 : 1))
            .slice(0, each.limit)
            .map(([key]) => key)
          assert.deepEqual(timers.fire(each.fire, each.limit), wanted)
          for (const key of wanted) model.delete(key)
        }
        assert.equal(timers.nextAt(), model.size === 0 ? undefined : Math.min(...model.values()))
      }
    }),
  )
})
