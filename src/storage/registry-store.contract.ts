// The promises of every RegistryStore.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  noFields,
  type RegistryEntry,
  type Tariff,
  type VehicleAssignment,
  type VehicleGroup,
} from '../model/registry.ts'
import type { CustomRole } from '../rights/permissions.ts'
import type { OpenStore } from './projection.contract.ts'
import { patch } from '../read-models/rows.testing.ts'
import type { Storage } from './storage.ts'
import type { OrganisationRows, RegistryChanges, RegistryStore } from './registry-store.ts'

const tenant = 'acme'
const entry = (vehicle: string, more: Partial<RegistryEntry> = {}): Omit<RegistryEntry, 'version'> => ({
  ...noFields,
  tenant,
  vehicle,
  ...more,
})
const full = entry('car-1', {
  name: 'Größe "1"\n\'; drop',
  plate: 'M-ÜR 1',
  make: 'Volvo',
  model: 'FH',
  year: 2021,
  kind: 'truck',
  vin: 'YV2RT40A8MB123456',
  notes: 'two\nlines',
  groups: ['north', 'depot-1'],
  tags: ['cold', 'größe'],
  attributes: { 'Key no.': '17', __proto__x: '' },
  tariff: 'night',
  zone: 'America/Montevideo',
  hours: [{ days: [1, 2], from: 480, to: 1020 }],
  archivedAt: 1_700_000_000_000,
})
const group = (id: string, parent: string | null = null, of = tenant): VehicleGroup => ({
  tenant: of,
  id,
  name: `Group ${id}`,
  parent,
})
const assignment: VehicleAssignment = { tenant, id: 'a1', vehicle: 'car-1', person: 'p1', from: 5, until: null }
const role: CustomRole = { tenant, name: 'night watch', may: ['vehicles:read', 'places:read'] }
const tariff: Tariff = {
  tenant,
  id: 'night',
  name: 'Night',
  validFrom: 7,
  currency: 'EUR',
  perKm: 0.25,
  perHour: null,
  perKwh: 0,
  perLitre: null,
}
const nothing: OrganisationRows = { groups: [], memberships: [], assignments: [], roles: [], tariffs: [] }

const byText = (one: unknown, other: unknown): number => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)
const sorted = (rows: OrganisationRows): OrganisationRows => ({
  groups: rows.groups.toSorted(byText),
  memberships: rows.memberships.toSorted(byText),
  assignments: rows.assignments.toSorted(byText),
  roles: rows.roles.toSorted(byText),
  tariffs: rows.tariffs.toSorted(byText),
})

export function registryStoreContract(open: OpenStore<RegistryStore & Pick<Storage, 'twins'>>): void {
  test('registry: what was written is read, field by field', async () => {
    await using store = await open()
    assert.deepEqual(await store.version(), { changed: 0, removed: 0 })
    assert.deepEqual(await store.organisation(), nothing)
    const changes: RegistryChanges = {
      entries: [full, entry('car-2')],
      groups: [group('north'), group('depot-1', 'north')],
      assignments: [assignment],
      roles: [role],
      tariffs: [tariff, { ...tariff, validFrom: 9, name: 'Later' }],
    }
    assert.equal(await store.write(changes, 0), 1)
    assert.deepEqual(await store.version(), { changed: 1, removed: 0 })
    assert.deepEqual(
      (await store.entries(tenant, ['car-1', 'car-2', 'car-3'])).toSorted(byText),
      [full, entry('car-2')].map((each) => ({ ...each, version: 1 })).toSorted(byText),
    )
    assert.deepEqual(await store.entries('other', ['car-1']), [])
    assert.deepEqual(
      sorted(await store.organisation()),
      sorted({
        groups: changes.groups ?? [],
        memberships: [{ tenant, vehicle: 'car-1', groups: ['north', 'depot-1'] }],
        assignments: [assignment],
        roles: [role],
        tariffs: changes.tariffs ?? [],
      }),
    )
  })

  test('registry: a write of a version that is not the newest stores nothing', async () => {
    await using store = await open()
    assert.equal(await store.write({ groups: [group('north')] }, 3), undefined)
    const both = await Promise.all([
      store.write({ entries: [entry('car-1', { name: 'one' })], groups: [group('one')] }, 0),
      store.write({ entries: [entry('car-1', { name: 'other' })], groups: [group('other')] }, 0),
    ])
    assert.deepEqual(new Set(both), new Set([1, undefined]))
    const name = both[0] === 1 ? 'one' : 'other'
    assert.deepEqual(await store.entries(tenant, ['car-1']), [{ ...entry('car-1', { name }), version: 1 }])
    assert.deepEqual((await store.organisation()).groups, [group(name)])
  })

  test('registry: what changed since a version is told, vehicles that left their groups among it', async () => {
    await using store = await open()
    await store.write({ entries: [entry('car-1', { groups: ['north'] })], groups: [group('north')] }, 0)
    await store.write({ entries: [entry('car-2', { groups: ['north'] })], roles: [role] }, 1)
    await store.write({ entries: [entry('car-1')], assignments: [assignment] }, 2)
    assert.deepEqual(sorted(await store.organisation(2)), {
      ...nothing,
      memberships: [{ tenant, vehicle: 'car-1', groups: [] }],
      assignments: [assignment],
    })
    assert.deepEqual((await store.organisation()).memberships, [{ tenant, vehicle: 'car-2', groups: ['north'] }])
    assert.deepEqual(await store.organisation(3), nothing)
  })

  test('registry: what is removed is no more, of that tenant alone, and the version says so', async () => {
    await using store = await open()
    const other = { groups: [group('north', null, 'other')], entries: [entry('car-1', { tenant: 'other' })] }
    const kept: RegistryChanges = { ...other, tariffs: [{ ...tariff, tenant: 'other' }] }
    await store.write(kept, 0)
    await store.write(
      {
        entries: [full],
        groups: [group('north')],
        assignments: [assignment],
        roles: [role],
        tariffs: [tariff, { ...tariff, validFrom: 9 }],
      },
      1,
    )
    const removed = {
      entries: [{ tenant, vehicle: 'car-1' }],
      groups: [{ tenant, id: 'north' }],
      assignments: [{ tenant, id: 'a1' }],
      roles: [{ tenant, id: role.name }],
      tariffs: [{ tenant, id: 'night' }],
    }
    assert.equal(await store.write({ removed }, 2), 3)
    assert.deepEqual(await store.version(), { changed: 3, removed: 3 })
    assert.deepEqual(await store.organisation(), { ...nothing, groups: kept.groups, tariffs: kept.tariffs })
    assert.deepEqual(await store.entries(tenant, ['car-1']), [])
    assert.equal((await store.entries('other', ['car-1'])).length, 1)
    assert.equal(await store.write({ removed, groups: [group('south')] }, 3), 4)
  })

  test('registry: vehicles that were heard are listed with those that were written of, by id', async () => {
    await using store = await open()
    await store.twins.put(
      [patch('car-2', 1, {}), patch('Car-3', 1, {}), patch('car-4', 1, {}, { tenant: 'other' })],
      {},
    )
    await store.write({ entries: [full, entry('car-2', { name: 'Two' }), entry('car-5', { tenant: 'other' })] }, 0)
    const blank = { ...entry('Car-3'), version: 0 }
    const written = [full, entry('car-2', { name: 'Two' })].map((each) => ({ ...each, version: 1 }))
    assert.deepEqual(await store.listed(tenant, '', 9), [blank, ...written])
    assert.deepEqual(await store.listed(tenant, 'car-1', 1), [written[1]])
    await store.twins.put([patch('car-2', 2, {})], {})
    await store.write({ removed: { entries: [full, entry('car-2')] } }, 1)
    assert.deepEqual(await store.listed(tenant, '', 9), [blank, { ...entry('car-2'), version: 0 }])
  })

  test('registry: any text is kept', async () => {
    await using store = await open()
    let version = 0
    const text = fc.string({ unit: 'binary', maxLength: 40 }).map((each) => each.replaceAll('\0', ''))
    await fc.assert(
      fc.asyncProperty(text, fc.uniqueArray(text, { maxLength: 4 }), async (name, tags) => {
        const written = entry('car-1', { name, tags, attributes: { [name]: name } })
        const made = await store.write({ entries: [written] }, version)
        assert.equal(made, version + 1)
        version++
        assert.deepEqual(await store.entries(tenant, ['car-1']), [{ ...written, version }])
      }),
      { numRuns: 30 },
    )
  })

  test('registry: thousands of entries are written at once', async () => {
    await using store = await open()
    const entries = Array.from({ length: 3_000 }, (_, n) => entry(`car-${n}`, { groups: [`g-${n % 7}`] }))
    assert.equal(await store.write({ entries }, 0), 1)
    assert.equal((await store.organisation()).memberships.length, entries.length)
    const asked = entries.map(({ vehicle }) => vehicle)
    assert.equal((await store.entries(tenant, asked)).length, entries.length)
  })
}
