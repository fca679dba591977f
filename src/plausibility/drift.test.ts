// Places of a parked car that wander, told from those of a car that drives.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { changed, doubtsIn, drive, offBy, startAt, withoutOdometer } from './random-readings.contract.ts'
import { ignition, type Reading } from './reading.ts'

/** Another one with FC_SEED. */
const seed = Number(process.env['FC_SEED'] ?? 1)

test(`the receiver of a parked car that wanders is doubted where it is away, whatever else is told (seed ${seed})`, () => {
  const excursion = fc.record({
    northM: fc.integer({ min: 80, max: 600 }),
    from: fc.integer({ min: 200, max: 700 }),
    length: fc.integer({ min: 0, max: 100 }),
    told: fc.constantFrom<Partial<Reading>>({ speedKmh: 0.4 }, { speedKmh: NaN, ignition: ignition.off }),
  })
  fc.assert(
    fc.property(excursion, ({ northM, from, length, told }) => {
      const parked = withoutOdometer(drive({ seconds: 1000, stepMs: 10_000, kmh: 0 })).map((reading) => ({
        ...reading,
        ...told,
      }))
      const away = [Math.ceil(from / 10) * 10, Math.ceil(from / 10) * 10 + length] as const
      const found = doubtsIn(changed(parked, away, (reading) => offBy(reading, northM, 0)))
      assert.deepEqual(
        found.map((doubt) => doubt.replace('jump', 'drift')),
        Array.from(
          { length: Math.floor((away[1] - away[0]) / 10) + 1 },
          (_, index) => `${away[0] + 10 * index} place drift`,
        ),
      )
    }),
    { seed, numRuns: 100 },
  )
})

test('a car that drives is not held for one that drifts, also where its ignition is always off', () => {
  const off = drive({ seconds: 900, stepMs: 10_000, kmh: 20 }).map((reading) => ({
    ...reading,
    ignition: ignition.off,
  }))
  assert.deepEqual(doubtsIn(off), [])
})

test('places that wander without a word of standing, or while the odometer goes on, are not drift', () => {
  const parked = drive({ seconds: 1000, stepMs: 10_000, kmh: 0 })
  const away = changed(parked, [500, 550], (reading) => offBy(reading, 100, 0))
  assert.deepEqual(doubtsIn(withoutOdometer(away).map((reading) => ({ ...reading, speedKmh: NaN }))), [])
  assert.deepEqual(doubtsIn(away.map((reading, index) => ({ ...reading, odometerM: 48_152_345 + 10 * index }))), [])
  assert.equal(doubtsIn(away).length, 6)
})

test('a car that moves on between two stands does not drift on its way', () => {
  const stand = withoutOdometer(drive({ seconds: 200, kmh: 0 }))
  const way = withoutOdometer(drive({ seconds: 20, kmh: 50, fromAt: startAt + 201_000 }))
  const { at, lat, lon } = way.at(-1)!
  const next = withoutOdometer(drive({ seconds: 60, kmh: 0, fromAt: at + 1000, lat, lon }))
  assert.deepEqual(doubtsIn([...stand, ...way, ...next]), [])
})
