import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Sample } from '../../model/message.ts'
import { blank, copyOf, readingNames, type DriveSample } from './drive-sample.ts'
import { addSample, minuteSamplesMax, newMinute, thinnedOf } from './minute.ts'
import { SampleRows } from './sample-rows.ts'
import { newInstants, thin } from './thinning.ts'
import { at, settled } from './drives.testing.ts'

const values = fc.option(fc.integer({ min: 0, max: 9 }), { nil: NaN })
const someSample = fc.record({
  at: fc.integer({ min: at, max: at + 60 }),
  receivedAt: fc.integer({ min: at, max: at + 9 }),
  clock: fc.nat(3),
  ignition: fc.constantFrom(0, 1, 2),
  place: fc.constantFrom(
    { lat: NaN, lon: NaN, apart: 0 },
    { lat: 1, lon: 2, apart: 0 },
    { lat: 3, lon: NaN, apart: 1 },
    { lat: NaN, lon: 4, apart: 1 },
  ),
  fix: fc.constantFrom(0, 1, 2),
  speedKmh: values,
  ...Object.fromEntries(readingNames.map((name) => [name, values])),
})

test('what is left of a cell is the same in any order, whatever comes twice', () => {
  fc.assert(
    fc.property(fc.array(someSample, { maxLength: 20 }), fc.array(fc.nat(1000)), (rows, order) => {
      const samples = rows.map(({ place, ...row }) => ({ ...row, ...place })) as unknown as DriveSample[]
      const shuffled = samples
        .map((each, index) => ({ each, key: order[index] ?? index }))
        .sort((a, b) => a.key - b.key)
      const left = (all: readonly DriveSample[]) => {
        const rows = new SampleRows()
        const instants = newInstants()
        for (const each of all) thin(rows, instants, each)
        return { kept: rows.list().map(copyOf), instants }
      }
      assert.deepEqual(left([...shuffled, ...shuffled.slice(0, 5)].map(({ each }) => each)), left(samples))
    }),
  )
})

test('a sample that is left out leaves its clock, as it would have if it had come later', () => {
  const none = { ...blank, receivedAt: at, ignition: 0 as const }
  const [first, twice, other] = [
    { ...none, at, speedKmh: 1 },
    { ...none, at: at + 5, speedKmh: 2, clock: 3 as const },
    { ...none, at: at + 5, odometerM: 7 },
  ] as const
  const left = (all: readonly DriveSample[]): DriveSample[] => {
    const rows = new SampleRows()
    for (const each of all) thin(rows, newInstants(), each)
    return rows.list().map(copyOf)
  }
  assert.deepEqual(left([first, twice, other]), left([twice, other, first]))
  assert.deepEqual(
    left([first, twice, other]).map(({ clock }) => clock),
    [3, 3],
  )
})

/** A drive of three minutes whose speed and power change evenly, at a rate. */
function drive(rowsPerS: number): Sample[] {
  const seconds = 180
  return Array.from({ length: seconds * rowsPerS }, (_, row) => {
    const second = row / rowsPerS
    return {
      at: at + Math.round(second * 1000),
      // One signal a row, by turns, as units at such rates send them.
      signals:
        row % 2 === 0
          ? { 'Vehicle.Speed': 50 + second / 6 }
          : { 'Vehicle.Powertrain.TractionBattery.CurrentPower': -20_000 - second * 100 },
    }
  })
}

test('at 197 rows a second and at 1 kHz distance and energy hold, and the trip says what was left out', () => {
  const seconds = 180
  const metres = (50 * seconds + seconds ** 2 / 12) / 3.6
  const kwh = (20_000 * seconds + (100 * seconds ** 2) / 2) / 3.6e6
  for (const rowsPerS of [90, 197, 1000]) {
    const [trip] = settled(drive(rowsPerS))
    assert.ok(trip && Math.abs(trip.distanceM / metres - 1) < 0.001, `${rowsPerS}: ${trip?.distanceM} of ${metres} m`)
    assert.ok(
      trip.energyKwh !== null && Math.abs(trip.energyKwh / kwh - 1) < 0.001,
      `${rowsPerS}: ${trip.energyKwh} of ${kwh} kWh`,
    )
    // At 197 rows a second a cell of 10 ms has one of each signal at most.
    assert.equal(trip.thinned, rowsPerS === 1000 ? seconds * (1000 - 200) : 0)
  }
})

test('a minute is thinned from its 6,001st instant on, as if it had been from the first', () => {
  const one = (ms: number): DriveSample => ({
    at: at + ms,
    receivedAt: at,
    ignition: 0,
    ...blank,
    speedKmh: ms % 300,
  })
  const minute = newMinute()
  for (let ms = 0; ms < minuteSamplesMax; ms += 1) addSample(minute, one(ms))
  assert.deepEqual([minute.samples.count, thinnedOf(minute)], [minuteSamplesMax, 0])
  addSample(minute, one(59_999))
  assert.deepEqual([minute.samples.count, thinnedOf(minute)], [601, 5_400])
  addSample(minute, one(59_998))
  assert.deepEqual([minute.samples.list().at(-1)?.at, thinnedOf(minute)], [at + 59_998, 5_401])
  assert.equal(addSample(minute, one(59_998)), false)
})
