import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { newPace } from './pace.ts'

const wallAt = 1_800_000_000_000

test('in real time the simulation begins now and keeps step with the clock', () => {
  const pace = newPace({ wallAt, speed: 1, durationMs: undefined, startAt: undefined })
  assert.equal(pace.startAt, wallAt)
  assert.equal(pace.simulatedAt(wallAt + 1234), wallAt + 1234)
})

test('ten minutes at ten times the speed begin nine minutes ago and end now, a minute later', () => {
  const pace = newPace({ wallAt, speed: 10, durationMs: 600_000, startAt: undefined })
  assert.equal(pace.startAt, wallAt - 540_000)
  assert.equal(pace.simulatedAt(wallAt + 60_000), pace.startAt + 600_000)
  assert.equal(pace.simulatedAt(wallAt + 60_000), wallAt + 60_000)
})

test('simulated time never runs back nor ahead of the clock', () => {
  const speed = fc.double({ min: 0.01, max: 1000, noNaN: true })
  fc.assert(
    fc.property(
      speed,
      fc.option(fc.integer({ min: 1, max: 1e8 })),
      fc.array(fc.nat(1e7), { maxLength: 20 }),
      (speed, durationMs, steps) => {
        const pace = newPace({ wallAt, speed, durationMs: durationMs ?? undefined, startAt: undefined })
        let now = wallAt
        let last = -Infinity
        for (const step of steps) {
          now += step
          const at = pace.simulatedAt(now)
          assert.ok(at >= last && at <= now + 1)
          last = at
        }
      },
    ),
  )
})
