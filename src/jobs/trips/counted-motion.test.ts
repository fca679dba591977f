// Promise: a car whose odometer goes on is driven, whatever its speed says, or where it tells none
// and no place.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Sample } from '../../model/message.ts'
import { doubtedIn, driverOf, sample, seconds, settled, tripsIn } from './drives.testing.ts'

/** Another one with FC_SEED. */
const seed = Number(process.env['FC_SEED'] ?? 1)

const ignitionPath = 'LowVoltageSystemState'

/** The ignition and the odometer of a car that stands, goes on evenly, and stands. */
function counted(way: {
  readonly fromS: number
  readonly toS: number
  readonly kmh: number
  readonly endS: number
  readonly stepS: number
}): Sample[] {
  const { fromS, toS, kmh, endS, stepS } = way
  return Array.from({ length: Math.floor(endS / stepS) + 1 }, (_, index) => {
    const drivenS = Math.min(Math.max(0, index * stepS - fromS), toS - fromS)
    return sample(index * stepS, {
      [ignitionPath]: 'ON',
      TraveledDistance: Math.round(48_152_303 + (kmh / 3.6) * drivenS),
    })
  })
}

test(`a car that tells its ignition and its odometer alone has the trip that the odometer tells, at any rate (seed ${seed})`, () => {
  const way = fc.record({
    fromS: fc.integer({ min: 0, max: 200 }),
    lastsS: fc.integer({ min: 120, max: 1200 }),
    kmh: fc.integer({ min: 20, max: 180 }),
    stepS: fc.constantFrom(1, 5, 10, 60, 200),
  })
  fc.assert(
    fc.property(way, ({ fromS, lastsS, kmh, stepS }) => {
      const toS = fromS + lastsS
      const endS = toS + 300
      const drive = counted({ fromS, toS, kmh, endS, stepS })
      const [trip, ...others] = settled([...drive, sample(endS + 1, { [ignitionPath]: 'OFF' })])
      assert.equal(others.length, 0)
      assert.deepEqual(trip && seconds(trip), [0, endS + 1])
      assert.ok(Math.abs(trip!.distanceM - (kmh / 3.6) * lastsS) <= 2 + trip!.distanceM / 50, `${trip!.distanceM} m`)
      assert.equal(trip!.idleMs, null)
    }),
    { seed, numRuns: 60 },
  )
})

test('a car that tells its ignition and an odometer that stands has no trip', () => {
  assert.deepEqual(settled(counted({ fromS: 0, toS: 1200, kmh: 0, endS: 1200, stepS: 1 })), [])
})

test('a speed that is 0 all along is doubted, and the trip is that of odometer and places, or of the odometer alone', () => {
  const stuck = Array.from({ length: 601 }, (_, atS) =>
    sample(atS, {
      Speed: 0,
      [ignitionPath]: 'ON',
      TraveledDistance: 48_152_300 + 16 * atS,
      'CurrentLocation.Latitude': 52.5,
      'CurrentLocation.Longitude': 13.4 + 0.00024 * atS,
    }),
  )
  const unplaced = stuck.map(({ at, signals }) => ({
    at,
    signals: Object.fromEntries(Object.entries(signals).filter(([path]) => !path.includes('CurrentLocation'))),
  }))
  for (const drive of [stuck, unplaced]) {
    const driver = driverOf(drive)
    driver.pass(Number.MAX_SAFE_INTEGER)
    const [trip, ...others] = tripsIn(driver)
    assert.equal(others.length, 0)
    assert.deepEqual(trip && seconds(trip), [0, 600])
    assert.ok(Math.abs(trip!.distanceM - 9_600) < 200, `${trip!.distanceM} m`)
    assert.equal(trip!.maxSpeedKmh, null)
    assert.deepEqual(doubtedIn(driver)?.parts, [{ subject: 'Vehicle.Speed', reason: 'frozen', count: 601 }])
  }
})
