import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alertTitle, evidenceName, evidenceValue } from '../alerts/alert-words.ts'
import { averageSpeedKmh, consumption, durationOr, sourceWords, tripState } from '../trips/trip-words.ts'
import { carFacts } from '../live-map/car-facts.ts'
import { compass, energyOf, kindName, modelName, newestClock, placeDoubt, powertrainName } from './twin-words.ts'

const signal = (path: string, value: number | null) => ({ path, value, unit: 'percent', group: '', at: 0 })

const nothing = { vehicle: 'a', kind: null, model: null, version: null } as const

test('headings are named by the eight winds', () => {
  assert.deepEqual([0, 47, 179.6, 359.9, -90].map(compass), ['N 0°', 'NE 47°', 'S 180°', 'N 0°', 'W 270°'])
})

test('energy is fuel or charge, and unknown is not empty', () => {
  assert.equal(energyOf([signal('Vehicle.Powertrain.TractionBattery.StateOfCharge.Current', 40)]), 40)
  assert.equal(energyOf([signal('Vehicle.Powertrain.FuelSystem.RelativeLevel', null)]), null)
  assert.equal(powertrainName(null), '–')
})

test('a speed measured ahead of its receipt is not that of now, and its instant is not the newest measured', () => {
  const speed = { path: 'Vehicle.Speed', value: 80, unit: 'km/h', group: '', at: 86_400_000 }
  const twin = { ...nothing, at: 1000, receivedAt: 2000, carClock: null, signals: [speed] }
  assert.equal(carFacts(undefined, twin).speedKmh, 80)
  assert.equal(carFacts(undefined, { ...twin, signals: [{ ...speed, clockDoubt: 'ahead' }] }).speedKmh, null)
  const car = { x: 0, y: 0, heading: null, speedKmh: null, receivedAt: 3000, at: 2500 }
  assert.deepEqual([carFacts(car, twin).at, carFacts(car, twin).receivedAt], [2500, 3000])
  assert.equal(carFacts({ ...car, at: 86_400_000 }, twin).at, 1000)
  assert.equal(carFacts({ ...car, receivedAt: null }, twin).at, 1000)
  assert.equal(carFacts({ ...car, at: 86_400_000 }, undefined).at, 86_400_000)
})

test('the newest instant is of the clock of the values that have it, marked ones apart', () => {
  const told = (at: number, more: object = {}) => ({
    path: 'Vehicle.Speed',
    value: 80,
    unit: 'km/h',
    group: '',
    at,
    ...more,
  })
  const received = { clock: 'received' as const }
  assert.equal(newestClock([told(1), told(2, received)]), 'received')
  assert.equal(newestClock([told(1), told(2, received), told(9, { clockDoubt: 'ahead' as const })]), 'received')
  assert.equal(newestClock([told(2), told(2, received)]), undefined)
  assert.equal(newestClock([told(3), told(2, received)]), undefined)
  assert.equal(newestClock([]), undefined)
})

test('a place or speed that is doubted is not shown as that of the car', () => {
  const place = ['Latitude', 'Longitude'].map((half) => signal(`Vehicle.CurrentLocation.${half}`, 0))
  const twin = {
    ...nothing,
    at: 1000,
    receivedAt: 2000,
    carClock: null,
    signals: [...place, signal('Vehicle.Speed', 70)],
  }
  assert.deepEqual([carFacts(undefined, twin).place, carFacts(undefined, twin).speedKmh], [{ lat: 0, lon: 0 }, 70])
  const doubted = { ...twin, signals: twin.signals.map((each) => ({ ...each, doubt: 'no-fix' as const })) }
  assert.deepEqual([carFacts(undefined, doubted).place, carFacts(undefined, doubted).speedKmh], [null, null])
  assert.deepEqual(
    [placeDoubt(doubted.signals), placeDoubt(twin.signals), placeDoubt([])],
    ['no-fix', undefined, undefined],
  )
})

test('a trip in words', () => {
  assert.equal(averageSpeedKmh({ distanceM: 10_000, durationMs: 600_000 }), 60)
  assert.equal(averageSpeedKmh({ distanceM: 0, durationMs: 0 }), null)
  assert.equal(consumption(0.5, 4000), 12.5)
  assert.equal(consumption(0.3, 900), null)
  assert.equal(tripState({ status: 'ended', endedBy: 'silence' }), 'Ended, car fell silent')
  assert.deepEqual([durationOr(0), durationOr(null)], ['0:00', '–'])
  assert.equal(sourceWords('counter', 1), 'by its counter')
  assert.equal(sourceWords('tank', 0.93), 'by the tank, 93 % of the trip read')
  assert.equal(sourceWords(null, null), '')
})

test('evidence reads as words', () => {
  assert.deepEqual(
    (['possible', 'confirmed', 'withdrawn'] as const).map((status) => alertTitle({ kind: 'crash', status })),
    ['Possible crash', 'Crash', 'Crash withdrawn'],
  )
  assert.equal(evidenceName('speedBeforeKmh'), 'Speed before')
  assert.equal(evidenceName('coldStartMs'), 'Cold start')
  assert.equal(evidenceValue('speedBeforeKmh', 46.25), '46.3 km/h')
  assert.equal(evidenceValue('airbag', true), 'Yes')
})

test('a vehicle of which nobody says what it is is no car in words either, and its model is the one told', () => {
  assert.deepEqual([kindName('two-wheeler'), kindName('fixed'), kindName(null)], ['Two-wheeler', 'Fixed unit', '–'])
  const told = [
    { ...signal('Vehicle.VehicleIdentification.Brand', 0), value: 'Cordillera' },
    { ...signal('Vehicle.VehicleIdentification.Model', 0), value: 'Andes' },
  ]
  assert.equal(modelName({ ...nothing, signals: told }), 'Cordillera Andes')
  assert.equal(modelName({ ...nothing, model: 'Andes LCV', version: '2.1', signals: told }), 'Andes LCV 2.1')
  assert.equal(modelName({ ...nothing, model: 'Andes LCV', signals: [] }), 'Andes LCV')
  assert.equal(modelName({ ...nothing, signals: [] }), '–')
})
