import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import type { Grant } from '../../rights/grant.ts'
import type { BuiltInRole } from '../../rights/permissions.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import { openFixture } from '../api.testing.ts'
import type { Problem, RegistryView, VehicleAssignments, VehicleGroups } from '../contract.ts'
import { fillStorage } from '../rows.testing.ts'

type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE'

async function open() {
  const storage = openMemoryStorage()
  await fillStorage(storage)
  const fixture = await openFixture(storage, openMemoryLog({ partitions: 1 }).log)
  const as = async (name: string, role?: BuiltInRole | readonly Grant[], tenant = 'ours') => {
    await fixture.addUser(name, tenant, role)
    const cookie = await fixture.signIn(name)
    return {
      get: (path: string) => fixture.get(`/api/v1${path}`, { cookie }),
      send: (method: Method, path: string, body?: object) => fixture.send(method, `/api/v1${path}`, body, { cookie }),
    }
  }
  return { ...fixture, as, ana: await as('ana') }
}
const overGroup = (role: string, group: string): Grant => ({ role, scope: { of: 'group', group } })

test('a vehicle has a name and more, kept in one form, and of two editors the second is told of the first', async () => {
  await using fixture = await open()
  const { ana } = fixture
  const path = '/vehicles/car-1/registry'
  const blank = (await ana.get(path)).json<RegistryView>()
  assert.deepEqual([blank.version, blank.name, blank.year, blank.hours], [0, null, null, []])
  const edit = {
    version: 0,
    name: ' Ada ',
    vin: '1m8gdm9a-xkp042788',
    tags: ['Cold', 'cold '],
    year: null,
    archived: true,
  }
  const first = await ana.send('PATCH', path, edit)
  assert.equal(first.statusCode, 200, first.body)
  const { version, name, vin, tags, year, archivedAt, doubts } = first.json<RegistryView>()
  assert.deepEqual(
    [version, name, vin, tags, year, archivedAt, doubts],
    [1, 'Ada', '1M8GDM9AXKP042788', ['cold'], null, fixture.clock.now(), []],
  )
  const second = await ana.send('PATCH', path, { version: 0, name: 'Bo' })
  assert.deepEqual([second.statusCode, second.json<Problem>().type], [409, '/problems/changed-meanwhile'])
  const third = (await ana.send('PATCH', path, { version, plate: 'X 1', archived: false })).json<RegistryView>()
  assert.deepEqual([third.name, third.plate, third.archivedAt, third.version], ['Ada', 'X 1', null, 2])
  assert.deepEqual((await ana.get(path)).json(), third)
})

test('each change is in the audit with what was before and after, and never which VIN', async () => {
  await using fixture = await open()
  const path = '/vehicles/car-1/registry'
  await fixture.ana.send('PATCH', path, { version: 0, name: 'Ada', vin: 'WVWZZZ1JZXW000001' })
  await fixture.ana.send('PATCH', path, { version: 1, name: 'Bo' })
  const { rows } = await fixture.options.storage.audit.list('ours', { targetKind: 'vehicle' }, { limit: 9 })
  assert.deepEqual(
    rows.toReversed().map(({ entry: { action, target, before, after } }) => [action, target.id, before, after]),
    [
      ['make', 'car-1', { name: null, vin: false }, { name: 'Ada', vin: true }],
      ['disclose-vin', 'car-1', null, null],
      ['change', 'car-1', { name: 'Ada' }, { name: 'Bo' }],
    ],
  )
})

test('a field at fault is named with its remedy, and nothing is stored', async () => {
  await using fixture = await open()
  const { ana } = fixture
  const faulty = { version: 0, vin: 'I'.repeat(17), zone: '+01:00', groups: ['nowhere'], tariff: 'none' }
  const refused = await ana.send('PATCH', '/vehicles/car-1/registry', {
    ...faulty,
    hours: [{ days: [], from: 1, to: 2 }],
  })
  assert.equal(refused.statusCode, 400)
  assert.deepEqual(
    refused.json<Problem>().errors?.map(({ field }) => field),
    ['vin', 'zone', 'tariff', 'groups', 'hours'],
  )
  assert.equal((await ana.get('/vehicles/car-1/registry')).json<RegistryView>().version, 0)
  assert.equal((await ana.get('/vehicles/nobody/registry')).statusCode, 404)
  const odd = await ana.send('PATCH', '/vehicles/car-1/registry', { version: 0, vin: '1M8GDM9A1KP042788' })
  assert.match(odd.json<RegistryView>().doubts[0]?.message ?? '', /should be X/)
})

test('a VIN is for those alone who may see it, and cannot be written blindly', async () => {
  await using fixture = await open()
  await fixture.ana.send('PATCH', '/vehicles/car-1/registry', { version: 0, vin: 'WVWZZZ1JZXW000001', name: 'Ada' })
  const viewer = await fixture.as('vera', 'viewer')
  const answer = await viewer.get('/vehicles/car-1/registry')
  assert.doesNotMatch(answer.body, /WVWZZZ/)
  assert.equal(answer.json<RegistryView>().isVinShown, false)
  await fixture.ana.send('PUT', '/roles/namer', { may: ['vehicles:read', 'vehicles:edit'] })
  const namer = await fixture.as('nora', [{ role: 'namer', scope: { of: 'tenant' } }])
  const blind = await namer.send('PATCH', '/vehicles/car-1/registry', { version: 2, vin: null })
  assert.equal(blind.statusCode, 409)
  const { version } = (await namer.get('/vehicles/car-1/registry')).json<RegistryView>()
  assert.equal((await namer.send('PATCH', '/vehicles/car-1/registry', { version, vin: null })).statusCode, 403)
  const named = await namer.send('PATCH', '/vehicles/car-1/registry', { version, name: 'Bo' })
  assert.equal(named.statusCode, 200, named.body)
  const kept = (await fixture.ana.get('/vehicles/car-1/registry')).json<RegistryView>()
  assert.deepEqual([kept.vin, kept.name], ['WVWZZZ1JZXW000001', 'Bo'])
})

test('groups lie within each other, never in a circle, and rights over one reach those within at once', async () => {
  await using fixture = await open()
  const { ana } = fixture
  const put = (id: string, parent: string | null) => ana.send('PUT', `/groups/${id}`, { name: id, parent })
  assert.equal((await put('north', null)).statusCode, 200)
  assert.equal((await put('depot', 'north')).statusCode, 200)
  assert.equal((await put('south', null)).statusCode, 200)
  for (const [id, parent] of [
    ['north', 'depot'],
    ['north', 'north'],
    ['east', 'nowhere'],
  ] as const)
    assert.equal((await put(id, parent)).statusCode, 409, `${id} in ${parent}`)
  const nina = await fixture.as('nina', [overGroup('operator', 'north')])
  assert.equal((await nina.get('/vehicles/car-1/registry')).statusCode, 404)
  await ana.send('PATCH', '/vehicles/car-1/registry', { version: 0, groups: ['depot'] })
  const seen = (await nina.get('/vehicles/car-1/registry')).json<RegistryView>()
  assert.deepEqual(seen.groups, ['depot'])
  assert.deepEqual(
    (await nina.get('/groups'))
      .json<VehicleGroups>()
      .rows.map(({ id }) => id)
      .sort(),
    ['depot', 'north'],
  )
  const edit = (groups: readonly string[]) =>
    nina.send('PATCH', '/vehicles/car-1/registry', { version: seen.version, groups })
  assert.equal((await edit([])).statusCode, 403)
  assert.equal((await edit(['depot', 'south'])).statusCode, 403)
  assert.equal((await edit(['north'])).statusCode, 200)
  assert.equal((await nina.send('PATCH', '/vehicles/new/registry', { version: 0 })).statusCode, 404)
  assert.equal((await nina.send('PUT', '/groups/own', { name: 'Own', parent: null })).statusCode, 403)
  assert.equal((await ana.send('DELETE', '/groups/north')).statusCode, 409)
  await ana.send('DELETE', '/groups/depot')
  assert.equal((await ana.send('DELETE', '/groups/north')).statusCode, 409)
  assert.equal((await ana.send('DELETE', '/groups/south')).statusCode, 204)
})

test('a vehicle is one driver’s at a time, who sees it while it is', async () => {
  await using fixture = await open()
  const { ana, clock } = fixture
  const now = clock.now()
  const dan = await fixture.as('dan', [{ role: 'driver', scope: { of: 'assigned' } }])
  const put = (id: string, from: number, until: number | null) =>
    ana.send('PUT', `/vehicles/car-1/assignments/${id}`, { person: 'dan', from, until })
  const seen = async () => (await dan.get('/vehicles/car-1/registry')).statusCode
  assert.equal(await seen(), 404)
  assert.equal((await put('late', now, now + 1000)).statusCode, 200)
  assert.equal(await seen(), 200)
  assert.equal((await put('other', now + 999, null)).statusCode, 409)
  assert.equal((await put('next', now + 1000, null)).statusCode, 200)
  assert.equal((await put('bad', 5, 5)).statusCode, 409)
  const { rows } = (await ana.get('/vehicles/car-1/assignments')).json<VehicleAssignments>()
  assert.deepEqual(
    rows.map(({ id, until }) => [id, until]),
    [
      ['next', null],
      ['late', now + 1000],
    ],
  )
  assert.equal((await ana.send('DELETE', '/vehicles/car-1/assignments/late')).statusCode, 204)
  assert.equal(await seen(), 404)
  assert.equal((await dan.get('/vehicles/car-1/assignments')).statusCode, 403)
})

test('a role is made of permissions that its maker has, and holds and ends at once', async () => {
  await using fixture = await open()
  const { ana } = fixture
  assert.equal((await ana.send('PUT', '/roles/viewer', { may: [] })).statusCode, 409)
  await ana.send('PUT', '/roles/people', { may: ['people:manage'] })
  const paul = await fixture.as('paul', [{ role: 'people', scope: { of: 'tenant' } }])
  assert.equal((await paul.send('PUT', '/roles/spy', { may: ['places:read'] })).statusCode, 403)
  assert.equal((await paul.get('/vehicles/car-1/registry')).statusCode, 403)
  await ana.send('PUT', '/roles/people', { may: ['people:manage', 'vehicles:read'] })
  assert.equal((await paul.get('/vehicles/car-1/registry')).statusCode, 200)
  await ana.send('DELETE', '/roles/people')
  assert.equal((await paul.get('/roles')).statusCode, 403)
})

test('tenants with equal ids never meet', async () => {
  await using fixture = await open()
  const theo = await fixture.as('theo', 'administrator', 'theirs')
  await fixture.ana.send('PUT', '/groups/north', { name: 'Ours', parent: null })
  await fixture.ana.send('PATCH', '/vehicles/car-1/registry', { version: 0, name: 'Ours', groups: ['north'] })
  assert.deepEqual((await theo.get('/groups')).json<VehicleGroups>().rows, [])
  await theo.send('PATCH', '/vehicles/car-1/registry', { version: 0, name: 'Theirs' })
  assert.equal((await fixture.ana.get('/vehicles/car-1/registry')).json<RegistryView>().name, 'Ours')
  assert.equal((await theo.get('/vehicles/car-1/registry')).json<RegistryView>().name, 'Theirs')
})
