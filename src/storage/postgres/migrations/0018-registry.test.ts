import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noFields } from '../../../model/registry.ts'
import { openFromSchema } from './schema-before.testing.ts'

test('vehicles that were heard before have a row, and nothing is said of them', async () => {
  const twin = (vehicle: string) => ({
    text: `insert into twins (tenant, vehicle, at, listed, signals, recent) values ('acme', $1, 1, '{}', '{}', '{}')`,
    params: [vehicle],
  })
  await using storage = await openFromSchema(17, [twin('Car-1'), twin('car-2')])
  assert.deepEqual(await storage.registry.version(), { changed: 0, removed: 0 })
  const blank = (vehicle: string) => ({ ...noFields, tenant: 'acme', vehicle, version: 0 })
  assert.deepEqual(await storage.registry.listed('acme', '', 9), [blank('Car-1'), blank('car-2')])
  const entry = { ...noFields, tenant: 'acme', vehicle: 'Car-1', name: 'Ada' }
  assert.equal(await storage.registry.write({ entries: [entry] }, 0), 1)
  assert.deepEqual(await storage.registry.listed('acme', '', 9), [{ ...entry, version: 1 }, blank('car-2')])
})
