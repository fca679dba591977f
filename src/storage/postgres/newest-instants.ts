// The newest instant that was put of each stream of each vehicle: a message of a later one cannot
// be there yet, and is inserted without a look. Nearly all are such.
import { vehicleKey, type VehicleRef } from '../../model/vehicle-id.ts'
import { repeats } from '../message-store.ts'

type Put = {
  readonly row: VehicleRef & { readonly stream: string; readonly at: number; readonly receivedAt: number }
}

export type NewestInstants = {
  /** Counts all of them as put. Messages of the stream that were put before the first of these were
   *  received before it, with clocks that are ahead by `repeats.aheadMs` at most. */
  split<Each extends Put>(
    puts: readonly Each[],
  ): { readonly sure: readonly Each[]; readonly perhapsThere: readonly Each[] }
  /** Somebody else may have put some meanwhile. */
  forget(): void
}

/** Beyond it, of those known longest nothing is known again. */
const streamsMax = 500_000

export function openNewestInstants(): NewestInstants {
  const newest = new Map<string, number>()
  return {
    split<Each extends Put>(puts: readonly Each[]) {
      const sure: Each[] = []
      const perhapsThere: Each[] = []
      for (const put of puts) {
        const { stream, at, receivedAt } = put.row
        const name = `${stream} ${vehicleKey(put.row)}`
        const known = newest.get(name)
        const isNewer = known !== undefined && at > known
        if (isNewer || at === receivedAt) sure.push(put)
        else perhapsThere.push(put)
        if (known === undefined) newest.set(name, Math.max(at, receivedAt + repeats.aheadMs))
        else if (isNewer) newest.set(name, at)
      }
      for (const name of newest.keys()) {
        if (newest.size <= streamsMax) break
        newest.delete(name)
      }
      return { sure, perhapsThere }
    },
    forget: () => newest.clear(),
  }
}
