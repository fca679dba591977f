// The adapters behind the ports of logs and tables. The only importer of adapters; each is loaded
// when a role needs it.
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import type { Registry } from 'prom-client'
import { systemClock } from '../base/clock.ts'
import type { Outage } from '../base/errors.ts'
import type { Examination } from '../base/finding.ts'
import { lockFolder } from '../base/folder-lock.ts'
import type { Logger } from '../base/logger.ts'
import type { Config } from '../config/config.ts'
import type { KafkaConfig } from '../config/kafka.ts'
import type { PostgresConfig } from '../config/postgres.ts'
import type { EventLog, TopicSpec } from '../eventlog/event-log.ts'
import type { StateStore } from '../eventlog/state-store.ts'
import { derivedLogTopics, uplinkTopics } from '../eventlog/topics.ts'
import type { BegunStorage, Storage } from '../storage/storage.ts'
import { postgresServers } from './postgres-server.ts'

export type OpenedLog = AsyncDisposable & {
  readonly log: EventLog
  /** The Outage with which an append would be refused now for want of room in the data folder;
   *  undefined when there is some. */
  readonly refusal: () => Outage | undefined
}

export type OpenedLogs = OpenedLog & {
  readonly state: StateStore
  /** The state is elsewhere than the log: no commit holds changes to both. */
  readonly isSplit: boolean
}

type More = {
  /** Topics that are the caller's own. */
  readonly topics?: readonly TopicSpec[]
  /** For metrics of a log that has some. */
  readonly registry?: Registry
}

/** The log of what cars publish, and that of what jobs derive with the jobs' state beside it, which
 *  one process has at a time: on Kafka whoever opens it last, and the others can commit no more. */
export async function openLogs(
  config: Config,
  which: 'uplink' | 'derived',
  logger: Logger,
  { topics: more = [], registry }: More = {},
): Promise<OpenedLogs> {
  const topics = withRetention(config, [...more, ...topicsOf[which]])
  if (config.kafka === undefined)
    return { ...(await openLocalLog(config, folders[which], topics, logger)), isSplit: false }
  return which === 'uplink'
    ? openUplinkOnKafka(config, config.kafka, { topics, logger, registry })
    : openJobsOnKafka(config, config.kafka, { topics, logger, registry })
}

/** The log of what jobs derive, for those who read it. */
export async function openDerivedLog(config: Config, logger: Logger): Promise<OpenedLog> {
  const topics = withRetention(config, topicsOf.derived)
  if (config.kafka === undefined) return openLocalLog(config, folders.derived, topics, logger)
  const opened = await openKafka(config, derivedOnKafka(config.kafka), { topics, logger, registry: undefined })
  return { log: opened.log, refusal: () => undefined, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() }
}

const folders = { uplink: 'log', derived: 'derived' } as const
const topicsOf = { uplink: uplinkTopics, derived: derivedLogTopics } as const
/** In the data folder, the state of jobs whose changelog is in Kafka. */
const kafkaStateFolder = 'kafka-state'
/** The two logs have topics of the same name. */
const derivedOnKafka = (kafka: KafkaConfig): KafkaConfig => ({
  ...kafka,
  form: { ...kafka.form, prefix: `${kafka.form.prefix}derived.` },
})

type Opening = {
  readonly topics: readonly TopicSpec[]
  readonly logger: Logger
  readonly registry: Registry | undefined
}

/** Of topics of the same name the last. */
function withRetention({ log }: Config, declared: readonly TopicSpec[]): TopicSpec[] {
  const retention = { ms: log.retentionMs, bytes: log.retentionBytes }
  const topics = new Map(declared.map((topic) => [topic.name, topic]))
  return [...topics.values()].map((topic) => ({ retention, ...topic }))
}

async function openLocalLog(config: Config, folder: string, topics: readonly TopicSpec[], logger: Logger) {
  const [{ openLmdbLog }, { checkedOpening }] = await Promise.all([
    import('../eventlog/lmdb/lmdb-log.ts'),
    import('../eventlog/lmdb/checked-opening.ts'),
  ])
  const { partitions, bytesMax, clockJump } = config.log
  const dir = join(config.dataDir, folder)
  await using stack = new AsyncDisposableStack()
  // Threads come after the process they are of, which has looked.
  if (isMainThread) stack.use(checkedOpening(dir))
  const { log, state, refusal } = stack.use(openLmdbLog({ dir, partitions, topics, bytesMax, clockJump, logger }))
  const opened = stack.move()
  return { log, state, refusal, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

async function openKafka(config: Config, kafka: KafkaConfig, { topics, logger, registry }: Opening) {
  const [{ openKafkaLog }, { kafkaMetrics }] = await Promise.all([
    import('../eventlog/kafka/kafka-log.ts'),
    import('../eventlog/kafka/kafka-metrics.ts'),
  ])
  return openKafkaLog({
    ...kafka,
    partitions: config.log.partitions,
    topics,
    logger,
    ...(registry === undefined ? {} : { counts: kafkaMetrics(registry) }),
  })
}

/** The log on Kafka, and what must be remembered beside it in the data folder, on LMDB. */
async function openUplinkOnKafka(config: Config, kafka: KafkaConfig, opening: Opening): Promise<OpenedLogs> {
  const { stateElsewhere } = await import('../eventlog/state-elsewhere.ts')
  await using stack = new AsyncDisposableStack()
  const local = stack.use(await openLocalLog(config, folders.uplink, [], opening.logger))
  const { log } = stack.use(await openKafka(config, kafka, opening))
  const opened = stack.move()
  return {
    log,
    state: stateElsewhere(local.state),
    refusal: local.refusal,
    isSplit: true,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** The log on Kafka, and the state in the data folder with its changelog in Kafka. */
async function openJobsOnKafka(config: Config, kafka: KafkaConfig, opening: Opening): Promise<OpenedLogs> {
  const [{ openKafkaStateStore }, { changelogTopic }] = await Promise.all([
    import('../eventlog/kafka/kafka-state-store.ts'),
    import('../eventlog/kafka/changelog.ts'),
  ])
  const { logger } = opening
  await using stack = new AsyncDisposableStack()
  const local = stack.use(await openLocalLog(config, kafkaStateFolder, [], logger))
  const topics = [...opening.topics, changelogTopic]
  const log = stack.use(await openKafka(config, derivedOnKafka(kafka), { ...opening, topics }))
  const state = await openKafkaStateStore({ kafka: log, id: 'jobs', local: local.state, logger })
  const opened = stack.move()
  const { refusal } = local
  return { log: log.log, state, refusal, isSplit: false, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** The parts of the log's adapter by which `salvage` mends a damaged one. */
export async function salvageTools() {
  const [{ isWhole }, { salvageLog }] = await Promise.all([
    import('../eventlog/lmdb/is-whole.ts'),
    import('../eventlog/lmdb/salvage.ts'),
  ])
  return { isWhole, salvageLog }
}

/** Tables for one process of a data folder at a time, wherever they are. Resolves as soon as their
 *  server is on its way, so that others can be loaded meanwhile. `registry` takes the metrics of a
 *  replica. */
export async function beginStorage(config: Config, logger: Logger, registry?: Registry): Promise<BegunStorage> {
  const dir = join(config.dataDir, 'postgres')
  if (config.postgres !== undefined) return { opened: openServerOfSettings(dir, config.postgres, logger, registry) }
  const { beginEmbeddedStorage } = await import('../storage/postgres/embedded/embedded-storage.ts')
  return beginEmbeddedStorage({ dir, logger })
}

/** The same, once they are open. */
export const openStorage = async (config: Config, logger: Logger): Promise<Storage> =>
  (await beginStorage(config, logger)).opened

async function openServerOfSettings(
  dir: string,
  postgres: PostgresConfig,
  logger: Logger,
  registry: Registry | undefined,
): Promise<Storage> {
  const { openPgStorage } = await import('../storage/postgres/pg-storage.ts')
  await using opening = new AsyncDisposableStack()
  opening.use(await lockFolder(dir))
  const metrics = registry === undefined ? {} : { registry }
  const storage = opening.use(await openPgStorage({ ...postgresServers(postgres), logger, ...metrics }))
  const opened = opening.move()
  return { ...storage, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** The examinations of the engines of the settings, for `doctor`, and the processes that have the
 *  logs open. */
export async function openEngineExaminations(config: Config) {
  const [{ examineLog }, { openersOf }] = await Promise.all([
    import('../eventlog/lmdb/examine-log.ts'),
    import('../eventlog/lmdb/checked-opening.ts'),
  ])
  const { partitions } = config.log
  const onKafka = config.kafka !== undefined
  const logs = [
    { name: onKafka ? 'sessions of clients' : 'event log', dir: join(config.dataDir, folders.uplink) },
    onKafka
      ? { name: 'state of the jobs', dir: join(config.dataDir, kafkaStateFolder) }
      : { name: 'log of what jobs derive', dir: join(config.dataDir, folders.derived) },
  ]
  const openers = new Set(logs.flatMap(({ dir }) => openersOf(dir)))
  const examinations: readonly Examination[] = [
    ...logs.map((log) => examineLog({ ...log, partitions, wall: systemClock })),
    ...(config.kafka === undefined ? [] : [await kafkaExamination(config, config.kafka)]),
    ...(await databaseExaminations(config)),
  ]
  return { openers: [...openers], examinations }
}

async function kafkaExamination(config: Config, { servers, form }: KafkaConfig): Promise<Examination> {
  const { examineKafka } = await import('../eventlog/kafka/examine-kafka.ts')
  const topics = withRetention(config, topicsOf.uplink)
  return examineKafka({ servers, form, partitions: config.log.partitions, topics, wall: systemClock })
}

async function databaseExaminations({ postgres, dataDir }: Config): Promise<readonly Examination[]> {
  if (postgres === undefined) {
    const { examineEmbedded } = await import('../storage/postgres/embedded/examine-embedded.ts')
    return [examineEmbedded(join(dataDir, 'postgres'), systemClock)]
  }
  const [{ examineServer }, { examineReplica }] = await Promise.all([
    import('../storage/postgres/examine-server.ts'),
    import('../storage/postgres/examine-replica.ts'),
  ])
  const { server, replica } = postgresServers(postgres)
  return [
    examineServer(server, systemClock),
    ...(replica === undefined ? [] : [examineReplica(replica.server, server)]),
  ]
}
