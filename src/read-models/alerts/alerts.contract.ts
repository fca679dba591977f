// Promises of the table of alerts, beside those of every table.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alertRow, byId, t0 } from '../rows.testing.ts'
import { heardAt } from './alerts.ts'
import { assertPages, assertRefusesCursors } from '../../storage/paging.contract.ts'
import { projectionContract, type OpenStore } from '../../storage/projection.contract.ts'
import type { Tables } from '../../storage/storage.ts'
import { wholeReach } from '../../storage/reach.ts'

const dayMs = 86_400_000

export function alertStoreContract(open: OpenStore<Tables['alerts']>): void {
  projectionContract('alerts', open, {
    first: { id: 'a1', row: alertRow('a1') },
    second: { id: 'a1', row: alertRow('a1', { severity: 'warning' }) },
    other: { id: 'a2', row: alertRow('a2') },
    ids: async (store) => (await store.list(wholeReach('acme'), {}, { limit: 100 })).rows.map(({ id }) => id),
    unstorable: { id: 'a9', row: alertRow('a9', { at: 0.5 }) },
  })

  test('alerts: every field comes back as it was, to its own tenant only', async () => {
    await using store = await open()
    const alerts = [
      alertRow('a1'),
      alertRow('a2', {
        place: null,
        evidence: {},
        receivedAt: null,
        clock: 'sent',
        clockDoubt: 'unset',
        status: 'withdrawn',
      }),
    ]
    await store.put(byId(alerts), {})
    for (const alert of alerts) assert.deepEqual(await store.get(wholeReach('acme'), alert.id), alert)
    assert.equal(await store.get(wholeReach('other'), 'a1'), undefined)
    assert.equal(await store.get(wholeReach('acme'), 'a3'), undefined)
  })

  test("alerts: lists last heard first, by the car's clock where that is not known, ties by id downwards, by vehicle and kind", async () => {
    await using store = await open()
    const alerts = Array.from({ length: 12 }, (_, i) => {
      const heardAt = t0 - Math.floor(i / 2)
      const times =
        i % 4 === 3
          ? { at: heardAt, receivedAt: null }
          : { at: heardAt + (i % 3 === 1 ? 30 * dayMs : -i * dayMs), receivedAt: heardAt }
      return alertRow(`a${i}`, { ...times, vehicle: i % 3 === 0 ? 'v1' : 'v2' })
    })
    await store.put(byId([...alerts, alertRow('foreign', { tenant: 'other' })]), {})
    const sorted = alerts.toSorted((a, b) => heardAt(b) - heardAt(a) || (a.id < b.id ? 1 : -1))
    await assertPages((page) => store.list(wholeReach('acme'), {}, page), sorted)
    await assertPages((page) => store.list(wholeReach('acme'), { kind: 'crash' }, page), sorted)
    await assertPages(
      (page) => store.list(wholeReach('acme'), { vehicle: 'v1' }, page),
      sorted.filter(({ vehicle }) => vehicle === 'v1'),
    )
    await assertRefusesCursors('alerts', (page) => store.list(wholeReach('acme'), {}, page))
  })
}
