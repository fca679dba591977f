import assert from 'node:assert/strict'
import { test } from 'node:test'
import { t0 } from '../../../read-models/rows.testing.ts'
import { openFromSchema } from './schema-before.testing.ts'
import { wholeReach } from '../../reach.ts'

test('rows of the schema before stay, and have their time by the same instants', async () => {
  const trip = (id: string, startAt: number, receivedAt: number | null) => ({
    text: `insert into trips (id, tenant, vehicle, start_at, end_at, status, distance_m, duration_ms, samples, received_at)
           values ($1, 'acme', 'v1', $2, $2, 'ended', 1, 1, 1, $3)`,
    params: [id, startAt, receivedAt],
  })
  await using storage = await openFromSchema(10, [
    trip('old', t0 - 1, null),
    trip('ahead', t0 + 1e9, t0 - 2),
    trip('new', t0, t0 + 5),
    {
      text: `insert into tracks (id, tenant, vehicle, minute_at, at, lat, lon, speed_kmh) values ('acme/v1/1', 'acme', 'v1', ${t0}, '{}', '{}', '{}', '{}')`,
    },
    {
      text: `insert into alerts (id, tenant, vehicle, kind, severity, status, at, evidence) values ('a', 'acme', 'v1', 'crash', 'warning', 'confirmed', ${t0}, '{}')`,
    },
  ])
  assert.equal(await storage.trips.expire(t0), 2)
  assert.deepEqual(
    (await storage.trips.list(wholeReach('acme'), {}, { limit: 9 })).rows.map(({ id }) => id),
    ['new'],
  )
  for (const store of [storage.tracks, storage.alerts]) {
    assert.equal(await store.expire(t0), 0)
    assert.equal(await store.expire(t0 + 1), 1)
  }
})
