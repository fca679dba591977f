// A database of the schema before: of its trips nobody knows what was driven unheard.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tripRow } from '../../../read-models/rows.testing.ts'
import { openFromSchema } from './schema-before.testing.ts'
import { wholeReach } from '../../reach.ts'

test('of trips from before it was told nobody knows what was driven unheard; what is put then has it', async () => {
  await using storage = await openFromSchema(6, [
    {
      text: `insert into trips (id, tenant, vehicle, start_at, end_at, status, ended_by, distance_m, duration_ms, idle_ms, max_speed_kmh, samples)
        values ('t1', 'acme', 'v1', 1, 2, 'ended', 'ignition', 3, 4, 5, 6, 7)`,
    },
  ])
  assert.equal((await storage.trips.get(wholeReach('acme'), 't1'))?.unheardM, null)
  const trip = tripRow('t2', { unheardM: 840 })
  await storage.trips.put([{ id: 't2', row: trip }], {})
  assert.deepEqual(await storage.trips.get(wholeReach('acme'), 't2'), trip)
})
