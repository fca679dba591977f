// What every TrackStore keeps.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Track } from '../model/read-models.ts'
import { ref, t0, trackRow, type OpenStorage } from './contract-rows.testing.ts'
import { projectionContract } from './projection.contract.ts'
import type { Change } from './projection.ts'

const minute = (n: number): number => Math.ceil(t0 / 60_000) * 60_000 + n * 60_000
const change = (row: Track): Change<Track> => ({ id: `${row.tenant}/${row.vehicle}/${row.minuteAt}`, row })

export function trackStoreContract(open: OpenStorage): void {
  projectionContract<Track>('tracks', open, {
    store: (storage) => storage.tracks,
    first: change(trackRow(minute(0))),
    second: change(trackRow(minute(0), { at: [], lat: [], lon: [], speedKmh: [] })),
    other: change(trackRow(minute(1))),
    ids: async (storage) => (await storage.tracks.list(ref('v1'), 0, minute(9), 100)).map((row) => change(row).id),
    unstorable: change(trackRow(0.5)),
  })

  test('tracks: a minute comes back as it was, and a longer version of it replaces it', async () => {
    await using storage = await open()
    const first = trackRow(minute(0))
    await storage.tracks.put([change(first)], {})
    assert.deepEqual(await storage.tracks.list(ref('v1'), minute(0), minute(1) - 1, 10), [first])
    const at = Array.from({ length: 600 }, (_, i) => minute(0) + i * 100)
    const longer = trackRow(minute(0), { at, lat: at.map(Math.sin), lon: at.map(Math.cos), speedKmh: at.map(() => null) })
    await storage.tracks.put([change(first), change(longer)], {})
    assert.deepEqual(await storage.tracks.list(ref('v1'), minute(0), minute(1) - 1, 10), [longer])
  })

  test('tracks: gives the minutes that overlap a stretch of time, in order, of one vehicle', async () => {
    await using storage = await open()
    const rows = [4, 0, 2, 1, 3].map((n) => trackRow(minute(n)))
    const others = [trackRow(minute(1), { vehicle: 'v2' }), trackRow(minute(1), { tenant: 'other' })]
    await storage.tracks.put([...rows, ...others].map(change), {})
    const minutes = async (from: number, to: number, limit = 100): Promise<number[]> =>
      (await storage.tracks.list(ref('v1'), from, to, limit)).map(({ minuteAt }) => (minuteAt - minute(0)) / 60_000)
    assert.deepEqual(await minutes(minute(1), minute(3)), [1, 2, 3])
    assert.deepEqual(await minutes(minute(2) - 1, minute(3) - 1), [1, 2])
    assert.deepEqual(await minutes(minute(2), minute(2)), [2])
    assert.deepEqual(await minutes(minute(1) + 0.5, minute(2) - 0.5), [1])
    assert.deepEqual(await minutes(0, minute(9), 2), [0, 1])
    assert.deepEqual(await minutes(minute(7), minute(9)), [])
  })
}
