// Reads to the end what processes that were stopped or killed left unread: the same state, the same
// positions, no wall clock to wait for.
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Registry } from 'prom-client'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { openLogs } from '../../src/compose/adapters.ts'
import type { Config } from '../../src/config/config.ts'
import type { EventLog } from '../../src/eventlog/event-log.ts'
import { jobs } from '../../src/jobs/jobs.ts'
import { runJobs } from '../../src/engine/runner.ts'
import { passTime } from '../../src/engine/runner.testing.ts'
import { openLmdbLog } from '../../src/eventlog/lmdb/lmdb-log.ts'
import { uplinkTopics } from '../../src/eventlog/topics.ts'
import type { Page, PageRequest } from '../../src/storage/page.ts'
import type { Storage } from '../../src/storage/storage.ts'
import type { LogAndState, Share } from '../../src/eventlog/state-store.ts'
import { openWriters } from '../../src/writers/writers.ts'

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

/** Lets hours of log time pass, so that all that waits for its turn is said. */
async function passHours(config: Config): Promise<void> {
  const clock = { at: Date.now(), now: () => clock.at }
  const dir = join(config.dataDir, 'log')
  // The log goes by the steady clock, so both pass.
  await using uplink = openLmdbLog({
    dir,
    partitions: config.log.partitions,
    topics: uplinkTopics,
    clock,
    steady: clock,
  })
  await passTime(uplink.log, clock, 6 * 3_600_000)
}

/** Jobs and writers of a stopped system, to the end of its logs and into its tables, after hours in
 *  which nothing came. */
export async function readOut(config: Config, storage: Storage): Promise<void> {
  await passHours(config)
  await using uplink = await openLogs(config, 'uplink', silentLogger)
  await using derived = await openLogs(config, 'derived', silentLogger)
  await runJobsToEnd(uplink.log, derived)
  await writeOut(config, { uplink: uplink.log, derived: derived.log, storage })
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
    retentionMs: config.messages.retentionMs,
    lingerMs: 0,
  })
  while ((await writers.lag()).some(({ records }) => records > 0)) await wait(20)
}

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
