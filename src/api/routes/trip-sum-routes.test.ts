import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openMemoryLog } from '../../eventlog/memory/memory-log.ts'
import { byId } from '../../read-models/rows.testing.ts'
import { openMemoryStorage } from '../../storage/memory/memory-storage.ts'
import { fixtureNow, openFixture } from '../api.testing.ts'
import type { Listing, Problem, TripSum } from '../contract.ts'
import { trip } from '../rows.testing.ts'

test('trips are summed by vehicle and time, page by page, of the caller’s tenant alone', async () => {
  const storage = openMemoryStorage()
  await using fixture = await openFixture(storage, openMemoryLog({ partitions: 1 }).log)
  await fixture.addUser('ana', 'ours')
  const cookie = await fixture.signIn('ana')
  const at = fixtureNow
  await storage.trips.put(
    byId([
      trip('ours', 't1', at),
      { ...trip('ours', 't2', at + 1), fuelL: null },
      trip('ours', 't3', at + 2),
      { ...trip('ours', 't4', at), vehicle: 'car-2', fuelL: null },
      trip('theirs', 't5', at),
    ]),
    {},
  )
  const sums = async (query: string): Promise<Listing<TripSum>> =>
    (await fixture.get(`/api/v1/trips/sums?${query}`, { cookie })).json()

  const span = `from=${at}&to=${at + 2}`
  const first = await sums(`${span}&limit=1`)
  assert.deepEqual(
    first.rows.map(({ vehicle, trips, distanceM, fuelL }) => ({ vehicle, trips, distanceM, fuelL })),
    [{ vehicle: 'car-1', trips: 2, distanceM: { sum: 2401, known: 2 }, fuelL: { sum: 0.1, known: 1 } }],
  )
  const second = await sums(`${span}&limit=1&after=${first.next}`)
  assert.deepEqual(
    second.rows.map(({ vehicle, fuelL }) => ({ vehicle, fuelL })),
    [{ vehicle: 'car-2', fuelL: { sum: null, known: 0 } }],
  )
  assert.equal(second.next, undefined)
  assert.deepEqual(
    (await sums('vehicle=car-1')).rows.map(({ vehicle, trips }) => ({ vehicle, trips })),
    [{ vehicle: 'car-1', trips: 3 }],
  )
  assert.deepEqual((await sums(`from=${at + 3}`)).rows, [])
  // A cursor is good for the time it is of.
  const other = await fixture.get(`/api/v1/trips/sums?from=${at}&limit=1&after=${first.next}`, { cookie })
  assert.deepEqual([other.statusCode, other.json<Problem>().type], [400, '/problems/invalid-cursor'])
})
