import assert from 'node:assert/strict'
import { test } from 'node:test'
import { locatePath, mapViewPath, parseMapView } from './map-filter.ts'
import { createTail } from './tail.ts'

test('a view of the map is its address and back', () => {
  const view = { state: 'moving', powertrain: 'ELECTRIC', search: 'car-0 & 1', vehicle: 'car-7', follow: true } as const
  const path = mapViewPath(view)
  assert.deepEqual(parseMapView(path.slice(path.indexOf('?'))), view)
  assert.equal(mapViewPath(parseMapView('')), '/')
})

test('an address that makes no sense shows everything', () => {
  assert.deepEqual(parseMapView('?state=flying&powertrain=STEAM&follow=1&vehicle='), {
    state: 'all',
    powertrain: 'all',
    search: '',
    vehicle: null,
    follow: false,
  })
})

test('locating a vehicle drops filters that could hide it', () => {
  assert.equal(locatePath('a b'), '/?vehicle=a+b')
  assert.equal(locatePath('a', true), '/?vehicle=a&follow=1')
})

test('the tail is ordered and forgets what is old', () => {
  const tail = createTail(60_000)
  assert.equal(tail.add(100_000, 1, 1), true)
  assert.equal(tail.add(100_000, 2, 2), false, 'the same instant again is no news')
  tail.setStored({ at: [20_000, 60_000, 100_000], lat: [8, 9, 9], lon: [8, 9, 9] })
  assert.deepEqual(tail.columns(), { at: [60_000, 100_000], lat: [9, 1], lon: [9, 1] })
  tail.add(101_000, 3, 3)
  tail.add(150_000, 4, 4)
  assert.deepEqual(tail.columns().lat, [1, 3, 4])
  tail.setStored({ at: [95_000, 99_000], lat: [7, 8], lon: [7, 8] })
  assert.deepEqual(tail.columns().lat, [7, 8, 1, 3, 4], 'what is stored later fills what was not known')
})
