// The topics of a log as they must be in Kafka: made where they are missing, held against what is
// wanted where they are there. A difference is no warning: fewer replicas, or a shorter retention,
// would lose what was acknowledged.
import { ConfigResourceTypes, createTopicsV7, describeConfigsV4 } from '@platformatic/kafka'
import { Outage } from '../../base/errors.ts'
import type { TopicSpec } from '../event-log.ts'
import { compactionTimes } from '../topics.ts'
import type { Cluster, ClusterTopic } from './cluster.ts'
import { answerOf, faultName, faultOutage } from './faults.ts'
import { kafkaSettingNames as names, type KafkaTopics } from '../kafka-options.ts'
import { shown } from './shown.ts'

/** A topic with its full name. */
export type WantedTopic = Omit<TopicSpec, 'partitions'> & { readonly partitions: number }

const makingTimeoutMs = 15_000

/** A value that a topic's configuration must have, and by which setting ours would say
 *  otherwise. */
type WantedValue = { readonly value: string; readonly isLeast?: true; readonly remedy: string }

function wantedValues(topic: WantedTopic, { minInSync }: KafkaTopics): Readonly<Record<string, WantedValue>> {
  const { ms, bytes } = topic.retention ?? {}
  const isCompacted = topic.cleanup === 'compact'
  return {
    'min.insync.replicas': { value: String(minInSync), isLeast: true, remedy: `or lower ${names.minInSync}` },
    'cleanup.policy': { value: isCompacted ? 'compact' : 'delete', remedy: 'or give another prefix' },
    // A compacted topic keeps what it has by key, and for a time that a key is gone.
    ...(isCompacted
      ? {
          'delete.retention.ms': {
            value: String(compactionTimes.tombstoneMs),
            isLeast: true,
            remedy: 'or give another prefix',
          },
        }
      : {
          'retention.ms': { value: String(ms ?? -1), remedy: 'or set ROADSTREAM_LOG_RETENTION to what it is' },
          'retention.bytes': {
            value: String(bytes === undefined ? -1 : Math.ceil(bytes / topic.partitions)),
            remedy: 'or set ROADSTREAM_LOG_TOPIC_MAX to as much for all partitions together',
          },
        }),
    // The brokers' clock stamps: that of a gateway, set wrong, could otherwise have its records
    // dropped at once.
    'message.timestamp.type': { value: 'LogAppendTime', remedy: 'or give another prefix' },
    // A replica that lacks what was acknowledged must not become the leader.
    'unclean.leader.election.enable': { value: 'false', remedy: 'or give another prefix' },
  }
}

export type OpenedTopics = {
  readonly found: ReadonlyMap<string, ClusterTopic>
  /** In words, but for the numbers of partitions. */
  readonly differences: readonly string[]
}

/** Makes what is missing. Rejects with Outage LOG_MISMATCH where it may not or cannot. */
export async function openKafkaTopics(
  cluster: Cluster,
  wanted: readonly WantedTopic[],
  form: KafkaTopics,
): Promise<OpenedTopics> {
  const all = wanted.map(({ name }) => name)
  const before = await cluster.describe(all)
  const missing = wanted.filter(({ name }) => !before.has(name))
  if (missing.length > 0) {
    if (!form.isCreating)
      throw mismatch(
        missing.map(({ name }) => `there is no topic ${name}`),
        `make it, or set ${names.creating}=on`,
      )
    await makeTopics(cluster, missing, form)
  }
  const found = await cluster.describe(all)
  for (const { name } of wanted) {
    const leaders = found.get(name)?.leaders ?? []
    if (leaders.length === 0 || leaders.includes(undefined))
      throw faultOutage({ name: 'LEADER_NOT_AVAILABLE', topic: name })
  }
  return { found, differences: await topicDifferences(cluster, wanted, found, form) }
}

/** In words, each with its remedy: in what topics that are there are not as they must be, beside
 *  their numbers of partitions. Of `wanted` those that are not in `found` are left out. */
export async function topicDifferences(
  cluster: Pick<Cluster, 'askAny'>,
  wanted: readonly WantedTopic[],
  found: ReadonlyMap<string, Pick<ClusterTopic, 'replication'>>,
  form: KafkaTopics,
): Promise<string[]> {
  const there = wanted.flatMap((topic) => {
    const own = found.get(topic.name)
    return own === undefined ? [] : [{ topic, own }]
  })
  const configs = await configDifferences(
    cluster,
    there.map(({ topic }) => topic),
    form,
  )
  return [...there.flatMap(({ topic, own }) => shapeDifferences(topic, own, form)), ...configs]
}

async function makeTopics(cluster: Cluster, topics: readonly WantedTopic[], form: KafkaTopics): Promise<void> {
  const requests = topics.map((topic) => ({
    name: topic.name,
    numPartitions: topic.partitions,
    replicationFactor: form.replication,
    assignments: [],
    configs: Object.entries(wantedValues(topic, form)).map(([name, { value }]) => ({ name, value })),
  }))
  const answer = await cluster.askAny((connection) =>
    answerOf(createTopicsV7.api.async(connection, requests, makingTimeoutMs, false)),
  )
  for (const { name, errorCode, errorMessage } of answer.topics) {
    const fault = faultName(errorCode)
    // Another opener was first.
    if (fault === 'NONE' || fault === 'TOPIC_ALREADY_EXISTS') continue
    if (fault === 'INVALID_REPLICATION_FACTOR')
      throw new Outage(
        'LOG_MISMATCH',
        `Kafka has too few brokers for ${form.replication} replicas of topic ${name}: start more, or lower ${names.replication} and ${names.minInSync}.`,
        { retryable: false },
      )
    if (fault === 'INVALID_CONFIG' || fault === 'POLICY_VIOLATION')
      throw new Outage(
        'LOG_MISMATCH',
        `Kafka does not make topic ${name} (${fault}): ${errorMessage ?? 'no reason given'}.`,
        {
          retryable: false,
        },
      )
    throw faultOutage({ name: fault, topic: name })
  }
}

function shapeDifferences(topic: WantedTopic, found: Pick<ClusterTopic, 'replication'>, form: KafkaTopics): string[] {
  return found.replication < form.replication
    ? [
        `topic ${topic.name} has ${found.replication} replicas, and ${form.replication} are wanted: give it more (kafka-reassign-partitions.sh), or lower ${names.replication}`,
      ]
    : []
}

export type PartitionCounts = {
  /** In words: with these numbers nothing may be stored. */
  readonly refused: readonly string[]
  /** In words: topics that were given more partitions than are used, which stay empty. */
  readonly unused: readonly string[]
}

/** The numbers of partitions held against those that are wanted. `used`: by full name, those that
 *  the log has put records into. With another number a vehicle's records would go on in another
 *  partition, whatever Kafka has. */
export function comparePartitions(
  wanted: readonly WantedTopic[],
  found: ReadonlyMap<string, Pick<ClusterTopic, 'leaders'>>,
  used: ReadonlyMap<string, number>,
): PartitionCounts {
  const refused: string[] = []
  const unused: string[] = []
  for (const { name, partitions } of wanted) {
    const there = found.get(name)?.leaders.length ?? partitions
    const before = used.get(name)
    if (before !== undefined && before !== partitions)
      refused.push(
        `topic ${name} is used with ${before} partitions, and ${partitions} are wanted: set ROADSTREAM_LOG_PARTITIONS to ${before}, and change it by \`roadstream move\` alone (docs/kafka.md)`,
      )
    else if (there > partitions && before !== undefined)
      unused.push(`topic ${name} has ${there} partitions, of which the first ${partitions} are used`)
    else if (there !== partitions)
      refused.push(
        `topic ${name} has ${there} partitions, and ${partitions} are wanted: set ROADSTREAM_LOG_PARTITIONS to what it was made with`,
      )
  }
  return { refused, unused }
}

/** Gives what is unused, in words. Throws Outage LOG_MISMATCH for what differs, naming the topics,
 *  what is and what is wanted. */
export function checkedTopics(
  wanted: readonly WantedTopic[],
  { found, differences }: OpenedTopics,
  used: ReadonlyMap<string, number>,
): readonly string[] {
  const { refused, unused } = comparePartitions(wanted, found, used)
  const all = [...refused, ...differences]
  if (all.length > 0) throw mismatch(all, 'change the topic (kafka-configs.sh)')
  return unused
}

async function configDifferences(
  cluster: Pick<Cluster, 'askAny'>,
  wanted: readonly WantedTopic[],
  form: KafkaTopics,
): Promise<string[]> {
  const byName = new Map(wanted.map((topic) => [topic.name, wantedValues(topic, form)]))
  const resources = wanted.map(({ name }) => ({
    resourceType: ConfigResourceTypes.TOPIC,
    resourceName: name,
    configurationKeys: Object.keys(byName.get(name) ?? {}),
  }))
  const { results } = await cluster.askAny((connection) => describeConfigsV4.api.async(connection, resources))
  return results.flatMap(({ resourceName, configs }) => {
    const values = byName.get(resourceName) ?? {}
    return configs.flatMap(({ name, value }) => {
      const want = values[name]
      if (want === undefined || value === want.value) return []
      if (want.isLeast === true && Number(value) >= Number(want.value)) return []
      const least = want.isLeast === true ? 'at least ' : ''
      return [
        `topic ${resourceName} has ${name}=${value}, and ${least}${want.value} is wanted: change it, ${want.remedy}`,
      ]
    })
  })
}

function mismatch(differences: readonly string[], remedy: string): Outage {
  return new Outage(
    'LOG_MISMATCH',
    `The topics in Kafka do not fit: ${shown(differences).join('; ')}. Remedy: ${remedy}.`,
    { retryable: false },
  )
}
