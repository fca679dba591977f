// The share of a process that shares with nobody.
import type { Share } from '../eventlog/state-store.ts'

/** All the partitions there are, or those named, for good. */
export function fixedShare(partitions: Iterable<number>): Share {
  const given = new Map(Array.from(partitions, (partition) => [partition, 0]))
  return {
    given: () => given,
    left: async () => {},
    changed: (signal) =>
      new Promise((resolve) => {
        if (signal.aborted) resolve()
        else signal.addEventListener('abort', () => resolve(), { once: true })
      }),
  }
}
