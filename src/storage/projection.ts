// The shape every read model's store shares on its writing side: rows and the log positions they
// came from, in one transaction.
import type { OutageReport } from '../base/placeless.ts'
import type { Positions } from '../eventlog/event-log.ts'

/** A row to keep under its id, or an id to forget. Ids are unique over all tenants: they are
 *  derived from `tenant/vehicle`. */
export type Change<Row> = { readonly id: string; readonly row: Row | null }

/** A store that failed and for which rows wait, and why. */
export type HeldStore = { readonly store: string; readonly outage: OutageReport }

export interface Projection<Row> {
  /** The positions stored up to now: the next offset of each partition, and the epoch they were
   *  read in. Empty for a new store. */
  positions(): Promise<Positions>
  /** Upserts and deletes by id, in the order given, and moves the positions, in one transaction:
   *  after a crash either all of it or none. The same call twice is the same as once. Rejects with
   *  Outage ROW_REFUSED (not retryable: the database cannot hold one of the rows), or with
   *  STORE_UNAVAILABLE or what else keeps the database from it (retryable), and changes nothing.
   *  One caller at a time. */
  put(changes: readonly Change<Row>[], positions: Positions): Promise<void>
}
