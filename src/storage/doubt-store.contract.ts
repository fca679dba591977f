// What every DoubtStore keeps.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Doubt } from '../model/doubt.ts'
import { doubtRow, t0, type OpenStorage } from './contract-rows.ts'
import { assertPages, assertRefusesCursors } from './paging.contract.ts'
import { projectionContract } from './projection.contract.ts'
import type { Change } from './projection.ts'

const idOf = ({ tenant, vehicle, kind }: Doubt): string => `${tenant}/${vehicle}/${kind}`
const change = (row: Doubt): Change<Doubt> => ({ id: idOf(row), row })

export function doubtStoreContract(open: OpenStorage): void {
  projectionContract<Doubt>('doubts', open, {
    store: (storage) => storage.doubts,
    first: change(doubtRow('v1', 'invalid')),
    second: change(doubtRow('v1', 'invalid', { count: 9 })),
    other: change(doubtRow('v1', 'clock')),
    ids: async (storage) => (await storage.doubts.list('acme', {}, { limit: 100 })).rows.map(idOf),
    unstorable: change(doubtRow('v9', 'clock', { count: 0.5 })),
  })

  test('doubts: lists last heard first, ties by vehicle and kind downwards, by vehicle and kind, every field as it was', async () => {
    await using storage = await open()
    const doubts = Array.from({ length: 12 }, (_, i) =>
      doubtRow(`v${i % 4}`, i < 4 ? 'invalid' : i < 8 ? 'clock' : 'units', {
        lastReceivedAt: t0 - Math.floor(i / 3),
        parts: i % 2 === 0 ? [] : [{ subject: 'Vehicle.Speed', reason: 'range', count: i }],
      }),
    )
    await storage.doubts.put([...doubts, doubtRow('v1', 'clock', { tenant: 'other' })].map(change), {})
    const sorted = doubts.toSorted((a, b) => b.lastReceivedAt - a.lastReceivedAt || (idOf(a) < idOf(b) ? 1 : -1))
    await assertPages((page) => storage.doubts.list('acme', {}, page), sorted)
    await assertPages(
      (page) => storage.doubts.list('acme', { kind: 'clock' }, page),
      sorted.filter(({ kind }) => kind === 'clock'),
    )
    await assertPages(
      (page) => storage.doubts.list('acme', { vehicle: 'v1' }, page),
      sorted.filter(({ vehicle }) => vehicle === 'v1'),
    )
    await assertRefusesCursors('doubts', (page) => storage.doubts.list('acme', {}, page))
  })

  test('doubts: sums by kind of one tenant, in the order of kinds, with the five vehicles last heard', async () => {
    await using storage = await open()
    const many = Array.from({ length: 7 }, (_, i) => doubtRow(`v${i}`, 'invalid', { count: 2 ** 40, lastReceivedAt: t0 + (i % 4) }))
    const others = [doubtRow('v1', 'refused', { count: 3 }), doubtRow('v1', 'clock', { tenant: 'other' })]
    await storage.doubts.put([...many, ...others].map(change), {})
    const newest = ['v3', 'v6', 'v2', 'v5', 'v1'].map((vehicle) => many.find((row) => row.vehicle === vehicle))
    assert.deepEqual(await storage.doubts.sums('acme'), [
      { kind: 'refused', vehicles: 1, count: 3, newest: [{ vehicle: 'v1', count: 3, lastReceivedAt: t0 }] },
      {
        kind: 'invalid',
        vehicles: 7,
        count: 7 * 2 ** 40,
        newest: newest.map((row) => ({ vehicle: row?.vehicle, count: row?.count, lastReceivedAt: row?.lastReceivedAt })),
      },
    ])
    assert.deepEqual(await storage.doubts.sums('nobody'), [])
  })
}
