// Promises of the table of trips, beside those of every table.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Trip } from './trips.ts'
import { byId, t0, tripRow } from '../rows.testing.ts'
import { assertPages, assertRefusesCursors, readPages } from '../../storage/paging.contract.ts'
import { listedAt, type TripFilter } from './trips.ts'
import { projectionContract, type OpenStore } from '../../storage/projection.contract.ts'
import type { TripStore } from '../../storage/storage.ts'
import { wholeReach } from '../../storage/reach.ts'

const newestFirst = (trips: readonly Trip[]): Trip[] =>
  [...trips].sort((a, b) => listedAt(b) - listedAt(a) || Buffer.compare(Buffer.from(b.id), Buffer.from(a.id)))

export function tripStoreContract(open: OpenStore<TripStore>): void {
  projectionContract('trips', open, {
    first: { id: 't1', row: tripRow('t1') },
    second: { id: 't1', row: tripRow('t1', { samples: 62 }) },
    other: { id: 't2', row: tripRow('t2') },
    ids: async (store) => (await store.list(wholeReach('acme'), {}, { limit: 100 })).rows.map(({ id }) => id),
    unstorable: { id: 't9', row: tripRow('t9', { startAt: 0.5 }) },
  })

  test('trips: every field comes back as it was, to the last bit, to its own tenant only', async () => {
    await using store = await open()
    const trip = tripRow('t1')
    const unheard = tripRow('t3', {
      receivedAt: null,
      clock: 'server',
      clockDoubt: 'ahead',
      idleMs: null,
      maxSpeedKmh: null,
      energyKwh: null,
      energyFrom: null,
    })
    await store.put(byId([trip, unheard]), {})
    assert.deepEqual(await store.get(wholeReach('acme'), 't1'), trip)
    assert.deepEqual(await store.get(wholeReach('acme'), 't3'), unheard)
    assert.equal(await store.get(wholeReach('other'), 't1'), undefined)
    assert.equal(await store.get(wholeReach('acme'), 't2'), undefined)
    assert.equal(await store.get(wholeReach('acme'), 't\0'), undefined)
  })

  test('trips: a corrected trip replaces its earlier self', async () => {
    await using store = await open()
    await store.put(byId([tripRow('t1', { status: 'open', endedBy: null }), tripRow('t1', { samples: 2 })]), {})
    await store.put(byId([tripRow('t1', { samples: 3, fuelL: 1.5, end: { lat: 1, lon: 2 } })]), {})
    assert.deepEqual((await store.list(wholeReach('acme'), {}, { limit: 9 })).rows, [
      tripRow('t1', { samples: 3, fuelL: 1.5, end: { lat: 1, lon: 2 } }),
    ])
  })

  test('trips: doubles are kept exactly', async () => {
    await using store = await open()
    await fc.assert(
      fc.asyncProperty(fc.double({ noNaN: true, noDefaultInfinity: true }), async (distanceM) => {
        await store.put(byId([tripRow('t1', { distanceM })]), {})
        // JSON has no minus zero, so its sign may be lost: adding 0 takes it off.
        assert.equal(((await store.get(wholeReach('acme'), 't1'))?.distanceM ?? Number.NaN) + 0, distanceM + 0)
      }),
      { numRuns: 50 },
    )
  })

  test('trips: lists newest start first, ties by id, by vehicle and by time', async () => {
    await using store = await open()
    const trips = Array.from({ length: 11 }, (_, i) =>
      tripRow(`t${i}`, { startAt: t0 + Math.floor(i / 3), vehicle: i % 2 === 0 ? 'v1' : 'v2' }),
    )
    await store.put(byId([...trips, tripRow('foreign', { tenant: 'other' })]), {})
    await assertPages((page) => store.list(wholeReach('acme'), {}, page), newestFirst(trips))
    await assertPages(
      (page) => store.list(wholeReach('acme'), { vehicle: 'v2' }, page),
      newestFirst(trips.filter(({ vehicle }) => vehicle === 'v2')),
    )
    await assertPages(
      (page) => store.list(wholeReach('acme'), { vehicle: 'v1', from: t0 + 1, to: t0 + 3 }, page),
      newestFirst(trips.filter(({ vehicle, startAt }) => vehicle === 'v1' && startAt >= t0 + 1 && startAt < t0 + 3)),
    )
    await assertRefusesCursors('trips', (page) => store.list(wholeReach('acme'), {}, page))
  })

  test('trips: one whose clock is ahead is listed where it was last heard, and found by that time', async () => {
    await using store = await open()
    const monthMs = 30 * 86_400_000
    const ahead = tripRow('t2', {
      startAt: t0 + monthMs,
      endAt: t0 + monthMs + 60_000,
      receivedAt: t0 + 5,
      clockDoubt: 'ahead',
    })
    const trips = [
      tripRow('t1', { startAt: t0, receivedAt: t0 + 90 }),
      ahead,
      tripRow('t3', { startAt: t0 + 9, receivedAt: null }),
    ]
    await store.put(byId(trips), {})
    const ids = async (filter: TripFilter) =>
      (await store.list(wholeReach('acme'), filter, { limit: 9 })).rows.map(({ id }) => id)
    assert.deepEqual(await ids({}), ['t3', 't2', 't1'])
    assert.deepEqual(await ids({ from: t0 + 5, to: t0 + 9 }), ['t2'])
    assert.deepEqual(await ids({ from: t0 + monthMs }), [])
    await assertPages((page) => store.list(wholeReach('acme'), {}, page), newestFirst(trips))
  })

  test('trips: trips that come while pages are read neither repeat nor hide others', async () => {
    await using store = await open()
    const trips = Array.from({ length: 7 }, (_, i) => tripRow(`t${i}`, { startAt: t0 }))
    await store.put(byId(trips), {})
    let added = 0
    const read = await readPages(
      (page) => store.list(wholeReach('acme'), {}, page),
      2,
      () => store.put(byId([tripRow(`z${added++}`), tripRow('y', { startAt: t0 + added })]), {}),
    )
    assert.deepEqual(read, newestFirst(trips))
  })
}
