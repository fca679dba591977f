import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import type { Grant } from '../../rights/grant.ts'
import type { BuiltInRole } from '../../rights/permissions.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import { openFixture } from '../api.testing.ts'
import type { BulkEditResult, Problem, RegistryImport, RegistryView } from '../contract.ts'
import { fillStorage } from '../rows.testing.ts'

async function open() {
  const storage = openMemoryStorage()
  await fillStorage(storage)
  const fixture = await openFixture(storage, openMemoryLog({ partitions: 1 }).log)
  const as = async (name: string, role?: BuiltInRole | readonly Grant[]) => {
    await fixture.addUser(name, 'ours', role)
    const cookie = await fixture.signIn(name)
    const csv = { cookie, 'content-type': 'text/csv' }
    return {
      get: (path: string) => fixture.get(`/api/v1${path}`, { cookie }),
      give: async () => (await fixture.get('/api/v1/registry', { cookie })).body,
      send: (method: 'POST' | 'PUT' | 'PATCH', path: string, body?: object) =>
        fixture.send(method, `/api/v1${path}`, body, { cookie }),
      take: async (text: string, query = 'dryRun=false') =>
        (await fixture.send('POST', `/api/v1/registry?${query}`, Buffer.from(text), csv)).json<RegistryImport>(),
      registry: async (vehicle: string) =>
        (await fixture.get(`/api/v1/vehicles/${vehicle}/registry`, { cookie })).json<RegistryView>(),
    }
  }
  return { ...fixture, as, ana: await as('ana') }
}

test('a file is tried, then stored as a whole, and comes out as it went in', async () => {
  await using fixture = await open()
  const { ana } = fixture
  await ana.send('PUT', '/groups/north', { name: 'North', parent: null })
  const file = 'vehicle,name,groups,tags,attribute:Key\ncar-1,"=SUM(A1)",north,"cold, big",7\nnew-1,New,,,\n'
  const tried = await ana.take(file, 'dryRun=true')
  assert.deepEqual(tried, { isStored: false, lines: 2, made: 1, changed: 1, same: 0, faulty: 0, faults: [] })
  assert.equal((await ana.registry('car-1')).version, 0)
  assert.equal((await ana.take(file, '')).isStored, false)
  assert.equal((await ana.take(file)).isStored, true)
  const { name, groups, tags, attributes } = await ana.registry('car-1')
  assert.deepEqual([name, groups, tags, attributes], ['=SUM(A1)', ['north'], ['cold', 'big'], { Key: '7' }])
  const out = await ana.give()
  assert.match(out, /,"?'=SUM/)
  const again = await ana.take(out)
  assert.deepEqual([again.same, again.made, again.changed, again.faulty], [again.lines, 0, 0, 0])
  const part = await ana.take('vehicle,plate\ncar-1,X 1\n')
  assert.deepEqual([part.changed, (await ana.registry('car-1')).name], [1, '=SUM(A1)'])
})

test('of a file with faults nothing is stored, unless its good lines are asked for', async () => {
  await using fixture = await open()
  const { ana } = fixture
  const file = 'vehicle;year;groups\ngood;2020;\nbad;20x;\nworse;2020;nowhere\n'
  const refused = await ana.take(file)
  assert.deepEqual([refused.isStored, refused.faulty, refused.made], [false, 2, 1])
  assert.deepEqual(
    refused.faults.map(({ line, column }) => [line, column]),
    [
      [3, 'year'],
      [4, 'groups'],
    ],
  )
  assert.equal((await ana.get('/vehicles/good/registry')).statusCode, 404)
  assert.equal((await ana.take(file, 'dryRun=false&skipFaulty=true')).isStored, true)
  assert.equal((await ana.registry('good')).year, 2020)
  assert.equal((await ana.get('/vehicles/bad/registry')).statusCode, 404)
})

test('ten thousand lines are taken at once, and other routes take no file', async () => {
  await using fixture = await open()
  const { ana } = fixture
  const lines = Array.from({ length: 10_000 }, (_, n) => `bulk-${n},Vehicle ${n},${'x'.repeat(40)}`)
  const done = await ana.take(`vehicle,name,notes\n${lines.join('\n')}\n`)
  assert.deepEqual([done.isStored, done.made], [true, 10_000])
  const large = await ana.send('PATCH', '/vehicles/car-1/registry', { version: 0, notes: 'x'.repeat(70_000) })
  assert.equal(large.json<Problem>().type, '/problems/too-large')
})

test('an editor of some groups changes no others by a file or a bulk edit, and no VIN leaves unseen', async () => {
  await using fixture = await open()
  const { ana } = fixture
  for (const id of ['north', 'south']) await ana.send('PUT', `/groups/${id}`, { name: id, parent: null })
  await ana.take('vehicle,groups,vin\nn-1,north,WVWZZZ1JZXW000001\nn-2,north,\ns-1,south,\n')
  const over = (role: string): Grant => ({ role, scope: { of: 'group', group: 'north' } })
  const nina = await fixture.as('nina', [over('operator')])
  const out = await nina.give()
  assert.match(out, /n-1/)
  assert.doesNotMatch(out, /s-1|car-1|WVWZZZ|vin/)
  const refused = await nina.take('vehicle,name\nn-1,Mine\ns-1,Not mine\nnew,New\n')
  assert.deepEqual(
    refused.faults.map(({ line }) => line),
    [3, 4],
  )
  assert.deepEqual((await nina.take('vehicle,groups\nn-1,south\n')).faulty, 1)
  const bulk = async (who: typeof ana, body: object) => {
    const answer = await who.send('POST', '/registry/edit', body)
    return answer.statusCode === 200 ? answer.json<BulkEditResult>() : answer.statusCode
  }
  const edit = { addTags: ['Seen'], removeTags: [] }
  assert.deepEqual(await bulk(nina, { select: {}, edit, dryRun: true }), { isStored: false, selected: 2, changed: 2 })
  assert.deepEqual(await bulk(nina, { select: {}, edit, dryRun: false }), { isStored: true, selected: 2, changed: 2 })
  assert.deepEqual((await ana.registry('n-2')).tags, ['seen'])
  assert.deepEqual((await ana.registry('s-1')).tags, [])
  assert.equal(await bulk(nina, { select: {}, edit: { addGroups: ['south'] }, dryRun: false }), 403)
  const all = { select: { tag: 'seen', group: 'north' }, edit: { archived: true, make: 'Volvo' }, dryRun: false }
  assert.deepEqual(await bulk(ana, all), { isStored: true, selected: 2, changed: 2 })
  const { make, archivedAt } = await ana.registry('n-1')
  assert.deepEqual([make, archivedAt], ['Volvo', fixture.clock.now()])
  assert.deepEqual(await bulk(ana, { ...all, select: { search: 'SEEN' } }), { isStored: true, selected: 0, changed: 0 })
})
