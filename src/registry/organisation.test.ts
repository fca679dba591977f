// The organisation in memory held against the store it is of: own writes at once, those of others
// after a look, whatever was changed or removed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { silentLogger } from '../base/logger.ts'
import { noFields, type VehicleGroup } from '../model/registry.ts'
import { openMemoryStorage } from '../storage/memory/memory-storage.ts'
import type { RegistryChanges, RegistryStore } from '../storage/registry-store.ts'
import { openOrganisation, type StoredOrganisation } from './organisation.ts'

const tenant = 'acme'
const ids = ['g0', 'g1', 'g2', 'g3']
const vehicles = ['car-0', 'car-1', 'car-2']
const people = ['p0', 'p1']

const open = (store: RegistryStore, every = () => () => {}): Promise<StoredOrganisation> =>
  openOrganisation({ store, logger: silentLogger, every })

const oneOf = <Value>(values: readonly Value[]) => fc.constantFrom(...values)
const someOf = (values: readonly string[]) => fc.uniqueArray(oneOf(values), { maxLength: values.length })
/** A group lies within one of a smaller number, so that none lies within itself. */
const group = fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 })).map(([n, parent]): VehicleGroup => ({
  tenant,
  id: ids[n] ?? '',
  name: `${n}`,
  parent: parent < n ? (ids[parent] ?? null) : null,
}))
const change: fc.Arbitrary<RegistryChanges> = fc.oneof(
  fc.record({ groups: group.map((each) => [each]) }),
  fc.record({
    entries: fc
      .tuple(oneOf(vehicles), someOf(ids))
      .map(([vehicle, groups]) => [{ ...noFields, tenant, vehicle, groups }]),
  }),
  fc.record({
    assignments: fc
      .tuple(oneOf(['a0', 'a1', 'a2']), oneOf(vehicles), oneOf(people), fc.nat({ max: 9 }))
      .map(([id, vehicle, person, from]) => [{ tenant, id, vehicle, person, from, until: null }]),
  }),
  fc.record({ removed: fc.record({ groups: someOf(ids).map((each) => each.map((id) => ({ tenant, id }))) }) }),
  fc.record({
    removed: fc.record({ entries: someOf(vehicles).map((each) => each.map((vehicle) => ({ tenant, vehicle }))) }),
  }),
  fc.record({
    removed: fc.record({ assignments: someOf(['a0', 'a1']).map((each) => each.map((id) => ({ tenant, id }))) }),
  }),
)

const answers = (organisation: StoredOrganisation) => ({
  version: organisation.version,
  within: ids.map((id) => organisation.groupsWithin(tenant, id).toSorted()),
  of: vehicles.map((vehicle) => organisation.groupsOf(tenant, vehicle)),
  inGroups: ids.map((id) => organisation.vehiclesIn(tenant, [id, ids[0]!]).toSorted()),
  assigned: people.map((person) =>
    organisation.assignedTo(tenant, person).toSorted((a, b) => a.vehicle.localeCompare(b.vehicle) || a.from - b.from),
  ),
  others: organisation.groupsOf('other', 'car-0'),
})

test('two processes and one that opens later say the same, whoever wrote', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.boolean(), change, fc.boolean()), { maxLength: 12 }), async (steps) => {
      await using storage = openMemoryStorage()
      await using one = await open(storage.registry)
      await using other = await open(storage.registry)
      for (const [isFirst, changes, isLooking] of steps) {
        const writer = isFirst ? one : other
        await writer.change(() => changes)
        if (isLooking) await (isFirst ? other : one).refresh()
      }
      await Promise.all([one.refresh(), other.refresh()])
      await using late = await open(storage.registry)
      assert.deepEqual(answers(one), answers(late))
      assert.deepEqual(answers(other), answers(late))
    }),
  )
})

test('a plan that somebody else overtook is made anew of what is known then', async () => {
  await using storage = openMemoryStorage()
  await using one = await open(storage.registry)
  await using other = await open(storage.registry)
  const add = (organisation: StoredOrganisation, id: string) =>
    organisation.change(() => {
      const parent = organisation.groups(tenant).at(-1)?.id ?? null
      return { groups: [{ tenant, id, name: id, parent }] }
    })
  await Promise.all([add(one, 'g1'), add(other, 'g2'), add(one, 'g3'), add(other, 'g4')])
  await one.refresh()
  const outermost = one.groups(tenant).filter(({ parent }) => parent === null)
  assert.equal(outermost.length, 1)
  assert.equal(one.groupsWithin(tenant, outermost[0]?.id ?? '').length, 4)
  assert.equal(one.version, 4)
})

test('what was refused is not stored, and the next is', async () => {
  await using storage = openMemoryStorage()
  await using organisation = await open(storage.registry)
  await assert.rejects(
    organisation.change(() => {
      throw new Error('no')
    }),
    /^Error: no$/,
  )
  assert.equal(await organisation.change(() => undefined), 0)
  assert.equal(await organisation.change(() => ({ groups: [{ tenant, id: 'g1', name: 'g1', parent: null }] })), 1)
})

test('what others write is seen by the next look', async () => {
  await using storage = openMemoryStorage()
  let look = (): void => assert.fail('no look was asked for')
  await using organisation = await openOrganisation({
    store: storage.registry,
    logger: silentLogger,
    every(given) {
      look = given
      return () => {}
    },
  })
  await storage.registry.write({ groups: [{ tenant, id: 'g1', name: 'g1', parent: null }] }, 0)
  assert.deepEqual(organisation.groups(tenant), [])
  look()
  await organisation.change(() => undefined)
  assert.equal(organisation.groups(tenant).length, 1)
  assert.equal(organisation.version, 1)
})
