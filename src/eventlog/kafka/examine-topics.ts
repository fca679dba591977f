// The topics of a log on Kafka as `doctor` looks at them: whether they are there and as they must
// be, who leads and follows, and what this user may do with them.
import { ConfigResourceTypes, describeClusterV1, describeConfigsV4, type metadataV12 } from '@platformatic/kafka'
import { countText, findingsOf, type Finding } from '../../base/finding.ts'
import { kafkaSettingNames as names, type KafkaTopics } from '../kafka-options.ts'
import { shapeOf, type Ask, type Broker } from './cluster.ts'
import { answerOf, faultName, faultOutage } from './faults.ts'
import { shown } from './shown.ts'
import { comparePartitions, topicDifferences, type WantedTopic } from './topic-check.ts'
import { lackingOf, lackingTexts, saysRights, topicRemedy, writersRights } from './topic-rights.ts'

type Topic = metadataV12.MetadataResponseTopic

const brokersEndpoint = 1

/** A cluster as one of its brokers tells of it. */
export type ToldCluster = {
  readonly metadata: metadataV12.MetadataResponse
  /** The broker of a number that metadata name; undefined for one that is away. */
  broker(nodeId: number): Broker | undefined
  /** Asks a broker that answers. */
  askAny<Answer>(ask: Ask<Answer>): Promise<Answer>
}

export type TopicsAsked = {
  readonly wanted: readonly WantedTopic[]
  readonly form: KafkaTopics
  /** By full name, how many partitions the log has put records into, as far as it is known. */
  used(): Promise<ReadonlyMap<string, number>>
}

type Step = () => Promise<readonly Finding[]>

/** The examinations of the topics that are wanted, as the brokers tell of them; each may reject
 *  with an Outage. */
export function topicSteps(told: ToldCluster, { wanted, form, used }: TopicsAsked): readonly Step[] {
  const topics: Topic[] = []
  const denied: string[] = []
  for (const topic of told.metadata.topics) {
    const fault = faultName(topic.errorCode)
    const name = topic.name ?? ''
    if (fault === 'NONE' || fault === 'LEADER_NOT_AVAILABLE') topics.push(topic)
    else if (fault !== 'UNKNOWN_TOPIC_OR_PARTITION') denied.push(faultOutage({ name: fault, topic: name }).message)
  }
  const there = new Set(topics.map(({ name }) => name))
  // A topic that this user may not describe is there or not: nobody says.
  const missing = denied.length > 0 ? [] : wanted.filter(({ name }) => !there.has(name))
  return [
    () => Promise.resolve(rightsFindings(topics, denied)),
    () => presenceFindings(told, topics, missing, { wanted, form, used }),
    () => replicaFindings(told, topics),
  ]
}

async function presenceFindings(
  told: ToldCluster,
  topics: readonly Topic[],
  missing: readonly WantedTopic[],
  { wanted, form, used }: TopicsAsked,
): Promise<readonly Finding[]> {
  const { ok, warning, problem } = findingsOf('topics in Kafka')
  const shapes = new Map(
    topics.map(({ name, partitions }) => [name ?? '', shapeOf(partitions, (nodeId) => told.broker(nodeId))]),
  )
  const differences = topics.length === 0 ? [] : await topicDifferences(told, wanted, shapes, form)
  const { refused, unused } = comparePartitions(wanted, shapes, topics.length === 0 ? new Map() : await used())
  const findings = [
    ...shown([...refused, ...differences]).map((says) => problem(says)),
    ...shown(unused).map((says) =>
      warning(says, 'nothing is lost by it: no record goes to the others. Kafka cannot take them away again'),
    ),
  ]
  if (missing.length === 0) {
    if (findings.length === 0 && topics.length > 0)
      findings.push(ok(`${countText(topics.length, 'topic')} ${form.prefix}…, as they must be`))
    return findings
  }
  const list = shown(missing.map(({ name }) => name)).join(', ')
  if (!form.isCreating)
    return [
      ...findings,
      problem(`${list}: not there, and may not be made`, `make them (docs/kafka.md), or set ${names.creating}=on`),
    ]
  return [...findings, await makingFinding(told, list)]
}

/** Whether the next start can make what is missing: rights by prefix are told to nobody. */
async function makingFinding({ askAny }: ToldCluster, list: string): Promise<Finding> {
  const { ok, unknown } = findingsOf('topics in Kafka')
  const says = `${list}: not there yet; the next start makes them`
  const { clusterAuthorizedOperations: rights } = await askAny((connection) =>
    answerOf(describeClusterV1.api.async(connection, true, brokersEndpoint)),
  )
  return saysRights(rights) && lackingOf(rights, ['CREATE']).length === 0
    ? ok(says)
    : unknown(
        `${says}, if this user may: a right that goes by a prefix shows only then`,
        `let ${names.user} create topics that begin with ${names.prefix}`,
      )
}

function rightsFindings(topics: readonly Topic[], denied: readonly string[]): readonly Finding[] {
  const { ok, problem } = findingsOf('rights in Kafka')
  if (denied.length > 0) return shown(denied).map((says) => problem(says))
  const saying = topics.filter(({ topicAuthorizedOperations: bits }) => saysRights(bits))
  if (saying.length === 0) return []
  const lacking = lackingTexts(saying, writersRights)
  return lacking.length === 0
    ? [ok('this user may read, write and describe the topics that are there')]
    : [problem(`this user lacks ${shown(lacking).join('; ')}`, topicRemedy)]
}

/** A partition without a leader takes nothing and gives nothing; one with too few replicas in sync
 *  takes nothing. */
async function replicaFindings({ askAny }: ToldCluster, topics: readonly Topic[]): Promise<readonly Finding[]> {
  const { ok, warning, problem } = findingsOf('replicas in Kafka')
  if (topics.length === 0) return []
  const least = await leastInSync(askAny, topics)
  const found = { leaderless: [] as string[], tooFew: [] as string[], behind: [] as string[] }
  let count = 0
  for (const { name, partitions } of topics)
    for (const { partitionIndex, leaderId, isrNodes, replicaNodes } of partitions) {
      count += 1
      const text = `${name} ${partitionIndex}`
      const min = least.get(name ?? '')
      if (leaderId < 0) found.leaderless.push(text)
      else if (min !== undefined && isrNodes.length < min)
        found.tooFew.push(`${text} (${isrNodes.length} of ${replicaNodes.length}, at least ${min} must be)`)
      else if (isrNodes.length < replicaNodes.length)
        found.behind.push(`${text} (${isrNodes.length} of ${replicaNodes.length})`)
    }
  const start = 'start the brokers that are away'
  const told: Finding[] = []
  if (found.leaderless.length > 0)
    told.push(problem(`no leader: ${shown(found.leaderless).join('; ')}: nothing is stored or read there`, start))
  if (found.tooFew.length > 0)
    told.push(
      problem(
        `too few in sync: ${shown(found.tooFew).join('; ')}: nothing is stored there`,
        `${start}, or give the topic more replicas (kafka-reassign-partitions.sh) or a lower min.insync.replicas with ${names.minInSync}`,
      ),
    )
  if (found.behind.length > 0)
    told.push(warning(`not all in sync: ${shown(found.behind).join('; ')}; what is stored is on the others`, start))
  return told.length > 0 ? told : [ok(`of ${countText(count, 'partition')} all are in sync`)]
}

async function leastInSync(
  askAny: ToldCluster['askAny'],
  topics: readonly Topic[],
): Promise<ReadonlyMap<string, number>> {
  const key = 'min.insync.replicas'
  const resources = topics.map(({ name }) => ({
    resourceType: ConfigResourceTypes.TOPIC,
    resourceName: name ?? '',
    configurationKeys: [key],
  }))
  const { results } = await askAny((connection) => answerOf(describeConfigsV4.api.async(connection, resources)))
  return new Map(
    results.flatMap(({ resourceName, configs }) =>
      configs.flatMap(({ name, value }) => (name === key ? [[resourceName, Number(value)] as const] : [])),
    ),
  )
}
