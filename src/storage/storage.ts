// Everything the API reads and the writers write, opened and closed together.
import type { AnomalySum } from '../read-models/anomalies/anomalies.ts'
import type { LedgerTotals } from '../read-models/ledger/ledger.ts'
import type { AnyModel } from '../read-models/read-model.ts'
import { readModels, type ReadModels } from '../read-models/read-models.ts'
import type { MessageStore } from './message-store.ts'
import type { StoreOf } from './table-store.ts'
import type { TwinStore } from './twin-store.ts'
import type { UserStore } from './user-store.ts'

/** A table for each read model. */
export type Tables = { readonly [Name in keyof ReadModels]: StoreOf<ReadModels[Name]> }

/** Opens a table for each. */
export const tablesOf = (open: (model: AnyModel) => StoreOf<AnyModel>): Tables =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- by the names of the same object
  Object.fromEntries(Object.entries(readModels).map(([name, model]) => [name, open(model)])) as unknown as Tables

/** Disposal waits for the calls under way; later calls reject with Outage STORE_CLOSED (not
 *  retryable). */
export interface Storage extends Tables, AsyncDisposable {
  readonly ledger: LedgerStore
  readonly anomalies: AnomalyStore
  readonly twins: TwinStore
  readonly messages: MessageStore
  readonly users: UserStore
}

export type LedgerStore = Tables['ledger'] & {
  /** Sums by stream, in order of the stream's name. */
  totals(tenant: string): Promise<readonly LedgerTotals[]>
}

export type AnomalyStore = Tables['anomalies'] & {
  /** The kinds that there are, in the order of `anomalyKinds`, each with the vehicles last heard,
   *  at most `newestMax`, in the order of the list. */
  sums(tenant: string): Promise<readonly AnomalySum[]>
}
