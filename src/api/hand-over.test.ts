// A vehicle that goes from one person to another: each sees what it did while it was his, and
// nothing of the time of the other.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryLog } from '../eventlog/memory/memory-log.ts'
import { openMemoryStorage } from '../storage/memory/memory-storage.ts'
import { fixtureNow, openFixture } from './api.testing.ts'
import type { Alert, Listing, Trip } from './contract.ts'
import { alert, trip, twin } from './rows.testing.ts'

const hourMs = 3_600_000
const handedOverAt = fixtureNow - 3 * hourMs

/** A trip of each, and one in which the vehicle changed hands. */
const trips = {
  before: handedOverAt - hourMs,
  between: handedOverAt - 60_000,
  after: handedOverAt + hourMs,
} as const

async function open() {
  const storage = openMemoryStorage()
  await storage.twins.put([{ id: 'ours/car-1', row: twin('ours', 'car-1') }], {})
  for (const [id, startAt] of Object.entries(trips)) {
    await storage.trips.put([{ id, row: { ...trip('ours', id, startAt), endAt: startAt + 120_000 } }], {})
    await storage.alerts.put([{ id, row: { ...alert('ours', id), at: startAt, receivedAt: startAt } }], {})
  }
  const assignment = { tenant: 'ours', vehicle: 'car-1' }
  await storage.registry.write(
    {
      assignments: [
        { ...assignment, id: 'a1', person: 'seller', from: 0, until: handedOverAt },
        { ...assignment, id: 'a2', person: 'buyer', from: handedOverAt, until: null },
      ],
    },
    0,
  )
  const fixture = await openFixture(storage, openMemoryLog({ partitions: 1 }).log)
  for (const person of ['seller', 'buyer'])
    await fixture.addUser(person, 'ours', [{ role: 'driver', scope: { of: 'assigned' } }])
  const as = async (person: string) => {
    const cookie = await fixture.signIn(person)
    const ids = async (path: string): Promise<readonly string[]> => {
      const { rows } = (await fixture.get(`/api/v1${path}`, { cookie })).json<Listing<Trip | Alert>>()
      return rows.map(({ id }) => id)
    }
    return { ids, status: async (path: string) => (await fixture.get(`/api/v1${path}`, { cookie })).statusCode }
  }
  return { ...fixture, as }
}

test('past trips and alerts are hidden both ways when a vehicle changes hands, and one that spans both times from both', async () => {
  await using api = await open()
  const [seller, buyer] = [await api.as('seller'), await api.as('buyer')]
  assert.deepEqual([await seller.ids('/trips'), await buyer.ids('/trips')], [['before'], ['after']])
  assert.deepEqual([await seller.ids('/alerts'), await buyer.ids('/alerts')], [['between', 'before'], ['after']])
  for (const [id, ofSeller, ofBuyer] of [
    ['before', 200, 404],
    ['between', 404, 404],
    ['after', 404, 200],
  ] as const)
    for (const part of ['', '/track', '/track.gpx'])
      assert.deepEqual(
        [await seller.status(`/trips/${id}${part}`), await buyer.status(`/trips/${id}${part}`)],
        [ofSeller, ofBuyer],
        `${id}${part}`,
      )
})

test('who had a vehicle sees it no more: neither in the list, nor by its address, nor its values', async () => {
  await using api = await open()
  const [seller, buyer] = [await api.as('seller'), await api.as('buyer')]
  assert.deepEqual([await seller.status('/vehicles/car-1'), await buyer.status('/vehicles/car-1')], [404, 200])
})
