import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { newPace, newTicks } from './pace.ts'

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

test('the clock is looked at in every second at the same instants, however late each look is', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 50_000 }),
      fc.array(fc.nat(15), { minLength: 200, maxLength: 200 }),
      (cars, late) => {
        const untilTick = newTicks(wallAt, cars)
        const places = new Set<number>()
        let now = wallAt
        for (const lateMs of late) {
          now += untilTick(now)
          places.add(Math.round((now - wallAt) % 1000))
          now += lateMs
        }
        assert.ok(places.size <= 50 && now - wallAt < 41_000, `${places.size} places, ${now - wallAt} ms`)
      },
    ),
  )
})

test('three hundred cars are looked at five times a second, ten thousand fifty times', () => {
  assert.equal(newTicks(wallAt, 300)(wallAt), 201)
  assert.equal(newTicks(wallAt, 10_000)(wallAt + 5), 16)
})
