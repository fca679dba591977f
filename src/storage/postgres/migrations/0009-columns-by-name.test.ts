// A database of the schema before: alerts keep place, status and evidence, each under its own name.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alertRow } from '../../../read-models/rows.testing.ts'
import { openFromSchema } from './schema-before.testing.ts'
import { wholeReach } from '../../reach.ts'

test('alerts from before a column was named for its field keep place and status; one without a status was certain', async () => {
  const values = (id: string, evidence: string): string =>
    `('${id}', 'acme', 'v1', 'crash', 'critical', 5, 1.5, -2.5, '${evidence}', 5)`
  await using storage = await openFromSchema(8, [
    {
      text: `insert into alerts (id, tenant, vehicle, kind, severity, at, lat, lon, evidence, received_at)
        values ${values('a1', '{"airbag":true,"status":"withdrawn"}')}, ${values('a2', '{"airbag":true}')}`,
    },
  ])
  const found = await Promise.all(['a1', 'a2'].map((id) => storage.alerts.get(wholeReach('acme'), id)))
  assert.deepEqual(
    found.map((alert) => [alert?.status, alert?.place, alert?.evidence]),
    [
      ['withdrawn', { lat: 1.5, lon: -2.5 }, { airbag: true }],
      ['confirmed', { lat: 1.5, lon: -2.5 }, { airbag: true }],
    ],
  )
  const later = alertRow('a3', { status: 'possible' })
  await storage.alerts.put([{ id: 'a3', row: later }], {})
  assert.deepEqual(await storage.alerts.get(wholeReach('acme'), 'a3'), later)
})
