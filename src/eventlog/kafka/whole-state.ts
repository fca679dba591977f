// The state of all partitions in one hand, whoever had them: for a move, while nothing else runs.
import type { Logger } from '../../base/logger.ts'
import type { StateStore, TaskCommit } from '../state-store.ts'
import { changelogPartition, changelogTopic } from './changelog.ts'
import type { KafkaLog } from './kafka-log.ts'
import { openPartitionState, type PartitionState } from './partition-state.ts'

export type WholeStateOptions = {
  /** Its topics have that of the changelog. */
  readonly kafka: KafkaLog
  /** For the copies of this changelog alone. */
  readonly local: StateStore
  readonly logger: Logger
}

/** Opens the state of each partition, which shuts out who has it. A commit is one transaction for
 *  each partition of its tasks, and takes no outputs. Rejects as `openPartitionState` does. */
export async function openWholeState({ kafka, local, logger }: WholeStateOptions): Promise<StateStore> {
  const partitions = kafka.log.partitionsOf(changelogTopic.name)
  const stores: PartitionState[] = []
  kafka.onClosing(async () => {
    await Promise.all(stores.map((store) => store.close()))
  })
  for (let partition = 0; partition < partitions; partition += 1)
    stores.push(await openPartitionState({ kafka, partition, local, logger }))
  const partitionOfTask = (task: string): number => changelogPartition({ key: task }, partitions)
  return {
    positions: (task) => local.positions(task),
    tasks: () =>
      stores.flatMap((store) => store.tasks()).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
    get: (task, key) => local.get(task, key),
    range: (task, prefix) => local.range(task, prefix),
    async commit(commits, outputs) {
      if (outputs.length > 0) throw new RangeError('The state of all partitions takes no outputs.')
      const parts: ReadonlyMap<number, readonly TaskCommit[]> = Map.groupBy(commits, ({ task }) =>
        partitionOfTask(task),
      )
      await Promise.all(Array.from(parts, ([partition, own]) => stores[partition]!.commit(own, [])))
    },
    clear: async (task) => stores[partitionOfTask(task)]!.clear(task),
  }
}
