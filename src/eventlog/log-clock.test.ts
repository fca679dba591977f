import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { createLogClock, plausibleMs, settleMs, toleranceMs, type LogClockState, type LogClock } from './log-clock.ts'

const secondMs = 1_000
const hourMs = 3_600_000
const dayMs = 24 * hourMs
const beganAt = 1_700_000_000_000

/** A machine whose true time passes with `pass`, and whose wall clock is wrong by `jumpMs`. */
function machine() {
  let trueAt = beganAt
  const jumps: number[] = []
  const self = {
    jumpMs: 0,
    jumps,
    trueAt: () => trueAt,
    /** In steps, as the log looks at its clock again and again. */
    pass(ms: number, clock?: LogClock, stepMs = secondMs): void {
      for (let passed = 0; passed < ms; passed += stepMs) {
        trueAt += Math.min(stepMs, ms - passed)
        clock?.now()
      }
    },
    open: (stored?: LogClockState, more: { newestAt?: number; accept?: boolean } = {}): LogClock => {
      const bootAt = trueAt
      return createLogClock({
        wall: { now: () => trueAt + self.jumpMs },
        steady: { now: () => trueAt - bootAt },
        stored,
        newestAt: more.newestAt ?? stored?.logAt ?? 0,
        accept: more.accept ?? false,
        onJump: (ms) => void jumps.push(ms),
      })
    },
  }
  return self
}

const minutes = (count: number): number => count * 60 * secondMs

test('while the wall clock is right the log says what it says, and ages records by it', () => {
  const at = machine()
  const clock = at.open()
  at.pass(hourMs, clock)
  assert.equal(clock.now(), beganAt + hourMs)
  assert.equal(clock.agedAt(hourMs), beganAt)
  assert.deepEqual(at.jumps, [])
})

for (const [what, jumpMs, forMs] of [
  ['+10 years for a day', 3652 * dayMs, dayMs],
  ['-10 years for a day', -3652 * dayMs, dayMs],
  ['+2 hours for 9 minutes', 2 * hourMs, minutes(9)],
  ['-2 hours for 9 minutes', -2 * hourMs, minutes(9)],
] as const)
  test(`a wall clock set ${what} and back stamps nothing wrong and ages nothing, then or afterwards`, () => {
    const at = machine()
    const clock = at.open()
    at.pass(hourMs, clock)
    at.jumpMs = jumpMs
    for (const _ of Array.from({ length: 50 })) {
      at.pass(forMs / 50, clock)
      assert.equal(clock.now(), at.trueAt())
      assert.equal(clock.agedAt(dayMs), at.trueAt() - dayMs)
    }
    at.jumpMs = 0
    at.pass(secondMs, clock)
    assert.equal(clock.now(), at.trueAt())
    assert.equal(clock.agedAt(dayMs), at.trueAt() - dayMs)
    assert.deepEqual(at.jumps, [jumpMs], 'it was told once')
  })

test('a wall clock that keeps its new time for ten minutes is stepped to, and no record ages by the step', () => {
  const at = machine()
  const clock = at.open()
  at.pass(hourMs, clock)
  const before = clock.now()
  at.jumpMs = 8 * hourMs
  at.pass(settleMs + secondMs, clock)
  assert.equal(clock.now(), at.trueAt() + at.jumpMs)
  const passedMs = at.trueAt() - before
  assert.equal(clock.agedAt(passedMs), before, 'a record of then is as old as what the steady clock has passed')
  assert.equal(clock.agedAt(passedMs - minutes(1)), before + minutes(1))
  at.pass(hourMs, clock)
  assert.equal(clock.agedAt(hourMs + passedMs), before)
  assert.equal(clock.agedAt(minutes(30)), clock.now() - minutes(30))
})

test('a wall clock that is behind for long is met by running at half speed, never back, and at once when it returns', () => {
  const at = machine()
  const clock = at.open()
  at.pass(hourMs, clock)
  at.jumpMs = -hourMs
  at.pass(settleMs + secondMs, clock)
  let last = clock.now()
  for (let i = 0; i < 130; i++) {
    at.pass(minutes(1), clock)
    assert.ok(clock.now() >= last + secondMs)
    last = clock.now()
  }
  assert.equal(clock.now(), at.trueAt() + at.jumpMs)
  at.jumpMs = -2 * hourMs
  at.pass(hourMs, clock)
  assert.ok(clock.now() > at.trueAt() + at.jumpMs && clock.now() < at.trueAt() - hourMs)
  at.jumpMs = -hourMs
  assert.equal(clock.now(), at.trueAt() + at.jumpMs)
})

test('however the wall clock wanders for less than ten minutes at a time, the log keeps true time', () => {
  const jump = fc.record({
    ms: fc.integer({ min: -20 * 365 * dayMs, max: 20 * 365 * dayMs }),
    forMs: fc.integer({ min: 1, max: settleMs - 1 }),
  })
  fc.assert(
    fc.property(fc.array(jump, { maxLength: 10 }), (jumps) => {
      const at = machine()
      const clock = at.open()
      for (const { ms, forMs } of jumps) {
        at.jumpMs = ms
        at.pass(forMs, clock, minutes(1))
        assert.ok(Math.abs(clock.now() - at.trueAt()) <= toleranceMs)
        at.jumpMs = 0
        at.pass(secondMs, clock)
        assert.equal(clock.now(), at.trueAt())
      }
    }),
  )
})

test('nothing ages faster than the steady clock passes, whatever the wall clock does while the log is open', () => {
  const jump = fc.record({
    ms: fc.integer({ min: -40 * dayMs, max: 40 * dayMs }),
    forMs: fc.integer({ min: 1, max: 3 * hourMs }),
  })
  fc.assert(
    fc.property(fc.array(jump, { maxLength: 40, size: 'max' }), (jumps) => {
      const at = machine()
      const clock = at.open()
      const records: { readonly stampedAt: number; readonly trueAt: number }[] = []
      for (const { ms, forMs } of jumps) {
        records.push({ stampedAt: Math.max(clock.now(), records.at(-1)?.stampedAt ?? 0), trueAt: at.trueAt() })
        at.jumpMs = ms
        at.pass(forMs, clock, minutes(5))
        for (const { stampedAt, trueAt } of records)
          assert.ok(clock.agedAt(at.trueAt() - trueAt + toleranceMs) <= stampedAt, 'a record is not older than it is')
      }
    }),
    { numRuns: 50 },
  )
})

test('+10 years and back over a restart: nothing is aged by it, and nothing stamped wrong', () => {
  const at = machine()
  let clock = at.open()
  at.pass(hourMs, clock)
  let state = clock.state()
  at.jumpMs = 3652 * dayMs
  for (let round = 0; round < 3; round++) {
    clock = at.open(state)
    at.pass(hourMs, clock)
    assert.equal(clock.now(), at.trueAt())
    assert.equal(clock.agedAt(dayMs), at.trueAt() - dayMs)
    state = clock.state()
  }
  at.jumpMs = 0
  at.pass(minutes(5))
  clock = at.open(state)
  assert.equal(clock.now(), at.trueAt())
  assert.deepEqual(at.jumps, [3652 * dayMs, 3652 * dayMs, 3652 * dayMs], 'each opening told')
})

test('time switched off counts up to 30 days; beyond it somebody is asked, and may accept it', () => {
  const at = machine()
  const state = at.open().state()
  at.pass(29 * dayMs)
  assert.equal(at.open(state).now(), at.trueAt())
  assert.equal(
    at.open(undefined, { newestAt: beganAt }).now(),
    at.trueAt(),
    'a log without a clock goes by its newest record',
  )
  assert.deepEqual(at.jumps, [])
  at.pass(11 * dayMs)
  const asking = at.open(state)
  at.pass(hourMs, asking)
  assert.equal(asking.now(), beganAt + hourMs)
  assert.equal(asking.agedAt(dayMs), beganAt + hourMs - dayMs)
  assert.deepEqual(at.jumps, [40 * dayMs])
  const accepting = at.open(asking.state(), { accept: true })
  assert.equal(accepting.now(), at.trueAt())
  assert.equal(
    accepting.agedAt(minutes(20)),
    beganAt + minutes(40),
    'what was appended while it was asked is as old as it is',
  )
  assert.equal(accepting.agedAt(40 * dayMs), beganAt + 1, 'and what was appended before has aged by all of it')
  assert.equal(accepting.agedAt(41 * dayMs), beganAt + hourMs - dayMs)
  const later = at.open(accepting.state(), { accept: true })
  assert.equal(later.agedAt(40 * dayMs), beganAt + 1, 'a second acceptance ages nothing again')
  assert.ok(accepting.state().era > asking.state().era)
  asking.adopt(accepting.state())
  assert.equal(asking.now(), at.trueAt(), 'an opener beside it goes by that too')
})

test('records of the future in a log that never had a clock make no other record older', () => {
  const at = machine()
  const newestAt = beganAt + 3652 * dayMs
  const clock = at.open(undefined, { newestAt })
  at.pass(hourMs, clock)
  assert.equal(clock.now(), newestAt + hourMs)
  assert.equal(clock.agedAt(dayMs), at.trueAt() - dayMs)
  const accepting = at.open(clock.state(), { accept: true })
  assert.equal(accepting.now(), at.trueAt())
  assert.equal(accepting.agedAt(dayMs), at.trueAt() - dayMs)
  at.jumpMs = newestAt - beganAt
  assert.equal(clock.now(), at.trueAt() + at.jumpMs, 'or the wall clock had been wrong')
  assert.equal(clock.agedAt(dayMs), clock.now() - dayMs)
})

test('a step is remembered over restarts, and many of them only make records younger', () => {
  const at = machine()
  let clock = at.open()
  const first = clock.now()
  for (let round = 0; round < 50; round++) {
    at.jumpMs += hourMs
    at.pass(settleMs + minutes(2), clock, minutes(1))
    clock = at.open(clock.state())
  }
  assert.equal(clock.now(), at.trueAt() + at.jumpMs)
  assert.ok(clock.state().steps.length <= 32)
  assert.ok(clock.agedAt(at.trueAt() - beganAt + 1) <= first)
  assert.ok(clock.agedAt(at.trueAt() - beganAt + dayMs) < first)
  assert.ok(plausibleMs > 50 * hourMs)
})
