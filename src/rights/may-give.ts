// Whether somebody may give a grant away: nobody gives more than he has himself, be it permissions,
// vehicles or time.
import type { Grant, Scope } from './grant.ts'
import { permissionsOf, type Permission } from './permissions.ts'
import type { Holder, Organisation } from './sight.ts'

/** True where every permission of the grant is the giver's too, by one grant that reaches as far. A
 *  role that there is not is nobody's to give. */
export function mayGive(giver: Holder, grant: Grant, organisation: Organisation, now: number): boolean {
  const given = permissionsOf(grant.role, organisation.customRoles, giver.tenant)
  const isOwn = (permission: Permission): boolean =>
    (giver.atMost?.has(permission) ?? true) &&
    giver.grants.some(
      (own) =>
        now < (own.expiresAt ?? Infinity) &&
        permissionsOf(own.role, organisation.customRoles, giver.tenant).includes(permission) &&
        isNoLonger(grant, own) &&
        isWithin(grant.scope, own.scope, giver.tenant, organisation),
    )
  return given.length > 0 && given.every(isOwn)
}

const isNoLonger = (given: Grant, own: Grant): boolean =>
  (given.from ?? -Infinity) >= (own.from ?? -Infinity) &&
  (given.until ?? Infinity) <= (own.until ?? Infinity) &&
  (given.expiresAt ?? Infinity) <= (own.expiresAt ?? Infinity)

/** Vehicles that are assigned to the giver are no one else's, and those assigned to another are not
 *  the giver's unless all are. */
function isWithin(given: Scope, own: Scope, tenant: string, organisation: Organisation): boolean {
  if (own.of === 'tenant') return true
  if (own.of === 'vehicle') return given.of === 'vehicle' && given.vehicle === own.vehicle
  if (own.of === 'assigned') return false
  const groups = organisation.groupsWithin(tenant, own.group)
  if (given.of === 'group') return groups.includes(given.group)
  return given.of === 'vehicle' && organisation.groupsOf(tenant, given.vehicle).some((group) => groups.includes(group))
}
