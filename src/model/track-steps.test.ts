import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { pointsOfSteps, stepsOfPoints, type TrackPoints } from './track-steps.ts'

const minuteAt = 1_767_877_260_000

/** Values as samples have them: rounded to a unit, and no minus zero, which JSON has not. */
const rounded = (most: number, perUnit: number) =>
  fc.option(
    fc.oneof(
      fc.double({ min: -most, max: most, noNaN: true }).map((value) => Math.round(value * perUnit) / perUnit + 0),
      fc.constantFrom(-most, 0, most),
    ),
    { freq: 4 },
  )

const anyPoints: fc.Arbitrary<TrackPoints> = fc
  .array(fc.tuple(fc.integer({ min: -1e12, max: 1e12 }), rounded(90, 1e7), rounded(180, 1e7), rounded(1e9, 100)))
  .map((points) => ({
    at: points.map(([ms]) => minuteAt + ms),
    lat: points.map(([, lat]) => lat),
    lon: points.map(([, , lon]) => lon),
    speedKmh: points.map(([, , , kmh]) => kmh),
  }))

test('any points in any order come back as they were, to the digit, unknown ones too', () => {
  fc.assert(
    fc.property(anyPoints, (points) => {
      const steps = stepsOfPoints(minuteAt, points)
      assert.ok(
        Object.values(steps)
          .flat()
          .every((step) => step === null || Number.isSafeInteger(step)),
      )
      assert.deepEqual(pointsOfSteps(minuteAt, steps), points)
      assert.deepEqual(pointsOfSteps(minuteAt, JSON.parse(JSON.stringify(steps))), points)
    }),
  )
})

test('each degree and speed that is a whole number of units is the double that rounding made of it', () => {
  const whole = (most: number) => fc.integer({ min: -most, max: most })
  fc.assert(
    fc.property(whole(1.8e9), whole(1e8), (units, hundredths) => {
      const points = { at: [minuteAt], lat: [units / 1e7], lon: [units / 1e7], speedKmh: [hundredths / 100] }
      assert.deepEqual(pointsOfSteps(minuteAt, stepsOfPoints(minuteAt, points)), points)
    }),
    { numRuns: 2_000 },
  )
})

test('a car that goes on as it went has steps of 0 from its third value on', () => {
  const steps = stepsOfPoints(minuteAt, {
    at: [0, 1000, 2000, 3000].map((ms) => minuteAt + 250 + ms),
    lat: [-34.9, -34.899_999, null, -34.899_998],
    lon: [null, null, null, null],
    speedKmh: [50, 50, 50.25, 50.5],
  })
  assert.deepEqual(steps, {
    atSteps: [250, 1000, 0, 0],
    latSteps: [-349_000_000, 10, null, 0],
    lonSteps: [null, null, null, null],
    speedSteps: [5000, 0, 25, 0],
  })
})
