// The newest instant that was put of each stream of each vehicle: a message of a later one cannot
// be there yet, and is inserted without a look. Nearly all are such.
import { repeats } from '../message-store.ts'

export type NewestInstants = {
  /** Whether it cannot be there. Counts it as put. Messages of the stream that were put before the
   *  first of it were received before that, with clocks that are ahead by `repeats.aheadMs` at
   *  most. */
  isSure(stream: string, message: { readonly at: number; readonly receivedAt: number }): boolean
  /** Somebody else may have put some meanwhile. */
  forget(): void
}

/** Beyond it, of those known longest nothing is known again. */
const streamsMax = 500_000

export function openNewestInstants(): NewestInstants {
  const newest = new Map<string, number>()
  return {
    isSure(stream, { at, receivedAt }) {
      const known = newest.get(stream)
      const isNewer = known !== undefined && at > known
      if (isNewer) newest.set(stream, at)
      if (known === undefined) {
        newest.set(stream, Math.max(at, receivedAt + repeats.aheadMs))
        if (newest.size > streamsMax) newest.delete(newest.keys().next().value!)
      }
      return isNewer || at === receivedAt
    },
    forget: () => newest.clear(),
  }
}
