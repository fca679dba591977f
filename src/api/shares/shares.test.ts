// Links to a vehicle: who may make them, what they show, and when they end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import type { Grant } from '../../rights/grant.ts'
import type { Assignment, Organisation } from '../../rights/sight.ts'
import { plainOrganisation } from '../../rights/plain-organisation.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import { fixtureNow, openFixture } from '../api.testing.ts'
import type { Listing, MadeShare, SharedVehicle, ShareInfo, TrackColumns } from '../contract.ts'
import { fillStorage, trip } from '../rows.testing.ts'

const hourMs = 3_600_000
const path = '/api/v1/vehicles/car-1/shares'
const ofVehicle = (role: string, vehicle: string): Grant => ({ role, scope: { of: 'vehicle', vehicle } })

async function open() {
  const storage = openMemoryStorage()
  await fillStorage(storage)
  const assigned: Assignment[] = [{ vehicle: 'car-1', from: 0, until: null }]
  const organisation: Organisation = { ...plainOrganisation, assignedTo: () => assigned }
  const fixture = await openFixture(storage, openMemoryLog({ partitions: 1 }).log, { organisation })
  await fixture.addUser('dora', 'ours', 'dispatcher')
  await fixture.addUser('olga', 'ours', 'operator')
  const dora = { cookie: await fixture.signIn('dora') }
  const make = async (body: object = {}, headers: Readonly<Record<string, string>> = dora): Promise<MadeShare> => {
    const response = await fixture.send('POST', path, { until: fixtureNow + hourMs, ...body }, headers)
    assert.equal(response.statusCode, 201, response.body)
    return response.json()
  }
  const by = ({ token }: Pick<MadeShare, 'token'>) => ({ authorization: `Bearer ${token}` })
  const look = async (share: Pick<MadeShare, 'token'>): Promise<SharedVehicle> => {
    const response = await fixture.get('/api/v1/share', by(share))
    assert.equal(response.statusCode, 200, response.body)
    return response.json()
  }
  const statusOf = async (share: Pick<MadeShare, 'token'>, of = '/api/v1/share'): Promise<number> =>
    (await fixture.get(of, by(share))).statusCode
  return { ...fixture, storage, assigned, dora, make, by, look, statusOf }
}

test('who has a link sees where the vehicle is and how it does, and until when', async () => {
  await using api = await open()
  assert.deepEqual(await api.look(await api.make()), {
    vehicle: 'car-1',
    from: fixtureNow,
    until: fixtureNow + hourMs,
    powertrain: null,
    at: fixtureNow - 1000,
    receivedAt: fixtureNow - 800,
    speedKmh: 42.5,
    place: { lat: -34.9, lon: -56.1 },
    energyPercent: null,
    trip: null,
  })
})

test('a link ends with its time, by whoever may share the vehicle, and is then as if it never was', async () => {
  await using api = await open()
  const [timed, ended] = [await api.make(), await api.make()]
  const olga = { cookie: await api.signIn('olga') }
  assert.equal((await api.send('DELETE', `${path}/${ended.id}`, undefined, olga)).statusCode, 204)
  api.clock.at = fixtureNow + hourMs - 1
  assert.equal(await api.statusOf(timed), 200)
  api.clock.at += 1
  const bodies = await Promise.all(
    [timed, ended, { token: `rsl_${'x'.repeat(43)}` }, { token: 'rsl_x' }].map(async (share) => {
      const { statusCode, body } = await api.get('/api/v1/share', api.by(share))
      return [statusCode, body.replace(/"instance":"[^"]*"/, '')]
    }),
  )
  for (const each of bodies) assert.deepEqual(each, bodies[0])
  assert.equal(bodies[0]?.[0], 401)
  assert.equal((await api.send('DELETE', `${path}/${ended.id}`, undefined, olga)).statusCode, 404)
})

test('a link shows its vehicle and nothing else: every other route refuses it, with the cookie of somebody as well', async () => {
  await using api = await open()
  const share = await api.make({ withTrip: true })
  await api.server.ready()
  const { paths = {} } = api.server.swagger()
  const tried: string[] = []
  for (const [pattern, item] of Object.entries<object>(paths as Record<string, object>))
    for (const method of Object.keys(item).filter((name) => name !== 'parameters')) {
      const operation = (item as Record<string, { readonly 'x-needs'?: string; readonly 'x-links'?: boolean }>)[method]
      if (operation?.['x-needs'] === undefined || operation['x-needs'] === 'everyone' || operation['x-links'] === true)
        continue
      const url = pattern.replaceAll(/\{[^}]*\}/g, 'car-1')
      const headers = { host: 'localhost', ...api.by(share), ...api.dora }
      const response = await api.server.inject({ method: method.toUpperCase() as 'GET', url, headers })
      assert.equal(response.statusCode, 403, `${method} ${url}`)
      tried.push(url)
    }
  assert.ok(tried.length > 20, tried.join())
})

test('who may not share, or does not see the vehicle or its places, makes no link, and none is told of', async () => {
  await using api = await open()
  const roles: Readonly<Record<string, readonly Grant[]>> = {
    viewer: [ofVehicle('viewer', 'car-1')],
    elsewhere: [ofVehicle('dispatcher', 'car-2')],
    placeless: [ofVehicle('technician', 'car-1'), ofVehicle('dispatcher', 'car-2')],
  }
  await api.make()
  for (const [name, grants] of Object.entries(roles)) {
    await api.addUser(name, 'ours', grants)
    const headers = { cookie: await api.signIn(name) }
    const statuses = [
      await api.send('POST', path, { until: fixtureNow + hourMs }, headers),
      await api.get(path, headers),
    ].map(({ statusCode }) => statusCode)
    assert.deepEqual(statuses, name === 'viewer' ? [403, 403] : [404, 404], name)
  }
})

test('a link shows no more than its maker sees now: it ends with his right, and is back with it', async () => {
  await using api = await open()
  await api.addUser('ana', 'ours', [{ role: 'dispatcher', scope: { of: 'assigned' } }])
  const share = await api.make({}, { cookie: await api.signIn('ana') })
  assert.equal(await api.statusOf(share), 200)
  const [assignment] = api.assigned.splice(0)
  assert.equal(await api.statusOf(share), 401)
  api.assigned.push(assignment!)
  assert.equal(await api.statusOf(share), 200)
})

test('the trip it is on is told where the link says so, from its start, and none that ended', async () => {
  await using api = await open()
  const startAt = fixtureNow - 600_000
  const open_ = { ...trip('ours', 'trip-9', startAt), status: 'open' as const, endAt: fixtureNow }
  await api.storage.trips.put([{ id: 'trip-9', row: open_ }], {})
  const [plain, withTrip] = [await api.make(), await api.make({ withTrip: true })]
  assert.equal((await api.look(plain)).trip, null)
  assert.equal(await api.statusOf(plain, '/api/v1/share/track'), 403)
  assert.deepEqual((await api.look(withTrip)).trip, { startAt, distanceM: 1200.5 })
  const way = async (): Promise<TrackColumns> => (await api.get('/api/v1/share/track', api.by(withTrip))).json()
  assert.ok((await way()).at.length > 0)
  await api.storage.trips.put([{ id: 'trip-9', row: { ...open_, status: 'ended' } }], {})
  assert.equal((await api.look(withTrip)).trip, null)
  assert.deepEqual((await way()).at, [])
})

test('links are listed with who made them and when they were last used, and without what lets in', async () => {
  await using api = await open()
  const [used, unused] = [await api.make(), await api.make()]
  api.clock.at += 60_000
  await api.look(used)
  const { rows } = (await api.get(path, api.dora)).json<Listing<ShareInfo>>()
  assert.deepEqual(
    new Map(rows.map(({ id, madeBy, usedAt }) => [id, [madeBy, usedAt]])),
    new Map([
      [used.id, ['dora', fixtureNow + 60_000]],
      [unused.id, ['dora', null]],
    ]),
  )
  assert.ok(!JSON.stringify(rows).includes('rsl_'))
})

test('a link lasts 30 days at most, and there are no more than 50 of a vehicle', async () => {
  await using api = await open()
  for (const until of [fixtureNow, 0, fixtureNow + 30 * 24 * hourMs + 1]) {
    const { statusCode, body } = await api.send('POST', path, { until }, api.dora)
    assert.equal(statusCode, 400)
    assert.match(body, /"field":"until"/)
  }
  assert.equal(
    (await api.send('POST', '/api/v1/vehicles/car-9/shares', { until: fixtureNow + 1 }, api.dora)).statusCode,
    404,
  )
  for (let n = 0; n < 50; n += 1) await api.make({ until: fixtureNow + 30 * 24 * hourMs - n })
  assert.equal((await api.send('POST', path, { until: fixtureNow + 1 }, api.dora)).statusCode, 409)
})

test('the audit has who shared, who looked by the link and who ended it, and never what lets in', async () => {
  await using api = await open()
  const share = await api.make()
  await api.look(share)
  assert.equal((await api.send('DELETE', `${path}/${share.id}`, undefined, api.dora)).statusCode, 204)
  const { rows } = await api.storage.audit.list('ours', {}, { limit: 100 })
  const told = rows.map(({ entry: { who, action, target } }) => [who.kind, action, target.id].join(' ')).toReversed()
  assert.deepEqual(
    told.filter((deed) => !deed.includes('sign-in')),
    ['person share car-1', 'link disclose-place car-1', `person end ${share.id}`],
  )
  assert.ok(!JSON.stringify(rows).includes('rsl_'))
})
