// How large the log is, off the bounds of topics and the statistics of LMDB: one key a partition is
// looked at, and no value.
import type { LogSize, TopicSize } from '../topic-size.ts'
import { decodeBlockKey, partitionRange } from './block-key.ts'
import { pagesOf, type Environment } from './environment.ts'
import { bytesOf, endOf, loadBounds, startOf } from './topic-bounds.ts'
import type { StoredTopic, TopicRegistry } from './topic-registry.ts'

export function logSize(env: Environment, topics: TopicRegistry): LogSize {
  env.refresh()
  const { usedBytes: recordBytes, fileBytes } = pagesOf(env.blocks)
  const stateBytes = pagesOf(env.state).usedBytes
  return { topics: Array.from(topics.all(), (topic) => topicSize(env, topic)), recordBytes, stateBytes, fileBytes }
}

function topicSize(env: Environment, topic: StoredTopic): TopicSize {
  const bounds = loadBounds(env, topic)
  let [bytes, appended, kept, oldestAt] = [0, 0, 0, Infinity]
  for (let partition = 0; partition < topic.partitions; partition++) {
    bytes += bytesOf(bounds, partition)
    appended += endOf(bounds, partition)
    kept += endOf(bounds, partition) - startOf(bounds, partition)
    for (const key of env.blocks.getKeys({ ...partitionRange(topic.id, partition, 0), limit: 1 }))
      oldestAt = Math.min(oldestAt, decodeBlockKey(key).appendedAt)
  }
  return { topic: topic.name, bytes, appended, kept, oldestAt: oldestAt === Infinity ? null : oldestAt }
}
