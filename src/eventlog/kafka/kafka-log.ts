// The event log on Kafka: durable when an append resolves, which is when all in-sync replicas have
// it. The parts: cluster.ts (brokers and leaders), topic-check.ts (what the topics must be),
// writer.ts and lane.ts (batches, producers, tries), reader.ts and batch-reading.ts (what is
// committed), growth.ts (who is woken), identity.ts (which log, which life), server-clock.ts (its
// time).
import { randomBytes } from 'node:crypto'
import { steadyClock, systemClock, type Clock } from '../../base/clock.ts'
import { Outage } from '../../base/errors.ts'
import { silentLogger, type Logger } from '../../base/logger.ts'
import { openTimeLimit } from '../../base/time-limit.ts'
import { positionKey, type EventLog, type NewRecord, type Segment, type Topic, type TopicSpec } from '../event-log.ts'
import type { TakeMoved } from '../moved-record.ts'
import { checkTopics, partitionsMax, undeclared, withoutPartition } from '../topics.ts'
import { kafkaTimes, openCluster, withinTime, type Cluster } from './cluster.ts'
import { closedLog, untilMended } from './faults.ts'
import { followGroup, type GroupMember } from './group-member.ts'
import { watchKafkaGrowth } from './growth.ts'
import { identifyKafkaLog, identityTopic, type IdentityKeeper } from './identity.ts'
import { noCounts, type KafkaCounts } from './kafka-counts.ts'
import type { KafkaCompression, KafkaServers, KafkaTopics } from '../kafka-options.ts'
import { factRecord, factsIn, topicsToKnow, usedPartitions } from './log-facts.ts'
import { createOutages, type Outages } from './outages.ts'
import { createReader, type EndSeen } from './reader.ts'
import { refuseOld, releaseOf } from './release.ts'
import { createServerClock } from './server-clock.ts'
import { checkedTopics, openKafkaTopics, type OpenedTopics, type WantedTopic } from './topic-check.ts'
import { checkRights, readersRights, writersRights } from './topic-rights.ts'
import { createTransactions, type Transactions } from './transactions.ts'
import { explained } from './what-answers.ts'
import { createKafkaWriter } from './writer.ts'

export type KafkaLogOptions = {
  readonly servers: KafkaServers
  readonly form: KafkaTopics
  /** Of a topic that does not say another number. */
  readonly partitions: number
  readonly topics: readonly TopicSpec[]
  /** Nothing is appended by who opens it: fewer rights do. */
  readonly isOnlyRead?: boolean
  readonly compression?: KafkaCompression
  readonly clock?: Clock
  readonly steady?: Clock
  /** Bytes that may wait in memory; beyond it appends reject with LOG_BUSY. */
  readonly gatheredBytesMax?: number
  /** How long what is appended is tried while Kafka is away, before it rejects. */
  readonly deliveryMs?: number
  /** How long the cluster is waited for when the log is opened, and by what is read until then. */
  readonly openingMs?: number
  /** How long closing waits for what is under way. */
  readonly closingMs?: number
  readonly counts?: KafkaCounts
  readonly logger?: Logger
}

const defaults = {
  compression: 'lz4' as const,
  clock: systemClock,
  steady: steadyClock,
  gatheredBytesMax: 64 * 2 ** 20,
  // As the Java client's delivery.timeout.ms.
  deliveryMs: 120_000,
  openingMs: kafkaTimes.opening,
  closingMs: 8_000,
  counts: noCounts,
  logger: silentLogger,
}

/** How old what is known of the log's epochs may be for a reader. */
const epochsAgeMaxMs = 5_000

export type KafkaLog = AsyncDisposable & {
  readonly log: EventLog
  readonly take: TakeMoved
  /** Records of this log as one. `id`: after the prefix, the transactional id. */
  openTransactions(id: string, partitionOf: (record: NewRecord) => number): Transactions
  /** Follows a group as one of its members until the log is closed. `id`: after the prefix. */
  followGroup(id: string, member: GroupMember): Promise<void>
  /** Has closing wait, as it does for appends under way. */
  onClosing(wait: () => Promise<void>): void
  /** Of what waits for Kafka. */
  readonly outages: Outages
  /** Aborts when nothing is waited for any more. */
  readonly closed: AbortSignal
}

/** Opens the log, and makes the topics that are missing where that is allowed. Rejects with Outage
 *  LOG_UNAVAILABLE when the cluster does not answer in time, LOG_DENIED and LOG_UNTRUSTED for what
 *  is wrong with user or certificate, LOG_MISMATCH when a topic is missing or not as it must be, a
 *  RangeError for what can be no topic. */
export async function openKafkaLog(given: KafkaLogOptions): Promise<KafkaLog> {
  const options = { ...defaults, ...given }
  const { servers, form, partitions, steady, counts } = options
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > partitionsMax)
    throw new RangeError(`A log has 1 to ${partitionsMax} partitions; ${partitions} were asked for.`)
  checkTopics(options.topics)
  const wanted = wantedTopics(options)
  const { prefix } = form
  const partitionsBy = new Map<Topic, number>(
    wanted.map(({ name, partitions: own }) => [name.slice(prefix.length), own]),
  )
  const startsUntil = performance.now() + options.openingMs
  const closing = new AbortController()
  await using opening = new AsyncDisposableStack()
  opening.defer(() => closing.abort())
  const cluster = opening.use(
    openCluster(
      servers,
      `roadstream-${randomBytes(4).toString('hex')}`,
      wanted.map(({ name }) => name),
    ),
  )
  const topics = await withinTime(() => openTopics(cluster, wanted, options), options.openingMs, closing.signal)

  const partitionsOf = (topic: Topic): number => {
    const found = partitionsBy.get(topic)
    if (found === undefined) throw undeclared(topic)
    return found
  }
  const seen: EndSeen = (topic, partition, end) => growth.seen(topic, partition, end)
  const clock = createServerClock(options.clock, steady)
  const outages = createOutages(options.logger, steady)
  const reading = { cluster, prefix, counts, now: () => clock.now(), startsUntil, signal: closing.signal, seen }
  const reader = createReader(reading)
  const growth = watchKafkaGrowth({ cluster, prefix, partitionsOf, endOf: reader.bounds, signal: closing.signal })
  const writing = { ...options, outages, cluster, prefix, clock, partitionsOf, stored: seen }
  // Facts are appended before the life begins that they tell of.
  const factsWriter = createKafkaWriter({ ...writing, begun: async () => {} })
  const append = (value: Uint8Array) => factsWriter.append([factRecord(value)])
  const facts = { ...factsIn(reader), append: topics.mayWrite ? append : undefined }
  const identity = await identifyKafkaLog(facts, topicsToKnow(wanted, topics.found, prefix), (known) => {
    for (const text of checkedTopics(wanted, topics, usedPartitions(known, topics.found, prefix)))
      options.logger.warn(`Kafka: ${text}; no record goes to the others, and their number cannot be lessened.`)
  })
  const life = followLife(identity, steady)
  const waits: (() => Promise<void>)[] = []
  const writer = createKafkaWriter({ ...writing, begun: life.begin })
  let closed: Promise<void> | undefined

  const refuseClosed = (): void => {
    if (closed !== undefined) throw closedLog()
  }

  const checkPlace = (topic: Topic, partition: number): void => {
    const count = partitionsOf(topic)
    if (!(partition >= 0 && partition < count)) throw withoutPartition({ name: topic, partitions: count }, partition)
  }

  /** The outage is known as long as the partition is asked for and not read. */
  const readNow = async <Value>(topic: Topic, partition: number, read: () => Promise<Value>): Promise<Value> => {
    const who = `reads ${positionKey(topic, partition)}`
    try {
      const found = await untilMended(read())
      outages.over(who)
      return found
    } catch (error) {
      if (error instanceof Outage && error.retryable) outages.met(who, error, 'What is to be read waits.')
      throw error
    }
  }

  const close = async (): Promise<void> => {
    using limit = openTimeLimit(options.closingMs)
    await Promise.race([Promise.all([writer.idle(), ...waits.map((wait) => wait())]), limit.passed])
    closing.abort()
    writer.giveUp(closedLog())
    const watched = growth.close()
    await opened.disposeAsync()
    await watched
  }

  const log: EventLog = {
    partitions,
    partitionsOf,
    get id() {
      return identity.current().id ?? ''
    },
    epochs: async () => {
      refuseClosed()
      return (await untilMended(identity.refresh())).epochs
    },
    append: async (records) => {
      refuseClosed()
      return untilMended(writer.append(records))
    },
    read: async (topic, partition, offset, limits): Promise<Segment> => {
      refuseClosed()
      checkPlace(topic, partition)
      const segment = await readNow(topic, partition, () => reader.read(topic, partition, offset, limits))
      return { ...segment, epoch: life.epoch() }
    },
    bounds: async (topic, partition) => {
      refuseClosed()
      checkPlace(topic, partition)
      return untilMended(reader.bounds(topic, partition))
    },
    now: () => clock.now(),
    agedAt: (ms) => clock.now() - ms,
    damage: async () => {
      refuseClosed()
      return reader.damage()
    },
    appended: async (topics, signal, timeoutMs) => {
      if (closed === undefined) await growth.wait(topics, signal, timeoutMs)
    },
    [Symbol.asyncDispose]: () => (closed ??= close()),
  }
  const opened = opening.move()
  return {
    log,
    take: async (records) => void (await log.append(records)),
    openTransactions: (id, partitionOf) =>
      createTransactions({ ...writing, id: prefix + id, partitionOf, begun: life.begin, signal: closing.signal }),
    followGroup: (id, member) => followGroup(cluster, prefix + id, member, closing.signal),
    onClosing: (wait) => void waits.push(wait),
    outages,
    closed: closing.signal,
    [Symbol.asyncDispose]: () => log[Symbol.asyncDispose](),
  }
}

/** The topics, of brokers that are some and let this user use them. */
async function openTopics(
  cluster: Cluster,
  wanted: readonly WantedTopic[],
  { servers, form, isOnlyRead = false }: Pick<KafkaLogOptions, 'servers' | 'form' | 'isOnlyRead'>,
): Promise<OpenedTopics & { readonly mayWrite: boolean }> {
  try {
    refuseOld(await cluster.askAny(releaseOf))
    const topics = await openKafkaTopics(cluster, wanted, form)
    const mayWrite = await checkRights(cluster, [...topics.found.keys()], isOnlyRead ? readersRights : writersRights)
    return { ...topics, mayWrite }
  } catch (error) {
    throw error instanceof Outage ? await explained(error, servers) : error
  }
}

/** The topics of a log by their full names, with that by which it is known. */
export function wantedTopics({
  form: { prefix },
  partitions,
  topics,
}: Pick<KafkaLogOptions, 'form' | 'partitions' | 'topics'>): WantedTopic[] {
  const own = topics.map((topic) => ({
    ...topic,
    name: prefix + topic.name,
    partitions: topic.partitions ?? partitions,
  }))
  return [...own, { name: prefix + identityTopic, partitions: 1 }]
}

/** The newest epoch as it is known, looked at now and then, and how ours begins. */
function followLife(identity: IdentityKeeper, steady: Clock) {
  let lookedAt = steady.now()
  let began: Promise<void> | undefined
  return {
    /** Before the first append is sent. */
    begin: (): Promise<void> => {
      const beginning = (began ??= identity.beginEpoch())
      beginning.catch(() => {
        began = undefined
      })
      return beginning
    },
    epoch: (): number => {
      if (steady.now() - lookedAt > epochsAgeMaxMs) {
        lookedAt = steady.now()
        // An outage is told by the reads themselves.
        identity.refresh().catch(() => {})
      }
      return identity.current().epochs.at(-1) ?? 0
    },
  }
}
