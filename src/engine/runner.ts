// The only loop: round and round the partitions, a batch of each, commits together, then a breath. Records of `critical`
// are read first in every round, so a backlog of telemetry holds them up by one round at most.
import { setTimeout as delay } from 'node:timers/promises'
import type { Registry } from 'prom-client'
import type { Clock } from '../base/clock.ts'
import { Outage } from '../base/errors.ts'
import type { Logger } from '../base/logger.ts'
import type { EventLog } from '../eventlog/event-log.ts'
import type { StateStore } from '../eventlog/state-store.ts'
import { createJobMetrics, type JobMetrics } from './job-metrics.ts'
import type { AnyJob } from './job.ts'
import { openTask, taskLimits, taskName, topicsOf, type Batch, type Task, type TaskLimits } from './task.ts'

export type RunJobsOptions = {
  readonly jobs: readonly AnyJob[]
  /** The log with what cars published. */
  readonly uplink: EventLog
  /** Where state, positions and outputs go, in one transaction. */
  readonly state: StateStore
  readonly clock: Clock
  readonly logger: Logger
  readonly registry: Registry
  /** Ends the loop after the round under way; state is then checkpointed. */
  readonly signal: AbortSignal
  readonly limits?: Partial<TaskLimits>
  /** Ends the loop, as the signal does, once everything in the log was read and every due timer fired: for rebuilds and tests. */
  readonly untilRead?: boolean
}

/** Between two rounds while records keep coming, so that each commit has some: half of what a round adds to latency. */
const breathMs = 15
/** At the latest so often the loop looks for timers that processing time has made due. */
const idleMs = 1_000
const retryMs = { first: 50, most: 5_000 }

/** Runs the jobs on every partition until the signal aborts. Outages that may pass are waited out, in order; any other rejects. */
export async function runJobs(options: RunJobsOptions): Promise<void> {
  const { jobs, uplink, state, clock, logger, registry, signal, untilRead = false } = options
  const limits = { ...taskLimits, ...options.limits }
  const tasks: Task[] = []
  for (let partition = 0; partition < uplink.partitions; partition += 1)
    tasks.push(await openTask({ jobs, uplink, state, partition, clock, limits }))
  const metrics = createJobMetrics(registry, jobs, uplink, tasks)
  const commit = (task: Task, batch: Batch): Promise<boolean> => commitBatch(task, batch, { state, clock, logger, metrics, signal })

  const topics = topicsOf(jobs)
  while (!signal.aborted) {
    const news = new AbortController()
    const appended = uplink.appended(topics, AbortSignal.any([signal, news.signal]), idleMs)
    const round = await runRound(tasks, commit)
    if (round.abandoned) return
    if (round.idle && untilRead) break
    if (round.idle) await appended
    else if (!round.behind) await breathe(breathMs, signal)
    news.abort()
    await appended
  }
  for (const task of tasks) {
    const last = task.next(true)
    if (last !== undefined) await commit(task, last)
  }
}

/** Forgets everything the jobs derived their state from, so that the next run starts at the oldest kept record. */
export async function clearJobs(state: StateStore, partitions: number): Promise<void> {
  for (let partition = 0; partition < partitions; partition += 1) await state.clear(taskName(partition))
}

async function runRound(tasks: readonly Task[], commit: (task: Task, batch: Batch) => Promise<boolean>) {
  const commits: Promise<boolean>[] = []
  let behind = false
  for (const task of tasks) {
    const batch = task.next()
    if (batch === undefined) continue
    behind ||= batch.behind
    const committed = commit(task, batch)
    // Awaited below with the others; until then a rejection must not count as unhandled.
    committed.catch(() => {})
    commits.push(committed)
    // Others in this process get their turn between two partitions.
    await new Promise(setImmediate)
  }
  const committed = await Promise.all(commits)
  return { idle: commits.length === 0, behind, abandoned: committed.includes(false) }
}

type CommitContext = {
  readonly state: StateStore
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: JobMetrics
  readonly signal: AbortSignal
}

/** Commits until it succeeds; false when the signal ended it first, and then nothing of the batch counts. */
async function commitBatch(task: Task, batch: Batch, { state, clock, logger, metrics, signal }: CommitContext): Promise<boolean> {
  const computedAt = clock.now()
  for (const { job, key, record, cause } of batch.failures)
    logger.error(
      { job, vehicle: key, partition: task.partition, topic: record?.topic, offset: record?.offset, where: placeOf(cause) },
      record === undefined ? 'a job threw on a vehicle and leaves it alone from now on' : 'a job threw on a record and goes on without it',
    )
  if (batch.restarted.length > 0)
    logger.error(
      { task: task.name, topics: batch.restarted },
      'the log is shorter than what the jobs have read of it: it is another log, and is read from its start',
    )
  if (batch.lost > 0) logger.error({ task: task.name, records: batch.lost }, 'retention dropped records before the jobs had read them')
  for (let waitMs = retryMs.first; ; waitMs = Math.min(retryMs.most, waitMs * 2)) {
    try {
      await state.commit([{ task: task.name, ...batch.checkpoint }], batch.outputRecords)
      metrics.committed(batch, computedAt, clock.now())
      return true
    } catch (error) {
      if (!(error instanceof Outage) || !error.retryable) throw error
      metrics.retried()
      logger.warn({ task: task.name, code: error.code, waitMs }, 'a commit of the jobs failed and is tried again')
      if (signal.aborted) return false
      await breathe(waitMs, signal)
    }
  }
}

/** Where an error was thrown. Its message stays out of the log: it may quote the payload. */
const placeOf = (cause: unknown): string =>
  cause instanceof Error ? `${cause.name} ${cause.stack?.split('\n').find((line) => line.startsWith('    at ')) ?? ''}` : typeof cause

const breathe = (ms: number, signal: AbortSignal): Promise<void> => delay(ms, undefined, { signal }).catch(() => {})
