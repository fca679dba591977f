// Reads to the end what processes that were stopped or killed left unread: the same state, the same
// positions, no wall clock to wait for.
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Registry } from 'prom-client'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { openLogs, type OpenedLogs } from '../../src/compose/adapters.ts'
import type { Config } from '../../src/config/config.ts'
import { settableClock } from '../../src/eventlog/event-log-subject.testing.ts'
import type { EventLog } from '../../src/eventlog/event-log.ts'
import { jobs } from '../../src/jobs/jobs.ts'
import { runJobs } from '../../src/engine/runner.ts'
import { passTime } from '../../src/engine/runner.testing.ts'
import { openLmdbLog } from '../../src/eventlog/lmdb/lmdb-log.ts'
import { openMemoryLog } from '../../src/eventlog/memory/memory-log.ts'
import { uplinkTopics } from '../../src/eventlog/topics.ts'
import { openMessageList } from '../../src/raw-messages/message-list.ts'
import type { MessageList } from '../../src/storage/message-store.ts'
import type { Page, PageRequest } from '../../src/storage/page.ts'
import type { Storage } from '../../src/storage/storage.ts'
import type { LogAndState, Share } from '../../src/eventlog/state-store.ts'
import { openWriters } from '../../src/writers/writers.ts'
import { recordsOf } from './log-records.ts'

/** Runs the jobs to the end of the logs. */
export async function runJobsToEnd(
  uplink: EventLog,
  derived: Pick<LogAndState, 'log' | 'state'>,
  share?: Share,
): Promise<void> {
  const { signal } = new AbortController()
  const registry = new Registry()
  const running = { jobs, uplink, derived, clock: systemClock, logger: silentLogger, registry, signal }
  await runJobs({ ...running, untilRead: true, ...(share && { share }) })
}

const laterMs = 6 * 3_600_000

export type HoursLater = AsyncDisposable & {
  readonly uplink: EventLog
  /** The same after hours in which nothing came, so that all that waits for its turn is said. On
   *  Kafka, whose brokers stamp what they store, it is a copy in memory. */
  readonly later: EventLog
}

/** The uplink of a stopped system, whose blocks stay as they are. */
export async function openHoursLater(config: Config): Promise<HoursLater> {
  if (config.kafka !== undefined) return copyHoursLater(config)
  const { partitions } = config.log
  const options = { dir: join(config.dataDir, 'log'), partitions, topics: uplinkTopics, sweepEveryMs: 0 }
  {
    const clock = { at: Date.now(), now: () => clock.at }
    // The log goes by the steady clock, so both pass.
    await using uplink = openLmdbLog({ ...options, clock, steady: clock })
    await passTime(uplink.log, clock, laterMs)
  }
  const opened = openLmdbLog(options)
  return { uplink: opened.log, later: opened.log, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() }
}

async function copyHoursLater(config: Config): Promise<HoursLater> {
  await using opening = new AsyncDisposableStack()
  const { log: uplink } = opening.use(await openLogs(config, 'uplink', silentLogger))
  const clock = settableClock(0)
  const copy = opening.use(openMemoryLog({ partitions: uplink.partitions, topics: uplinkTopics, clock }))
  const records = await recordsOf(
    uplink,
    uplinkTopics.map(({ name }) => name),
  )
  for (const { topic, key, value, headers, at, receivedAt, appendedAt } of records.toSorted(
    (a, b) => a.appendedAt - b.appendedAt,
  )) {
    clock.at = appendedAt
    await copy.log.append([{ topic, key, value, at, receivedAt, ...(headers && { headers }) }])
  }
  await passTime(copy.log, clock, laterMs)
  const epochs = [...(await uplink.epochs()), ...(await copy.log.epochs())]
  const later: EventLog = { ...copy.log, id: uplink.id, epochs: async () => epochs }
  const opened = opening.move()
  return { uplink, later, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** The log of what jobs derive with all its partitions: those of processes that were killed come
 *  once their sessions are over. */
export async function openAllDerived(config: Config): Promise<OpenedLogs> {
  const topics = jobs.flatMap(({ writes }) => writes)
  const derived = await openLogs(config, 'derived', silentLogger, { topics })
  const { signal } = new AbortController()
  while (derived.share !== undefined && derived.share.given().size < derived.log.partitions)
    await derived.share.changed(signal)
  return derived
}

/** Jobs and writers of a stopped system, to the end of its logs and into its tables, after hours in
 *  which nothing came. */
export async function readOut(config: Config, storage: Storage): Promise<void> {
  await using logs = await openHoursLater(config)
  await readOutOf(config, storage, logs)
}

/** The same of logs that are open. */
export async function readOutOf(
  config: Config,
  storage: Storage,
  { uplink, later }: Pick<HoursLater, 'uplink' | 'later'>,
): Promise<void> {
  await using derived = await openAllDerived(config)
  await runJobsToEnd(later, derived, derived.share)
  await writeOut(config, { uplink, derived: derived.log, storage })
}

/** Writers, to the end of the logs. */
export async function writeOut(
  config: Config,
  stores: { readonly uplink: EventLog; readonly derived: EventLog; readonly storage: Storage },
): Promise<void> {
  await using writers = await openWriters({
    ...stores,
    clock: systemClock,
    logger: silentLogger,
    registry: new Registry(),
    messages: config.messages,
    lingerMs: 0,
  })
  while ((await writers.lag()).some(({ records }) => records > 0)) await wait(20)
}

/** Raw messages as the API lists them. */
export const messagesOf = ({ messages }: Config, uplink: EventLog, storage: Storage): MessageList =>
  openMessageList(messages.store, uplink, storage)

/** Every row of a list, page by page. */
export async function allRows<Row>(list: (page: PageRequest) => Promise<Page<Row>>): Promise<Row[]> {
  const rows: Row[] = []
  let after: string | undefined
  do {
    const page: Page<Row> = await list({ limit: 1000, ...(after === undefined ? {} : { after }) })
    rows.push(...page.rows)
    after = page.next
  } while (after !== undefined)
  return rows
}
