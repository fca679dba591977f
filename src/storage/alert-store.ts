// The port of the alerts. `alert-store.contract.ts` is its executable form.
import type { Alert } from '../model/read-models.ts'
import type { Page, PageRequest } from './page.ts'
import type { Projection } from './projection.ts'

/** Safe for concurrent readers. */
export interface AlertStore extends Projection<Alert> {
  get(tenant: string, id: string): Promise<Alert | undefined>
  /** By `heardAt`, newest first, then by id downwards. */
  list(tenant: string, filter: AlertFilter, page: PageRequest): Promise<Page<Alert>>
}

/** When it was heard, by our clock; by the car's where that is not known. A car whose clock is ahead by a month does not hold the top
 *  of the list for a month. */
export const heardAt = ({ at, receivedAt }: Pick<Alert, 'at' | 'receivedAt'>): number => receivedAt ?? at

export type AlertFilter = { readonly vehicle?: string; readonly kind?: Alert['kind'] }
