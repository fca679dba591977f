// Lists by a place: vehicles by where they were last, trips by where they began or ended.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { byId } from '../../read-models/rows.testing.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import { fixtureNow, openFixture } from '../api.testing.ts'
import type { Listing, Problem, Trip, VehicleListing } from '../contract.ts'
import { trip, twin } from '../rows.testing.ts'

async function open() {
  const storage = openMemoryStorage()
  const fixture = await openFixture(storage, openMemoryLog({ partitions: 1 }).log)
  await fixture.addUser('ana', 'ours')
  return { ...fixture, storage, cookie: await fixture.signIn('ana') }
}

test('vehicles and trips are listed by a place, page by page, with the number of all vehicles there', async () => {
  await using fixture = await open()
  const { storage, cookie } = fixture
  const at = fixtureNow
  const place = (lat: number, lon: number) => ({
    'Vehicle.CurrentLocation.Latitude': { value: lat, at },
    'Vehicle.CurrentLocation.Longitude': { value: lon, at },
  })
  const put = (vehicle: string, lat: number, lon: number) => ({
    id: `ours/${vehicle}`,
    row: twin('ours', vehicle, place(lat, lon)),
  })
  await storage.twins.put([put('a', -34.9, -56.2), put('b', -34.901, -56.2), put('c', -34.9, -56.3)], {})
  const depot = { lat: -34.9, lon: -56.2 }
  await storage.trips.put(
    byId([
      { ...trip('ours', 'from', at), start: depot, end: { lat: 0, lon: 0 } },
      { ...trip('ours', 'to', at + 1), start: null, end: depot },
      { ...trip('ours', 'elsewhere', at + 2), start: { lat: 1, lon: 1 }, end: null },
      { ...trip('theirs', 'foreign', at + 3), start: depot },
    ]),
    {},
  )
  const vehicles = async (query: string): Promise<VehicleListing> =>
    (await fixture.get(`/api/v1/vehicles?${query}`, { cookie })).json()
  const trips = async (query: string): Promise<Listing<Trip>> =>
    (await fixture.get(`/api/v1/trips?${query}`, { cookie })).json()

  const near = 'near=-34.9,-56.2,500'
  const first = await vehicles(`${near}&limit=1`)
  assert.deepEqual([first.total, first.rows.map(({ vehicle }) => vehicle)], [2, ['a']])
  const second = await vehicles(`${near}&limit=1&after=${first.next}`)
  assert.deepEqual(
    second.rows.map(({ vehicle }) => vehicle),
    ['b'],
  )
  assert.equal((await vehicles('near=-34.9,-56.2,50')).total, 1)
  assert.deepEqual(
    (await trips(near)).rows.map(({ id }) => id),
    ['to', 'from'],
  )
  const page = await trips(`${near}&limit=1`)
  assert.deepEqual(
    (await trips(`${near}&limit=1&after=${page.next}`)).rows.map(({ id }) => id),
    ['from'],
  )
  // A cursor is good for the place it is of.
  const other = await fixture.get(`/api/v1/trips?near=-34.9,-56.2,501&limit=1&after=${page.next}`, { cookie })
  assert.equal(other.statusCode, 400)
})

test('a place that is none is refused with its form', async () => {
  await using fixture = await open()
  const { cookie } = fixture
  for (const list of ['vehicles', 'trips'])
    for (const near of ['', '1,2', '91,0,5', '0,181,5', '0,0,0', '0,0,10000001', '0,0,-5', 'here']) {
      const response = await fixture.get(`/api/v1/${list}?near=${near}`, { cookie })
      const { type, errors } = response.json<Problem>()
      assert.deepEqual(
        [response.statusCode, type, errors?.[0]?.field],
        [400, '/problems/invalid-request', 'near'],
        near,
      )
      assert.match(errors?.[0]?.message ?? '', /latitude,longitude,metres/)
    }
})
