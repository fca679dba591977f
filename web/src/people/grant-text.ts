// Grants as people read them, and as a form says them.
import type { Grant } from '../../../src/api/contract.ts'

export const givenRoles = [
  'viewer',
  'driver',
  'dispatcher',
  'analyst',
  'technician',
  'operator',
  'administrator',
] as const

/** Over all vehicles where `over` is empty. */
export function grantOf(role: string, over: string, id: string): Grant {
  if (over === 'group') return { role, scope: { of: 'group', group: id } }
  if (over === 'vehicle') return { role, scope: { of: 'vehicle', vehicle: id } }
  return { role, scope: { of: over === 'assigned' ? 'assigned' : 'tenant' } }
}

export function grantText({ role, scope, from, until, expiresAt }: Grant): string {
  const over =
    scope.of === 'group'
      ? ` of group ${scope.group}`
      : scope.of === 'vehicle'
        ? ` of ${scope.vehicle}`
        : scope.of === 'assigned'
          ? ' of assigned vehicles'
          : ''
  return `${role}${over}${(from ?? until ?? expiresAt) === undefined ? '' : ', for a time'}`
}
