// Promises of the table of tracks, beside those of every table.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pointsOfSteps } from '../../model/track-steps.ts'
import type { Track, TrackFilter } from './tracks.ts'
import { t0, trackRow } from '../rows.testing.ts'
import { assertPages, assertRefusesCursors } from '../../storage/paging.contract.ts'
import { projectionContract, type OpenStore } from '../../storage/projection.contract.ts'
import type { Tables } from '../../storage/storage.ts'
import type { Change } from '../../storage/projection.ts'
import { wholeReach } from '../../storage/reach.ts'

const minute = (n: number): number => Math.ceil(t0 / 60_000) * 60_000 + n * 60_000
const change = (row: Track): Change<Track> => ({ id: `${row.tenant}/${row.vehicle}/${row.minuteAt}`, row })

export function trackStoreContract(open: OpenStore<Tables['tracks']>): void {
  projectionContract('tracks', open, {
    first: change(trackRow(minute(0))),
    second: change(trackRow(minute(0), { at: [], lat: [], lon: [], speedKmh: [] })),
    other: change(trackRow(minute(1))),
    ids: async (store) => (await store.list(wholeReach('acme'), {}, { limit: 100 })).rows.map((row) => change(row).id),
    unstorable: change(trackRow(0.5)),
  })

  test('tracks: a minute comes back as it was, and a longer version of it replaces it', async () => {
    await using store = await open()
    const first = trackRow(minute(0))
    await store.put([change(first)], {})
    assert.deepEqual((await store.list(wholeReach('acme'), { vehicle: 'v1' }, { limit: 10 })).rows, [first])
    const at = Array.from({ length: 600 }, (_, i) => minute(0) + i * 100)
    const longer = trackRow(minute(0), {
      at,
      lat: at.map((_, i) => Math.round(9e8 * Math.sin(i)) / 1e7),
      lon: at.map((_, i) => (i % 7 === 0 ? null : -180 + i / 1e7)),
      speedKmh: at.map(() => null),
    })
    await store.put([change(first), change(longer)], {})
    const { rows } = await store.list(wholeReach('acme'), { vehicle: 'v1' }, { limit: 10 })
    assert.deepEqual(rows, [longer])
    assert.deepEqual(rows[0] && pointsOfSteps(rows[0].minuteAt, rows[0]).at, at)
  })

  test('tracks: lists minutes in order, by vehicle and by when they begin', async () => {
    await using store = await open()
    const rows = [4, 0, 2, 1, 3].map((n) => trackRow(minute(n)))
    const others = [trackRow(minute(1), { vehicle: 'v2' }), trackRow(minute(1), { tenant: 'other' })]
    await store.put([...rows, ...others].map(change), {})
    const minutes = async (filter: TrackFilter): Promise<number[]> =>
      (await store.list(wholeReach('acme'), filter, { limit: 100 })).rows.map(
        ({ minuteAt }) => (minuteAt - minute(0)) / 60_000,
      )
    assert.deepEqual(await minutes({}), [0, 1, 1, 2, 3, 4])
    assert.deepEqual(await minutes({ vehicle: 'v1', from: minute(1), to: minute(3) }), [1, 2, 3])
    assert.deepEqual(await minutes({ vehicle: 'v1', from: minute(1) + 1, to: minute(3) - 1 }), [2])
    assert.deepEqual(await minutes({ vehicle: 'v1', from: minute(7) }), [])
    const all = rows.toSorted((one, other) => one.minuteAt - other.minuteAt)
    await assertPages((page) => store.list(wholeReach('acme'), { vehicle: 'v1' }, page), all)
    await assertRefusesCursors('tracks', (page) => store.list(wholeReach('acme'), {}, page))
  })
}
