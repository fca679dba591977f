// A batch into a store, however long that takes: an outage is waited out with the same batch, so
// order is kept; a row the database cannot hold is found by halving and left out, so that it blocks
// nothing.
import { Outage } from '../base/errors.ts'
import { waitOut, type Pauses } from '../base/wait-out.ts'
import type { Positions } from '../eventlog/event-log.ts'
import type { Change, Projection } from '../storage/projection.ts'

export type PutDeps = {
  readonly signal: AbortSignal
  readonly retried: (outage: Outage, delayMs: number) => void
  /** The row under this id is left out. */
  readonly refusedRow: (id: string) => void
}

export const writerPauses: Pauses = { firstMs: 100, longestMs: 5_000 }

/** True when all is stored but what was refused; false when the writers stopped meanwhile: nothing
 *  is moved then. Throws what is neither a retryable outage nor a refused row. */
export async function putBatch<Row>(
  store: Projection<Row>,
  changes: readonly Change<Row>[],
  positions: Positions,
  deps: PutDeps,
): Promise<boolean> {
  if (deps.signal.aborted) return false
  const attempt = async (): Promise<'stored' | 'refused'> => {
    try {
      await store.put(changes, positions)
      return 'stored'
    } catch (error) {
      if (error instanceof Outage && error.code === 'ROW_REFUSED') return 'refused'
      throw error
    }
  }
  const end = await waitOut(attempt, writerPauses, deps.signal, deps.retried)
  return end === 'refused' ? await putHalves(store, changes, positions, deps) : end === 'stored'
}

/** The positions move with the last part only: what was stored before is stored again after a
 *  crash, which is the same as once. */
async function putHalves<Row>(
  store: Projection<Row>,
  changes: readonly Change<Row>[],
  positions: Positions,
  deps: PutDeps,
): Promise<boolean> {
  const [only, second] = changes
  if (only === undefined) throw new Error('the store refuses the positions of a batch without rows')
  if (second === undefined) {
    deps.refusedRow(only.id)
    return await putBatch(store, [], positions, deps)
  }
  const middle = Math.ceil(changes.length / 2)
  return (
    (await putBatch(store, changes.slice(0, middle), {}, deps)) &&
    (await putBatch(store, changes.slice(middle), positions, deps))
  )
}
