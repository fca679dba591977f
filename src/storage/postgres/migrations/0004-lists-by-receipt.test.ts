// A database of the schema before: rows without a receipt stand in their lists by their own
// instants, among those that have one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alertRow, byId, tripRow } from '../../../read-models/rows.testing.ts'
import { openFromSchema } from './schema-before.testing.ts'
import { wholeReach } from '../../reach.ts'

test('trips and alerts from before receipts were kept are listed by their own instants, in order with the others', async () => {
  await using storage = await openFromSchema(3, [
    {
      text: `insert into trips values ('t1', 'acme', 'v1', 100, 200, 'ended', 'ignition', null, null, null, null, 3, 4, 5, 6, null, null, 7)`,
    },
    { text: `insert into alerts values ('a1', 'acme', 'v1', 'crash', 'warning', 100, null, null, '{}')` },
  ])
  await storage.trips.put(
    byId([tripRow('t2', { startAt: 999, receivedAt: 50 }), tripRow('t3', { startAt: 150, receivedAt: 300 })]),
    {},
  )
  await storage.alerts.put(
    byId([alertRow('a2', { at: 999, receivedAt: 50 }), alertRow('a3', { at: 10, receivedAt: 300 })]),
    {},
  )
  const idsOf = ({ rows }: { readonly rows: readonly { readonly id: string }[] }): string[] => rows.map(({ id }) => id)
  assert.deepEqual(idsOf(await storage.trips.list(wholeReach('acme'), {}, { limit: 9 })), ['t3', 't1', 't2'])
  assert.deepEqual(idsOf(await storage.alerts.list(wholeReach('acme'), {}, { limit: 9 })), ['a3', 'a1', 'a2'])
})
