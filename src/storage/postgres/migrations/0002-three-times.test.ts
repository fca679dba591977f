// A database of the schema before: its rows stay, and what they did not keep is not known.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { patch, ref, t0 } from '../../../read-models/rows.testing.ts'
import { openFromSchema } from './schema-before.testing.ts'
import { wholeReach } from '../../reach.ts'

test('rows from before receipts were kept stay, with receipt and clock unknown, and go on from there', async () => {
  await using storage = await openFromSchema(1, [
    {
      text: `insert into twins (tenant, vehicle, at, newest_signal_at, powertrain, speed_kmh, signals, recent)
        values ('acme', 'v1', $1, $1, 'ELECTRIC', 30, '{"a": [1, 5]}', '{"Vehicle.Speed": [30, 7]}')`,
      params: [t0],
    },
    {
      text: `insert into trips values ('t1', 'acme', 'v1', 1, 2, 'ended', 'ignition', null, null, null, null, 3, 4, 5, 6, null, null, 7)`,
    },
    { text: `insert into alerts values ('a1', 'acme', 'v1', 'crash', 'warning', 1, null, null, '{}')` },
    { text: `insert into ledger values ('acme/v1/event', 'acme', 'v1', 'event', 4, 3, 3, 0, 0, 0, 1, 9)` },
    { text: `insert into sink_positions values ('twins', 'twin/0', 12)` },
  ])
  const signals = { a: { value: 1, at: 5 }, 'Vehicle.Speed': { value: 30, at: 7 } }
  assert.deepEqual(await storage.twins.get(ref('v1')), {
    ...ref('v1'),
    at: t0,
    receivedAt: null,
    carClock: null,
    signals,
  })
  assert.deepEqual(await storage.twins.positions(), { 'twin/0': 12 })
  assert.equal(await storage.twins.count(wholeReach('acme'), { moving: true }), 1)
  const trip = await storage.trips.get(wholeReach('acme'), 't1')
  assert.deepEqual([trip?.samples, trip?.receivedAt, trip?.clockDoubt], [7, null, null])
  const alert = await storage.alerts.get(wholeReach('acme'), 'a1')
  assert.deepEqual([alert?.severity, alert?.receivedAt, alert?.clockDoubt], ['warning', null, null])
  const [entry] = (await storage.ledger.list(wholeReach('acme'), { troubled: true }, { limit: 9 })).rows
  assert.deepEqual([entry?.missing, entry?.lastAt, entry?.clock, entry?.lastReceivedAt], [1, 9, null, null])
  assert.equal((await storage.ledger.totals(wholeReach('acme')))[0]?.clock, null)
  const next = patch('v1', t0 + 1, { a: 2 })
  await storage.twins.put([next], {})
  assert.deepEqual(await storage.twins.get(ref('v1')), { ...next.row, signals: { ...signals, ...next.row.signals } })
})
