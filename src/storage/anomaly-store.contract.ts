// What every AnomalyStore keeps.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Anomaly } from '../model/anomaly.ts'
import { anomalyRow, t0, type OpenStorage } from './contract-rows.testing.ts'
import { assertPages, assertRefusesCursors } from './paging.contract.ts'
import { projectionContract } from './projection.contract.ts'
import type { Change } from './projection.ts'

const idOf = ({ tenant, vehicle, kind }: Anomaly): string => `${tenant}/${vehicle}/${kind}`
const change = (row: Anomaly): Change<Anomaly> => ({ id: idOf(row), row })

export function anomalyStoreContract(open: OpenStorage): void {
  projectionContract<Anomaly>('anomalies', open, {
    store: (storage) => storage.anomalies,
    first: change(anomalyRow('v1', 'invalid')),
    second: change(anomalyRow('v1', 'invalid', { count: 9 })),
    other: change(anomalyRow('v1', 'clock')),
    ids: async (storage) => (await storage.anomalies.list('acme', {}, { limit: 100 })).rows.map(idOf),
    unstorable: change(anomalyRow('v9', 'clock', { count: 0.5 })),
  })

  test('anomalies: lists last heard first, ties by vehicle and kind downwards, by vehicle and kind, every field as it was', async () => {
    await using storage = await open()
    const anomalies = Array.from({ length: 12 }, (_, i) =>
      anomalyRow(`v${i % 4}`, i < 4 ? 'invalid' : i < 8 ? 'clock' : 'units', {
        lastReceivedAt: t0 - Math.floor(i / 3),
        parts: i % 2 === 0 ? [] : [{ subject: 'Vehicle.Speed', reason: 'range', count: i }],
      }),
    )
    await storage.anomalies.put([...anomalies, anomalyRow('v1', 'clock', { tenant: 'other' })].map(change), {})
    const sorted = anomalies.toSorted((a, b) => b.lastReceivedAt - a.lastReceivedAt || (idOf(a) < idOf(b) ? 1 : -1))
    await assertPages((page) => storage.anomalies.list('acme', {}, page), sorted)
    await assertPages(
      (page) => storage.anomalies.list('acme', { kind: 'clock' }, page),
      sorted.filter(({ kind }) => kind === 'clock'),
    )
    await assertPages(
      (page) => storage.anomalies.list('acme', { vehicle: 'v1' }, page),
      sorted.filter(({ vehicle }) => vehicle === 'v1'),
    )
    await assertRefusesCursors('anomalies', (page) => storage.anomalies.list('acme', {}, page))
  })

  test('anomalies: sums by kind of one tenant, in the order of kinds, with the five vehicles last heard', async () => {
    await using storage = await open()
    const many = Array.from({ length: 7 }, (_, i) => anomalyRow(`v${i}`, 'invalid', { count: 2 ** 40, lastReceivedAt: t0 + (i % 4) }))
    const others = [anomalyRow('v1', 'refused', { count: 3 }), anomalyRow('v1', 'clock', { tenant: 'other' })]
    await storage.anomalies.put([...many, ...others].map(change), {})
    const newest = ['v3', 'v6', 'v2', 'v5', 'v1'].map((vehicle) => many.find((row) => row.vehicle === vehicle))
    assert.deepEqual(await storage.anomalies.sums('acme'), [
      { kind: 'refused', vehicles: 1, count: 3, newest: [{ vehicle: 'v1', count: 3, lastReceivedAt: t0 }] },
      {
        kind: 'invalid',
        vehicles: 7,
        count: 7 * 2 ** 40,
        newest: newest.map((row) => ({ vehicle: row?.vehicle, count: row?.count, lastReceivedAt: row?.lastReceivedAt })),
      },
    ])
    assert.deepEqual(await storage.anomalies.sums('nobody'), [])
  })
}
