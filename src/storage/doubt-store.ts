// The port of the doubts: what vehicles send that cannot be right, one row for each vehicle and kind. `doubt-store.contract.ts` is its executable form.
import type { Doubt, DoubtKind } from '../model/doubt.ts'
import type { Page, PageRequest } from './page.ts'
import type { Projection } from './projection.ts'

/** Safe for concurrent readers. */
export interface DoubtStore extends Projection<Doubt> {
  /** Last heard first, then by vehicle and kind downwards (both by UTF-8 bytes). */
  list(tenant: string, filter: DoubtFilter, page: PageRequest): Promise<Page<Doubt>>
  /** The kinds that there are, in the order of `doubtKinds`. */
  sums(tenant: string): Promise<readonly DoubtSum[]>
}

export type DoubtFilter = { readonly vehicle?: string; readonly kind?: DoubtKind }

/** One kind of doubt over all vehicles of a tenant. */
export type DoubtSum = {
  readonly kind: DoubtKind
  readonly vehicles: number
  readonly count: number
  /** Those last heard, at most `newestMax`, in the order of the list. */
  readonly newest: readonly DoubtedVehicle[]
}
export type DoubtedVehicle = Pick<Doubt, 'vehicle' | 'count' | 'lastReceivedAt'>

export const newestMax = 5
