import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { DeadlineWheel, newDeadline, type Deadline } from './deadlines.ts'

const tickMs = 50

test('a deadline fires once, never early and at most one tick late, whatever is set, moved and cleared around it', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('set' as const), which: fc.nat(9), delayMs: fc.nat(500_000) }),
    fc.record({ do: fc.constant('clear' as const), which: fc.nat(9), delayMs: fc.constant(0) }),
    fc.record({ do: fc.constant('advance' as const), which: fc.constant(0), delayMs: fc.nat(60_000) }),
  )
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.array(step, { maxLength: 60 }), (startMs, steps) => {
      let nowMs = startMs
      const wheel = new DeadlineWheel(nowMs)
      const dueMs = new Map<Deadline, number>()
      const fired: Deadline[] = []
      const deadlines: Deadline[] = Array.from({ length: 10 }, () => {
        const deadline: Deadline = newDeadline(() => fired.push(deadline))
        return deadline
      })
      for (const { do: what, which, delayMs } of steps) {
        const deadline = deadlines[which]!
        if (what === 'set') {
          wheel.set(deadline, nowMs, delayMs)
          dueMs.set(deadline, nowMs + delayMs)
        } else if (what === 'clear') {
          wheel.clear(deadline)
          dueMs.delete(deadline)
        } else {
          nowMs += delayMs
          wheel.advance(nowMs)
          for (const deadline of fired.splice(0)) {
            const due = dueMs.get(deadline)
            assert.ok(due !== undefined, 'a deadline fired that was not set')
            assert.ok(due <= nowMs, `${due - nowMs} ms early`)
            dueMs.delete(deadline)
          }
          for (const due of dueMs.values()) assert.ok(nowMs - due < 2 * tickMs, `${nowMs - due} ms late`)
        }
        assert.equal(wheel.size, dueMs.size)
      }
    }),
  )
})

test('a deadline may set itself again while it fires', () => {
  const wheel = new DeadlineWheel(0)
  let fired = 0
  const deadline = newDeadline(() => {
    fired++
    wheel.set(deadline, fired * 100, 100)
  })
  wheel.set(deadline, 0, 100)
  for (let nowMs = 0; nowMs <= 1000; nowMs += tickMs) wheel.advance(nowMs)
  assert.equal(fired, 10)
  assert.equal(wheel.size, 1)
})

test('after the machine slept for longer than the wheel goes round, all that is due fires', () => {
  const wheel = new DeadlineWheel(0)
  let fired = 0
  for (let delayMs = 0; delayMs < 400_000; delayMs += 1000)
    wheel.set(
      newDeadline(() => fired++),
      0,
      delayMs,
    )
  wheel.advance(86_400_000)
  assert.equal(fired, 400)
  assert.equal(wheel.size, 0)
})
