// The live feed of readers that see some of a tenant: what they are told, and when it ends.
import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { test } from 'node:test'
import type { NewRecord } from '../../eventlog/event-log.ts'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import type { Grant } from '../../rights/grant.ts'
import type { Assignment, Organisation } from '../../rights/sight.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import { fixtureNow, openFixture } from '../api.testing.ts'
import type { PositionsEvent } from '../contract.ts'
import { alert, trip, twin } from '../rows.testing.ts'
import { openSse, type SseClient, type SseEvent } from './sse-client.ts'

const vehicleGrant = (role: string, vehicle: string, more: Partial<Grant> = {}): Grant => ({
  role,
  scope: { of: 'vehicle', vehicle },
  ...more,
})

/** An organisation that tests change. */
function createOrganisation() {
  const groups = new Map<string, readonly string[]>()
  const assigned = new Map<string, readonly Assignment[]>()
  let version = 0
  const organisation: Organisation = {
    get version() {
      return version
    },
    groupsWithin: (_tenant, group) => [group],
    groupsOf: (_tenant, vehicle) => groups.get(vehicle) ?? [],
    vehiclesIn: (_tenant, wanted) =>
      [...groups].filter(([, of]) => of.some((group) => wanted.includes(group))).map(([vehicle]) => vehicle),
    assignedTo: (_tenant, person) => assigned.get(person) ?? [],
    customRoles: [{ tenant: 'ours', name: 'clerk', may: ['vehicles:read', 'alerts:read', 'trips:read'] }],
  }
  return {
    organisation,
    put(vehicle: string, ...of: readonly string[]) {
      groups.set(vehicle, of)
      version += 1
    },
    assign(person: string, ...to: readonly Assignment[]) {
      assigned.set(person, to)
      version += 1
    },
  }
}

async function open(people: Readonly<Record<string, readonly Grant[]>>) {
  const { log } = openMemoryLog({ partitions: 2 })
  const storage = openMemoryStorage()
  const changes = createOrganisation()
  // Reviews are called for by the tests, so that they are at instants of the test's clock.
  const limits = { tickMs: 5, gatherMs: 0, heartbeatMs: 10, reviewMs: 1_000_000 }
  const fixture = await openFixture(storage, log, { liveLimits: limits, organisation: changes.organisation })
  for (const [name, grants] of Object.entries(people)) await fixture.addUser(name, 'ours', grants)
  await fixture.server.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(fixture.server.server.address() as AddressInfo).port}/api/v1/live`
  let at = fixtureNow
  return {
    ...fixture,
    ...changes,
    log,
    url,
    follow: async (name: string, query = '', id?: string): Promise<SseClient> =>
      openSse(`${url}${query}`, {
        cookie: await fixture.signIn(name),
        ...(id === undefined ? {} : { 'last-event-id': id }),
      }),
    move: (...vehicles: readonly string[]) => log.append(vehicles.map((vehicle) => twinRecord(vehicle, (at += 1)))),
  }
}

const twinRecord = (vehicle: string, at: number): NewRecord => ({
  topic: 'twin',
  key: `ours/${vehicle}`,
  headers: { id: `ours/${vehicle}` },
  at,
  value: Buffer.from(JSON.stringify(twin('ours', vehicle, {}, at))),
})
const rowRecord = (topic: 'alert' | 'trip', vehicle: string, id: string, row: object | null): NewRecord => ({
  topic,
  key: `ours/${vehicle}`,
  headers: { id },
  at: 1,
  value: row === null ? new Uint8Array() : Buffer.from(JSON.stringify({ ...row, vehicle, id })),
})
const alertOf = (vehicle: string, id: string, receivedAt = fixtureNow) =>
  rowRecord('alert', vehicle, id, { ...alert('ours', id), receivedAt, place: { lat: -34.9, lon: -56.1 } })
const tripOf = (vehicle: string, id: string) => rowRecord('trip', vehicle, id, trip('ours', id, fixtureNow))

/** The vehicles whose places a reader has been told and may still show, by their names. */
function createMap() {
  const names = new Map<number, string>()
  const shown = new Set<string>()
  return {
    shown,
    take({ event, data }: SseEvent) {
      if (event !== 'positions') return
      const positions = data as PositionsEvent
      if (positions.anew === true) for (const all of [names, shown]) all.clear()
      for (const [number, vehicle] of positions.names) names.set(number, vehicle)
      for (const number of positions.number) shown.add(names.get(number) ?? 'a number without a name')
      const highest = Math.max(-1, ...positions.number, ...positions.names.map(([number]) => number))
      assert.ok(highest < names.size, 'numbers tell of vehicles that have no name')
    },
  }
}
/** Reads on until exactly these vehicles are shown. */
async function until(client: SseClient, map: ReturnType<typeof createMap>, ...vehicles: readonly string[]) {
  while ([...map.shown].sort().join() !== vehicles.join()) map.take(await client.next())
}

test('a reader of one vehicle is told of it alone: no name, number or event of another', async () => {
  await using live = await open({ ana: [vehicleGrant('viewer', 'car-2')] })
  await live.move('car-1', 'car-2', 'car-3')
  const client = await live.follow('ana')
  const map = createMap()
  await until(client, map, 'car-2')
  await live.move('car-1', 'car-3', 'car-4')
  await live.log.append([alertOf('car-1', 'a1'), tripOf('car-3', 't1'), alertOf('car-2', 'a2'), tripOf('car-2', 't2')])
  const told: string[] = []
  while (told.length < 2) {
    const event = await client.next()
    map.take(event)
    if (event.event !== 'positions') told.push((event.data as { readonly id: string }).id)
  }
  assert.deepEqual([told.sort(), [...map.shown]], [['a2', 't2'], ['car-2']])
  client.close()
})

test('a feed that somebody may not follow is refused by its name, and left out otherwise', async () => {
  await using live = await open({ ana: [{ role: 'clerk', scope: { of: 'tenant' } }] })
  for (const feeds of ['positions', 'alert,positions'])
    assert.equal((await live.follow('ana', `?feeds=${feeds}`)).status, 403)
  const client = await live.follow('ana')
  assert.equal(client.status, 200)
  await live.move('car-1')
  await live.log.append([alertOf('car-1', 'a1'), tripOf('car-1', 't1')])
  const told = new Map<string, Record<string, unknown>>()
  while (told.size < 2) {
    const { event, data } = await client.next()
    told.set(event, (data as Record<string, Record<string, unknown>>)[event]!)
  }
  assert.equal(told.get('alert')?.['place'], null)
  assert.deepEqual([told.get('trip')?.['start'], told.get('trip')?.['end']], [null, null])
  assert.equal(told.get('trip')?.['distanceM'], 1200.5)
  client.close()
})

test('places are left out of the events of those vehicles alone whose places may not be seen', async () => {
  await using live = await open({
    ana: [{ role: 'clerk', scope: { of: 'tenant' } }, vehicleGrant('viewer', 'car-2')],
  })
  const client = await live.follow('ana', '?feeds=alert')
  await live.log.append([alertOf('car-1', 'a1'), alertOf('car-2', 'a2')])
  const places = new Map<string, unknown>()
  while (places.size < 2) {
    const { id, alert: row } = (await client.next()).data as { readonly id: string; readonly alert: { place: unknown } }
    places.set(id, row.place)
  }
  assert.deepEqual([places.get('a1'), places.get('a2')], [null, { lat: -34.9, lon: -56.1 }])
  client.close()
})

test('what was missed comes by the same rights as what happens', async () => {
  await using live = await open({ ana: [vehicleGrant('viewer', 'car-2')] })
  const before = await live.follow('ana', '?feeds=alert')
  while (before.lastEventId() === undefined) await nextTurn()
  before.close()
  await live.log.append([alertOf('car-1', 'a1'), rowRecord('alert', 'car-1', 'a0', null)])
  await live.log.append([alertOf('car-2', 'a2'), rowRecord('alert', 'car-2', 'a3', null)])
  const after = await live.follow('ana', '?feeds=alert', before.lastEventId())
  const ids = [await after.next(), await after.next()].map(({ data }) => (data as { readonly id: string }).id)
  assert.deepEqual(ids, ['a2', 'a3'])
  after.close()
})

test('a driver follows a vehicle from the instant it is his to the instant it no longer is', async () => {
  await using live = await open({ ana: [{ role: 'driver', scope: { of: 'assigned' } }] })
  live.assign(
    'ana',
    { vehicle: 'car-1', from: fixtureNow + 1000, until: fixtureNow + 2000 },
    { vehicle: 'car-2', from: 0, until: null },
  )
  await live.move('car-1', 'car-2')
  const client = await live.follow('ana', '?feeds=positions,alert')
  const map = createMap()
  await until(client, map, 'car-2')
  live.clock.at = fixtureNow + 1000
  await until(client, map, 'car-1', 'car-2')
  live.clock.at = fixtureNow + 2000
  await until(client, map, 'car-2')
  await live.log.append([
    alertOf('car-1', 'before', fixtureNow + 999),
    alertOf('car-1', 'after', fixtureNow + 2000),
    alertOf('car-1', 'within', fixtureNow + 1999),
    alertOf('car-2', 'last'),
  ])
  const ids: string[] = []
  while (!ids.includes('last')) {
    const event = await client.next()
    map.take(event)
    if (event.event === 'alert') ids.push((event.data as { readonly id: string }).id)
  }
  assert.ok(!ids.includes('before') && !ids.includes('after'), ids.join())
  client.close()
})

test('an assignment that ends, ends the places of that vehicle within 5 s in a stream that is open', async () => {
  await using live = await open({ ana: [{ role: 'driver', scope: { of: 'assigned' } }] })
  live.assign('ana', { vehicle: 'car-1', from: 0, until: null }, { vehicle: 'car-2', from: 0, until: null })
  await live.move('car-1', 'car-2')
  const client = await live.follow('ana', '?feeds=positions')
  const map = createMap()
  await until(client, map, 'car-1', 'car-2')
  live.assign('ana', { vehicle: 'car-2', from: 0, until: null })
  live.clock.at += 4000
  await live.hub.review()
  await until(client, map, 'car-2')
  await live.move('car-1', 'car-2')
  map.take(await client.next())
  assert.deepEqual([...map.shown], ['car-2'])
  client.close()
})

test('a vehicle that leaves a group leaves the streams of those who see the group, and one that comes is shown', async () => {
  await using live = await open({ ana: [{ role: 'viewer', scope: { of: 'group', group: 'north' } }] })
  live.put('car-1', 'north')
  live.put('car-2', 'south')
  await live.move('car-1', 'car-2')
  const client = await live.follow('ana', '?feeds=positions')
  const map = createMap()
  await until(client, map, 'car-1')
  live.put('car-1', 'south')
  live.put('car-2', 'north')
  live.clock.at += 4000
  await until(client, map, 'car-2')
  client.close()
})

test('a right that ends closes the stream within 5 s, and it does not open again', async () => {
  await using live = await open({ ana: [vehicleGrant('viewer', 'car-1', { expiresAt: fixtureNow + 60_000 })] })
  await live.move('car-1')
  const client = await live.follow('ana')
  await until(client, createMap(), 'car-1')
  live.clock.at = fixtureNow + 60_000
  await live.hub.review()
  await client.ended
  assert.equal((await live.follow('ana')).status, 403)
})

test('a link follows its vehicle, and its stream closes within 5 s of its end, by time or by hand', async () => {
  await using live = await open({ dora: [{ role: 'dispatcher', scope: { of: 'tenant' } }] })
  for (const vehicle of ['car-1', 'car-2'])
    await live.options.storage.twins.put([{ id: `ours/${vehicle}`, row: twin('ours', vehicle) }], {})
  const cookie = await live.signIn('dora')
  const path = '/api/v1/vehicles/car-1/shares'
  const link = async () => {
    const made = await live.send('POST', path, { until: fixtureNow + 60_000 }, { cookie })
    const { id, token } = made.json<{ readonly id: string; readonly token: string }>()
    const client = await openSse(live.url, { authorization: `Bearer ${token}` })
    const map = createMap()
    await until(client, map, 'car-1')
    return { id, client, map }
  }
  const [timed, ended] = [await link(), await link()]
  await live.log.append([alertOf('car-1', 'a1'), tripOf('car-1', 't1')])
  await live.move('car-1', 'car-2')
  const { event } = await timed.client.next()
  assert.equal(event, 'positions')
  assert.equal((await live.send('DELETE', `${path}/${ended.id}`, undefined, { cookie })).statusCode, 204)
  await ended.client.ended
  live.clock.at = fixtureNow + 60_000
  await live.hub.review()
  await timed.client.ended
})
