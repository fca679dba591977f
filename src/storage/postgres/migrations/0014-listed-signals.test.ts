import assert from 'node:assert/strict'
import { test } from 'node:test'
import { t0 } from '../../../read-models/rows.testing.ts'
import { patch, ref } from '../../../read-models/rows.testing.ts'
import { openFromSchema } from './schema-before.testing.ts'
import { wholeReach } from '../../reach.ts'

test('vehicles of the schema before keep their signals, those of lists in the list, and one without a bound gets it', async () => {
  const twin = (vehicle: string, signals: object, recent: object) => ({
    text: `insert into twins (tenant, vehicle, at, signals, recent) values ('acme', $1, ${t0}, $2, $3)`,
    params: [vehicle, JSON.stringify(signals), JSON.stringify(recent)],
  })
  const name = (number: number): string => `Vehicle.Made.N${number}`
  const grown = Object.fromEntries(Array.from({ length: 999 }, (_, n) => [name(n), ['x'.repeat(1000), t0]]))
  await using storage = await openFromSchema(13, [
    twin(
      'usual',
      { 'Vehicle.Speed': [1, t0], a: [1, t0], b: [1, t0] },
      { 'Vehicle.Speed': [2, t0, 'ahead'], b: [2, t0] },
    ),
    twin('none', {}, {}),
    twin('grown', grown, { 'Vehicle.Speed': [3, t0] }),
  ])
  const speed = { value: 2, at: t0, clockDoubt: 'ahead' }
  assert.deepEqual((await storage.twins.get(ref('usual')))?.signals, {
    'Vehicle.Speed': speed,
    a: { value: 1, at: t0 },
    b: { value: 2, at: t0 },
  })
  const { rows } = await storage.twins.list(wholeReach('acme'), {}, { limit: 9 })
  assert.deepEqual(
    rows.map(({ vehicle, signals }) => [vehicle, signals]),
    [
      ['grown', { 'Vehicle.Speed': { value: 3, at: t0 } }],
      ['none', {}],
      ['usual', { 'Vehicle.Speed': speed }],
    ],
  )
  const kept = Object.keys((await storage.twins.get(ref('grown')))?.signals ?? {}).sort()
  assert.ok(kept.length > 200 && kept.length < 300, `${kept.length} signals are left`)
  assert.deepEqual(
    kept,
    [
      'Vehicle.Speed',
      ...Object.keys(grown)
        .sort()
        .slice(0, kept.length - 1),
    ].sort(),
  )
  await storage.twins.put([patch('grown', t0 + 1, { b: 4 })], {})
  assert.equal(Object.keys((await storage.twins.get(ref('grown')))?.signals ?? {}).length, kept.length + 1)
})
