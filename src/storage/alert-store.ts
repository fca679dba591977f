// The port of the alerts. `alert-store.contract.ts` is its executable form.
import type { Alert } from '../model/read-models.ts'
import type { Page, PageRequest } from './page.ts'
import type { Projection } from './projection.ts'

/** Safe for concurrent readers. */
export interface AlertStore extends Projection<Alert> {
  get(tenant: string, id: string): Promise<Alert | undefined>
  /** Newest first, then by id downwards. */
  list(tenant: string, filter: AlertFilter, page: PageRequest): Promise<Page<Alert>>
}

export type AlertFilter = { readonly vehicle?: string; readonly kind?: Alert['kind'] }
