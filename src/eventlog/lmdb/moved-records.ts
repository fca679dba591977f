// Records of another log into this one, stamped as they were there: a block for each append time,
// as the commits of that log would have left them.
import { positionKey, type NewRecord, type Topic } from '../event-log.ts'
import type { MovedRecord, TakeMoved } from '../moved-record.ts'
import { partitionOf } from '../partition.ts'
import { addRecord, BlockBuilder, resetBuilder } from './block.ts'
import type { Environment } from './environment.ts'
import { beginEpoch } from './identity.ts'
import { loadBounds, storeBounds } from './topic-bounds.ts'
import type { TopicRegistry } from './topic-registry.ts'
import { storeBlocks } from './writer.ts'

export type MovedRecordsOptions = {
  readonly env: Environment
  readonly topics: TopicRegistry
  /** Throws once the log is closed. */
  readonly refuseClosed: () => void
  /** Told after each commit which topics grew. */
  readonly committed: (topics: ReadonlySet<Topic>) => void
}

/** Counted for a record on top of its value. */
const recordOverheadBytes = 128

export function createMovedRecords({ env, topics, refuseClosed, committed }: MovedRecordsOptions): TakeMoved {
  let hasBegun = false
  return async (records) => {
    refuseClosed()
    const partitions = Map.groupBy(records, (record) => positionKey(record.topic, partitionIn(topics, record)))
    const bytes = records.reduce((sum, { value }) => sum + value.byteLength + recordOverheadBytes, 0)
    await env.transact(() => {
      env.reserve(bytes)
      if (!hasBegun) beginEpoch(env)
      for (const own of partitions.values()) storePartition(env, topics, own)
    })
    hasBegun = true
    committed(new Set(records.map(({ topic }) => topic)))
  }
}

const partitionIn = (topics: TopicRegistry, { topic, key }: NewRecord): number =>
  partitionOf(key, topics.of(topic).partitions)

/** Records of one partition. Only inside a transaction. */
function storePartition(env: Environment, topics: TopicRegistry, records: readonly MovedRecord[]): void {
  const topic = topics.of(records[0]!.topic)
  const bounds = loadBounds(env, topic)
  const builder = new BlockBuilder(topic.id, partitionIn(topics, records[0]!))
  for (const [index, record] of records.entries()) {
    addRecord(builder, record)
    if (records[index + 1]?.stampedAt === record.stampedAt) continue
    storeBlocks(env, { topic, builder }, bounds, record.stampedAt)
    resetBuilder(builder)
  }
  storeBounds(env, topic.id, bounds)
}
