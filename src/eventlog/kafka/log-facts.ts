// The facts of a log (identity.ts) as they stand in Kafka, and what they say of its topics.
import type { NewRecord } from '../event-log.ts'
import type { ClusterTopic } from './cluster.ts'
import { identityTopic, type FactStore, type Identity, type TopicFact } from './identity.ts'
import type { PartitionReader } from './reader.ts'
import type { WantedTopic } from './topic-check.ts'

const everything = { records: Infinity, bytes: Infinity }

export const factRecord = (value: Uint8Array): NewRecord => ({ topic: identityTopic, key: '', value, at: Date.now() })

export const factsIn = (reader: Pick<PartitionReader, 'read'>): Pick<FactStore, 'read'> => ({
  read: async (from) => {
    const values: Uint8Array[] = []
    for (let next = from; ;) {
      const segment = await reader.read(identityTopic, 0, next, everything)
      values.push(...segment.records.map(({ value }) => value))
      next = segment.next
      if (next >= segment.end) return { values, next }
    }
  },
})

type Found = ReadonlyMap<string, Pick<ClusterTopic, 'id'>>

/** The topics that the facts are to tell of, by full name. */
export const topicsToKnow = (
  wanted: readonly WantedTopic[],
  found: Found,
  prefix: string,
): Map<string, Required<TopicFact>> =>
  new Map(
    wanted
      .filter(({ name }) => name !== prefix + identityTopic)
      .map(({ name, partitions }) => [name, { id: found.get(name)?.id ?? '', partitions }]),
  )

/** By full name, the partitions that the log has put records into; nothing of topics that were made
 *  again since. The facts are in one, whatever their topic has. */
export const usedPartitions = (known: Identity['topics'], found: Found, prefix: string): Map<string, number> =>
  new Map([
    ...[...known].flatMap(([name, { id, partitions }]): [string, number][] =>
      partitions === undefined || found.get(name)?.id !== id ? [] : [[name, partitions]],
    ),
    [prefix + identityTopic, 1],
  ])
