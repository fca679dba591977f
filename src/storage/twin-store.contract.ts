// What every TwinStore keeps.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { TwinPatch, TwinValue } from '../model/read-models.ts'
import { vehicleKey } from '../model/vehicle-id.ts'
import { patch, ref, t0, type OpenStorage } from './contract-rows.ts'
import { assertPages, assertRefusesCursors, readPages } from './paging.contract.ts'
import { projectionContract } from './projection.contract.ts'
import type { Change } from './projection.ts'
import type { VehicleFilter } from './twin-store.ts'

const speed = (kmh: number) => ({ 'Vehicle.Speed': kmh })
const powertrain = (type: string) => ({ 'Vehicle.Powertrain.Type': type })

export function twinStoreContract(open: OpenStorage): void {
  projectionContract<TwinPatch>('twins', open, {
    store: (storage) => storage.twins,
    first: patch('v1', t0, speed(10)),
    second: patch('v1', t0 + 1, speed(20)),
    other: patch('v2', t0, speed(10)),
    ids: async (storage) => (await storage.twins.list('acme', {}, { limit: 100 })).rows.map(vehicleKey),
    unstorable: patch('v9', 0.5, speed(1)),
  })
  valuesContract(open)
  listContract(open)
}

function valuesContract(open: OpenStorage): void {
  test('twins: every form of a value comes back as it was', async () => {
    await using storage = await open()
    const values = {
      a: 0.1 + 0.2,
      b: 5e-324,
      c: Number.MAX_VALUE,
      d: Number.MAX_SAFE_INTEGER,
      e: null,
      f: { invalid: 'range' },
      g: ['P0301', 'x"\\u0000'],
      h: true,
      i: '🚗 "quoted" \\ é',
    }
    const change = patch('v1', t0, values)
    await storage.twins.put([change], {})
    assert.deepEqual(await storage.twins.get(ref('v1')), change.row)
    assert.equal(await storage.twins.get(ref('v2')), undefined)
    assert.equal(await storage.twins.get(ref('v1', 'other')), undefined)
  })

  test('twins: a patch changes only what it names, and of each signal the value measured later stays', async () => {
    await using storage = await open()
    await storage.twins.put([patch('v1', t0 + 10, { a: 1, b: 1, 'Vehicle.Speed': 50 })], {})
    await storage.twins.put([patch('v1', t0 + 20, { b: 2 })], {})
    await storage.twins.put([patch('v1', t0 + 15, { a: 3, b: 3, c: 3, 'Vehicle.Speed': 0 })], {})
    await storage.twins.put([patch('v1', t0 + 5, { a: 4, 'Vehicle.Speed': 90 })], {})
    assert.deepEqual(await storage.twins.get(ref('v1')), {
      ...ref('v1'),
      at: t0 + 20,
      receivedAt: null,
      clock: null,
      signals: {
        a: { value: 3, at: t0 + 15 },
        b: { value: 2, at: t0 + 20 },
        c: { value: 3, at: t0 + 15 },
        'Vehicle.Speed': { value: 0, at: t0 + 15 },
      },
    })
    assert.equal(await storage.twins.count('acme', { moving: true }), 0)
  })

  test('twins: of two values measured at the same instant the one put later stays', async () => {
    await using storage = await open()
    await storage.twins.put([patch('v1', t0, { a: 1 })], {})
    await storage.twins.put([patch('v1', t0, { a: 2 })], {})
    assert.equal((await storage.twins.get(ref('v1')))?.signals['a']?.value, 2)
    await storage.twins.put([patch('v1', t0, { a: 3 }), patch('v1', t0, { a: 4 })], {})
    assert.equal((await storage.twins.get(ref('v1')))?.signals['a']?.value, 4)
  })

  test('twins: a vehicle with many large values keeps all of them', async () => {
    await using storage = await open()
    const expected: Record<string, TwinValue> = {}
    for (let i = 0; i < 60; i++) {
      const path = `Vehicle.Large${i % 40}`
      const value = { value: `${i} ${'x'.repeat(i % 7 === 0 ? 2000 : 100)}`, at: t0 + i }
      expected[path] = value
      await storage.twins.put(
        [{ id: 'acme/v1', row: { ...ref('v1'), at: value.at, receivedAt: null, clock: null, signals: { [path]: value } } }],
        {},
      )
    }
    assert.deepEqual((await storage.twins.get(ref('v1')))?.signals, expected)
  })

  test('twins: patches in any order, split in any batches, with some of them twice, give the same twin', async () => {
    await using storage = await open()
    let run = 0
    const patches = fc.array(fc.record({ signal: fc.integer({ min: 0, max: 4 }), at: fc.integer({ min: 0, max: 30 }) }), {
      minLength: 1,
      maxLength: 12,
    })
    await fc.assert(
      fc.asyncProperty(patches, fc.infiniteStream(fc.nat()), async (given, random) => {
        const vehicle = `order-${run++}`
        const next = (below: number): number => (random.next().value ?? 0) % below
        const changes = given.map(({ signal, at }) => patch(vehicle, t0 + at, { [`s${signal}`]: at, 'Vehicle.Speed': at }))
        const shuffled = [...changes, ...changes.slice(0, 2)]
        for (let i = shuffled.length - 1; i > 0; i--) {
          const j = next(i + 1)
          ;[shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!]
        }
        while (shuffled.length > 0) await storage.twins.put(shuffled.splice(0, 1 + next(4)), {})
        const twin = await storage.twins.get(ref(vehicle))
        const newest = (name: string): number => Math.max(...given.filter(({ signal }) => `s${signal}` === name).map(({ at }) => at))
        for (const name of new Set(given.map(({ signal }) => `s${signal}`))) assert.equal(twin?.signals[name]?.value, newest(name))
        assert.equal(twin?.signals['Vehicle.Speed']?.value, Math.max(...given.map(({ at }) => at)))
      }),
      { numRuns: 25 },
    )
  })
}

const fleet: readonly Change<TwinPatch>[] = [
  patch('Bus-1', t0, { ...speed(0), ...powertrain('ELECTRIC') }),
  patch('bus-2', t0 + 10, { ...speed(30), ...powertrain('ELECTRIC') }),
  patch('car-1', t0 + 20, { 'Vehicle.Speed': null, ...powertrain('HYBRID') }),
  patch('car-2', t0 + 30, { 'Vehicle.Speed': { invalid: 'range' } }),
  patch('car_3', t0 + 40, { ...speed(1), ...powertrain('COMBUSTION') }),
  patch('bus-2', t0, { ...speed(99), ...powertrain('COMBUSTION') }, 'other'),
]

const filters: readonly (readonly [VehicleFilter, readonly string[]])[] = [
  [{}, ['Bus-1', 'bus-2', 'car-1', 'car-2', 'car_3']],
  [{ search: 'BUS' }, ['Bus-1', 'bus-2']],
  [{ search: 'r_' }, ['car_3']],
  [{ search: '%' }, []],
  [{ search: 'a\0' }, []],
  [{ powertrain: 'ELECTRIC' }, ['Bus-1', 'bus-2']],
  [{ moving: true }, ['bus-2', 'car_3']],
  [{ moving: false }, ['Bus-1', 'car-1', 'car-2']],
  [{ heardSince: t0 + 20 }, ['car-1', 'car-2', 'car_3']],
  [{ silentSince: t0 + 20 }, ['Bus-1', 'bus-2']],
  [{ search: 'car', moving: true, heardSince: t0 + 10, silentSince: t0 + 41, powertrain: 'COMBUSTION' }, ['car_3']],
]

function listContract(open: OpenStorage): void {
  test('twins: lists and counts by every filter, in order of vehicle id, of one tenant only', async () => {
    await using storage = await open()
    await storage.twins.put(fleet, {})
    for (const [filter, expected] of filters) {
      const found = await readPages((page) => storage.twins.list('acme', filter, page), 2)
      const named = JSON.stringify(filter)
      assert.deepEqual(
        found.map(({ vehicle }) => vehicle),
        expected,
        named,
      )
      assert.equal(await storage.twins.count('acme', filter), expected.length, named)
    }
    assert.deepEqual(await storage.twins.list('nobody', {}, { limit: 5 }), { rows: [] })
    const all = (await storage.twins.list('acme', {}, { limit: 100 })).rows
    await assertPages((page) => storage.twins.list('acme', {}, page), all)
    assert.deepEqual(all[0], fleet[0]?.row)
    await assertRefusesCursors('vehicles', (page) => storage.twins.list('acme', {}, page))
  })

  test('twins: vehicles that come while pages are read neither repeat nor hide others', async () => {
    await using storage = await open()
    await storage.twins.put(fleet, {})
    let added = 0
    const read = await readPages(
      (page) => storage.twins.list('acme', {}, page),
      2,
      () => storage.twins.put([patch(`A-${added++}`, t0, {}), patch('bus-2', t0 + 50 + added, speed(added))], {}),
    )
    assert.deepEqual(
      read.map(({ vehicle }) => vehicle),
      ['Bus-1', 'bus-2', 'car-1', 'car-2', 'car_3'],
    )
  })
}
