// A grant: a role over some vehicles of a tenant, of some time. A person, a
// program or a link may do the sum of its grants.

/** Vehicles: all of the tenant, those of a group and of the groups within it, one, or those that
 *  are assigned to whoever has the grant, each for as long as it is. */
export type Scope =
  | { readonly of: 'tenant' }
  | { readonly of: 'group'; readonly group: string }
  | { readonly of: 'vehicle'; readonly vehicle: string }
  | { readonly of: 'assigned' }

export type Grant = {
  /** The name of a role of the tenant, built in or of its own. */
  readonly role: string
  readonly scope: Scope
  /** Bounds of what can be seen, by when it happened: [from, until); none when absent. Epoch
   *  milliseconds, by our clock. */
  readonly from?: number
  readonly until?: number
  /** From then on it grants nothing. */
  readonly expiresAt?: number
}

/** A role over the whole tenant. */
export const wholeGrant = (role: string): Grant => ({ role, scope: { of: 'tenant' } })

/** The roles of grants, each once, as people are told of them. */
export const rolesOf = (grants: readonly Grant[]): readonly string[] => [...new Set(grants.map(({ role }) => role))]
