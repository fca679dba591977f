import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Grant } from './grant.ts'
import { plainOrganisation } from './plain-organisation.ts'
import { builtInRoles, roles } from './permissions.ts'
import { may, sees, sightOf, type Organisation, type Holder } from './sight.ts'

const now = 1000
const at = (from: number, to = from) => ({ from, to })
const organisation: Organisation = {
  version: 0,
  groupsWithin: (_tenant, group) => (group === 'north' ? ['north', 'depot-1'] : [group]),
  groupsOf: (_tenant, vehicle) => ({ 'car-1': ['depot-1'], 'car-2': ['south', 'north'] })[vehicle] ?? [],
  vehiclesIn: () => assert.fail('nobody asks'),
  assignedTo: (_tenant, person) =>
    person === 'ana'
      ? [
          { vehicle: 'car-1', from: 100, until: 200 },
          { vehicle: 'car-3', from: 300, until: null },
        ]
      : [],
  customRoles: [{ tenant: 'ours', name: 'cleaner', may: ['vehicles:read'] }],
}
const holder = (...grants: readonly Grant[]): Holder => ({ tenant: 'ours', id: 'ana', grants })
const seen = (who: Holder, vehicle: string, span = at(now)): boolean =>
  sees(sightOf(who, 'vehicles:read', organisation, now), vehicle, span, organisation)

test('a group reaches the vehicles of the groups within it, and no others', () => {
  const who = holder({ role: 'viewer', scope: { of: 'group', group: 'north' } })
  assert.deepEqual(
    ['car-1', 'car-2', 'car-3'].map((vehicle) => seen(who, vehicle)),
    [true, true, false],
  )
  const depot = holder({ role: 'viewer', scope: { of: 'group', group: 'depot-1' } })
  assert.deepEqual([seen(depot, 'car-1'), seen(depot, 'car-2')], [true, false])
})

test('a driver sees of a vehicle what happened whole within the time it was assigned to him', () => {
  const who = holder({ role: 'driver', scope: { of: 'assigned' } })
  assert.deepEqual(
    [at(100, 199), at(99, 150), at(150, 200), at(now)].map((span) => seen(who, 'car-1', span)),
    [true, false, false, false],
  )
  assert.deepEqual([seen(who, 'car-3'), seen(who, 'car-3', at(299, 301))], [true, false])
  assert.equal(seen({ ...who, id: 'bo' }, 'car-3'), false)
})

test('a link ends with its time, and shows nothing of the time before it', () => {
  const link = (expiresAt: number) =>
    holder({ role: 'viewer', scope: { of: 'vehicle', vehicle: 'car-9' }, from: 500, until: 2000, expiresAt })
  assert.deepEqual(
    [seen(link(2000), 'car-9'), seen(link(2000), 'car-9', at(499, 600)), seen(link(now), 'car-9')],
    [true, false, false],
  )
})

test('a role of a tenant is nothing in another, nor a role that there is not', () => {
  const cleaner = holder({ role: 'cleaner', scope: { of: 'tenant' } })
  assert.equal(may(cleaner, 'vehicles:read', organisation, now), true)
  assert.equal(may({ ...cleaner, tenant: 'theirs' }, 'vehicles:read', organisation, now), false)
  for (const role of ['constructor', '__proto__', 'toString', ''])
    assert.equal(may(holder({ role, scope: { of: 'tenant' } }), 'vehicles:read', organisation, now), false, role)
})

test('what is no vehicle’s needs the whole tenant', () => {
  const some = holder({ role: 'administrator', scope: { of: 'group', group: 'north' } })
  assert.deepEqual(
    [may(some, 'audit:read', organisation, now), may(some, 'audit:read', organisation, now, true)],
    [true, false],
  )
})

const anyScope = fc.oneof(
  fc.constant({ of: 'tenant' } as const),
  fc.constant({ of: 'assigned' } as const),
  fc.constantFrom('north', 'south', 'depot-1', '').map((group) => ({ of: 'group', group }) as const),
  fc.constantFrom('car-1', 'car-2', 'car-3').map((vehicle) => ({ of: 'vehicle', vehicle }) as const),
)
const anyTime = fc.option(fc.integer({ min: 0, max: 2000 }), { nil: undefined })
const anyGrant: fc.Arbitrary<Grant> = fc
  .record({
    role: fc.constantFrom(...builtInRoles, 'cleaner', 'gone'),
    scope: anyScope,
    from: anyTime,
    until: anyTime,
    expiresAt: anyTime,
  })
  .map(({ role, scope, ...times }) => ({
    role,
    scope,
    ...Object.fromEntries(Object.entries(times).filter(([, time]) => time !== undefined)),
  }))

test('more grants never take anything away, and what all see is the sum of what each sees', () => {
  fc.assert(
    fc.property(
      fc.array(anyGrant, { maxLength: 4 }),
      fc.constantFrom('car-1', 'car-2', 'car-3', 'car-4'),
      fc.tuple(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 500 })),
      (grants, vehicle, [from, length]) => {
        const span = at(from, from + length)
        const each = grants.map((grant) => seen(holder(grant), vehicle, span))
        assert.equal(seen(holder(...grants), vehicle, span), each.includes(true))
      },
    ),
  )
})

test('the administrator alone may everything, and nobody more than he', () => {
  const all = new Set<string>(roles.administrator.may)
  for (const { may: some } of Object.values(roles)) assert.ok(some.every((permission) => all.has(permission)))
  assert.equal(sightOf(holder(), 'vehicles:read', plainOrganisation, now).windows.length, 0)
})
