// The port of the anomalies: what vehicles send that cannot be right, one row for each vehicle and kind. `anomaly-store.contract.ts` is its executable form.
import type { Anomaly, AnomalyKind } from '../model/anomaly.ts'
import type { Page, PageRequest } from './page.ts'
import type { Projection } from './projection.ts'

/** Safe for concurrent readers. */
export interface AnomalyStore extends Projection<Anomaly> {
  /** Last heard first, then by vehicle and kind downwards (both by UTF-8 bytes). */
  list(tenant: string, filter: AnomalyFilter, page: PageRequest): Promise<Page<Anomaly>>
  /** The kinds that there are, in the order of `anomalyKinds`. */
  sums(tenant: string): Promise<readonly AnomalySum[]>
}

export type AnomalyFilter = { readonly vehicle?: string; readonly kind?: AnomalyKind }

/** One kind of anomaly over all vehicles of a tenant. */
export type AnomalySum = {
  readonly kind: AnomalyKind
  readonly vehicles: number
  readonly count: number
  /** Those last heard, at most `newestMax`, in the order of the list. */
  readonly newest: readonly AnomalousVehicle[]
}
export type AnomalousVehicle = Pick<Anomaly, 'vehicle' | 'count' | 'lastReceivedAt'>

export const newestMax = 5
