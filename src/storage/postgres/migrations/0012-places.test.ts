import assert from 'node:assert/strict'
import { test } from 'node:test'
import { t0 } from '../../../read-models/rows.testing.ts'
import { openFromSchema } from './schema-before.testing.ts'
import { wholeReach } from '../../reach.ts'

test('vehicles of the schema before are found by the place they told last, and by none that is doubted', async () => {
  const twin = (vehicle: string, signals: object, recent: object) => ({
    text: `insert into twins (tenant, vehicle, at, signals, recent) values ('acme', $1, ${t0}, $2, $3)`,
    params: [vehicle, JSON.stringify(signals), JSON.stringify(recent)],
  })
  const place = (lat: unknown, lon: unknown, ...more: readonly unknown[]) => ({
    'Vehicle.CurrentLocation.Latitude': [lat, t0, ...more],
    'Vehicle.CurrentLocation.Longitude': [lon, t0],
  })
  await using storage = await openFromSchema(11, [
    twin('cold', place(10, 20), {}),
    twin('recent', place(50, 60), place(10, 20)),
    twin('ahead', {}, place(10, 20, 'ahead')),
    twin('doubted', place(10, 20), place(10, 20, null, 'frozen')),
    twin('invalid', {}, place({ invalid: 'range' }, 20)),
    twin('none', {}, {}),
  ])
  const { rows } = await storage.twins.list(
    wholeReach('acme'),
    { near: { lat: 10, lon: 20, radiusM: 5 } },
    { limit: 9 },
  )
  assert.deepEqual(
    rows.map(({ vehicle }) => vehicle),
    ['ahead', 'cold', 'recent'],
  )
  assert.equal(await storage.twins.count(wholeReach('acme'), {}), 6)
})
