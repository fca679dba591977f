import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import { createCatalogue, createCatalogueOf, vssCatalogue } from '../../model/catalogue.ts'
import { createVehicles } from '../../model/vehicles.ts'
import type { ApiOptions } from '../api-options.ts'
import { fixtureNow, openFixture } from '../api.testing.ts'
import type { SignalCatalogue, SystemState, VehicleDetail, VehicleListing } from '../contract.ts'
import { fillStorage, twin } from '../rows.testing.ts'

async function open(more: Partial<ApiOptions> = {}) {
  const storage = openMemoryStorage()
  await fillStorage(storage)
  const fixture = await openFixture(storage, openMemoryLog({ partitions: 1 }).log, more)
  await fixture.addUser('ana', 'ours')
  return { ...fixture, cookie: await fixture.signIn('ana') }
}

test('vehicles are filtered by state, by powertrain and by a part of the id, with the number of all that match', async () => {
  await using fixture = await open()
  const { cookie } = fixture
  const put = (vehicle: string, speed: number, powertrain: string, ageMs: number) => {
    const at = fixtureNow - ageMs
    const signals = { 'Vehicle.Speed': { value: speed, at }, 'Vehicle.Powertrain.Type': { value: powertrain, at } }
    return { id: `ours/${vehicle}`, row: twin('ours', vehicle, signals, at) }
  }
  await fixture.options.storage.twins.put(
    [put('mover', 30, 'ELECTRIC', 0), put('parker', 0, 'HYBRID', 1000), put('quiet', 30, 'ELECTRIC', 400_000)],
    {},
  )
  const ids = async (query: string): Promise<readonly [number, string]> => {
    const { rows, total } = (await fixture.get(`/api/v1/vehicles?${query}`, { cookie })).json<VehicleListing>()
    return [total, rows.map(({ vehicle }) => vehicle).join()]
  }
  assert.deepEqual(await ids('state=moving'), [2, 'car-1,mover'])
  assert.deepEqual(await ids('state=parked'), [1, 'parker'])
  assert.deepEqual(await ids('state=silent'), [1, 'quiet'])
  assert.deepEqual(await ids('powertrain=ELECTRIC&limit=1'), [2, 'mover'])
  assert.deepEqual(await ids('search=ARK'), [1, 'parker'])
})

test('a vehicle is moving or silent by when it was heard, whatever instants it measures; a speed of a marked instant is none of now', async () => {
  await using fixture = await open()
  const { cookie } = fixture
  const dayMs = 86_400_000
  const put = (
    vehicle: string,
    at: number,
    receivedAt: number | null,
    mark: { readonly clockDoubt?: 'ahead' } = {},
  ) => ({
    id: `ours/${vehicle}`,
    row: { ...twin('ours', vehicle, { 'Vehicle.Speed': { value: 30, at, ...mark } }, at), receivedAt },
  })
  await fixture.options.storage.twins.put(
    [
      put('recording', fixtureNow - 530 * dayMs, fixtureNow - 2000),
      put('ahead', fixtureNow + dayMs, fixtureNow - 4000, { clockDoubt: 'ahead' }),
      put('quiet', fixtureNow + dayMs, fixtureNow - 400_000, { clockDoubt: 'ahead' }),
      put('before', fixtureNow, null),
    ],
    {},
  )
  const list = async (query: string): Promise<VehicleListing> =>
    (await fixture.get(`/api/v1/vehicles?${query}`, { cookie })).json()
  const ids = async (query: string): Promise<string> => (await list(query)).rows.map(({ vehicle }) => vehicle).join()
  assert.equal(await ids('state=moving'), 'car-1,recording')
  assert.equal(await ids('state=parked'), 'ahead')
  assert.equal(await ids('state=silent'), 'before,quiet')
  assert.equal(await ids('sort=receivedAt'), 'car-1,recording,ahead,quiet,before')
  const { rows, next = '' } = await list('sort=receivedAt&limit=2')
  assert.deepEqual(
    rows.map(({ at, receivedAt, speedKmh }) => [at, receivedAt, speedKmh]),
    [
      [fixtureNow - 1000, fixtureNow - 800, 42.5],
      [fixtureNow - 530 * dayMs, fixtureNow - 2000, 30],
    ],
  )
  assert.equal(await ids(`sort=receivedAt&limit=2&after=${next}`), 'ahead,quiet')
  assert.equal((await fixture.get(`/api/v1/vehicles?limit=2&after=${next}`, { cookie })).statusCode, 400)
  const ahead = (await fixture.get('/api/v1/vehicles/ahead', { cookie })).json<VehicleDetail>()
  assert.deepEqual(
    ahead.signals.find(({ path }) => path === 'Vehicle.Speed'),
    {
      path: 'Vehicle.Speed',
      value: 30,
      at: fixtureNow + dayMs,
      clockDoubt: 'ahead',
      unit: 'km/h',
      group: 'Motion',
    },
  )
  assert.deepEqual(
    [ahead.at, ahead.receivedAt, ahead.carClock?.state],
    [fixtureNow + dayMs, fixtureNow - 4000, 'right'],
  )
  const { vehicles } = (await fixture.get('/api/v1/system', { cookie })).json<SystemState>()
  assert.deepEqual([vehicles.known, vehicles.heardLastMinute], [5, 3])
})

test('a value says by whose clock it is where the car did not measure it then', async () => {
  await using fixture = await open()
  const { cookie } = fixture
  const speed = { value: 30, at: fixtureNow, clock: 'received' } as const
  await fixture.options.storage.twins.put(
    [{ id: 'ours/told', row: twin('ours', 'told', { 'Vehicle.Speed': speed }) }],
    {},
  )
  const told = (await fixture.get('/api/v1/vehicles/told', { cookie })).json<VehicleDetail>()
  const clocks = told.signals.map(({ path, clock }) => [path, clock])
  assert.deepEqual(
    clocks.filter(([, clock]) => clock !== undefined),
    [['Vehicle.Speed', 'received']],
  )
  const { rows } = (await fixture.get('/api/v1/vehicles?search=told', { cookie })).json<VehicleListing>()
  assert.equal(rows[0]?.speedKmh, 30)
})

test('a doubted place is told with its reason, and is not the place of the vehicle', async () => {
  await using fixture = await open()
  const { cookie } = fixture
  const zero = { value: 0, at: fixtureNow, doubt: 'null-island' } as const
  const row = twin('ours', 'lost', {
    'Vehicle.CurrentLocation.Latitude': zero,
    'Vehicle.CurrentLocation.Longitude': zero,
  })
  await fixture.options.storage.twins.put([{ id: 'ours/lost', row }], {})
  const { rows } = (await fixture.get('/api/v1/vehicles?search=lost', { cookie })).json<VehicleListing>()
  assert.deepEqual(
    rows.map(({ place }) => place),
    [null],
  )
  const { signals } = (await fixture.get('/api/v1/vehicles/lost', { cookie })).json<VehicleDetail>()
  assert.deepEqual(
    signals.flatMap(({ value, doubt }) => (doubt === undefined ? [] : [[value, doubt]])),
    [
      [0, 'null-island'],
      [0, 'null-island'],
    ],
  )
})

test('a vehicle has its values in the order of the catalogue, with unit and group, the unknown last', async () => {
  await using fixture = await open()
  const { signals } = (await fixture.get('/api/v1/vehicles/car-1', { cookie: fixture.cookie })).json<VehicleDetail>()
  assert.deepEqual(
    signals.map(({ path, unit, group }) => [path.split('.').at(-1), unit, group]),
    [
      ['Latitude', 'degrees', 'Position'],
      ['Longitude', 'degrees', 'Position'],
      ['Speed', 'km/h', 'Motion'],
      ['Extra', null, 'Other'],
    ],
  )
})

test('signals of an overlay stand between those of VSS and the unknown, with unit, group and description, and in the catalogue', async () => {
  const own = {
    path: 'Vehicle.Acme.Load',
    type: 'sensor',
    datatype: 'uint16',
    unit: 'kg',
    max: 3500,
    description: 'Goods.',
    group: 'Acme',
  } as const
  await using fixture = await open({ catalogue: createCatalogue([own]) })
  const { cookie } = fixture
  const at = fixtureNow
  const signals = {
    'Vehicle.AaUnknown': { value: 1, at },
    'Vehicle.Acme.Load': { value: 812, at },
    'Vehicle.Speed': { value: 3, at },
  }
  await fixture.options.storage.twins.put([{ id: 'ours/van', row: twin('ours', 'van', signals, at) }], {})
  const van = (await fixture.get('/api/v1/vehicles/van', { cookie })).json<VehicleDetail>()
  assert.deepEqual(
    van.signals.map(({ path, unit, group, description }) => [path, unit, group, description]),
    [
      ['Vehicle.CurrentLocation.Latitude', 'degrees', 'Position', undefined],
      ['Vehicle.CurrentLocation.Longitude', 'degrees', 'Position', undefined],
      ['Vehicle.Speed', 'km/h', 'Motion', undefined],
      ['Vehicle.Acme.Load', 'kg', 'Acme', 'Goods.'],
      ['Vehicle.AaUnknown', null, 'Other', undefined],
      ['Vehicle.Maker.Extra', null, 'Other', undefined],
    ],
  )
  const catalogue = (await fixture.get('/api/v1/signals', { cookie })).json<SignalCatalogue>()
  assert.deepEqual(catalogue.signals.at(-1), own)
  assert.equal(catalogue.signals.length, vssCatalogue.signals.length + 1)
  assert.equal((await fixture.get('/api/v1/signals')).statusCode, 401)
})

test('kind, model and version are told where something is said of them, and signals of a model of its vehicles alone', async () => {
  const load = {
    path: 'Vehicle.Acme.Load',
    type: 'sensor',
    datatype: 'uint16',
    unit: 'kg',
    group: 'Acme',
    models: [{ model: 'Cargo' }],
  } as const
  const vehicles = createVehicles([
    { vehicle: 'van', kind: 'van', model: 'Cargo', version: '2.1' },
    { vehicle: 'rsu-*', kind: 'fixed' },
  ])
  await using fixture = await open({
    catalogue: createCatalogue([load]),
    catalogueOf: createCatalogueOf([load], vehicles),
    vehicles,
  })
  const { cookie } = fixture
  const put = (vehicle: string) => ({
    id: `ours/${vehicle}`,
    row: twin('ours', vehicle, { 'Vehicle.Acme.Load': { value: 812, at: fixtureNow } }, fixtureNow),
  })
  await fixture.options.storage.twins.put([put('van'), put('rsu-1')], {})
  const facts = (await fixture.get('/api/v1/vehicles', { cookie })).json<VehicleListing>().rows
  assert.deepEqual(
    facts.map(({ vehicle, kind, model, version }) => [vehicle, kind, model, version]),
    [
      ['car-1', null, null, null],
      ['rsu-1', 'fixed', null, null],
      ['van', 'van', 'Cargo', '2.1'],
    ],
  )
  const told = async (vehicle: string) => {
    const { kind, model, version, signals } = (
      await fixture.get(`/api/v1/vehicles/${vehicle}`, { cookie })
    ).json<VehicleDetail>()
    return [kind, model, version, signals.find(({ path }) => path === load.path)?.unit]
  }
  assert.deepEqual(await told('van'), ['van', 'Cargo', '2.1', 'kg'])
  assert.deepEqual(await told('rsu-1'), ['fixed', null, null, null])
  const catalogue = (await fixture.get('/api/v1/signals', { cookie })).json<SignalCatalogue>()
  assert.deepEqual(catalogue.signals.at(-1), load)
})
