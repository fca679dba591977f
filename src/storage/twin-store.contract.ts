// The promises of every TwinStore.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { listedSignals, type TwinPatch, type TwinValue } from '../model/twin.ts'
import { vehicleKey } from '../model/vehicle-id.ts'
import { patch, ref, t0 } from '../read-models/rows.testing.ts'
import { assertPages, assertRefusesCursors, readPages } from './paging.contract.ts'
import { projectionContract, type OpenStore } from './projection.contract.ts'
import type { Change } from './projection.ts'
import type { VehicleFilter, TwinStore } from './twin-store.ts'
import { wholeReach } from './reach.ts'
import { twinReachContract } from './twin-reach.contract.ts'

const speed = (kmh: number) => ({ 'Vehicle.Speed': kmh })
const powertrain = (type: string) => ({ 'Vehicle.Powertrain.Type': type })

export function twinStoreContract(open: OpenStore<TwinStore>): void {
  projectionContract('twins', open, {
    first: patch('v1', t0, speed(10)),
    second: patch('v1', t0 + 1, speed(20)),
    other: patch('v2', t0, speed(10)),
    ids: async (store) => (await store.list(wholeReach('acme'), {}, { limit: 100 })).rows.map(vehicleKey),
    unstorable: patch('v9', 0.5, speed(1)),
  })
  valuesContract(open)
  twinReachContract(open)
  listContract(open)
}

function valuesContract(open: OpenStore<TwinStore>): void {
  test('twins: every form of a value comes back as it was', async () => {
    await using store = await open()
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
    await store.put([change], {})
    assert.deepEqual(await store.get(ref('v1')), change.row)
    const said = 'a\0\ud83d🚗'
    await store.put([patch('v3', -1, powertrain(said))], {})
    const odd = await store.get(ref('v3'))
    assert.equal(odd?.at, -1)
    const there = odd.signals['Vehicle.Powertrain.Type']?.value
    assert.ok(there === said || there === 'a\uFFFD\uFFFD🚗', JSON.stringify(there))
    assert.equal(await store.get(ref('v2')), undefined)
    assert.equal(await store.get(ref('v1', 'other')), undefined)
  })

  test('twins: a batch may have thousands of vehicles', async () => {
    await using store = await open()
    const fleet = Array.from({ length: 4_100 }, (_, n) => patch(`v${n}`, t0 + n, speed(n)))
    await store.put(fleet, {})
    await store.put(fleet.toReversed(), {})
    assert.equal(await store.count(wholeReach('acme'), {}), fleet.length)
    for (const n of [0, 1_999, 2_000, 4_099]) assert.deepEqual(await store.get(ref(`v${n}`)), fleet[n]?.row)
  })

  test('twins: a later patch stands: what it names, its time and its clock, whatever the instants', async () => {
    await using store = await open()
    const carClock = { boot: 'bb'.repeat(8), offsetMs: 3_600_000, state: 'ahead' } as const
    await store.put(
      [patch('v1', t0 + 3_600_000, { a: 1, b: 1, 'Vehicle.Speed': 50 }, { receivedAt: t0, carClock })],
      {},
    )
    const second = patch('v1', t0 + 20, { b: 2 })
    await store.put([second], {})
    await store.put([patch('v1', t0 + 15, { c: 3, 'Vehicle.Speed': 0 }, { receivedAt: t0 + 30, carClock })], {})
    assert.deepEqual(await store.get(ref('v1')), {
      ...ref('v1'),
      at: t0 + 15,
      receivedAt: second.row.receivedAt,
      carClock,
      signals: {
        a: { value: 1, at: t0 + 3_600_000 },
        b: { value: 2, at: t0 + 20 },
        c: { value: 3, at: t0 + 15 },
        'Vehicle.Speed': { value: 0, at: t0 + 15 },
      },
    })
    assert.equal(await store.count(wholeReach('acme'), { moving: true }), 0)
  })

  test('twins: a receipt that is not known stays so until one is, and is not lost again', async () => {
    await using store = await open()
    const receivedAt = async () => (await store.get(ref('v1')))?.receivedAt
    const unknown = patch('v1', t0, {}, { receivedAt: null, carClock: null })
    await store.put([unknown], {})
    assert.deepEqual(await store.get(ref('v1')), unknown.row)
    await store.put([patch('v1', t0, {}, { receivedAt: t0 + 5 })], {})
    assert.equal(await receivedAt(), t0 + 5)
    await store.put([unknown, patch('v1', t0, {}, { receivedAt: t0 + 2 })], {})
    assert.equal(await receivedAt(), t0 + 5)
  })

  test('twins: the marks of a value come back, and go with the value', async () => {
    await using store = await open()
    const marked = { 'Vehicle.Speed': { value: 50, at: t0 + 3_600_000, clockDoubt: 'ahead' } } as const
    await store.put([patch('v1', t0, {}, { signals: marked })], {})
    assert.deepEqual((await store.get(ref('v1')))?.signals, marked)
    const doubted = { 'Vehicle.Speed': { value: 655.35, at: t0, doubt: 'impossible' } } as const
    await store.put([patch('v1', t0, {}, { signals: doubted })], {})
    assert.deepEqual((await store.get(ref('v1')))?.signals, doubted)
    assert.equal(
      await store.count(wholeReach('acme'), { moving: true }),
      0,
      'a doubted speed is not that of the vehicle',
    )
    const both = {
      'Vehicle.Speed': { value: 655.35, at: t0 + 3_600_000, clockDoubt: 'ahead', doubt: 'impossible' },
    } as const
    await store.put([patch('v1', t0, {}, { signals: both })], {})
    assert.deepEqual((await store.get(ref('v1')))?.signals, both)
    for (const mark of [
      {},
      { clockDoubt: 'ahead' },
      { doubt: 'impossible' },
      { clockDoubt: 'ahead', doubt: 'impossible' },
    ] as const) {
      const received = { 'Vehicle.Speed': { value: 50, at: t0, clock: 'received', ...mark } } as const
      await store.put([patch('v1', t0, {}, { signals: received })], {})
      assert.deepEqual((await store.get(ref('v1')))?.signals, received)
      const moving = Object.keys(mark).length === 0 ? 1 : 0
      assert.equal(
        await store.count(wholeReach('acme'), { moving: true }),
        moving,
        'a speed by another clock is that of the vehicle',
      )
    }
    await store.put([patch('v1', t0, { 'Vehicle.Speed': 40 })], {})
    assert.deepEqual((await store.get(ref('v1')))?.signals, { 'Vehicle.Speed': { value: 40, at: t0 } })
  })

  test('twins: a vehicle with many large values keeps all of them', async () => {
    await using store = await open()
    const expected: Record<string, TwinValue> = {}
    for (let i = 0; i < 60; i++) {
      const path = `Vehicle.Large${i % 40}`
      const value = { value: `${i} ${'x'.repeat(i % 7 === 0 ? 2000 : 100)}`, at: t0 + i }
      expected[path] = value
      await store.put([patch('v1', value.at, {}, { signals: { [path]: value } })], {})
    }
    assert.deepEqual((await store.get(ref('v1')))?.signals, expected)
  })

  test('twins: a signal that is gone is no more, also within a batch, and may be told again', async () => {
    await using store = await open()
    const signalsOf = async () => (await store.get(ref('v1')))?.signals
    const value = (at: number) => ({ value: at - t0, at })
    const large = 'x'.repeat(1500)
    await store.put([patch('v1', t0, { a: 0, b: 0, c: 0 }, { gone: ['never'] })], {})
    assert.deepEqual(await signalsOf(), { a: value(t0), b: value(t0), c: value(t0) })
    await store.put([patch('v1', t0 + 1, { d: 1 }, { gone: ['a'] })], {})
    assert.deepEqual(await signalsOf(), { b: value(t0), c: value(t0), d: value(t0 + 1) })
    await store.put(
      [patch('v1', t0 + 2, { e: 2 }, { gone: ['b'] }), patch('v1', t0 + 3, { f: 3 }, { gone: ['e'] })],
      {},
    )
    assert.deepEqual(await signalsOf(), { c: value(t0), d: value(t0 + 1), f: value(t0 + 3) })
    await store.put([patch('v1', t0 + 4, { c: 4 }, { gone: ['d'] }), patch('v1', t0 + 5, { d: 5 })], {})
    for (const path of ['g', 'h', 'i']) await store.put([patch('v1', t0 + 6, { [path]: large })], {})
    assert.deepEqual(await signalsOf(), {
      c: value(t0 + 4),
      d: value(t0 + 5),
      f: value(t0 + 3),
      ...Object.fromEntries(['g', 'h', 'i'].map((path) => [path, { value: large, at: t0 + 6 }])),
    })
    const twin = await store.get(ref('v1'))
    assert.ok(twin !== undefined && !('gone' in twin))
  })

  test('twins: patches split in any batches give the twin that one after the other gives', async () => {
    await using store = await open()
    let run = 0
    const patches = fc.array(
      fc.record({
        signal: fc.integer({ min: 0, max: 4 }),
        at: fc.integer({ min: 0, max: 30 }),
        batch: fc.integer({ min: 1, max: 4 }),
      }),
      { minLength: 1, maxLength: 12 },
    )
    await fc.assert(
      fc.asyncProperty(patches, async (given) => {
        const vehicle = `order-${run++}`
        const changes = given.map(({ signal, at }) =>
          patch(vehicle, t0 + at, { [`s${signal}`]: at, 'Vehicle.Speed': at }),
        )
        const left = [...changes]
        while (left.length > 0) await store.put(left.splice(0, given[given.length - left.length]!.batch), {})
        assert.deepEqual(await store.get(ref(vehicle)), {
          ...changes.at(-1)!.row,
          receivedAt: Math.max(...changes.map(({ row }) => row.receivedAt ?? 0)),
          signals: Object.assign({}, ...changes.map(({ row }) => row.signals)),
        })
      }),
      { numRuns: 25 },
    )
  })
}

const fleet: readonly Change<TwinPatch>[] = [
  patch('Bus-1', t0, { ...speed(0), ...powertrain('ELECTRIC') }),
  patch('bus-2', t0 + 10, { ...speed(30), ...powertrain('ELECTRIC') }),
  patch('car-1', t0 + 20, { 'Vehicle.Speed': null, ...powertrain('HYBRID') }),
  patch('car-2', t0 + 86_400_000, { 'Vehicle.Speed': { invalid: 'range' } }, { receivedAt: t0 + 80 }),
  patch('car_3', t0 + 40, { ...speed(1), ...powertrain('COMBUSTION') }),
  patch('bus-2', t0, { ...speed(99), ...powertrain('COMBUSTION') }, { tenant: 'other' }),
  patch('old', t0, {}, { receivedAt: null }),
  patch(
    'wrong',
    t0,
    {},
    { receivedAt: t0, signals: { 'Vehicle.Speed': { value: 50, at: t0 + 3_600_000, clockDoubt: 'ahead' } } },
  ),
]

const filters: readonly (readonly [VehicleFilter, readonly string[]])[] = [
  [{}, ['Bus-1', 'bus-2', 'car-1', 'car-2', 'car_3', 'old', 'wrong']],
  [{ search: 'BUS' }, ['Bus-1', 'bus-2']],
  [{ search: 'r_' }, ['car_3']],
  [{ search: '%' }, []],
  [{ search: 'bü' }, []],
  // The sign of the kelvin is a K in small letters.
  [{ search: '\u212a' }, []],
  [{ search: 'a\0' }, []],
  [{ powertrain: 'ELECTRIC' }, ['Bus-1', 'bus-2']],
  [{ moving: true }, ['bus-2', 'car_3']],
  [{ moving: false }, ['Bus-1', 'car-1', 'car-2', 'old', 'wrong']],
  [{ heardSince: t0 + 70 }, ['car-1', 'car-2', 'car_3']],
  [{ silentSince: t0 + 70 }, ['Bus-1', 'bus-2', 'old', 'wrong']],
  [{ search: 'car', moving: true, heardSince: t0 + 60, silentSince: t0 + 91, powertrain: 'COMBUSTION' }, ['car_3']],
]

function listContract(open: OpenStore<TwinStore>): void {
  test('twins: lists and counts by every filter, in order of vehicle id, of one tenant only', async () => {
    await using store = await open()
    await store.put(fleet, {})
    for (const [filter, expected] of filters) {
      const found = await readPages((page) => store.list(wholeReach('acme'), filter, page), 2)
      const named = JSON.stringify(filter)
      assert.deepEqual(
        found.map(({ vehicle }) => vehicle),
        expected,
        named,
      )
      assert.equal(await store.count(wholeReach('acme'), filter), expected.length, named)
    }
    assert.deepEqual(await store.list(wholeReach('nobody'), {}, { limit: 5 }), { rows: [] })
    const all = (await store.list(wholeReach('acme'), {}, { limit: 100 })).rows
    await assertPages((page) => store.list(wholeReach('acme'), {}, page), all)
    assert.deepEqual(all[0], fleet[0]?.row)
    await assertRefusesCursors('vehicles', (page) => store.list(wholeReach('acme'), {}, page))
  })

  test('twins: counts whom it heard of all tenants, and nobody of whom it is not known when that was', async () => {
    await using store = await open()
    const { row } = patch('car-1', t0, {}, { receivedAt: t0 + 80 })
    await store.put([...fleet, { id: 'other/car-1', row: { ...row, tenant: 'other' } }], {})
    assert.equal(await store.countHeard(t0 + 70), 4)
    assert.equal(await store.countHeard(t0 + 80), 3)
    assert.equal(await store.countHeard(t0 + 1e9), 0)
  })

  test('twins: rows of lists have the signals that lists show, and a vehicle has all', async () => {
    await using store = await open()
    const shown = Object.fromEntries(listedSignals.map((path, index) => [path, index]))
    const whole = patch('v1', t0, { ...shown, a: 'x'.repeat(2000) })
    await store.put([whole], {})
    await store.put([patch('v1', t0 + 1, { 'Vehicle.Speed': null, b: true })], {})
    const { signals: said } = patch('v1', t0 + 1, { 'Vehicle.Speed': null, b: true }).row
    const known = { ...whole.row.signals, ...said }
    assert.deepEqual((await store.get(ref('v1')))?.signals, known)
    const { a: _a, b: _b, ...listed } = known
    for (const { rows } of [
      await store.list(wholeReach('acme'), {}, { limit: 5 }),
      await store.listHeard(wholeReach('acme'), {}, { limit: 5 }),
    ])
      assert.deepEqual(
        rows.map(({ signals }) => signals),
        [listed],
      )
  })

  test('twins: lists the last heard first, those with no known receipt last, ties by id downwards, by every filter', async () => {
    await using store = await open()
    await store.put([...fleet, patch('also-old', t0 + 99, {}, { receivedAt: null })], {})
    const all = (await store.list(wholeReach('acme'), {}, { limit: 100 })).rows
    const sorted = all.toSorted(
      (a, b) => (b.receivedAt ?? -1) - (a.receivedAt ?? -1) || (a.vehicle < b.vehicle ? 1 : -1),
    )
    assert.deepEqual(
      sorted.slice(-2).map(({ vehicle }) => vehicle),
      ['old', 'also-old'],
    )
    await assertPages((page) => store.listHeard(wholeReach('acme'), {}, page), sorted)
    await assertPages(
      (page) => store.listHeard(wholeReach('acme'), { moving: true }, page),
      sorted.filter(({ vehicle }) => ['bus-2', 'car_3'].includes(vehicle)),
    )
    await assertRefusesCursors('vehicles-heard', (page) => store.listHeard(wholeReach('acme'), {}, page))
  })

  test('twins: lists and counts by where they were last, over the antimeridian and at a pole too', async () => {
    await using store = await open()
    const at = (vehicle: string, lat: number, lon: number): Change<TwinPatch> =>
      patch(vehicle, t0, { 'Vehicle.CurrentLocation.Latitude': lat, 'Vehicle.CurrentLocation.Longitude': lon })
    const doubted = { value: -34.9, at: t0, doubt: 'frozen' } as const
    await store.put(
      [
        at('depot', -34.9, -56.2),
        at('near', -34.9, -56.205),
        at('far', -34.9, -56.3),
        at('east', -17, 179.999),
        at('west', -17, -179.999),
        at('north', 89.99, 10),
        at('across', 89.99, -170),
        patch('half', t0, { 'Vehicle.CurrentLocation.Latitude': -34.9 }),
        patch('unknown', t0, {}),
        at('doubted', -34.9, -56.2),
        at('gone', -34.9, -56.2),
        at('came', 0, -56.2),
      ],
      {},
    )
    await store.put(
      [
        patch('doubted', t0 + 1, {}, { signals: { 'Vehicle.CurrentLocation.Latitude': doubted } }),
        patch('gone', t0 + 1, { 'Vehicle.CurrentLocation.Longitude': null }),
        patch('came', t0 + 1, { 'Vehicle.CurrentLocation.Latitude': -34.9 }),
      ],
      {},
    )
    for (const [near, expected] of [
      [{ lat: -34.9, lon: -56.2, radiusM: 1 }, ['came', 'depot']],
      [{ lat: -34.9, lon: -56.2, radiusM: 500 }, ['came', 'depot', 'near']],
      [{ lat: -34.9, lon: -56.2, radiusM: 10_000 }, ['came', 'depot', 'far', 'near']],
      [{ lat: -17, lon: 180, radiusM: 200 }, ['east', 'west']],
      [{ lat: -17, lon: -180, radiusM: 50 }, []],
      [{ lat: 90, lon: 0, radiusM: 1_200 }, ['across', 'north']],
      [{ lat: 89.99, lon: 10, radiusM: 2_300 }, ['across', 'north']],
      [{ lat: 89.99, lon: 10, radiusM: 2_200 }, ['north']],
    ] as const) {
      const { rows } = await store.list(wholeReach('acme'), { near }, { limit: 20 })
      assert.deepEqual(
        rows.map(({ vehicle }) => vehicle),
        expected,
        JSON.stringify(near),
      )
      assert.equal(await store.count(wholeReach('acme'), { near }), expected.length)
      assert.equal(
        (await store.listHeard(wholeReach('acme'), { near, search: 'e' }, { limit: 20 })).rows.length,
        expected.filter((each) => each.includes('e')).length,
      )
    }
  })

  test('twins: vehicles that come while pages are read neither repeat nor hide others', async () => {
    await using store = await open()
    await store.put(fleet, {})
    let added = 0
    const read = await readPages(
      (page) => store.list(wholeReach('acme'), {}, page),
      2,
      () => store.put([patch(`A-${added++}`, t0, {}), patch('bus-2', t0 + 50 + added, speed(added))], {}),
    )
    assert.deepEqual(
      read.map(({ vehicle }) => vehicle),
      ['Bus-1', 'bus-2', 'car-1', 'car-2', 'car_3', 'old', 'wrong'],
    )
  })
}
