import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { approachSpeed } from './safe-speed.ts'

const between = (min: number, max: number) => fc.double({ min, max, noNaN: true })

test('a car that keeps to the approach speed comes to the place at its target, braking evenly and never past it', () => {
  fc.assert(
    fc.property(between(0, 30), between(1, 4), between(0, 12), between(0, 200), (first, brake, target, spare) => {
      let speed = first
      // Far enough that the first second's rule can be kept.
      let distance = Math.max(0, (first ** 2 - target ** 2) / (2 * brake)) + first + spare
      for (let second = 0; second < 600 && distance > 0.01; second++) {
        const next = Math.min(approachSpeed(speed, brake, distance, target), speed + 2, 30)
        assert.ok(speed - next <= brake + 1e-6, `brakes with ${speed - next} m/s², not more than ${brake}`)
        const step = (speed + next) / 2
        if (step < 0.005) break
        if (step >= distance) return assert.ok(next <= target + 2.1, `passes at ${next} m/s with a target of ${target}`)
        distance -= step
        speed = next
      }
      assert.ok(distance < 1.5, `stops ${distance} m before`)
    }),
    { numRuns: 500 },
  )
})
