// The port of links that make an account or give one a new password, each once. It keeps a hash of
// the secret in the link. `account-link-store.contract.ts` is its executable form.
import type { Grant } from '../rights/grant.ts'

export type AccountLink = {
  readonly id: string
  readonly tenant: string
  /** Of the secret. */
  readonly hash: string
  /** Of whom the password is set anew; null: the link invites. */
  readonly person: string | null
  /** For whom it is, in the words of who made it. */
  readonly label: string
  /** Of whom is invited. */
  readonly grants: readonly Grant[]
  /** The name of who made it. */
  readonly madeBy: string
  readonly madeAt: number
  readonly expiresAt: number
}

/** Safe for concurrent callers. Each write is one transaction. */
export interface AccountLinkStore {
  /** Takes the place of a link for the same person; forgets what has expired before `madeAt`. */
  add(link: AccountLink): Promise<void>
  find(hash: string): Promise<AccountLink | undefined>
  /** Of a tenant, the newest first; also what has expired, until it is forgotten. */
  list(tenant: string): Promise<readonly AccountLink[]>
  /** Removes it; true for one caller alone, where there was one. */
  take(tenant: string, id: string): Promise<boolean>
}
