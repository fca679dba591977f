// The states of several partitions as one store.
import type { StateStore } from '../state-store.ts'
import { changelogPartition } from './changelog.ts'
import type { PartitionState } from './partition-state.ts'

export type PartitionStatesOptions = {
  /** As many as the changelog has. */
  readonly partitions: number
  /** The copies of all of them. */
  readonly local: StateStore
  /** Those whose tasks there are. */
  readonly stores: () => Iterable<PartitionState>
  /** Throws for a partition that cannot be stored to. */
  readonly storeOf: (partition: number) => PartitionState
}

/** A commit is one transaction for each partition of its tasks; one with outputs is of one
 *  partition alone, or a RangeError says so. */
export function joinPartitions({ partitions, local, stores, storeOf }: PartitionStatesOptions): StateStore {
  const partitionOf = (task: string): number => changelogPartition({ key: task }, partitions)
  return {
    positions: (task) => local.positions(task),
    tasks: () =>
      Array.from(stores(), (store) => store.tasks())
        .flat()
        .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    get: (task, key) => local.get(task, key),
    range: (task, prefix) => local.range(task, prefix),
    async commit(commits, outputs) {
      const parts = Map.groupBy(commits, ({ task }) => partitionOf(task))
      if (outputs.length > 0 && parts.size !== 1)
        throw new RangeError('A commit with outputs is of tasks of one partition, where partitions commit apart.')
      await Promise.all(Array.from(parts, ([partition, own]) => storeOf(partition).commit(own, outputs)))
    },
    clear: async (task) => storeOf(partitionOf(task)).clear(task),
  }
}
