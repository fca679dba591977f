// The adapters behind the ports of logs and tables. The only importer of adapters; each is loaded
// when a role needs it.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import type { Registry } from 'prom-client'
import { systemClock } from '../base/clock.ts'
import type { Outage } from '../base/errors.ts'
import type { Examination } from '../base/finding.ts'
import { lockFolder } from '../base/folder-lock.ts'
import type { Logger } from '../base/logger.ts'
import { replaceFile } from '../base/private-file.ts'
import type { Config } from '../config/config.ts'
import type { KafkaConfig } from '../config/kafka.ts'
import type { PostgresConfig } from '../config/postgres.ts'
import type { EventLog, TopicSpec } from '../eventlog/event-log.ts'
import type { TakeMoved } from '../eventlog/moved-record.ts'
import type { LogAndState, Share, StateStore } from '../eventlog/state-store.ts'
import type { LogSize } from '../eventlog/topic-size.ts'
import { derivedLogTopics, sessionsTopic, uplinkTopics } from '../eventlog/topics.ts'
import type { BegunStorage, Storage } from '../storage/storage.ts'
import { examineEngines, refuseElsewhere } from './engines-file.ts'
import { postgresServers } from './postgres-server.ts'

export type OpenedLog = AsyncDisposable & {
  readonly log: EventLog
  /** The Outage for which nothing is stored now: want of room in the data folder, or what Kafka
   *  says; undefined while all is well. */
  readonly refusal: () => Outage | undefined
  /** Absent where brokers keep it. */
  readonly size?: () => LogSize
}

export type OpenedLogs = OpenedLog & {
  readonly state: StateStore
  /** The state is in the data folder and the log elsewhere: no commit holds changes to both, and
   *  others have the log too. */
  readonly isSplit: boolean
  /** The partitions that this process has, where processes share them; undefined: all. */
  readonly share?: Share
  readonly take: TakeMoved
}

type More = {
  /** Nothing is appended to the log by the caller. */
  readonly isOnlyRead?: boolean
  /** Topics that are the caller's own. */
  readonly topics?: readonly TopicSpec[]
  /** For metrics of a log that has some. */
  readonly registry?: Registry
  /** For a move: the log it carries `from`, or the one it fills (`to`), which in the data folder is
   *  beside the one of the settings until all is there. Neither is kept within its retention. */
  readonly moving?: 'from' | 'to'
}

/** The log of what cars publish, and that of what jobs derive with the jobs' state beside it, which
 *  one process has at a time; on Kafka each partition of it. */
export async function openLogs(
  config: Config,
  which: 'uplink' | 'derived',
  logger: Logger,
  { topics: more = [], ...given }: More = {},
): Promise<OpenedLogs> {
  const { moving } = given
  if (moving === undefined) refuseElsewhere(config, 'log')
  const topics = withRetention(config, [...more, ...topicsOf[which]])
  const opening = { ...given, topics, logger }
  if (config.kafka === undefined)
    return { ...(await openLocalLog(config, folderOf(which, moving), opening)), isSplit: false }
  return which === 'uplink'
    ? openUplinkOnKafka(config, config.kafka, { ...opening, topics: [...topics, sessionsTopic] })
    : openJobsOnKafka(config, config.kafka, opening)
}

/** The log of what jobs derive, for those who read it. */
export async function openDerivedLog(config: Config, logger: Logger): Promise<OpenedLog> {
  refuseElsewhere(config, 'log')
  const opening = { topics: withRetention(config, topicsOf.derived), logger, isOnlyRead: true }
  if (config.kafka === undefined) return openLocalLog(config, folders.derived, opening)
  const opened = await openKafka(config, partOnKafka(config.kafka, 'derived'), opening)
  return { log: opened.log, refusal: opened.outages.now, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() }
}

const folders = { uplink: 'log', derived: 'derived' } as const
const topicsOf = { uplink: uplinkTopics, derived: derivedLogTopics } as const
/** In the data folder, the state of jobs and of the translator, whose changelogs are in Kafka. */
const kafkaStateFolders = { jobs: 'kafka-state', translator: 'kafka-translator' } as const
const tablesFolder = 'postgres'
/** Filled by a move until all is there. */
const fillingOf = (folder: string): string => `${folder}.moving`
const folderOf = (which: keyof typeof folders, moving?: 'from' | 'to'): string =>
  moving === 'to' ? fillingOf(folders[which]) : folders[which]
/** Topics of a part: the logs have some of the same name. */
const partOnKafka = (kafka: KafkaConfig, part: 'derived' | 'translator'): KafkaConfig => ({
  ...kafka,
  form: { ...kafka.form, prefix: partPrefix(kafka.form, part) },
})
const partPrefix = ({ prefix }: KafkaConfig['form'], part: 'derived' | 'translator'): string => `${prefix}${part}.`

type Opening = {
  readonly topics: readonly TopicSpec[]
  readonly logger: Logger
  readonly registry?: Registry | undefined
  readonly moving?: 'from' | 'to' | undefined
  readonly isOnlyRead?: boolean
}

/** Of topics of the same name the last. */
function withRetention({ log }: Config, declared: readonly TopicSpec[]): TopicSpec[] {
  const retention = { ms: log.retentionMs, bytes: log.retentionBytes }
  const topics = new Map(declared.map((topic) => [topic.name, topic]))
  return [...topics.values()].map((topic) => ({ retention, ...topic }))
}

/** The topics of a log of ours with the retention they have by the settings, and its folder. */
export const topicsOfLog = (config: Config, which: 'uplink' | 'derived') => ({
  topics: withRetention(config, topicsOf[which]),
  dir: join(config.dataDir, folders[which]),
})

/** The folder of the embedded database. */
export const tablesDirOf = ({ dataDir }: Config): string => join(dataDir, tablesFolder)

async function openLocalLog(config: Config, folder: string, { topics, logger, moving }: Opening) {
  const [{ openLmdbLog }, { checkedOpening }] = await Promise.all([
    import('../eventlog/lmdb/lmdb-log.ts'),
    import('../eventlog/lmdb/checked-opening.ts'),
  ])
  const { partitions, bytesMax, clockJump } = config.log
  const dir = join(config.dataDir, folder)
  await using stack = new AsyncDisposableStack()
  // Threads come after the process they are of, which has looked.
  if (isMainThread) stack.use(checkedOpening(dir))
  const sweeping = moving === undefined ? {} : { sweepEveryMs: 0 }
  const { log, state, refusal, size, take } = stack.use(
    openLmdbLog({ dir, partitions, topics, bytesMax, clockJump, logger, ...sweeping }),
  )
  const opened = stack.move()
  return { log, state, refusal, size, take, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

async function openKafka(config: Config, kafka: KafkaConfig, opening: Opening) {
  const { topics, logger, registry, isOnlyRead = false } = opening
  const [{ openKafkaLog }, { kafkaMetrics }] = await Promise.all([
    import('../eventlog/kafka/kafka-log.ts'),
    import('../eventlog/kafka/kafka-metrics.ts'),
  ])
  return openKafkaLog({
    ...kafka,
    partitions: config.log.partitions,
    topics,
    logger,
    isOnlyRead,
    ...(registry === undefined ? {} : { counts: kafkaMetrics(registry) }),
  })
}

/** The log on Kafka, and what must be remembered beside it in the data folder, on LMDB. */
async function openUplinkOnKafka(config: Config, kafka: KafkaConfig, opening: Opening): Promise<OpenedLogs> {
  const { stateElsewhere } = await import('../eventlog/state-elsewhere.ts')
  await using stack = new AsyncDisposableStack()
  const { moving } = opening
  const local = stack.use(await openLocalLog(config, folderOf('uplink', moving), { ...opening, topics: [] }))
  const { log, take, outages } = stack.use(await openKafka(config, kafka, opening))
  const opened = stack.move()
  return {
    log,
    take,
    state: stateElsewhere(local.state),
    refusal: () => local.refusal() ?? outages.now(),
    isSplit: true,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** Memory of the translator, beside the log that it reads and writes. On Kafka it has a
 *  changelog of its own, and what it says goes through an outbox: no transaction may be in topics
 *  that gateways write to. `signal` ends a wait for Kafka. */
export async function openTranslatorState(
  config: Config,
  uplink: Pick<LogAndState, 'log' | 'state'>,
  { logger, signal }: { readonly logger: Logger; readonly signal: AbortSignal },
): Promise<AsyncDisposable & Pick<OpenedLogs, 'state' | 'isSplit' | 'refusal'>> {
  if (config.kafka === undefined)
    // The log has a refusal of its own.
    return { state: uplink.state, isSplit: false, refusal: () => undefined, [Symbol.asyncDispose]: async () => {} }
  const [{ openPartitionState }, { changelogTopic }, { openOutbox }] = await Promise.all([
    import('../eventlog/kafka/partition-state.ts'),
    import('../eventlog/kafka/changelog.ts'),
    import('../eventlog/outbox.ts'),
  ])
  await using stack = new AsyncDisposableStack()
  const local = stack.use(await openLocalLog(config, kafkaStateFolders.translator, { topics: [], logger }))
  const opening = { topics: [{ ...changelogTopic, partitions: 1 }], logger }
  const kafka = stack.use(await openKafka(config, partOnKafka(config.kafka, 'translator'), opening))
  const state = await openPartitionState({ kafka, partition: 0, local: local.state, logger })
  kafka.onClosing(() => state.close())
  const outbox = await openOutbox({ state, log: uplink.log, logger, signal })
  const opened = stack.move()
  const refusal = (): Outage | undefined => local.refusal() ?? kafka.outages.now()
  return { state: outbox, isSplit: true, refusal, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** Whether a translator on Kafka has run in the data folder. */
export const hasTranslatorState = ({ dataDir }: Config): boolean =>
  existsSync(join(dataDir, kafkaStateFolders.translator))

/** The log on Kafka, and the state in the data folder with its changelog in Kafka: of the
 *  partitions that are this process's share, and of all of them for a move. */
async function openJobsOnKafka(config: Config, kafka: KafkaConfig, opening: Opening): Promise<OpenedLogs> {
  const { changelogTopic } = await import('../eventlog/kafka/changelog.ts')
  const { logger } = opening
  await using stack = new AsyncDisposableStack()
  const local = stack.use(await openLocalLog(config, kafkaStateFolders.jobs, { ...opening, topics: [] }))
  const topics = [...opening.topics, changelogTopic]
  const log = stack.use(await openKafka(config, partOnKafka(kafka, 'derived'), { ...opening, topics }))
  const stateOf = { kafka: log, local: local.state, logger }
  const opened =
    opening.moving === undefined ? await openShares(config, kafka, stateOf) : { state: await openWhole(stateOf) }
  const all = stack.move()
  const refusal = (): Outage | undefined => local.refusal() ?? log.outages.now()
  const logs = { log: log.log, take: log.take, refusal, isSplit: false, ...opened }
  return { ...logs, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

type StateOnKafka = {
  readonly kafka: Awaited<ReturnType<typeof openKafka>>
  readonly local: StateStore
  readonly logger: Logger
}

async function openShares(config: Config, { sharing }: KafkaConfig, state: StateOnKafka) {
  const { newInstance, openKafkaShares } = await import('../eventlog/kafka/kafka-shares.ts')
  const instance = sharing.instance || keptInstance(join(config.dataDir, kafkaStateFolders.jobs), newInstance)
  return openKafkaShares({ ...state, sharing: { ...sharing, instance } })
}

async function openWhole(state: StateOnKafka): Promise<StateStore> {
  const { openWholeState } = await import('../eventlog/kafka/whole-state.ts')
  return openWholeState(state)
}

/** The name in the folder, which is made where there is none: it is the same after a restart. */
function keptInstance(dir: string, newName: () => string): string {
  const path = join(dir, 'instance')
  if (!existsSync(path)) replaceFile(path, `${newName()}\n`)
  return readFileSync(path, 'utf8').trim()
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
  refuseElsewhere(config, 'tables')
  const dir = join(config.dataDir, tablesFolder)
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

/** The tables as a whole, for a move from or to what the settings name. `id`: of the move that
 *  fills them. */
export async function openMovableTables(config: Config, logger: Logger, id?: string) {
  const { openTablesToFill, openTablesToRead } = await import('../storage/postgres/movable-tables.ts')
  const isEmbedded = config.postgres === undefined
  const folder = isEmbedded && id !== undefined ? fillingOf(tablesFolder) : tablesFolder
  const options = {
    dir: join(config.dataDir, folder),
    logger,
    ...(config.postgres === undefined ? {} : { server: postgresServers(config.postgres).server }),
  }
  return id === undefined ? { ...(await openTablesToRead(options)), goesOn: false } : openTablesToFill(options, id)
}

export const tablesTool = () => import('../storage/postgres/movable-tables.ts')

/** By its settings, the folders of an engine in the data folder, and what a move fills of them. */
export function foldersOf({ kafka, postgres }: Config, part: 'log' | 'tables') {
  const copies: readonly string[] = Object.values(kafkaStateFolders)
  const own =
    part === 'tables'
      ? postgres === undefined
        ? [tablesFolder]
        : []
      : kafka === undefined
        ? [folders.uplink, folders.derived]
        : [folders.uplink, ...copies]
  return own.map((folder) => ({ folder, filling: copies.includes(folder) ? undefined : fillingOf(folder) }))
}

/** All that a move fills in the data folder. */
export const fillingFolders: readonly string[] = [folders.uplink, folders.derived, tablesFolder].map(fillingOf)

/** Processes that have the logs of the data folder open, whichever settings they have. */
export async function openersOfLogs(dataDir: string): Promise<readonly number[]> {
  const { openersOf } = await import('../eventlog/lmdb/checked-opening.ts')
  const openers = [...Object.values(folders), ...Object.values(kafkaStateFolders)].flatMap((folder) =>
    openersOf(join(dataDir, folder)),
  )
  return [...new Set(openers)]
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
    { name: onKafka ? 'copy of the sessions of clients' : 'event log', dir: join(config.dataDir, folders.uplink) },
    onKafka
      ? { name: 'state of the jobs', dir: join(config.dataDir, kafkaStateFolders.jobs) }
      : { name: 'log of what jobs derive', dir: join(config.dataDir, folders.derived) },
  ]
  const openers = new Set(logs.flatMap(({ dir }) => openersOf(dir)))
  const examinations: readonly Examination[] = [
    examineEngines(config),
    ...logs.map((log) => examineLog({ ...log, partitions, wall: systemClock })),
    ...(config.kafka === undefined ? [] : [await kafkaExamination(config, config.kafka)]),
    ...(await databaseExaminations(config)),
  ]
  return { openers: [...openers], examinations }
}

async function kafkaExamination(config: Config, { servers, form }: KafkaConfig): Promise<Examination> {
  const [{ examineKafka }, { jobsGroup, transactionsOf }] = await Promise.all([
    import('../eventlog/kafka/examine-kafka.ts'),
    import('../eventlog/kafka/group-words.ts'),
  ])
  const topics = [...withRetention(config, topicsOf.uplink), sessionsTopic]
  const parts = ['derived', ...(config.publishers === undefined ? [] : ['translator' as const])] as const
  return examineKafka({
    servers,
    form,
    partitions: config.log.partitions,
    topics,
    jobsGroup: partPrefix(form, 'derived') + jobsGroup,
    transactionalIds: parts.map((part) => partPrefix(form, part) + transactionsOf(0)),
    wall: systemClock,
  })
}

async function databaseExaminations({ postgres, dataDir }: Config): Promise<readonly Examination[]> {
  if (postgres === undefined) {
    const { examineEmbedded } = await import('../storage/postgres/embedded/examine-embedded.ts')
    return [examineEmbedded(join(dataDir, tablesFolder), systemClock)]
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
