// The only loop: round and round the partitions, a batch of each, commits together, then a breath. Records of `critical`
// are read first in every round, so a backlog of telemetry holds them up by one round at most; jobs that are derived anew have
// a bounded share of each round, so they hold up the others no more than that.
import type { Registry } from 'prom-client'
import { steadyClock, type Clock } from '../base/clock.ts'
import { Outage } from '../base/errors.ts'
import type { Logger } from '../base/logger.ts'
import type { EventLog } from '../eventlog/event-log.ts'
import type { LogAndState } from '../eventlog/state-store.ts'
import { breathe, createCommitter, type Commit } from './committer.ts'
import { Facts } from './facts.ts'
import { createJobMetrics } from './job-metrics.ts'
import type { AnyJob } from './job.ts'
import { laneLimits, type Lane, type LaneLimits } from './lane.ts'
import { Lanes } from './lanes.ts'
import { createMarks, type Marks } from './marks.ts'
import { createProgress, type RebuildProgress } from './progress.ts'
import { createSideTables, type SideTables } from './side-table.ts'
import { createTeller, type Teller } from './teller.ts'

export type RunJobsOptions = {
  readonly jobs: readonly AnyJob[]
  /** The log with what cars published. */
  readonly uplink: EventLog
  /** Where state, positions and outputs go, in one transaction; also read, by jobs that read what others derive. */
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
  /** Ends the loop, as the signal does, once everything in the logs was read, every rebuild is done and every due timer has
   *  fired; no marks are appended. For rebuilds by hand and tests. */
  readonly untilRead?: boolean
  /** The bytes of a file that a fact names by its SHA-256. */
  readonly openFile?: (sha256: string) => Uint8Array
  /** Told how far rebuilds have come whenever that changed. */
  readonly onProgress?: (rebuilds: readonly RebuildProgress[]) => void
}

/** Between two rounds while records keep coming, so that each commit has some: half of what a round adds to latency. */
const breathMs = 15
/** At the latest so often the loop looks whether a partition needs a mark. */
const idleMs = 1_000
/** What lanes other than the main ones may take of a round: less while those have something to do. */
const shareMs = { busy: 8, idle: 25 }

type Context = {
  readonly lanes: Lanes
  readonly facts: Facts | undefined
  readonly commit: Commit
  readonly teller: Teller
  readonly steady: Clock
  readonly logger: Logger
  readonly signal: AbortSignal
}

type Round = { readonly isIdle: boolean; readonly isBehind: boolean; readonly isAbandoned: boolean }

/** Runs the jobs on every partition until the signal aborts. Outages that may pass are waited out, in order; any other rejects. */
export async function runJobs(options: RunJobsOptions): Promise<void> {
  const { jobs, uplink, derived, logger, registry, signal, clock, steady = steadyClock, untilRead = false } = options
  const sides = sidesOf(options)
  const facts = sides && new Facts(sides, derived.log, derived.state)
  let retries = 0
  const commit = createCommitter({ state: derived.state, logger, signal, retried: () => void (retries += 1) })
  const lanes = await Lanes.open({ jobs, uplink, derived, sides, limits: { ...laneLimits, ...options.limits }, steady, commit })
  const progress = createProgress(lanes, steady, options.onProgress)
  const metrics = createJobMetrics(registry, { jobs, lanes, progress, retries: () => retries })
  const teller = createTeller({ metrics, logger, clock, steady })
  const marks = untilRead ? undefined : createMarks({ uplink, derived: derived.log, lanes, clock, steady })
  const context: Context = { lanes, facts, commit, teller, steady, logger, signal }

  while (!signal.aborted) {
    const news = new AbortController()
    const appended = waitForNews(options, lanes, sides, AbortSignal.any([signal, news.signal]))
    const round = await runRound(context, untilRead)
    await progress.look()
    if (round.isAbandoned) return
    if (round.isIdle && untilRead) break
    await giveMarks(marks, logger)
    if (round.isIdle) await appended
    else if (!round.isBehind && !untilRead) await breathe(breathMs, signal)
    news.abort()
    await appended
  }
  await saveAll(context)
}

function sidesOf({ jobs, openFile }: RunJobsOptions): SideTables | undefined {
  const sides = jobs.flatMap((job) => Object.values(job.sides ?? {}))
  const noFile = (): never => {
    throw new Error('A fact names a file, and no files are there to be read.')
  }
  return sides.length === 0 ? undefined : createSideTables(sides, openFile ?? noFile)
}

async function waitForNews(
  { uplink, derived }: Pick<RunJobsOptions, 'uplink' | 'derived'>,
  lanes: Lanes,
  sides: SideTables | undefined,
  signal: AbortSignal,
): Promise<void> {
  const topics = lanes.topicsOf(lanes.all.flatMap(({ tasks }) => tasks))
  const fromDerived = [...topics.derived, ...(sides?.topics ?? [])]
  const done = new AbortController()
  const either = AbortSignal.any([signal, done.signal])
  const waits = [uplink.appended(topics.uplink, either, idleMs)]
  if (fromDerived.length > 0) waits.push(derived.log.appended(fromDerived, either, idleMs))
  await Promise.race(waits)
  done.abort()
  await Promise.all(waits)
}

async function runRound(context: Context, untilRead: boolean): Promise<Round> {
  const { lanes, steady } = context
  if ((await takeFacts(context)) === 'abandoned') return { isIdle: false, isBehind: false, isAbandoned: true }
  const commits: Promise<boolean>[] = []
  const start = (committed: Promise<boolean>): void => {
    // Awaited below with the others; until then a rejection must not count as unhandled.
    committed.catch(() => {})
    commits.push(committed)
  }
  let isBehind = false
  for (const lane of lanes.main) {
    const step = await orOutage(context, () => lane.step())
    if (lane.restarted.length > 0) await startOver(context, lane)
    if (step === undefined) continue
    isBehind ||= lane.behind.length > 0
    start(context.teller.committed(lane, step.told, context.commit(step.commits, step.outputs)))
    // Others in this process get their turn between two partitions.
    await new Promise(setImmediate)
  }
  const until = steady.now() + (untilRead ? Infinity : commits.length === 0 ? shareMs.idle : shareMs.busy)
  for (const lane of lanes.inTurn()) {
    const step = await orOutage(context, () => lanes.step(lane))
    if (lane.restarted.length > 0) await startOver(context, lane)
    if (step === undefined) continue
    const { told, committed } = step
    const stored = context.commit(step.commits, step.outputs)
    start(after(told === undefined ? stored : context.teller.committed(lane, told, stored), committed))
    await new Promise(setImmediate)
    // At least one of them comes to its turn in each round.
    if (steady.now() >= until) break
  }
  const committed = await Promise.all(commits)
  return { isIdle: commits.length === 0, isBehind, isAbandoned: committed.includes(false) }
}

async function after(stored: Promise<boolean>, committed: (() => Promise<void> | void) | undefined): Promise<boolean> {
  const isStored = await stored
  if (isStored) await committed?.()
  return isStored
}

/** A log that does not answer for a while is asked again in the next round. */
async function orOutage<Step>({ logger, signal }: Context, step: () => Promise<Step>): Promise<Step | undefined> {
  try {
    return await step()
  } catch (error) {
    if (!(error instanceof Outage) || !error.retryable) throw error
    logger.warn({ code: error.code }, 'the jobs cannot read a log and try again')
    await breathe(idleMs, signal)
    return undefined
  }
}

async function startOver({ lanes, teller }: Context, lane: Lane): Promise<void> {
  teller.restarted(lane)
  await lanes.startOver(lane)
}

/** All that came of facts. Every task saves its state in the same commit, so that no batch from before is run again with them. */
async function takeFacts({ facts, lanes, commit }: Context): Promise<'taken' | 'abandoned'> {
  for (;;) {
    const step = await facts?.step()
    if (step === undefined) return 'taken'
    if (!(await commit([...lanes.all.flatMap((lane) => lane.save()), step.commit], []))) return 'abandoned'
    step.take()
    if (!step.isBehind) return 'taken'
  }
}

async function giveMarks(marks: Marks | undefined, logger: Logger): Promise<void> {
  try {
    await marks?.give()
  } catch (error) {
    if (!(error instanceof Outage) || !error.retryable) throw error
    logger.warn({ code: error.code }, 'a mark of time could not be appended, and timers wait')
  }
}

async function saveAll({ lanes, commit }: Context): Promise<void> {
  const commits = lanes.all.flatMap((lane) => lane.save())
  if (commits.length > 0) await commit(commits, [])
}
