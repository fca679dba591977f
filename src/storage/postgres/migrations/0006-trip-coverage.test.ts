// A database of the schema before: its trips stay as they are, and what nobody noted of them is
// null.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tripRow } from '../../../read-models/rows.testing.ts'
import { openFromSchema } from './schema-before.testing.ts'
import { wholeReach } from '../../reach.ts'

test('trips from before coverage was kept stay, with none of it; what is put then has it', async () => {
  await using storage = await openFromSchema(5, [
    {
      text: `insert into trips (id, tenant, vehicle, start_at, end_at, status, ended_by, distance_m, duration_ms, idle_ms, max_speed_kmh, samples)
        values ('t1', 'acme', 'v1', 1, 2, 'ended', 'ignition', 3, 4, 5, 6, 7)`,
    },
  ])
  const trip = await storage.trips.get(wholeReach('acme'), 't1')
  assert.deepEqual(
    [trip?.distanceM, trip?.bridgedM, trip?.bridgedMs, trip?.speedCovered, trip?.energyDoubt, trip?.thinned],
    [3, null, null, null, null, null],
  )
  const covered = tripRow('t2', {
    bridgedM: 1200,
    bridgedMs: 400_000,
    speedCovered: 0.4,
    energyDoubt: 'against-charge',
    thinned: 9,
  })
  await storage.trips.put([{ id: 't2', row: covered }], {})
  assert.deepEqual(await storage.trips.get(wholeReach('acme'), 't2'), covered)
})
