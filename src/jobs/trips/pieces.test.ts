// Where trips begin and end: standing at their ends, silences, and what the ignition says.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Sample } from '../../model/message.ts'
import { driverOf, driving, sample, seconds, settled, straight, tracksIn, tripsIn } from './drives.testing.ts'
import { ignition } from './drives.testing.ts'

const spans = (...samples: readonly (readonly Sample[])[]): (readonly [number, number])[] =>
  settled(samples.flat()).map(seconds)

test('standing of up to 300 s before and after belongs to the trip alike; longer standing is cut where motion begins and ends', () => {
  const drive = driving(0, 60)
  for (const stood of [60, 180, 300]) {
    assert.deepEqual(spans(driving(-stood, stood, 0), drive), [[-stood, 59]])
    assert.deepEqual(spans(drive, driving(60, stood, 0)), [[0, 59 + stood]])
    assert.deepEqual(spans(driving(-stood, stood, 0), drive, driving(60, stood, 0)), [[-stood, 59 + stood]])
  }
  assert.deepEqual(spans(driving(-600, 600, 0), drive, driving(60, 600, 0)), [[-1, 60]])
  assert.deepEqual(
    spans([ignition(-600, 'ON')], driving(-599, 599, 0), drive, driving(60, 600, 0)),
    [[-600, 659]],
    'with the ignition on it waits',
  )
})

test('standing that was reported seldom before a trip is parking', () => {
  assert.deepEqual(spans(driving(-100, 1, 0), driving(-50, 50, 0), driving(0, 60)), [[-50, 59]])
  assert.deepEqual(spans(driving(0, 60), driving(60, 5, 0), driving(145, 1, 0)), [[0, 145]])
})

test('idle time, energy and samples are of the span of the trip', () => {
  const power = (samples: readonly Sample[], watts: number): Sample[] =>
    samples.map(({ at, signals }) => ({
      at,
      signals: { ...signals, 'Vehicle.Powertrain.TractionBattery.CurrentPower': watts },
    }))
  const [trip, ...others] = settled(
    power(driving(-3600, 3600, 0), 50_000),
    power(driving(0, 101), -36_000),
    power(driving(101, 3000, 0), 50_000),
  )
  assert.deepEqual(others, [])
  assert.deepEqual([...(trip ? seconds(trip) : [])], [-1, 101])
  // A hundred seconds of 36 kW, and the second from 50 to −36 kW in which it is driven off; what
  // comes in at a stand is charging.
  assert.deepEqual([trip?.energyKwh, trip?.energyFrom, trip?.samples, trip?.idleMs], [0.998, 'power', 103, 0])
})

test('a fix every ten minutes, with speed, is one trip with the way between', () => {
  const [trip, ...others] = settled(straight(0, 3600, { kmh: 100, stepS: 600 }))
  assert.deepEqual(others, [])
  assert.ok(trip && Math.abs(trip.distanceM - 100_000) < 400, `${trip?.distanceM} m`)
  assert.deepEqual([...seconds(trip), trip.bridgedMs, trip.maxSpeedKmh, trip.idleMs], [0, 3600, 3_600_000, 100, null])
  // Half an interval at the ends is no part of it.
  assert.equal(trip.distanceM - (trip.bridgedM ?? 0), 28)
})

test('an hour in a garage without network is two trips, also where the car moved when it was last and first heard', () => {
  const second = { lat: 52.5, lon: 13.523 }
  assert.deepEqual(spans(straight(0, 600, { kmh: 50 }), straight(4200, 4800, { kmh: 50, ...second })), [
    [0, 600],
    [4200, 4800],
  ])
  assert.equal(spans(straight(0, 600, { kmh: 50 }), straight(1000, 1600, { kmh: 50, ...second })).length, 2)
})

test('a silence that the car drove through joins, by the odometer where there is one', () => {
  const odometer = (samples: readonly Sample[], fromM: number): Sample[] =>
    samples.map(({ at, signals }, index) => ({
      at,
      signals: { ...signals, 'Vehicle.TraveledDistance': fromM + 10 * index },
    }))
  const [trip, ...others] = settled(odometer(driving(0, 61), 1_000), odometer(driving(1060, 61), 13_600))
  assert.deepEqual(others, [])
  assert.deepEqual([trip?.distanceM, trip?.bridgedM, trip?.bridgedMs], [600 + 12_000 + 600 + 10, 12_000, 1_000_000])
  const still = settled(odometer(driving(0, 61), 1_000), odometer(driving(1060, 61), 1_700))
  assert.equal(still.length, 2, 'a ferry moves no odometer')
})

test('where nobody knows how far it went in a silence, the trip says so; after more than an hour it is another one', () => {
  const [trip, ...others] = settled(driving(0, 61), driving(1060, 61))
  assert.deepEqual([others, trip?.distanceM, trip?.bridgedM, trip?.bridgedMs], [[], 1210, null, 1_000_000])
  assert.equal(settled(driving(0, 61), driving(60 + 3601, 61)).length, 2)
  assert.equal(settled([...driving(0, 60), ...driving(60, 1, 0)], driving(1060, 61)).length, 2, 'it stood')
})

test('a car that was silent from where it stood and is heard again far away drove', () => {
  const away = { kmh: 0, lat: 52.6 }
  const [trip, ...others] = settled(
    straight(0, 60, { kmh: 50 }),
    straight(61, 70, { kmh: 0, lon: 13.41 }),
    straight(1000, 1900, { ...away, stepS: 10 }),
  )
  assert.deepEqual(others, [])
  assert.deepEqual([...(trip ? seconds(trip) : []), trip?.bridgedMs], [0, 1000, 930_000])
})

test('an ignition that flickers at 80 km/h ends no trip', () => {
  const on = { LowVoltageSystemState: 'ON' }
  const [trip, ...others] = settled(
    straight(0, 600, { kmh: 80, more: on }),
    [ignition(600.5, 'OFF')],
    straight(601, 1200, { kmh: 80, lon: 13.597, more: on }),
    [ignition(1200.5, 'OFF')],
  )
  assert.deepEqual(others, [])
  assert.deepEqual([...(trip ? seconds(trip) : []), trip?.endedBy], [0, 1200.5, 'ignition'])
  assert.ok(trip && Math.abs(trip.distanceM - 26_700) < 50, `${trip?.distanceM} m`)
})

test('an ignition that always says off is not believed of a car that is driven, also at the lights', () => {
  const off = { LowVoltageSystemState: 'OFF' }
  const [trip, ...others] = settled(
    straight(0, 300, { kmh: 50, more: off }),
    straight(301, 360, { kmh: 0, lon: 13.46, more: off }),
    straight(361, 660, { kmh: 50, lon: 13.46, more: off }),
  )
  assert.deepEqual(others, [])
  assert.ok(trip && Math.abs(trip.distanceM - 8340) < 50, `${trip?.distanceM} m`)
  assert.deepEqual(settled(straight(0, 300, { kmh: 3, more: off })), [], 'a receiver that wanders')
})

test('latitude and longitude of one instant in two messages are a place', () => {
  const messages = [0, 10, 20].flatMap((second) => [
    sample(second, { 'CurrentLocation.Latitude': 52.5 + second * 0.000_125 }),
    sample(second, { 'CurrentLocation.Longitude': 13.4 }),
    sample(second, { Speed: 50 }),
  ])
  const driver = driverOf(...messages.map((message) => [message]))
  driver.pass(Number.MAX_SAFE_INTEGER)
  assert.deepEqual(
    tripsIn(driver).map(({ start, end }) => [start, end]),
    [
      [
        { lat: 52.5, lon: 13.4 },
        { lat: 52.5025, lon: 13.4 },
      ],
    ],
  )
  assert.deepEqual(
    tracksIn(driver).map(({ lat, lon }) => [lat, lon]),
    [
      [
        [52.5, 52.501_25, 52.5025],
        [13.4, 13.4, 13.4],
      ],
    ],
  )
})

test('a car that said it stands stands until it says otherwise', () => {
  const [trip] = settled(
    driving(0, 101, 50),
    [sample(104, { Speed: 0 }), sample(304, { Speed: 50 })],
    driving(305, 100, 50),
  )
  // 100 s at 50 km/h either way, the ramp of 4 s, and half an interval at the ends.
  assert.ok(trip && Math.abs(trip.distanceM - (1389 + 28 + 1389 + 14)) < 5, `${trip?.distanceM} m`)
})

test('what was not recorded is no idling', () => {
  const [trip] = settled(
    driving(0, 101, 50),
    [sample(102, { Speed: 0 }), sample(382, { Speed: 0 })],
    driving(385, 101, 50),
  )
  assert.deepEqual([trip?.idleMs, trip?.speedCovered], [null, 0.42])
})

test('positions across longitude 180 are a drive of some kilometres', () => {
  const place = (second: number, lon: number): Sample =>
    sample(second, { 'CurrentLocation.Latitude': -16.8, 'CurrentLocation.Longitude': lon > 180 ? lon - 360 : lon })
  const [trip, ...others] = settled(
    Array.from({ length: 63 }, (_, index) => place(index * 5, 179.96 + index * 0.000_66)),
  )
  assert.deepEqual(others, [])
  assert.ok(trip && Math.abs(trip.distanceM - 62 * 0.000_66 * 106_600) < 20, `${trip?.distanceM} m`)
  assert.deepEqual([trip.maxSpeedKmh, trip.idleMs, trip.speedCovered], [null, null, null])
})
