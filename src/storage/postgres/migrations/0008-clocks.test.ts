// A database of the schema before: what was doubtful about a clock stays so, under its own name,
// and every instant was the car's.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alertRow, ref, tripRow } from '../../../read-models/rows.testing.ts'
import { openFromSchema } from './schema-before.testing.ts'
import { wholeReach } from '../../reach.ts'

test('rows from before a clock was told keep their doubts and are of the car’s clock; what is put then says whose', async () => {
  await using storage = await openFromSchema(7, [
    {
      text: `insert into trips (id, tenant, vehicle, start_at, end_at, status, ended_by, distance_m, duration_ms, samples, received_at, clock)
        values ('t1', 'acme', 'v1', 1, 2, 'ended', 'ignition', 3, 4, 7, 1, 'ahead')`,
    },
    {
      text: `insert into alerts (id, tenant, vehicle, kind, severity, at, evidence, received_at, clock)
        values ('a1', 'acme', 'v1', 'crash', 'critical', 5, '{"airbag":true}', 5, 'unset')`,
    },
    {
      text: `insert into twins (tenant, vehicle, at, received_at, clock, signals, recent) values ('acme', 'v1', 9, 1,
        '{"boot":"00000000000000aa","offsetMs":8,"state":"ahead"}', '{"Vehicle.Speed":[50,9,"ahead"]}', '{"Vehicle.IsMoving":[true,1]}')`,
    },
  ])
  const [trip, alert, twin] = [
    await storage.trips.get(wholeReach('acme'), 't1'),
    await storage.alerts.get(wholeReach('acme'), 'a1'),
    await storage.twins.get(ref('v1')),
  ]
  assert.deepEqual([trip?.clock, trip?.clockDoubt], [null, 'ahead'])
  assert.deepEqual([alert?.clock, alert?.clockDoubt], [null, 'unset'])
  assert.deepEqual(twin?.carClock, { boot: '00000000000000aa', offsetMs: 8, state: 'ahead' })
  assert.deepEqual(twin?.signals, {
    'Vehicle.Speed': { value: 50, at: 9, clockDoubt: 'ahead' },
    'Vehicle.IsMoving': { value: true, at: 1 },
  })
  const later = {
    trip: tripRow('t2', { clock: 'received' }),
    alert: alertRow('a2', { clock: 'server', clockDoubt: 'behind' }),
  }
  await storage.trips.put([{ id: 't2', row: later.trip }], {})
  await storage.alerts.put([{ id: 'a2', row: later.alert }], {})
  assert.deepEqual(
    [await storage.trips.get(wholeReach('acme'), 't2'), await storage.alerts.get(wholeReach('acme'), 'a2')],
    [later.trip, later.alert],
  )
})
