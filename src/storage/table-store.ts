// The port of a read model's table. `table-store.contract.ts` is its executable form, and the
// suites of the read models' own folders.
import type { ModelFilter, ModelRow } from '../read-models/read-model.ts'
import type { Page, PageRequest } from './page.ts'
import type { Projection } from './projection.ts'
import type { Reach } from './reach.ts'

/** Safe for concurrent readers. */
export interface TableStore<Row, Filter> extends Projection<Row> {
  /** The row under an id, if it is reached. */
  get(reach: Reach, id: string): Promise<Row | undefined>
  /** Rows that are reached and for which all that is asked holds, in the order of the model; texts
   *  are compared by their UTF-8 bytes. */
  list(reach: Reach, filter: Filter, page: PageRequest): Promise<Page<Row>>
  /** Forgets rows of all tenants whose time is before `olderThan` (epoch milliseconds), the oldest
   *  first, and `expiredRowsMax` at most, so that those who write need not wait long. Gives how
   *  many; 0 when none is left. Only of a model whose rows grow without end. */
  expire(olderThan: number): Promise<number>
}

export const expiredRowsMax = 1_000

export type StoreOf<Model> = TableStore<ModelRow<Model>, ModelFilter<Model>>
