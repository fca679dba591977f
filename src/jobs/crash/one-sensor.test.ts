// A speed that is lost and the standing after it are the word of one sensor: what another says, or
// what it says itself later, takes it back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Sample } from '../../model/message.ts'
import { alertsOfSamples } from './played-crash.testing.ts'

const at = 1_700_000_000_000
/** Another one with FC_SEED. */
const seed = Number(process.env['FC_SEED'] ?? 1)

type Second = { readonly kmh: number; readonly placeM?: number; readonly more?: Sample['signals'] }

/** A sample a second; a place is so many metres to the north of the first. */
const samplesOf = (seconds: readonly Second[]): Sample[] =>
  seconds.map(({ kmh, placeM, more }, second) => ({
    at: at + second * 1000,
    signals: {
      'Vehicle.Speed': kmh,
      ...(placeM !== undefined && {
        'Vehicle.CurrentLocation.Latitude': 52.5 + placeM / 111_195,
        'Vehicle.CurrentLocation.Longitude': 13.4,
      }),
      ...more,
    },
  }))

const during = (seconds: number, of: (second: number) => Second): Second[] =>
  Array.from({ length: seconds }, (_, second) => of(second))
const statusesOf = (seconds: readonly Second[]): string[] =>
  alertsOfSamples(samplesOf(seconds)).map(({ status }) => status)

test(`a speed that is 0 for a while and then back is no crash in the end, however long it was (seed ${seed})`, () => {
  const gap = fc.record({
    before: fc.integer({ min: 45, max: 200 }),
    after: fc.integer({ min: 20, max: 200 }),
    lostS: fc.oneof(fc.integer({ min: 1, max: 130 }), fc.integer({ min: 1, max: 1_700 })),
    /** One reading beside it, in m/s², below what no driving explains. */
    readingMs2: fc.constantFrom(0, 15.2, 35),
  })
  fc.assert(
    fc.property(gap, ({ before, after, lostS, readingMs2 }) => {
      const seconds = [
        ...during(20, () => ({ kmh: before })),
        ...during(lostS, (second) => ({
          kmh: 0,
          ...(second === 0 && { more: { 'Vehicle.Acceleration.Longitudinal': -readingMs2 } }),
        })),
        ...during(120, () => ({ kmh: after })),
      ]
      for (const status of statusesOf(seconds)) assert.equal(status, 'withdrawn')
    }),
    { numRuns: 60, seed, endOnFailure: true },
  )
})

test('a reading beyond driving beside the speed that is lost is the word of another sensor: a car that stood after it and drives on later had a crash', () => {
  const hit = { 'Vehicle.Acceleration.Longitudinal': -152 }
  const seconds = [
    ...during(20, () => ({ kmh: 71 })),
    ...during(500, (second) => ({ kmh: 0, ...(second === 0 && { more: hit }) })),
    ...during(120, () => ({ kmh: 40 })),
  ]
  assert.deepEqual(statusesOf(seconds), ['confirmed'])
})

test(`one reading beside a little speed that is lost: who stood for longer than at a light may have had a crash, who went on sooner had none (seed ${seed})`, () => {
  const slight = fc.record({
    /** Told in two seconds before it; in the last of them the car brakes. */
    fromKmh: fc.integer({ min: 12, max: 40 }),
    lostKmh: fc.integer({ min: 9, max: 25 }),
    readingMs2: fc.integer({ min: 40, max: 160 }),
    stoodS: fc.integer({ min: 31, max: 900 }),
    drivesAtKmh: fc.integer({ min: 25, max: 60 }),
  })
  fc.assert(
    fc.property(slight, ({ fromKmh, lostKmh, readingMs2, stoodS, drivesAtKmh }) => {
      const lost = Math.min(lostKmh, fromKmh)
      const hit = { 'Vehicle.Acceleration.Longitudinal': -readingMs2 }
      const seconds = [
        ...during(20, () => ({ kmh: fromKmh })),
        { kmh: lost },
        ...during(stoodS, (second) => ({ kmh: 0, ...(second === 0 && { more: hit }) })),
        ...during(60, (second) => ({ kmh: Math.min(drivesAtKmh, 6 * second) })),
      ]
      // It stands by the end of the second in which it is hit.
      if (stoodS < 180 || stoodS > 182) assert.deepEqual(statusesOf(seconds), [stoodS > 182 ? 'possible' : 'withdrawn'])
    }),
    { numRuns: 100, seed, endOnFailure: true },
  )
})

test(`who is hit and is not heard for longer than who waits at a light had a crash, though he drives on later; with less than 26 km/h lost and sooner he had none (seed ${seed})`, () => {
  const hit = fc.record({
    fromKmh: fc.integer({ min: 20, max: 90 }),
    lostKmh: fc.integer({ min: 12, max: 60 }),
    readingMs2: fc.integer({ min: 45, max: 160 }),
    heardS: fc.integer({ min: 1, max: 25 }),
    silentS: fc.oneof(fc.integer({ min: 61, max: 175 }), fc.integer({ min: 185, max: 1_500 })),
    drivesAtKmh: fc.integer({ min: 25, max: 60 }),
  })
  fc.assert(
    fc.property(hit, ({ fromKmh, lostKmh, readingMs2, heardS, silentS, drivesAtKmh }) => {
      const rest = Math.max(0, fromKmh - lostKmh)
      const more = { 'Vehicle.Acceleration.Longitudinal': -readingMs2 }
      const heard = samplesOf([
        ...during(20, () => ({ kmh: fromKmh })),
        ...during(heardS, (second) => ({ kmh: Math.max(0, rest - 2 * second), ...(second === 0 && { more }) })),
      ])
      const later = samplesOf(during(60, (second) => ({ kmh: Math.min(drivesAtKmh, 6 * second) })))
      const awayMs = (20 + heardS + silentS) * 1000
      const found = alertsOfSamples([
        ...heard,
        ...later.map(({ at: from, signals }) => ({ at: from + awayMs, signals })),
      ])
      if (silentS > 180) for (const { status } of found) assert.notEqual(status, 'withdrawn')
      else if (lostKmh < 26) for (const { status } of found) assert.equal(status, 'withdrawn')
      if (fromKmh - rest >= 12) assert.equal(found.length, 1)
    }),
    { numRuns: 100, seed, endOnFailure: true },
  )
})

test(`wheels that lock in a crash and turn again as the car rolls out are no car that drives on (seed ${seed})`, () => {
  const crash = fc.record({
    fromKmh: fc.integer({ min: 70, max: 130 }),
    /** Tenths of a second, within the second of the pulse. */
    lockedFrom: fc.integer({ min: 0, max: 5 }),
    lockedFor: fc.integer({ min: 1, max: 4 }),
    rollOutG: fc.double({ min: 0.05, max: 0.08, noNaN: true }),
    silentAfterS: fc.integer({ min: 14, max: 25 }),
  })
  fc.assert(
    fc.property(crash, ({ fromKmh, lockedFrom, lockedFor, rollOutG, silentAfterS }) => {
      const kmhAt = (tenth: number): number => {
        if (tenth < 0) return fromKmh
        if (tenth >= lockedFrom && tenth < lockedFrom + lockedFor) return 0
        return Math.max(0, fromKmh - 46 - tenth * rollOutG * 3.53)
      }
      const told = Array.from({ length: 200 + silentAfterS * 10 }, (_, index): Sample => ({
        at: at + index * 100,
        signals: { 'Vehicle.Speed': kmhAt(index - 200) },
      }))
      const pulse = Array.from({ length: 10 }, (_, index): Sample => ({
        at: at + 20_003 + index * 10,
        signals: { 'Vehicle.Acceleration.Longitudinal': -127 },
      }))
      const found = alertsOfSamples([...told, ...pulse].sort((a, b) => a.at - b.at))
      assert.deepEqual(
        found.map(({ status }) => status),
        ['confirmed'],
      )
    }),
    { numRuns: 60, seed, endOnFailure: true },
  )
})

test('a receiver in a tunnel, whose speed is 0 without a fix, is not even a possible crash', () => {
  for (const lostS of [10, 40, 60, 300]) {
    const inTunnel = { kmh: 0, placeM: 550, more: { 'Vehicle.CurrentLocation.GNSSReceiver.FixType': 'NONE' } }
    const fixed = { 'Vehicle.CurrentLocation.GNSSReceiver.FixType': 'THREE_D' }
    const drives = (second: number): Second => ({ kmh: 100, placeM: second * 27.8, more: fixed })
    const seconds = [...during(20, drives), ...during(lostS, () => inTunnel)]
    assert.deepEqual(statusesOf(seconds), [])
    assert.deepEqual(statusesOf([...seconds, ...during(60, (second) => drives(second + 20 + lostS))]), [])
  }
})

test('a car that goes on by its places while its speed is 0 lost no speed, also where it never tells one again', () => {
  for (const zeroS of [40, 600]) {
    const drives = during(40 + zeroS, (second) => ({ kmh: second < 40 ? 90 : 0, placeM: second * 25 }))
    assert.deepEqual(statusesOf(drives), [])
  }
})

test('a speed of the drive before, told after a start until the car says that it stands, was never lost', () => {
  for (const staleS of [4, 8, 9, 13, 30])
    for (const fromMs of [0, 3, 7])
      assert.deepEqual(
        statusesOf([
          ...during(fromMs, () => ({ kmh: 0, placeM: 0 })),
          ...during(staleS + 90, (s) => ({ kmh: s < staleS ? 120 : 0, placeM: 0 })),
        ]),
        [],
      )
})

/** A car that stands at a light, goes, and is stopped by a wall from 57 km/h. */
function afterLight(goesS: number): Second[] {
  let metres = 0
  return during(100, (second) => {
    const kmh = second < 50 ? 0 : second < 50 + goesS ? Math.min(57, (second - 49) * 15) : 0
    metres += kmh / 3.6
    return { kmh, placeM: metres }
  })
}

test('a crash of a car that stood at a light just before was one, though its places lie close together', () => {
  for (const goesS of [5, 8, 12]) assert.deepEqual(statusesOf(afterLight(goesS)), ['confirmed'])
})

test('driving on takes back no crash that was felt, or in which something beside the speed spoke, after which the car stood', () => {
  const slight = { 'Vehicle.Acceleration.Longitudinal': -60 }
  const cases: readonly (readonly [Sample['signals'], Sample['signals'], string])[] = [
    [slight, {}, 'confirmed'],
    [{}, { 'Vehicle.AngularVelocity.Yaw': 130 }, 'confirmed'],
    [{}, { 'Vehicle.Body.Lights.Hazard.IsSignaling': true }, 'confirmed'],
    [{}, {}, 'withdrawn'],
  ]
  for (const [pulse, after, status] of cases) {
    const seconds = [
      ...during(20, () => ({ kmh: 55 })),
      ...during(60, (second) => ({ kmh: 0, ...(second < 3 && { more: { ...after } }) })),
      ...during(60, () => ({ kmh: 40 })),
    ]
    const readings = [0, 150, 300].map((ms) => ({ at: at + 19_600 + ms, signals: pulse }))
    const found = alertsOfSamples([...samplesOf(seconds), ...readings].sort((a, b) => a.at - b.at))
    assert.deepEqual(
      found.map((alert) => alert.status),
      [status],
      JSON.stringify([pulse, after]),
    )
  }
})
