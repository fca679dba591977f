// The contract of the audit: types only.
import type { Actor, AuditAction, AuditResult, AuditTarget, AuditValue } from '../../audit/audit-entry.ts'

/** GET /audit → Listing<AuditRow>, newest first. GET /audit/export: the same as a file. */
export type AuditRow = {
  /** Its number in the chain of the tenant, and its hash. */
  readonly seq: number
  readonly hash: string
  readonly at: number
  readonly who: Actor
  readonly action: AuditAction
  readonly target: AuditTarget
  /** State before and after, as far as that is told. */
  readonly before: Readonly<Record<string, AuditValue>> | null
  readonly after: Readonly<Record<string, AuditValue>> | null
  readonly from: { readonly address: string | null; readonly agent: string | null }
  readonly result: AuditResult
  readonly reason: string | null
}

/** GET /audit/verification: every entry is looked at. */
export type AuditVerification = {
  /** Entries that are kept, and looked at; null where one is broken. */
  readonly entries: number | null
  /** Entries up to it were removed because of their age; 0: none. Null likewise. */
  readonly removedTo: number | null
  /** The newest: keep its hash elsewhere. Null likewise. */
  readonly head: { readonly seq: number; readonly hash: string } | null
  /** The first that is not as it was, or is not there. Null: all are as they were. */
  readonly broken: { readonly seq: number; readonly reason: string } | null
}

/** GET /vehicles/{vehicle}/disclosures → Listing<DisclosureRow>, newest first. */
export type DisclosureRow = {
  readonly at: number
  readonly who: { readonly kind: Actor['kind']; readonly name: string }
  readonly what: 'places' | 'vin'
  /** Fleet: vehicles of the fleet, which may have been among others. */
  readonly of: 'vehicle' | 'fleet'
}
