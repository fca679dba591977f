// Grants in words, as the audit keeps them.
import type { Grant } from '../../rights/grant.ts'

export const grantWords = (grants: readonly Grant[]): readonly string[] =>
  grants.map(({ role, scope, ...bounds }) => {
    const over = 'group' in scope ? `group ${scope.group}` : 'vehicle' in scope ? `vehicle ${scope.vehicle}` : scope.of
    const times = Object.entries(bounds).map(([bound, at]) => `, ${bound} ${new Date(at).toISOString()}`)
    return `${role} over ${over}${times.join('')}`
  })
