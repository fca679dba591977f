// Promises of the table of ledger, beside those of every table.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LedgerEntry } from './ledger.ts'
import { ledgerRow } from '../rows.testing.ts'
import { assertPages, assertRefusesCursors } from '../../storage/paging.contract.ts'
import { projectionContract, type OpenStore } from '../../storage/projection.contract.ts'
import type { LedgerStore } from '../../storage/storage.ts'
import type { Change } from '../../storage/projection.ts'
import { wholeReach } from '../../storage/reach.ts'

const idOf = ({ tenant, vehicle, stream }: LedgerEntry): string => `${tenant}/${vehicle}/${stream}`
const change = (row: LedgerEntry): Change<LedgerEntry> => ({ id: idOf(row), row })

export function ledgerStoreContract(open: OpenStore<LedgerStore>): void {
  projectionContract('ledger', open, {
    first: change(ledgerRow('v1', 'event')),
    second: change(ledgerRow('v1', 'event', { received: 11, duplicate: 1 })),
    other: change(ledgerRow('v1', 'telemetry')),
    ids: async (store) => (await store.list(wholeReach('acme'), {}, { limit: 100 })).rows.map(idOf),
    unstorable: change(ledgerRow('v9', 'event', { sent: 0.5 })),
  })

  test('ledger: lists by vehicle and stream; troubled entries are those with something missing, refused, late or duplicate, with a wrong clock, or with numbers used twice or jumped over', async () => {
    await using store = await open()
    const calm = [
      ledgerRow('v1', 'event'),
      ledgerRow('v2', 'telemetry', { clock: null, reused: null, jumps: null, lastReceivedAt: null }),
    ]
    const troubled = [
      ledgerRow('v1', 'telemetry', { missing: 1 }),
      ledgerRow('v3', 'event', { refused: 1 }),
      ledgerRow('v3', 'telemetry', { late: 2 }),
      ledgerRow('v4', 'event', { duplicate: 3 }),
      ledgerRow('v5', 'event', { clock: 1 }),
      ledgerRow('v6', 'event', { reused: 1 }),
      ledgerRow('v7', 'event', { jumps: 1 }),
    ]
    const all = [...calm, ...troubled].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
    await store.put([...all.toReversed(), ledgerRow('v1', 'event', { tenant: 'other', missing: 5 })].map(change), {})
    await assertPages((page) => store.list(wholeReach('acme'), {}, page), all)
    await assertPages((page) => store.list(wholeReach('acme'), { troubled: true }, page), troubled)
    await assertPages((page) => store.list(wholeReach('acme'), { troubled: false }, page), calm)
    await assertPages(
      (page) => store.list(wholeReach('acme'), { vehicle: 'v3', troubled: true }, page),
      troubled.slice(1, 3),
    )
    await assertRefusesCursors('ledger', (page) => store.list(wholeReach('acme'), {}, page))
  })

  test('ledger: totals are sums by stream of one tenant, large ones too', async () => {
    await using store = await open()
    const large = 2 ** 40
    await store.put(
      [
        ledgerRow('v1', 'telemetry', { sent: large, missing: 1, clock: null, reused: 7, jumps: null }),
        ledgerRow('v2', 'telemetry', {
          sent: large,
          late: 2,
          refused: 3,
          duplicate: 4,
          clock: 5,
          reused: 8,
          jumps: null,
        }),
        ledgerRow('v1', 'event', { clock: null }),
        ledgerRow('v1', 'event', { tenant: 'other' }),
      ].map(change),
      {},
    )
    assert.deepEqual(await store.totals(wholeReach('acme')), [
      {
        stream: 'event',
        sent: 10,
        received: 10,
        stored: 10,
        duplicate: 0,
        late: 0,
        refused: 0,
        missing: 0,
        clock: null,
        reused: 0,
        jumps: 0,
      },
      {
        stream: 'telemetry',
        sent: 2 * large,
        received: 20,
        stored: 20,
        duplicate: 4,
        late: 2,
        refused: 3,
        missing: 1,
        clock: 5,
        reused: 15,
        jumps: null,
      },
    ])
    assert.deepEqual(await store.totals(wholeReach('nobody')), [])
  })

  test('ledger: totals are of the vehicles that are reached', async () => {
    await using store = await open()
    const rows = ['v1', 'v2', 'v3'].map((vehicle, n) => ledgerRow(vehicle, 'event', { received: 10 ** n }))
    await store.put(
      rows.map((row) => ({ id: row.vehicle, row })),
      {},
    )
    const received = async (vehicles: readonly string[] | null) =>
      (await store.totals({ tenant: 'acme', windows: [{ vehicles, from: null, until: null }] })).map(
        (each) => each.received,
      )
    assert.deepEqual([await received(['v1', 'v3', 'v9']), await received(null), await received([])], [[101], [111], []])
  })
}
