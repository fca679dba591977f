// The only loop: round and round the partitions, a batch of each, commits together, then a breath.
// Records of `critical` are read first in every round, so a backlog of telemetry holds them up by
// one round at most; jobs that are derived anew have a bounded share of each round, so they hold up
// the others no more than that.
import type { Registry } from 'prom-client'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { pause } from '../base/wait-out.ts'
import type { EventLog } from '../eventlog/event-log.ts'
import type { LogAndState } from '../eventlog/state-store.ts'
import type { CatalogueOf } from '../model/catalogue.ts'
import type { AnyJob } from './job.ts'
import type { LaneLimits } from './lane.ts'
import type { RebuildProgress } from './progress.ts'
import { Rounds } from './rounds.ts'

export type RunJobsOptions = {
  readonly jobs: readonly AnyJob[]
  /** The log with what cars published. */
  readonly uplink: EventLog
  /** Where state, positions and outputs go, in one transaction; also read, by jobs that read what
   *  others derive. */
  readonly derived: Pick<LogAndState, 'log' | 'state'>
  /** For latencies. */
  readonly clock: Clock
  /** When to append marks and to save state: never what a record means. */
  readonly steady?: Clock
  readonly logger: Logger
  readonly registry: Registry
  /** Ends the loop after the round under way; state is then saved. */
  readonly signal: AbortSignal
  readonly limits?: Partial<LaneLimits>
  /** Between two rounds while records keep coming and nothing is behind, so that each commit has
   *  some: half of what a round adds to latency. Longer where a commit costs more. */
  readonly breathMs?: number
  /** How far ahead of its receipt an instant may be without being clock-marked; two minutes when
   *  absent. Milliseconds. */
  readonly clockAheadMs?: number
  /** The signals whose values are taken by their types, of each vehicle; those of VSS when
   *  absent. */
  readonly catalogueOf?: CatalogueOf
  /** Ends the loop, as the signal does, once everything in the logs was read, every rebuild is done
   *  and every due timer has fired; no marks are appended. For rebuilds by hand and tests. */
  readonly untilRead?: boolean
  /** The bytes of a file that a fact names by its SHA-256. */
  readonly openFile?: (sha256: string) => Uint8Array
  /** Told how far rebuilds have come whenever that changed. */
  readonly onProgress?: (rebuilds: readonly RebuildProgress[]) => void
}

const defaultBreathMs = 40
/** At the latest so often the loop looks whether a partition needs a mark. */
const idleMs = 1_000

/** Runs the jobs on every partition until the signal aborts. Outages that may pass are waited out,
 *  in order; any other rejects. */
export async function runJobs(options: RunJobsOptions): Promise<void> {
  const { signal, untilRead = false, breathMs = defaultBreathMs } = options
  const rounds = await Rounds.open(options)
  while (!signal.aborted) {
    const news = new AbortController()
    const appended = waitForNews(options, rounds, AbortSignal.any([signal, news.signal]))
    const round = await rounds.run()
    if (round.isAbandoned) return
    if (round.isIdle && untilRead) break
    if (!untilRead) await rounds.giveMarks()
    if (round.isIdle) await appended
    else if (!round.isBehind && !untilRead) await pause(breathMs, signal)
    news.abort()
    await appended
  }
  await rounds.save()
}

async function waitForNews(
  { uplink, derived }: RunJobsOptions,
  { topics }: Rounds,
  signal: AbortSignal,
): Promise<void> {
  const done = new AbortController()
  const either = AbortSignal.any([signal, done.signal])
  const waits = [uplink.appended(topics.uplink, either, idleMs)]
  if (topics.derived.length > 0) waits.push(derived.log.appended(topics.derived, either, idleMs))
  await Promise.race(waits)
  done.abort()
  await Promise.all(waits)
}
