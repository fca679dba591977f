// The port of the people who may sign in. It keeps hashes; what a password is, the API knows.
// `user-store.contract.ts` is its executable form.

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
}

export type UserIdentity = { readonly issuer: string; readonly subject: string }

/** Safe for concurrent callers. Each write is one transaction. */
export interface UserStore {
  count(): Promise<number>
  /** All, by name. */
  list(): Promise<readonly User[]>
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
}
