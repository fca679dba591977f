// Kafka as `doctor` looks at it, by requests that make nothing and write nothing, each bounded in
// time. Brokers first, then topics (examine-topics.ts), then how fast answers come. The clock is
// told by one side only: a broker says how late it is when it stores something, and else not.
import type { TLSSocket } from 'node:tls'
import { metadataV12, type Connection } from '@platformatic/kafka'
import { dayText, endsSoonMs } from '../../base/certificate-end.ts'
import type { Clock } from '../../base/clock.ts'
import { Outage } from '../../base/errors.ts'
import { countText, findingsOf, type Examination, type Finding } from '../../base/finding.ts'
import type { TopicSpec } from '../event-log.ts'
import { kafkaSettingNames as names, type KafkaServers, type KafkaTopics } from '../kafka-options.ts'
import { brokerText, openCluster, type Ask, type Broker, type Cluster } from './cluster.ts'
import { jobsFindings } from './examine-jobs.ts'
import { sharingFindings } from './examine-sharing.ts'
import { topicSteps, type ToldCluster } from './examine-topics.ts'
import { answerOf } from './faults.ts'
import { fetch, listOffsets } from './fetching.ts'
import { identityTopic, readIdentity } from './identity.ts'
import { wantedTopics } from './kafka-log.ts'
import { noCounts } from './kafka-counts.ts'
import { factsIn, usedPartitions } from './log-facts.ts'
import { createReader } from './reader.ts'
import { neededRelease, releaseOf, type Release } from './release.ts'
import type { WantedTopic } from './topic-check.ts'
import { explained } from './what-answers.ts'

export type KafkaExamination = {
  readonly servers: KafkaServers
  readonly form: KafkaTopics
  /** Of a topic that does not say another number. */
  readonly partitions: number
  readonly topics: readonly TopicSpec[]
  /** The whole name of the group of the jobs. */
  readonly jobsGroup: string
  /** By whole names, those of the jobs and of the translator, where there is one. */
  readonly transactionalIds: readonly string[]
  readonly wall: Clock
}

const answerMsMax = 3_000
const asked = 5
/** Every acknowledgement waits for at least one such answer, and for the disks of the replicas. */
const slowAnswerMs = 100
/** Records are stamped by the brokers, so what is off by more is not a matter of the way. */
const clockAheadMsMax = 2_000
const fetchedBytesMax = 1_000

/** The brokers of ROADSTREAM_KAFKA and the topics of the log there. Rejects with the Outage of a
 *  broker when none answers. */
export const examineKafka = (options: KafkaExamination): Examination => ({ name: 'Kafka', look: () => look(options) })

async function look(options: KafkaExamination): Promise<readonly Finding[]> {
  const { servers, wall } = options
  await using cluster = openCluster(servers, 'roadstream-doctor', [])
  const first = await Promise.all(servers.brokers.map((broker) => probe(cluster, broker)))
  const well = first.find((probed) => 'release' in probed)
  if (well === undefined) throw await explained(worstOf(first), servers)
  // Its other answers may not be understood.
  if (well.release.isTooOld) return brokerFindings(servers, first, [])
  const wanted = wantedTopics(options)
  const told = await ask(cluster, well.broker, (connection) => {
    const all = wanted.map(({ name }) => name)
    return answerOf(metadataV12.api.async(connection, all, false, true))
  })
  const known = new Set(servers.brokers.map(brokerText))
  const others = told.brokers.filter((broker) => !known.has(brokerText(broker)))
  const advertised = await Promise.all(others.map(({ host, port }) => probe(cluster, { host, port })))
  const findings = [
    ...brokerFindings(servers, first, advertised),
    ...certificateFindings([...first, ...advertised], wall),
  ]
  const seen = toldBy(cluster, told, well.broker)
  for (const step of [
    ...topicSteps(seen, { wanted, form: options.form, used: () => usedNow(cluster, wanted, options) }),
    () => sharingFindings({ ...options, group: options.jobsGroup, askAny: seen.askAny }),
    () => jobsFindings({ ...groupOf(options, told.brokers), ask: (broker, asking) => ask(cluster, broker, asking) }),
    () => timeFindings(cluster, seen),
    () => clockFindings(cluster, seen, wall),
  ])
    try {
      findings.push(...(await step()))
    } catch (error) {
      if (!(error instanceof Outage)) throw error
      // The others would wait for the same broker.
      return [...findings, findingsOf('Kafka').problem(error.message)]
    }
  return findings
}

/** Nothing where what the log says of itself is not there, or not for this user. */
async function usedNow(
  cluster: Cluster,
  wanted: readonly WantedTopic[],
  { form: { prefix }, wall }: KafkaExamination,
): Promise<ReadonlyMap<string, number>> {
  try {
    const found = await cluster.describe(wanted.map(({ name }) => name))
    if (!found.has(prefix + identityTopic)) return new Map()
    const { signal } = new AbortController()
    const now = () => wall.now()
    const reader = createReader({
      cluster,
      prefix,
      counts: noCounts,
      now,
      startsUntil: 0,
      signal,
      seen: (_, __, end) => end,
    })
    const { topics } = await readIdentity(factsIn(reader))
    return usedPartitions(topics, found, prefix)
  } catch (error) {
    if (error instanceof Outage) return new Map()
    throw error
  }
}

const groupOf = ({ jobsGroup: group, partitions }: KafkaExamination, brokers: readonly Broker[]) => ({
  group,
  partitions,
  brokers: brokers.map(({ host, port }) => ({ host, port })),
})

const ask = <Answer>(cluster: Cluster, broker: Broker, asking: Ask<Answer>): Promise<Answer> =>
  cluster.ask(broker, 'manage', asking, answerMsMax)

const toldBy = (cluster: Cluster, metadata: metadataV12.MetadataResponse, broker: Broker): ToldCluster => {
  const byId = new Map(metadata.brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]))
  return {
    metadata,
    broker: (nodeId) => byId.get(nodeId),
    askAny: (asking) => ask(cluster, broker, asking),
  }
}

type Probed = { readonly broker: Broker } & (
  | { readonly outage: Outage }
  | {
      readonly release: Release
      readonly tls: { readonly protocol: string; readonly endsAt: number } | undefined
    }
)

/** A connection with all that belongs to it, and what the broker says of itself. */
async function probe(cluster: Cluster, broker: Broker): Promise<Probed> {
  try {
    return await ask(cluster, broker, async (connection) => {
      return { broker, release: await releaseOf(connection), tls: tlsOf(connection) }
    })
  } catch (error) {
    if (error instanceof Outage) return { broker, outage: error }
    throw error
  }
}

function tlsOf({ socket }: Connection): { readonly protocol: string; readonly endsAt: number } | undefined {
  if (!('getPeerCertificate' in socket)) return undefined
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only sockets of TLS have it
  const secure = socket as TLSSocket
  return { protocol: secure.getProtocol() ?? 'TLS', endsAt: Date.parse(secure.getPeerCertificate().valid_to) }
}

/** Of several, the one that will not pass by itself. */
function worstOf(probes: readonly Probed[]): Outage {
  const outages = probes.flatMap((probed) => ('outage' in probed ? [probed.outage] : []))
  return outages.find(({ retryable }) => !retryable) ?? outages[0]!
}

function brokerFindings({ sasl }: KafkaServers, given: readonly Probed[], advertised: readonly Probed[]): Finding[] {
  const { ok, warning, problem } = findingsOf('Kafka')
  const well = [...given, ...advertised].flatMap((probed) => ('release' in probed ? [probed] : []))
  const releases = [...new Set(well.map(({ release }) => release.text))]
  const protocols = new Set(well.map(({ tls }) => tls?.protocol ?? 'without TLS'))
  const user = sasl === undefined ? 'no user' : `user ${sasl.user} by ${sasl.mechanism}`
  const places = well.map(({ broker }) => brokerText(broker)).join(', ')
  const says = `${countText(well.length, 'broker')} (${places}): ${releases.join('; ')}; ${user}, ${[...protocols].join(', ')}`
  const isTooOld = well.some(({ release }) => release.isTooOld)
  return [
    isTooOld ? problem(says, `upgrade brokers that are behind to ${neededRelease}`) : ok(says),
    ...given.flatMap((probed) =>
      'outage' in probed
        ? [warning(probed.outage.message, `start it, or name brokers that run in ${names.brokers}`)]
        : [],
    ),
    ...advertised.flatMap((probed) =>
      'outage' in probed
        ? [
            problem(
              probed.outage.message,
              'records go to the broker that leads their partition, by the address that it has in its advertised.listeners',
            ),
          ]
        : [],
    ),
  ]
}

/** The certificate that ends first, of those that were accepted. */
function certificateFindings(probes: readonly Probed[], wall: Clock): Finding[] {
  const ends = probes.flatMap((probed) =>
    'release' in probed && probed.tls !== undefined ? [{ ...probed.tls, broker: probed.broker }] : [],
  )
  const next = ends.toSorted((a, b) => a.endsAt - b.endsAt)[0]
  if (next === undefined) return []
  const { ok, warning } = findingsOf('certificates of Kafka')
  const says = `accepted; the first to end is that of ${brokerText(next.broker)}, on ${dayText(next.endsAt)}`
  return [next.endsAt - wall.now() > endsSoonMs ? ok(says) : warning(says, 'renew it on that broker before that day')]
}

/** How long a broker takes to say where things are, and to give what there is of a partition. */
async function timeFindings(cluster: Cluster, { askAny, metadata, broker }: ToldCluster): Promise<readonly Finding[]> {
  const { ok, warning } = findingsOf('time of an answer of Kafka')
  const times = await medianMs(() => askAny((connection) => metadataV12.api.async(connection, [], false, false)))
  const topic = metadata.topics.find(({ partitions }) => partitions.length > 0)
  const part = topic?.partitions[0]
  const leader = part === undefined ? undefined : broker(part.leaderId)
  let fetched = ''
  let fetchMs = 0
  if (topic !== undefined && part !== undefined && leader !== undefined) {
    const [place] = await ask(cluster, leader, (connection) =>
      listOffsets(connection, topic.name ?? '', [part.partitionIndex], 'start'),
    )
    const from = { topicId: topic.topicId, partition: part.partitionIndex, offset: place?.offset ?? 0 }
    const limits = { waitMs: 0, bytesMax: fetchedBytesMax, totalBytesMax: fetchedBytesMax }
    fetchMs = await medianMs(() => ask(cluster, leader, (connection) => fetch(connection, [from], limits)))
    fetched = `, to a fetch of ${topic.name} in ${fetchMs.toFixed(1)} ms`
  }
  const says = `to a question of metadata in ${times.toFixed(1)} ms${fetched} (medians of ${asked})`
  return [
    Math.max(times, fetchMs) <= slowAnswerMs
      ? ok(says)
      : warning(says, 'see what else the brokers do, and how far away they are: every acknowledgement waits for them'),
  ]
}

async function medianMs(one: () => Promise<unknown>): Promise<number> {
  const timesMs: number[] = []
  for (let n = 0; n < asked; n++) {
    const began = performance.now()
    await one()
    timesMs.push(performance.now() - began)
  }
  return timesMs.toSorted((a, b) => a - b)[Math.floor(asked / 2)] ?? 0
}

/** The newest stamp of the brokers beside our clock: it cannot be of a time to come. Nothing where
 *  no record is there. */
async function clockFindings(
  cluster: Cluster,
  { metadata, broker }: ToldCluster,
  wall: Clock,
): Promise<readonly Finding[]> {
  const { ok, warning } = findingsOf('clock of Kafka')
  const asks = metadata.topics.flatMap(({ name, partitions }) =>
    [...Map.groupBy(partitions, ({ leaderId }) => leaderId)].flatMap(([leaderId, own]) => {
      const leader = broker(leaderId)
      const parts = own.map(({ partitionIndex }) => partitionIndex)
      return leader === undefined || parts.length === 0 ? [] : [{ leader, name: name ?? '', parts }]
    }),
  )
  const places = await Promise.all(
    asks.map(({ leader, name, parts }) =>
      ask(cluster, leader, (connection) => listOffsets(connection, name, parts, 'newest')),
    ),
  )
  const newestAt = Math.max(-1, ...places.flat().flatMap(({ fault, at }) => (fault === 'NONE' ? [at] : [])))
  if (newestAt < 0) return []
  const aheadMs = newestAt - wall.now()
  return [
    aheadMs <= clockAheadMsMax
      ? ok('no record was stamped later than it is by the clock of this machine')
      : warning(
          `the newest record was stamped ${Math.round(aheadMs / 1000)} s later than it is by the clock of this machine`,
          'see which of the two clocks is wrong, and have both machines follow a time server (NTP)',
        ),
  ]
}
