// Promise: the distance of a drive is how far the car was driven, as near as what it tells allows,
// however its samples fall into minutes and whichever of them lack a speed, a place or an odometer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Sample } from '../../model/message.ts'
import type { Trip } from '../../read-models/trips/trips.ts'
import { sample, settled, straight } from './drives.testing.ts'

/** Another one with FC_SEED, more runs with FC_RUNS. */
const seed = Number(process.env['FC_SEED'] ?? 1)
const runs = Number(process.env['FC_RUNS'] ?? 150)

const onlyTrip = (...batches: readonly (readonly Sample[])[]): Trip => {
  const [trip, ...others] = settled(...batches)
  assert.ok(trip && others.length === 0, `${others.length + (trip ? 1 : 0)} trips`)
  return trip
}
const near = (trip: Trip, m: number, withinM: number): void =>
  assert.ok(Math.abs(trip.distanceM - m) <= withinM, `${trip.distanceM} of ${m} m, ${withinM} m allowed`)

/** Where a car is and how far it came, at each tenth of a second. Legs go from speed to speed; a
 *  winding road turns with a radius of 500 m and more. */
type Course = { readonly lat: number; readonly lon: number; readonly drivenM: number; readonly kmh: number }[]
function courseOf(legs: readonly { readonly kmh: number; readonly seconds: number }[], isWinding: boolean): Course {
  const course: Course = []
  let [lat, lon, drivenM, kmh] = [52.5, 13.4, 0, legs[0]!.kmh]
  for (const leg of legs) {
    const fromKmh = kmh
    for (let tick = 0; tick < leg.seconds * 10; tick += 1) {
      course.push({ lat, lon, drivenM, kmh })
      // Changes take ten seconds.
      kmh = fromKmh + (leg.kmh - fromKmh) * Math.min(1, (tick + 1) / 100)
      const m = kmh / 36
      const heading = isWinding ? 0.8 * Math.sin(drivenM / 400) : 0
      drivenM += m
      lat += (m * Math.sin(heading)) / 111_266
      lon += (m * Math.cos(heading)) / (111_694 * Math.cos((lat * Math.PI) / 180))
    }
  }
  return course
}

/** A stretch of time in which a car tells some of its values only. */
type Told = { readonly seconds: number; readonly speedS: number; readonly placeS: number }
const every = (seconds: number, at: number): boolean => seconds > 0 && at % seconds === 0

type Drive = {
  readonly legs: readonly { readonly kmh: number; readonly seconds: number }[]
  readonly isWinding: boolean
  readonly told: readonly Told[]
  readonly odometerS: number
  readonly stepM: number
  readonly fromS: number
}

const toldOf = ({ told, odometerS, stepM, fromS }: Drive, course: Course): Sample[] => {
  const whole = told.reduce((sum, { seconds }) => sum + seconds, 0)
  const lastS = Math.floor((course.length - 1) / 10)
  return Array.from({ length: lastS + 1 }, (_, second) => {
    let within = second % whole
    const part = told.find(({ seconds }) => (within -= seconds) < 0)!
    const { lat, lon, kmh, drivenM } = course[second * 10]!
    const isEnd = second === 0 || second === lastS
    return sample(fromS + second, {
      ...((isEnd || every(part.speedS, second)) && { Speed: kmh }),
      ...((isEnd || every(part.placeS, second)) && {
        'CurrentLocation.Latitude': lat,
        'CurrentLocation.Longitude': lon,
      }),
      ...(every(odometerS, second) && { TraveledDistance: Math.floor((12_345_678 + drivenM) / stepM) * stepM }),
      ...(every(5, second) && { LowVoltageSystemState: 'ON' }),
    })
  }).filter(({ signals }) => Object.keys(signals).length > 0)
}

const drives = fc.record({
  legs: fc.array(
    fc.record({ kmh: fc.constantFrom(0, 20, 36, 50, 90, 130), seconds: fc.integer({ min: 30, max: 400 }) }),
    {
      minLength: 2,
      maxLength: 6,
    },
  ),
  isWinding: fc.boolean(),
  told: fc.array(
    fc.oneof(
      fc.record({
        seconds: fc.integer({ min: 1, max: 280 }),
        speedS: fc.constantFrom(1, 2, 5, 10),
        placeS: fc.constantFrom(0, 1, 7, 30),
      }),
      fc.record({
        seconds: fc.integer({ min: 1, max: 280 }),
        speedS: fc.constantFrom(0, 20, 60),
        placeS: fc.constantFrom(1, 2, 5),
      }),
    ),
    { minLength: 1, maxLength: 5 },
  ),
  odometerS: fc.constantFrom(0, 0, 1, 10, 60),
  stepM: fc.constantFrom(1, 100, 1000),
  fromS: fc.integer({ min: 0, max: 59 }),
})

test(`the distance of a drive is how far the car was driven, whatever it tells of it (seed ${seed})`, () => {
  fc.assert(
    fc.property(drives, (drive) => {
      const course = courseOf(drive.legs, drive.isWinding)
      const drivenM = course.at(-11)!.drivenM
      if (drivenM < 1000) return
      // Where the car begins to tell its values in another way a change of speed may be taken for
      // an even one.
      near(onlyTrip(toldOf(drive, course)), drivenM, 0.01 * drivenM + 60)
    }),
    { numRuns: runs, seed, endOnFailure: true },
  )
})
test(`an odometer told throughout is how far the car was driven, whichever samples there are and whatever else they lack (seed ${seed})`, () => {
  const sparse = fc.record({
    legs: drives.map(({ legs }) => legs),
    told: fc.array(
      fc.record({ afterS: fc.integer({ min: 1, max: 90 }), isSpeed: fc.boolean(), isPlace: fc.boolean() }),
      {
        minLength: 5,
        maxLength: 40,
      },
    ),
    stepM: fc.constantFrom(1, 100, 1000),
    fromS: fc.nat(59),
  })
  fc.assert(
    fc.property(sparse, ({ legs, told, stepM, fromS }) => {
      const course = courseOf(legs, false)
      const lastS = Math.floor((course.length - 1) / 10)
      const samples: Sample[] = []
      let index = 0
      for (let second = 0; second <= lastS;) {
        const { afterS, isSpeed, isPlace } = told[index++ % told.length]!
        const { lat, lon, kmh, drivenM } = course[second * 10]!
        const isEnd = second === 0 || second === lastS
        samples.push(
          sample(fromS + second, {
            LowVoltageSystemState: 'ON',
            TraveledDistance: Math.floor((12_345_678 + drivenM) / stepM) * stepM,
            ...((isEnd || isSpeed) && { Speed: isEnd ? 20 : kmh }),
            ...((isEnd || isPlace) && { 'CurrentLocation.Latitude': lat, 'CurrentLocation.Longitude': lon }),
          }),
        )
        second = second < lastS ? Math.min(lastS, second + afterS) : Infinity
      }
      const drivenM = course[lastS * 10]!.drivenM
      if (drivenM < 3_000) return
      // A step for each stretch that it tells; and a change of speed within 15 s may be taken for
      // an even one.
      near(onlyTrip(samples), drivenM, 0.03 * drivenM + 3 * stepM + 150)
    }),
    { numRuns: runs, seed, endOnFailure: true },
  )
})

/** Every second at 50 km/h along a parallel; `told` says what is told at each. */
const cruise = (
  seconds: number,
  told: (second: number) => { readonly speed: boolean; readonly place: boolean },
): Sample[] =>
  straight(0, seconds, { kmh: 50 }).flatMap(({ at, signals }, second) => {
    const { 'Vehicle.Speed': kmh = 0, ...place } = signals
    const { speed, place: isPlaced } = told(second)
    const left = { ...(speed && { 'Vehicle.Speed': kmh }), ...(isPlaced && place) }
    return Object.keys(left).length === 0 ? [] : [{ at, signals: left }]
  })

test('places between two speeds are the way between them once, whatever minutes they fall into', () => {
  const place = (longitude: number) => ({ 'CurrentLocation.Latitude': 52.5, 'CurrentLocation.Longitude': longitude })
  for (let fromS = 0; fromS < 60; fromS += 7) {
    const trip = onlyTrip([
      sample(fromS, { Speed: 50, ...place(13.4) }),
      sample(fromS + 61, place(13.4125)),
      sample(fromS + 119, place(13.424_39)),
      sample(fromS + 180, { Speed: 50, ...place(13.436_89) }),
    ])
    near(trip, 2_510, 15)
  }
})

test('speed on change, with cruise control, and a place every ten seconds', () => {
  const m = (2_400 * 50) / 3.6
  near(
    onlyTrip(cruise(2_400, (second) => ({ speed: second % 290 === 0 || second === 2_400, place: second % 10 === 0 }))),
    m,
    m / 200,
  )
})

test('a speed that is lost for some minutes, at the beginning, or for good, while places are told', () => {
  const m = 50_000 / 3.6
  const lost = (fromS: number, toS: number) =>
    onlyTrip(cruise(1_000, (second) => ({ speed: second < fromS || second > toS, place: true })))
  for (const [fromS, toS] of [
    [300, 700],
    [0, 700],
    [300, 1_000],
  ] as const)
    near(lost(fromS, toS), m, m / 200)
})

test('an odometer tells the way of a gap, also one that goes on counting in it', () => {
  const told = (isHeard: (second: number) => boolean): Trip =>
    onlyTrip(
      Array.from({ length: 1_001 }, (_, second) =>
        sample(second, {
          LowVoltageSystemState: 'ON',
          TraveledDistance: 12_345_678 + Math.round(second * 12.5),
          // The speeds around the gap say less than what was driven in it.
          ...(isHeard(second) ? { Speed: 45 } : second === 300 || second === 600 ? { Speed: 5 } : {}),
        }),
      ),
    )
  near(
    told((second) => second < 300 || second > 600),
    12_500,
    15,
  )
})

test('many steps of a coarse odometer are a long way, where speeds are too far apart to tell it', () => {
  for (const stepM of [1_000, 100, 1]) {
    const samples = Array.from({ length: 121 }, (_, index) =>
      sample(index * 30, {
        Speed: index % 2 === 0 ? 0 : 50,
        TraveledDistance: Math.floor((48_152_300 + index * 250) / stepM) * stepM,
      }),
    )
    near(onlyTrip(samples), 30_000, stepM)
  }
})

test('a silence is bridged by places beside it, and not by older ones, whose way was measured since', () => {
  const from = (fromS: number, toS: number, isPlaced: (second: number) => boolean): Sample[] =>
    straight(0, toS, { kmh: 50 }).flatMap(({ at, signals }, second) =>
      second < fromS ? [] : [{ at, signals: isPlaced(second) ? signals : { 'Vehicle.Speed': 50 } }],
    )
  const m = (1_400 * 50) / 3.6
  const beside = onlyTrip([
    ...from(0, 500, (second) => second === 495),
    ...from(900, 1_400, (second) => second === 905),
  ])
  near(beside, m, m / 200)
  const old = onlyTrip([...from(0, 500, (second) => second === 0), ...from(900, 1_400, (second) => second === 1_400)])
  assert.equal(old.bridgedM, null)
  near(old, (1_000 * 50) / 3.6, 20)
})
