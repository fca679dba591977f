// The port of the ledger: promise 2 in figures, one row for each vehicle and stream. `ledger-store.contract.ts` is its executable form.
import type { LedgerEntry } from '../model/read-models.ts'
import type { Page, PageRequest } from './page.ts'
import type { Projection } from './projection.ts'

/** Safe for concurrent readers. */
export interface LedgerStore extends Projection<LedgerEntry> {
  /** By vehicle id, then by stream (both by UTF-8 bytes). */
  list(tenant: string, filter: LedgerFilter, page: PageRequest): Promise<Page<LedgerEntry>>
  /** Sums by stream, in order of the stream's name. */
  totals(tenant: string): Promise<readonly LedgerTotals[]>
}

export type LedgerFilter = {
  readonly vehicle?: string
  /** Only entries with something missing, refused, late or duplicate, with a wrong clock, or with numbers used twice or jumped over. */
  readonly troubled?: boolean
}

/** `clock`, `reused` and `jumps` are the sums of what is known, null when it is known of no entry. */
export type LedgerTotals = Omit<LedgerEntry, 'tenant' | 'vehicle' | 'lastAt' | 'lastReceivedAt'>
