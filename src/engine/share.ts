// The share of a process that shares with nobody.
import { aborted } from '../base/wait-out.ts'
import type { Share } from '../eventlog/state-store.ts'

/** All the partitions there are, or those named, for good. */
export function fixedShare(partitions: Iterable<number>): Share {
  const given = new Map(Array.from(partitions, (partition) => [partition, 0]))
  return {
    given: () => given,
    left: async () => {},
    changed: aborted,
  }
}
