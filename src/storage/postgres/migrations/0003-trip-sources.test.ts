// A database of the schema before: its trips keep their figures, from nobody knows what, and
// unknown ones find room beside them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tripRow } from '../../../read-models/rows.testing.ts'
import { openFromSchema } from './schema-before.testing.ts'
import { wholeReach } from '../../reach.ts'

test('trips from before sources were kept stay, with none; idle time and greatest speed may be unknown from now on', async () => {
  await using storage = await openFromSchema(2, [
    {
      text: `insert into trips values ('t1', 'acme', 'v1', 1, 2, 'ended', 'ignition', null, null, null, null, 3, 4, 5, 6, 0.7, null, 7)`,
    },
  ])
  const trip = await storage.trips.get(wholeReach('acme'), 't1')
  assert.deepEqual(
    [trip?.idleMs, trip?.maxSpeedKmh, trip?.fuelL, trip?.fuelFrom, trip?.fuelCovered],
    [5, 6, 0.7, null, null],
  )
  const unknown = tripRow('t2', { idleMs: null, maxSpeedKmh: null })
  await storage.trips.put([{ id: 't2', row: unknown }], {})
  assert.deepEqual(await storage.trips.get(wholeReach('acme'), 't2'), unknown)
})
