// The adapters behind the ports of logs and tables. The only importer of adapters; each is loaded
// when a role needs it.
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import type { Registry } from 'prom-client'
import { systemClock } from '../base/clock.ts'
import { Outage } from '../base/errors.ts'
import type { Examination } from '../base/finding.ts'
import { lockFolder } from '../base/folder-lock.ts'
import type { Logger } from '../base/logger.ts'
import type { Config } from '../config/config.ts'
import type { KafkaConfig } from '../config/kafka.ts'
import type { EventLog, TopicSpec } from '../eventlog/event-log.ts'
import type { StateStore } from '../eventlog/state-store.ts'
import { derivedLogTopics, uplinkTopics } from '../eventlog/topics.ts'
import type { Storage } from '../storage/storage.ts'
import { postgresServers } from './postgres-server.ts'

export type OpenedLogs = AsyncDisposable & {
  readonly log: EventLog
  readonly state: StateStore
  /** The Outage with which an append would be refused now for want of room in the data folder;
   *  undefined when there is some. */
  readonly refusal: () => Outage | undefined
  /** The state is elsewhere than the log: no commit holds changes to both. */
  readonly isSplit: boolean
}

type More = {
  /** Topics that are the caller's own. */
  readonly topics?: readonly TopicSpec[]
  /** For metrics of a log that has some. */
  readonly registry?: Registry
}

/** The log of what cars publish, and that of what jobs derive with the jobs' state beside it. */
export async function openLogs(
  config: Config,
  which: 'uplink' | 'derived',
  logger: Logger,
  { topics: more = [], registry }: More = {},
): Promise<OpenedLogs> {
  if (config.kafka !== undefined) {
    if (which === 'derived') refuseWithoutJobs(config)
    return openLogOnKafka(config, config.kafka, logger, registry)
  }
  const [{ openLmdbLog }, { checkedOpening }] = await Promise.all([
    import('../eventlog/lmdb/lmdb-log.ts'),
    import('../eventlog/lmdb/checked-opening.ts'),
  ])
  const dir = join(config.dataDir, which === 'uplink' ? 'log' : 'derived')
  await using stack = new AsyncDisposableStack()
  // Threads come after the process they are of, which has looked.
  if (isMainThread) stack.use(checkedOpening(dir))
  const retention = { ms: config.log.retentionMs, bytes: config.log.retentionBytes }
  const declared = [...more, ...(which === 'uplink' ? uplinkTopics : derivedLogTopics)]
  const topics = new Map(declared.map((topic) => [topic.name, topic]))
  const { log, state, refusal } = stack.use(
    openLmdbLog({
      dir,
      partitions: config.log.partitions,
      topics: [...topics.values()].map((topic) => ({ retention, ...topic })),
      bytesMax: config.log.bytesMax,
      clockJump: config.log.clockJump,
      logger,
    }),
  )
  const opened = stack.move()
  return { log, state, refusal, isSplit: false, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** The log on Kafka, and what must be remembered beside it in the data folder, on LMDB. */
async function openLogOnKafka(
  config: Config,
  kafka: KafkaConfig,
  logger: Logger,
  registry: Registry | undefined,
): Promise<OpenedLogs> {
  const [{ openLmdbLog }, { checkedOpening }, { openKafkaLog }, { kafkaMetrics }, { stateElsewhere }] =
    await Promise.all([
      import('../eventlog/lmdb/lmdb-log.ts'),
      import('../eventlog/lmdb/checked-opening.ts'),
      import('../eventlog/kafka/kafka-log.ts'),
      import('../eventlog/kafka/kafka-metrics.ts'),
      import('../eventlog/state-elsewhere.ts'),
    ])
  const { partitions, bytesMax, clockJump } = config.log
  const dir = join(config.dataDir, 'log')
  await using stack = new AsyncDisposableStack()
  if (isMainThread) stack.use(checkedOpening(dir))
  const local = stack.use(openLmdbLog({ dir, partitions, topics: [], bytesMax, clockJump, logger }))
  const { log } = stack.use(
    await openKafkaLog({
      ...kafka,
      partitions,
      topics: topicsOnKafka(config.log),
      logger,
      ...(registry === undefined ? {} : { counts: kafkaMetrics(registry) }),
    }),
  )
  const opened = stack.move()
  return {
    log,
    state: stateElsewhere(local.state),
    refusal: local.refusal,
    isSplit: true,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

function topicsOnKafka({ retentionMs, retentionBytes }: Config['log']): readonly TopicSpec[] {
  const retention = { ms: retentionMs, bytes: retentionBytes }
  return uplinkTopics.map((topic) => ({ retention, ...topic }))
}

/** Throws Outage LOG_UNSUPPORTED where the log is one that jobs, and what reads theirs, cannot use:
 *  a commit of theirs is outputs, state and positions as one. */
export function refuseWithoutJobs({ kafka }: Config): void {
  if (kafka === undefined) return
  throw new Outage(
    'LOG_UNSUPPORTED',
    'With ROADSTREAM_KAFKA `roadstream gateway` stores what cars send in Kafka. Jobs, writers and the API do not read it there yet, nor does Home Assistant hear of it: run them without ROADSTREAM_KAFKA.',
    { retryable: false },
  )
}

/** The parts of the log's adapter by which `salvage` mends a damaged one. */
export async function salvageTools() {
  const [{ isWhole }, { salvageLog }] = await Promise.all([
    import('../eventlog/lmdb/is-whole.ts'),
    import('../eventlog/lmdb/salvage.ts'),
  ])
  return { isWhole, salvageLog }
}

/** Tables for one process of a data folder at a time, wherever they are. `registry` takes the
 *  metrics of a replica. */
export async function openStorage(config: Config, logger: Logger, registry?: Registry): Promise<Storage> {
  const dir = join(config.dataDir, 'postgres')
  if (config.postgres !== undefined) {
    const { openPgStorage } = await import('../storage/postgres/pg-storage.ts')
    await using opening = new AsyncDisposableStack()
    opening.use(await lockFolder(dir))
    const storage = opening.use(
      await openPgStorage({
        ...postgresServers(config.postgres),
        logger,
        ...(registry === undefined ? {} : { registry }),
      }),
    )
    const opened = opening.move()
    return { ...storage, [Symbol.asyncDispose]: () => opened.disposeAsync() }
  }
  const { openEmbeddedStorage } = await import('../storage/postgres/embedded/embedded-storage.ts')
  return openEmbeddedStorage({ dir, logger })
}

/** The examinations of the engines of the settings, for `doctor`, and the processes that have the
 *  logs open. */
export async function openEngineExaminations(config: Config) {
  const [{ examineLog }, { openersOf }] = await Promise.all([
    import('../eventlog/lmdb/examine-log.ts'),
    import('../eventlog/lmdb/checked-opening.ts'),
  ])
  const { partitions } = config.log
  const logs = [
    { name: 'event log', dir: join(config.dataDir, 'log') },
    { name: 'log of what jobs derive', dir: join(config.dataDir, 'derived') },
  ]
  const openers = new Set(logs.flatMap(({ dir }) => openersOf(dir)))
  const examinations: readonly Examination[] = [
    ...logs.map((log) => examineLog({ ...log, partitions, wall: systemClock })),
    ...(config.kafka === undefined ? [] : [await kafkaExamination(config, config.kafka)]),
    ...(await databaseExaminations(config)),
  ]
  return { openers: [...openers], examinations }
}

async function kafkaExamination({ log }: Config, { servers, form }: KafkaConfig): Promise<Examination> {
  const { examineKafka } = await import('../eventlog/kafka/examine-kafka.ts')
  return examineKafka({ servers, form, partitions: log.partitions, topics: topicsOnKafka(log), wall: systemClock })
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
