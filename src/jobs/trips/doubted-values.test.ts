import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Sample } from '../../model/message.ts'
import { at, driverOf, sample, settled, straight, tracksIn } from './drives.testing.ts'

const [latitude, longitude] = ['CurrentLocation.Latitude', 'CurrentLocation.Longitude'] as const

/** The drive with values below `Vehicle` put in place of those that a sample has. */
const replaced = (drive: readonly Sample[], index: number, values: Sample['signals']): Sample[] =>
  drive.map((each, place) =>
    place === index
      ? {
          ...each,
          signals: {
            ...each.signals,
            ...Object.fromEntries(Object.entries(values).map(([path, value]) => [`Vehicle.${path}`, value])),
          },
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
  const drives = fc.record({
    stepS: fc.constantFrom(1, 10, 60),
    hasSpeed: fc.boolean(),
    place: fc.nat(),
    values: doubted,
  })
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
  const told = settled([
    ...replaced(before, before.length - 1, { TraveledDistance: 0xffff_ffff, Speed: 511.97 }),
    ...after,
  ])
  assert.deepEqual(told, wanted)
  assert.ok(told.every(({ maxSpeedKmh }) => maxSpeedKmh === 60))
})

const place = (northM: number, eastM = 0): Sample['signals'] => ({
  [latitude]: 52.5 + northM / 111_195,
  [longitude]: 13.4 + eastM / 111_195 / Math.cos((52.5 * Math.PI) / 180),
})

test('a parked car whose receiver drifts all night makes no trip, where every other place comes with a word that it stands', () => {
  // Each quarter of an hour the place goes 60 to 200 m off and comes back within two minutes.
  const northM = (atS: number): number => {
    const [number, second] = [Math.floor(atS / 900), atS % 900]
    return second < 120 ? (60 + ((number * 37) % 140)) * Math.sin((second / 120) * Math.PI) : ((atS * 7) % 11) - 5
  }
  const words: readonly (readonly [Sample['signals'], readonly number[]])[] = [
    [{ Speed: 0 }, [5, 10, 20, 30]],
    [{ LowVoltageSystemState: 'OFF' }, [5, 10]],
  ]
  for (const [word, steps] of words)
    for (const stepS of steps) {
      const night = Array.from({ length: (8 * 3600) / stepS }, (_, index) =>
        sample(index * stepS, { ...place(northM(index * stepS)), ...(index % 2 === 0 && word) }),
      )
      assert.deepEqual(settled(night).length, 0, `${JSON.stringify(word)}, a place every ${stepS} s`)
    }
})

test('fixes 1 or 110 km off for some seconds change neither the trips nor the distance of a car that tells no speed', () => {
  const drive = withoutSpeeds(straight(0, 900, { kmh: 60 }))
  const stand = Array.from({ length: 600 }, (_, index) => sample(901 + index, place(0, 15_000)))
  const [wanted] = settled([...drive, ...stand])
  for (const offM of [1000, 110_000])
    for (const fromS of [0, 300, 890, 1200]) {
      const off = [...drive, ...stand].map((each, index) =>
        index >= fromS && index < fromS + 12
          ? { ...each, signals: { ...each.signals, ...sample(0, place(offM, 5000)).signals } }
          : each,
      )
      const found = settled(off)
      assert.equal(found.length, 1, `${offM} m at ${fromS} s`)
      assert.ok(
        Math.abs(found[0]!.distanceM - wanted!.distanceM) < 250,
        `${offM} m at ${fromS} s: ${found[0]!.distanceM} of ${wanted!.distanceM}`,
      )
    }
})

test('a speed frozen at 50 km/h makes no trip of a car whose place is measured anew and stays', () => {
  const stands = Array.from({ length: 1200 }, (_, index) =>
    sample(index, { ...place(((index * 7) % 11) / 5, ((index * 5) % 13) / 5), Speed: 50 }),
  )
  assert.deepEqual(settled(stands), [])
})

test('an odometer that tells 0 or all ones of two bytes beside a silence bridges nothing and adds nothing', () => {
  const before = straight(0, 300, { kmh: 60, more: { TraveledDistance: 60_000 } })
  const after = straight(900, 1200, { kmh: 60, lon: 13.4738, more: { TraveledDistance: 60_000 } })
  for (const sentinel of [0, 0xffff]) {
    const told = [
      ...replaced(before, before.length - 1, { TraveledDistance: sentinel }),
      ...replaced(after, 0, { TraveledDistance: sentinel }),
    ]
    const wanted = [
      ...replaced(before, before.length - 1, { TraveledDistance: null }),
      ...replaced(after, 0, { TraveledDistance: null }),
    ]
    assert.deepEqual(settled(told), settled(wanted))
  }
})

test('an odometer in kilometres that is told once a minute parts no drive at a silence', () => {
  const told = (odometer: (metres: number) => Sample['signals']): Sample[] =>
    Array.from({ length: 61 }, (_, index) =>
      sample(index * 60, { Speed: 60, ...odometer(48_152_300 + index * 1000) }),
    ).filter((each) => each.at <= at + 1_200_000 || each.at >= at + 1_620_000)
  const [trip, ...others] = settled(told((metres) => ({ TraveledDistance: Math.round(metres / 1000) })))
  assert.equal(others.length, 0)
  assert.deepEqual(trip, settled(told(() => ({})))[0], 'as where none is told')
})

test('a doubted place is not on the track', () => {
  const drive = straight(0, 300, { kmh: 60 })
  const driver = driverOf(replaced(drive, 150, { [latitude]: 53.5 }))
  driver.pass(Number.MAX_SAFE_INTEGER)
  const places = tracksIn(driver).flatMap(({ lat }) => lat)
  assert.equal(places.filter((lat) => lat === null).length, 1)
  assert.ok(places.every((lat) => lat === null || lat === 52.5))
})
