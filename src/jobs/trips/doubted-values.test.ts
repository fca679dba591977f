import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Sample } from '../../model/message.ts'
import { sample, settled, straight } from './test-drives.ts'

const [latitude, longitude] = ['CurrentLocation.Latitude', 'CurrentLocation.Longitude'] as const

/** The drive with values below `Vehicle` put in place of those that a sample has. */
const replaced = (drive: readonly Sample[], index: number, values: Sample['signals']): Sample[] =>
  drive.map((each, place) =>
    place === index
      ? {
          ...each,
          signals: { ...each.signals, ...Object.fromEntries(Object.entries(values).map(([path, value]) => [`Vehicle.${path}`, value])) },
        }
      : each,
  )

const withoutSpeeds = (drive: readonly Sample[]): Sample[] =>
  drive.map(({ at, signals }) => ({
    at,
    signals: Object.fromEntries(Object.entries(signals).filter(([path]) => path !== 'Vehicle.Speed')),
  }))

test('a tracker with a fix a minute, of which one is 0, 0, drove what it drove', () => {
  const drive = straight(0, 1200, { kmh: 60, stepS: 60 })
  const [trip] = settled(replaced(drive, 11, { [latitude]: 0, [longitude]: 0 }))
  assert.ok(Math.abs(trip!.distanceM / 20_000 - 1) < 0.005, `${trip!.distanceM} m`)
  assert.deepEqual(trip, settled(replaced(drive, 11, { [latitude]: null, [longitude]: null }))[0])
})

test('a place at 0, 0, without a fix or not vouched for, wherever in a drive, makes a trip of no other length', () => {
  const doubted = fc.constantFrom<Sample['signals']>(
    { [latitude]: 0, [longitude]: 0 },
    { [latitude]: -20, [longitude]: 100, 'CurrentLocation.GNSSReceiver.FixType': 'NONE' },
    { [latitude]: 52.6, [longitude]: 13.4, 'CurrentLocation.HorizontalAccuracy': 2000 },
  )
  const drives = fc.record({ stepS: fc.constantFrom(1, 10, 60), hasSpeed: fc.boolean(), place: fc.nat(), values: doubted })
  fc.assert(
    fc.property(drives, ({ stepS, hasSpeed, place, values }) => {
      const told = straight(0, 600, { kmh: 60, stepS, more: { 'CurrentLocation.GNSSReceiver.FixType': 'THREE_D' } })
      const drive = hasSpeed ? told : withoutSpeeds(told)
      const index = place % drive.length
      const wanted = settled(replaced(drive, index, { [latitude]: null, [longitude]: null }))
      assert.deepEqual(settled(replaced(drive, index, values)), wanted)
      assert.ok(wanted[0]!.distanceM < 10_100)
    }),
    { numRuns: 60 },
  )
})

test('latitude and longitude 0 of one instant that two messages tell are no place', () => {
  const drive = withoutSpeeds(straight(0, 600, { kmh: 60, stepS: 10 }))
  const zero = [[sample(305, { [latitude]: 0 })], [sample(305, { [longitude]: 0 })]]
  const [trip] = settled(drive, ...zero)
  assert.ok(trip!.distanceM < 10_100, `${trip!.distanceM} m`)
})

test('an odometer of all ones and a speed that no car has say nothing', () => {
  const odometer = { TraveledDistance: 48_152_000 }
  const before = straight(0, 300, { kmh: 60, more: odometer })
  const after = straight(700, 1000, { kmh: 60, lon: 13.5714, more: { TraveledDistance: 48_163_700 } })
  const wanted = settled([...replaced(before, before.length - 1, { TraveledDistance: null, Speed: null }), ...after])
  const told = settled([...replaced(before, before.length - 1, { TraveledDistance: 0xffff_ffff, Speed: 511.97 }), ...after])
  assert.deepEqual(told, wanted)
  assert.ok(told.every(({ maxSpeedKmh }) => maxSpeedKmh === 60))
})
