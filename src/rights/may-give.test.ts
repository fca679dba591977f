import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Grant, Scope } from './grant.ts'
import { mayGive } from './may-give.ts'
import { allPermissions, builtInRoles, permissionsOf } from './permissions.ts'
import { may, sees, sightOf, type Holder, type Organisation } from './sight.ts'

const now = 1000
const groupsOf: Readonly<Record<string, readonly string[]>> = { 'car-1': ['depot'], 'car-2': ['south'] }
const organisation: Organisation = {
  groupsWithin: (_tenant, group) => (group === 'north' ? ['north', 'depot'] : [group]),
  groupsOf: (_tenant, vehicle) => groupsOf[vehicle] ?? [],
  vehiclesIn: () => [],
  assignedTo: () => [{ vehicle: 'car-3', from: 0, until: null }],
  version: 0,
  customRoles: [{ tenant: 'ours', name: 'cleaner', may: ['vehicles:read'] }],
}
const giver = (...grants: readonly Grant[]): Holder => ({ tenant: 'ours', id: 'ana', grants })
const may1 = (own: Grant, given: Grant): boolean => mayGive(giver(own), given, organisation, now)
const viewer = (scope: Scope, more: Partial<Grant> = {}): Grant => ({ role: 'viewer', scope, ...more })
const [tenant, north, depot, south] = [
  { of: 'tenant' },
  { of: 'group', group: 'north' },
  { of: 'group', group: 'depot' },
  { of: 'group', group: 'south' },
] as const
const car = (vehicle: string): Scope => ({ of: 'vehicle', vehicle })

test('a group is given by whoever has it or one around it, and a vehicle by whoever has a group that it is in', () => {
  const given = [tenant, north, depot, south, car('car-1'), car('car-2'), car('car-9')]
  const by = (own: Scope): readonly boolean[] => given.map((scope) => may1(viewer(own), viewer(scope)))
  assert.deepEqual(by(tenant), [true, true, true, true, true, true, true])
  assert.deepEqual(by(north), [false, true, true, false, true, false, false])
  assert.deepEqual(by(car('car-2')), [false, false, false, false, false, true, false])
  assert.deepEqual(by({ of: 'assigned' }), [false, false, false, false, false, false, false])
})

test('nobody gives a role with a permission he has not, nor one that there is not, nor more time than his', () => {
  assert.equal(may1({ role: 'operator', scope: tenant }, viewer(tenant)), true)
  assert.equal(may1({ role: 'operator', scope: tenant }, { role: 'administrator', scope: tenant }), false)
  assert.equal(may1({ role: 'administrator', scope: tenant }, { role: 'cleaner', scope: tenant }), true)
  for (const role of ['gone', 'constructor', ''])
    assert.equal(may1({ role: 'administrator', scope: tenant }, { role, scope: tenant }), false, role)
  assert.equal(may1(viewer(tenant, { expiresAt: now }), viewer(tenant, { expiresAt: now })), false)
  assert.equal(may1(viewer(tenant, { expiresAt: 2000 }), viewer(tenant)), false)
  assert.equal(may1(viewer(tenant, { from: 500, until: 900 }), viewer(tenant, { from: 500, until: 900 })), true)
  assert.equal(may1(viewer(tenant, { from: 500, until: 900 }), viewer(tenant, { from: 499, until: 900 })), false)
})

const anyScope = fc.oneof(
  fc.constantFrom<Scope>(tenant, north, depot, south, { of: 'assigned' }),
  fc.constantFrom('car-1', 'car-2', 'car-3').map(car),
)
const anyTime = fc.option(fc.integer({ min: 900, max: 1100 }), { nil: undefined })
const anyGrant: fc.Arbitrary<Grant> = fc
  .record({
    role: fc.constantFrom(...builtInRoles, 'cleaner'),
    scope: anyScope,
    from: anyTime,
    until: anyTime,
    expiresAt: anyTime,
  })
  .map(
    (grant) => Object.fromEntries(Object.entries(grant).filter(([, value]) => value !== undefined)) as unknown as Grant,
  )

test('a grant that may be given lets its holder do and see nothing that the giver does not, now or later', () => {
  fc.assert(
    fc.property(
      fc.array(anyGrant, { minLength: 1, maxLength: 3 }),
      anyGrant.filter(({ scope }) => scope.of !== 'assigned'),
      fc.constantFrom('car-1', 'car-2', 'car-3', 'car-4'),
      fc.integer({ min: 850, max: 1150 }),
      fc.integer({ min: 1000, max: 1150 }),
      (own, given, vehicle, at, later) => {
        const maker = giver(...own)
        fc.pre(mayGive(maker, given, organisation, now))
        const made: Holder = { tenant: 'ours', id: 'program', grants: [given] }
        for (const permission of allPermissions) {
          const seenBy = (holder: Holder): boolean =>
            sees(sightOf(holder, permission, organisation, later), vehicle, { from: at, to: at }, organisation)
          if (seenBy(made)) assert.ok(seenBy(maker), `${permission} of ${vehicle}`)
          if (may(made, permission, organisation, later, true))
            assert.ok(may(maker, permission, organisation, later, true))
        }
        assert.ok(permissionsOf(given.role, organisation.customRoles, 'ours').length > 0)
      },
    ),
  )
})

test('a holder that is held to some permissions has no others', () => {
  const held: Holder = { ...giver({ role: 'administrator', scope: tenant }), atMost: new Set(['trips:read']) }
  assert.deepEqual(
    allPermissions.filter((permission) => may(held, permission, organisation, now)),
    ['trips:read'],
  )
  assert.deepEqual(sightOf(held, 'vehicles:read', organisation, now).windows, [])
  assert.equal(mayGive(held, { role: 'administrator', scope: tenant }, organisation, now), false)
})
