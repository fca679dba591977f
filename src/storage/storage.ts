// Everything the API reads and the writers write, opened and closed together.
import type { AlertStore } from './alert-store.ts'
import type { AnomalyStore } from './anomaly-store.ts'
import type { LedgerStore } from './ledger-store.ts'
import type { MessageStore } from './message-store.ts'
import type { TrackStore } from './track-store.ts'
import type { TripStore } from './trip-store.ts'
import type { TwinStore } from './twin-store.ts'
import type { UserStore } from './user-store.ts'

/** Disposal waits for the calls under way; later calls reject with Outage STORE_CLOSED (not retryable). */
export interface Storage extends AsyncDisposable {
  readonly twins: TwinStore
  readonly trips: TripStore
  readonly tracks: TrackStore
  readonly alerts: AlertStore
  readonly ledger: LedgerStore
  readonly anomalies: AnomalyStore
  readonly messages: MessageStore
  readonly users: UserStore
}
