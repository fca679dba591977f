// The state of all partitions in one hand, whoever had them: for a move, while nothing else runs.
import type { Logger } from '../../base/logger.ts'
import type { StateStore } from '../state-store.ts'
import { changelogTopic } from './changelog.ts'
import type { KafkaLog } from './kafka-log.ts'
import { openPartitionState, type PartitionState } from './partition-state.ts'
import { joinPartitions } from './partition-states.ts'

export type WholeStateOptions = {
  /** Its topics have that of the changelog. */
  readonly kafka: KafkaLog
  /** For the copies of this changelog alone. */
  readonly local: StateStore
  readonly logger: Logger
}

/** Opens the state of each partition, which shuts out who has it. A commit takes no outputs.
 *  Rejects as `openPartitionState` does. */
export async function openWholeState({ kafka, local, logger }: WholeStateOptions): Promise<StateStore> {
  const partitions = kafka.log.partitionsOf(changelogTopic.name)
  const stores: PartitionState[] = []
  kafka.onClosing(async () => {
    await Promise.all(stores.map((store) => store.close()))
  })
  for (let partition = 0; partition < partitions; partition += 1)
    stores.push(await openPartitionState({ kafka, partition, local, logger }))
  const state = joinPartitions({ partitions, local, stores: () => stores, storeOf: (partition) => stores[partition]! })
  return {
    ...state,
    async commit(commits, outputs) {
      if (outputs.length > 0) throw new RangeError('The state of all partitions takes no outputs.')
      await state.commit(commits, outputs)
    },
  }
}
