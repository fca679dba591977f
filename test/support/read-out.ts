// What processes that were stopped or killed left unread, read to the end: the same state, the same positions, no wall clock to wait for.
import { setTimeout as wait } from 'node:timers/promises'
import { Registry } from 'prom-client'
import { systemClock } from '../../src/base/clock.ts'
import { silentLogger } from '../../src/base/logger.ts'
import { openLogs } from '../../src/compose.ts'
import type { Config } from '../../src/config.ts'
import type { EventLog } from '../../src/eventlog/event-log.ts'
import { jobs } from '../../src/jobs/jobs.ts'
import { runJobs } from '../../src/engine/runner.ts'
import type { Page, PageRequest } from '../../src/storage/page.ts'
import type { Storage } from '../../src/storage/storage.ts'
import type { LogAndState } from '../../src/eventlog/state-store.ts'
import { openWriters } from '../../src/writers/writers.ts'

/** Runs the jobs to the end of the logs. */
export async function runJobsToEnd(uplink: EventLog, derived: Pick<LogAndState, 'log' | 'state'>): Promise<void> {
  const { signal } = new AbortController()
  const registry = new Registry()
  await runJobs({ jobs, uplink, derived, clock: systemClock, logger: silentLogger, registry, signal, untilRead: true })
}

/** Jobs and writers of a stopped system, to the end of its logs and into its tables. */
export async function readOut(config: Config, storage: Storage): Promise<void> {
  await using uplink = await openLogs(config, 'uplink', silentLogger)
  await using derived = await openLogs(config, 'derived', silentLogger)
  await runJobsToEnd(uplink.log, derived)
  const retentionMs = config.messages.retentionMs
  await using writers = await openWriters({
    uplink: uplink.log,
    derived: derived.log,
    storage,
    clock: systemClock,
    logger: silentLogger,
    registry: new Registry(),
    retentionMs,
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
