import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { matchesPattern } from './name-pattern.ts'
import { noFacts, vehicleKinds } from './vehicle-kind.ts'
import { createVehicles, type VehicleEntry } from './vehicles.ts'

const entries: readonly VehicleEntry[] = [
  { vehicle: 'van-7*', kind: 'truck' },
  { vehicle: 'van-*', kind: 'van', model: 'Cargo', version: '2.1' },
  { vehicle: '*-rsu', kind: 'fixed' },
  { vehicle: 'van-70', model: 'Cargo' },
]

test('an id counts before patterns, and of these the first; of the rest nothing is known, not even that it is a car', () => {
  const { of } = createVehicles(entries)
  assert.deepEqual(of('demo/van-1'), { kind: 'van', model: 'Cargo', version: '2.1' })
  assert.deepEqual(of('demo/van-71'), { kind: 'truck', model: null, version: null })
  assert.deepEqual(of('demo/van-70'), { kind: null, model: 'Cargo', version: null })
  assert.equal(of('demo/gate-rsu').kind, 'fixed')
  assert.deepEqual(of('demo/car-1'), noFacts)
  assert.deepEqual(createVehicles([]).of('demo/van-1'), noFacts)
  assert.deepEqual(of('van-1/car-1'), noFacts, 'the tenant is no vehicle')
  assert.equal(of('demo/van-1'), of('demo/van-2'), 'one entry is one object')
})

test('what is found depends on the entries and the id alone, however many were looked up before', () => {
  const vehicle = fc.constantFrom('a', 'ab', 'abc', 'b', 'bc', 'a*', '*c', 'a*c', '*')
  const some = fc.uniqueArray(fc.record({ vehicle, kind: fc.constantFrom(...vehicleKinds) }), {
    selector: (entry) => entry.vehicle,
  })
  const asked = fc.array(fc.constantFrom('a', 'ab', 'abc', 'b', 'bc', 'x'), { maxLength: 12 })
  fc.assert(
    fc.property(some, asked, (given, ids) => {
      const { of } = createVehicles(given)
      for (const id of ids) {
        const entry =
          given.find((each) => each.vehicle === id) ??
          given.find((each) => each.vehicle.includes('*') && matchesPattern(each.vehicle, id))
        assert.equal(of(`demo/${id}`).kind, entry?.kind ?? null)
      }
    }),
  )
})
