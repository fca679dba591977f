// Derived records of the state before, in the log still, are the rows of today.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { pointsOfSteps } from '../../model/track-steps.ts'
import { rowCheck } from '../row-check.ts'
import { tracksModel } from './tracks.ts'

const check = rowCheck('track', tracksModel.shape)
const read = (row: Readonly<Record<string, unknown>>) => check(tracksModel.ofToday?.(row) ?? row)
const whole = (most: number, perUnit: number) =>
  fc.option(fc.integer({ min: -most, max: most }).map((units) => units / perUnit))
const before = fc
  .array(fc.tuple(fc.nat(59_999), whole(9e8, 1e7), whole(1.8e9, 1e7), whole(65_000, 100)))
  .map((points) => ({
    tenant: 'acme',
    vehicle: 'v1',
    minuteAt: 1_767_877_260_000,
    at: points.map(([ms]) => 1_767_877_260_000 + ms),
    lat: points.map(([, lat]) => lat),
    lon: points.map(([, , lon]) => lon),
    speedKmh: points.map(([, , , kmh]) => kmh),
  }))

test('a minute told as values has the same points, to the digit', () => {
  fc.assert(
    fc.property(before, ({ tenant, vehicle, minuteAt, ...points }) => {
      const row = read({ tenant, vehicle, minuteAt, ...points })
      assert.ok(row.ok)
      assert.deepEqual(row.value, { ...row.value, tenant, vehicle, minuteAt })
      assert.deepEqual(pointsOfSteps(row.value.minuteAt, row.value), points)
    }),
  )
})

test('a row of today is left as it is, and one that is neither is refused', () => {
  const today = {
    tenant: 'a',
    vehicle: 'v',
    minuteAt: 0,
    atSteps: [1],
    latSteps: [null],
    lonSteps: [0],
    speedSteps: [2],
  }
  assert.deepEqual(read(today), { ok: true, value: today })
  const values = { at: [1], lat: [null], lon: [2], speedKmh: [3] }
  for (const wrong of [
    { ...today, atSteps: [null] },
    { ...today, latSteps: [0.5] },
    { ...today, lonSteps: [2 ** 49] },
    { tenant: 'a', vehicle: 'v', minuteAt: 0 },
    { tenant: 'a', vehicle: 'v', ...values },
    { tenant: 'a', vehicle: 'v', minuteAt: 0, ...values, at: ['x'] },
    { tenant: 'a', vehicle: 'v', minuteAt: 0, ...values, lat: [{}] },
    { tenant: 'a', vehicle: 'v', minuteAt: 0, ...values, speedKmh: 4 },
  ])
    assert.equal(read(wrong).ok, false, JSON.stringify(wrong))
})
