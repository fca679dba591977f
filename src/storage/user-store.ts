// The port of the people who may sign in. It keeps hashes; what a password is, the API knows.
// `user-store.contract.ts` is its executable form.

import { Outage } from '../base/errors.ts'
import type { Page, PageRequest } from './page.ts'
import type { Grant } from '../rights/grant.ts'

export type User = {
  readonly id: string
  readonly name: string
  /** Null: the person signs in elsewhere alone. */
  readonly passwordHash: string | null
  /** By which an identity provider knows the person; null: none does. */
  readonly identity: UserIdentity | null
  readonly grants: readonly Grant[]
  readonly tenant: string
  /** Since when the person is kept out; absent: is not. */
  readonly disabledAt?: number
}

export type UserIdentity = { readonly issuer: string; readonly subject: string }

export type PersonChange = {
  readonly grants?: readonly Grant[]
  /** Null: is kept out no longer. */
  readonly disabledAt?: number | null
}

export const lastAdministrator = (): Outage =>
  new Outage(
    'LAST_ADMINISTRATOR',
    'This is the last administrator of the tenant: make somebody else one first, over the whole tenant and without an end.',
    { retryable: false },
  )

/** Whether somebody is there to let others in: over the whole tenant, and without an end. */
export const isAdministrator = ({ grants, disabledAt }: Pick<User, 'grants' | 'disabledAt'>): boolean =>
  disabledAt === undefined &&
  grants.some(
    ({ role, scope, from, until, expiresAt }) =>
      role === 'administrator' && scope.of === 'tenant' && (from ?? until ?? expiresAt) === undefined,
  )

/** Safe for concurrent callers. Each write is one transaction. */
export interface UserStore {
  count(): Promise<number>
  /** All, by name. */
  list(): Promise<readonly User[]>
  /** Of a tenant, by name. */
  page(tenant: string, page: PageRequest): Promise<Page<User>>
  findById(id: string): Promise<User | undefined>
  /** Names are told apart by `foldCase`. Of users from a time when more names were told apart, two
   *  may have names that fold alike: each is found by its own name as it is written. */
  findByName(name: string): Promise<User | undefined>
  findByIdentity(identity: UserIdentity): Promise<User | undefined>
  /** Rejects with Outage USER_EXISTS (not retryable) when the name, the id or the identity is
   *  taken. */
  add(user: User): Promise<void>
  /** Rejects with Outage USER_UNKNOWN (not retryable) when there is no user of that id. */
  setPassword(id: string, passwordHash: string): Promise<void>
  /** Rejects likewise. */
  setGrants(id: string, grants: readonly Grant[]): Promise<void>
  /** Changes what is given. Rejects with Outage LAST_ADMINISTRATOR (not retryable) where the tenant
   *  would be left without an administrator, also when two changes come at once. */
  change(id: string, change: PersonChange): Promise<void>
  /** Rejects likewise. */
  remove(id: string): Promise<void>
}
