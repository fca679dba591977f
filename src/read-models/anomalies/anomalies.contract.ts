// Promises of the table of anomalies, beside those of every table.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Anomaly } from './anomalies.ts'
import { anomalyRow, t0 } from '../rows.testing.ts'
import { assertPages, assertRefusesCursors } from '../../storage/paging.contract.ts'
import { projectionContract, type OpenStore } from '../../storage/projection.contract.ts'
import type { AnomalyStore } from '../../storage/storage.ts'
import type { Change } from '../../storage/projection.ts'
import { wholeReach } from '../../storage/reach.ts'

const idOf = ({ tenant, vehicle, kind }: Anomaly): string => `${tenant}/${vehicle}/${kind}`
const change = (row: Anomaly): Change<Anomaly> => ({ id: idOf(row), row })

export function anomalyStoreContract(open: OpenStore<AnomalyStore>): void {
  projectionContract('anomalies', open, {
    first: change(anomalyRow('v1', 'invalid')),
    second: change(anomalyRow('v1', 'invalid', { count: 9 })),
    other: change(anomalyRow('v1', 'clock')),
    ids: async (store) => (await store.list(wholeReach('acme'), {}, { limit: 100 })).rows.map(idOf),
    unstorable: change(anomalyRow('v9', 'clock', { count: 0.5 })),
  })

  test('anomalies: lists last heard first, ties by vehicle and kind downwards, by vehicle and kind, every field as it was', async () => {
    await using store = await open()
    const anomalies = Array.from({ length: 12 }, (_, i) =>
      anomalyRow(`v${i % 4}`, i < 4 ? 'invalid' : i < 8 ? 'clock' : 'units', {
        lastReceivedAt: t0 - Math.floor(i / 3),
        parts: i % 2 === 0 ? [] : [{ subject: 'Vehicle.Speed', reason: 'range', count: i }],
      }),
    )
    await store.put([...anomalies, anomalyRow('v1', 'clock', { tenant: 'other' })].map(change), {})
    const sorted = anomalies.toSorted((a, b) => b.lastReceivedAt - a.lastReceivedAt || (idOf(a) < idOf(b) ? 1 : -1))
    await assertPages((page) => store.list(wholeReach('acme'), {}, page), sorted)
    await assertPages(
      (page) => store.list(wholeReach('acme'), { kind: 'clock' }, page),
      sorted.filter(({ kind }) => kind === 'clock'),
    )
    await assertPages(
      (page) => store.list(wholeReach('acme'), { vehicle: 'v1' }, page),
      sorted.filter(({ vehicle }) => vehicle === 'v1'),
    )
    await assertRefusesCursors('anomalies', (page) => store.list(wholeReach('acme'), {}, page))
  })

  test('anomalies: sums by kind of one tenant, in the order of kinds, with the five vehicles last heard', async () => {
    await using store = await open()
    const many = Array.from({ length: 7 }, (_, i) =>
      anomalyRow(`v${i}`, 'invalid', { count: 2 ** 40, lastReceivedAt: t0 + (i % 4) }),
    )
    const others = [anomalyRow('v1', 'refused', { count: 3 }), anomalyRow('v1', 'clock', { tenant: 'other' })]
    await store.put([...many, ...others].map(change), {})
    const newest = ['v3', 'v6', 'v2', 'v5', 'v1'].map((vehicle) => many.find((row) => row.vehicle === vehicle))
    assert.deepEqual(await store.sums(wholeReach('acme')), [
      { kind: 'refused', vehicles: 1, count: 3, newest: [{ vehicle: 'v1', count: 3, lastReceivedAt: t0 }] },
      {
        kind: 'invalid',
        vehicles: 7,
        count: 7 * 2 ** 40,
        newest: newest.map((row) => ({
          vehicle: row?.vehicle,
          count: row?.count,
          lastReceivedAt: row?.lastReceivedAt,
        })),
      },
    ])
    assert.deepEqual(await store.sums(wholeReach('nobody')), [])
  })

  test('anomalies: sums and their newest are of the vehicles that are reached', async () => {
    await using store = await open()
    await store.put(
      ['v1', 'v2', 'v3'].map((vehicle) => change(anomalyRow(vehicle, 'invalid'))),
      {},
    )
    const [sum, ...others] = await store.sums({
      tenant: 'acme',
      windows: [{ vehicles: ['v1', 'v3'], from: null, until: null }],
    })
    assert.deepEqual(
      [sum?.vehicles, sum?.newest.map(({ vehicle }) => vehicle).toSorted(), others],
      [2, ['v1', 'v3'], []],
    )
  })
}
