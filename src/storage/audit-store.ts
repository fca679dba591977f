// The port of the audit. Entries are added and, once they are old, removed; none is ever changed.
// `audit-store.contract.ts` is its executable form.
import type { AuditAction, AuditEntry, AuditResult } from '../audit/audit-entry.ts'
import type { ChainPoint, ChainSource } from '../audit/audit-chain.ts'
import type { Page, PageRequest } from './page.ts'

export type KeptEntry = ChainPoint & { readonly entry: AuditEntry }

export type AuditFilter = {
  /** The id of who did it. */
  readonly who?: string
  readonly actions?: readonly AuditAction[]
  readonly targetKind?: string
  readonly targetId?: string
  /** Deeds to that vehicle, or to the fleet, among whose vehicles it may have been. */
  readonly vehicleOrFleet?: string
  readonly result?: AuditResult
  /** Bounds of when it was: [from, to]. */
  readonly from?: number
  readonly to?: number
  /** A part of the name or id of who did it, of the target's id, the address or the reason, in any
   *  case. */
  readonly search?: string
}

/** Safe for concurrent callers, in one process and several: every entry follows on the one before.
 *  `ends` and `after` are of one moment each. */
export interface AuditStore extends ChainSource {
  /** Resolves when it is durable, to where it stands in the chain. */
  append(entry: AuditEntry): Promise<ChainPoint>
  /** Newest first. */
  list(tenant: string, filter: AuditFilter, page: PageRequest): Promise<Page<KeptEntry>>
  /** Tenants that have entries or ends of a chain, by name. */
  tenants(): Promise<readonly string[]>
  /** Removes the entries of every tenant that are older and have none of a later time before them,
   *  and gives how many. The same transaction adds the entry that says so, at the instant `now`. */
  expire(olderThan: number, now: number): Promise<number>
}

/** Entries that `after` gives at once. */
export const chainedAtOnce = 1000
