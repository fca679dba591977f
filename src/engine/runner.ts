// The only loop: round and round the partitions, a batch of each, one commit, then a rest in which
// records gather; where nothing comes there is no round. In a round facts come first, then a batch
// of each partition, then a bounded share for jobs that are derived anew, so they hold up the
// others no more than that. Records of `critical` are read first in every batch. They end a rest,
// and a round behind the batch under way, of which the next has small batches: so a backlog of
// telemetry holds them up by one large batch and one such round.
import type { Registry } from 'prom-client'
import { steadyClock, type Clock } from '../base/clock.ts'
import type { Outage } from '../base/errors.ts'
import type { Logger } from '../base/logger.ts'
import { onceAnOutage } from '../base/once-an-outage.ts'
import { aborted, orPause, passingOutage, pause } from '../base/wait-out.ts'
import type { EventLog } from '../eventlog/event-log.ts'
import type { LogAndState, Share, TaskCommit } from '../eventlog/state-store.ts'
import { gatherMs, restAfter } from '../eventlog/gathering.ts'
import { clockAheadMs } from '../model/car-clock.ts'
import type { CatalogueOf } from '../model/catalogue.ts'
import { createCommitter, type Commit } from './committer.ts'
import { HeldPartitions } from './held-partitions.ts'
import type { AnyJob } from './job.ts'
import { createJobMetrics } from './job-metrics.ts'
import { laneLimits, type Lane, type LaneLimits } from './lane.ts'
import { first } from './lane-reader.ts'
import { Lanes } from './lanes.ts'
import { createMarks, type Marks } from './marks.ts'
import { createProgress, type Progress, type RebuildProgress } from './progress.ts'
import { RoundCommits } from './round-commits.ts'
import { fixedShare } from './share.ts'
import { createSideTables, type SideTables } from './side-table.ts'
import { createTeller, type Teller } from './teller.ts'

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
  /** After a round that left nothing behind, so that the next has more to do; as the embedded log
   *  has it when absent. */
  readonly gatherMs?: number
  /** How far ahead of its receipt an instant may be without being clock-marked; two minutes when
   *  absent. Milliseconds. */
  readonly clockAheadMs?: number
  /** The signals whose values are taken by their types, of each vehicle; those of VSS when
   *  absent. */
  readonly catalogueOf?: CatalogueOf
  /** Ends the loop, as the signal does, once everything in the logs was read, every rebuild is done
   *  and every due timer has fired; no marks are appended. For rebuilds by hand and tests. */
  readonly untilRead?: boolean
  /** The partitions whose tasks are run here; all of them when absent. */
  readonly share?: Share
  /** Done before the tasks of a partition are opened; false when it could not be. */
  readonly taking?: (partition: number) => Promise<boolean>
  /** The bytes of a file that a fact names by its SHA-256. */
  readonly openFile?: (sha256: string) => Uint8Array
  /** Told how far rebuilds have come whenever that changed. */
  readonly onProgress?: (rebuilds: readonly RebuildProgress[]) => void
}

/** At the latest so often the loop looks whether a partition needs a mark. */
const idleMs = 1_000

/** The share of a round that lanes other than the main ones may take: less while those have
 *  something to do. */
const shareMs = { busy: 8, idle: 25 }
const retryMs = 1_000

/** Runs the jobs on the partitions of the share until the signal aborts. Outages that may pass are
 *  waited out, in order; any other rejects. */
export async function runJobs(options: RunJobsOptions): Promise<void> {
  const { signal, untilRead = false, gatherMs: restMs = gatherMs.jobs, steady = steadyClock } = options
  const rounds = await Rounds.open(options)
  let isHurried = false
  while (!signal.aborted) {
    const news = new AbortController()
    const either = AbortSignal.any([signal, news.signal])
    const appended = waitForNews(options, rounds, either)
    const pressing = pressingNews(options, rounds, either)
    await rounds.settle()
    const startedAt = steady.now()
    const round = await rounds.run(isHurried ? 'hurried' : () => pressing.hasCome)
    if (round.isAbandoned) return
    if (round.isIdle && untilRead) break
    if (!untilRead) await rounds.giveMarks()
    isHurried = pressing.hasCome
    if (round.isIdle) await appended
    else if (!untilRead) {
      const tookMs = steady.now() - startedAt
      await rest(restAfter(restMs, { fill: round.fill, tookMs }), pressing.come, either)
    }
    news.abort()
    await Promise.all([appended, pressing.come])
  }
  await rounds.save()
}

async function waitForNews(
  { uplink, derived }: RunJobsOptions,
  { topics, share }: Rounds,
  signal: AbortSignal,
): Promise<void> {
  const done = new AbortController()
  const either = AbortSignal.any([signal, done.signal])
  const waits = [uplink.appended(topics.uplink, either, idleMs), share.changed(either)]
  if (topics.derived.length > 0) waits.push(derived.log.appended(topics.derived, either, idleMs))
  await Promise.race(waits)
  done.abort()
  await Promise.all(waits)
}

/** Of records that are read first: whether some came, or a second has passed. None come where the
 *  jobs read none. */
type PressingNews = { readonly come: Promise<void>; readonly hasCome: boolean }

function pressingNews({ uplink }: RunJobsOptions, { topics }: Rounds, signal: AbortSignal): PressingNews {
  const pressing = topics.uplink.filter((topic) => first.includes(topic))
  let hasCome = false
  const come = pressing.length === 0 ? aborted(signal) : uplink.appended(pressing, signal, idleMs)
  return {
    come: come.then(() => void (hasCome = !signal.aborted)),
    get hasCome() {
      return hasCome
    },
  }
}

async function rest(ms: number, pressing: Promise<void>, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return
  const leastMs = Math.min(ms, gatherMs.critical)
  await pause(leastMs, signal)
  await Promise.race([pressing, pause(ms - leastMs, signal)])
}

/** Small batches; or large ones, until it is pressed. */
type Pace = 'hurried' | (() => boolean)

type Round = {
  /** Nothing was to be done. */
  readonly isIdle: boolean
  /** The records of the fullest batch, as a part of what one may hold; 1 where there is more to
   *  read at once. */
  readonly fill: number
  /** The signal ended it before all was stored. */
  readonly isAbandoned: boolean
}

type Parts = {
  readonly lanes: Lanes
  readonly held: HeldPartitions
  readonly share: Share
  readonly commit: Commit
  readonly retries: () => number
}

export class Rounds {
  readonly lanes: Lanes
  readonly share: Share
  readonly #options: RunJobsOptions
  readonly #held: HeldPartitions
  readonly #commit: Commit
  readonly #commits: RoundCommits
  readonly #teller: Teller
  readonly #progress: Progress
  readonly #marks: Marks
  readonly #steady: Clock
  readonly #unread: (outage: Outage) => void
  readonly #unmarked: (outage: Outage) => void

  private constructor(options: RunJobsOptions, { lanes, held, share, commit, retries }: Parts) {
    const { jobs, registry, logger, clock, uplink, derived, steady = steadyClock } = options
    this.#options = options
    this.lanes = lanes
    this.share = share
    this.#held = held
    this.#commit = commit
    this.#commits = new RoundCommits(commit, steady)
    this.#steady = steady
    this.#unread = onceAnOutage(
      ({ code, message }) => logger.warn({ code, reason: message }, 'the jobs cannot read a log and try again'),
      steady,
    )
    this.#unmarked = onceAnOutage(
      ({ code }) => logger.warn({ code }, 'a mark of time could not be appended, and timers wait'),
      steady,
    )
    this.#progress = createProgress(lanes, steady, options.onProgress)
    const taken = (): number => held.taken
    const metrics = createJobMetrics(registry, { jobs, lanes, progress: this.#progress, retries, taken })
    this.#teller = createTeller({ metrics, logger, clock, steady })
    this.#marks = createMarks({ uplink, derived: derived.log, lanes, clock, steady })
  }

  /** With the partitions taken that are given now. */
  static async open(options: RunJobsOptions): Promise<Rounds> {
    const { derived, logger, signal, taking, steady = steadyClock } = options
    const { state } = derived
    let retries = 0
    const commit = createCommitter({
      state,
      logger,
      signal,
      retried: () => void (retries += 1),
      taken: (commits) => held.refuse(commits),
    })
    const limits = { ...laneLimits, ...options.limits }
    const lanes = new Lanes({ clockAheadMs, ...options, createSides: sidesOf(options), limits, steady, commit })
    const share = options.share ?? fixedShare(Array(lanes.partitions).keys())
    const save = (some: readonly Lane[]): Promise<boolean> => rounds.#save(some)
    const held = new HeldPartitions({ lanes, share, state, derived: derived.log, save, logger, taking })
    const rounds = new Rounds(options, { lanes, held, share, commit, retries: () => retries })
    await held.settle()
    return rounds
  }

  /** Leaves partitions that are another's by now, and takes those that are given. */
  async settle(): Promise<void> {
    await this.#orPause(() => this.#held.settle())
  }

  /** Topics of both logs that make a round worth while. */
  get topics(): { readonly uplink: readonly string[]; readonly derived: readonly string[] } {
    const { uplink, derived } = this.lanes.seats.topicsOf(this.#options.jobs)
    return { uplink, derived: [...derived, ...this.#held.factTopics] }
  }

  async run(pace: Pace = () => false): Promise<Round> {
    if ((await this.#takeFacts()) === 'abandoned') return { isIdle: false, fill: 0, isAbandoned: true }
    const commits: Promise<boolean>[] = []
    const fill = await this.#runMain(commits, pace)
    await this.#runOthers(commits)
    this.#commits.begin()
    const stored = await Promise.all(commits)
    await this.#progress.look()
    return { isIdle: commits.length === 0, fill, isAbandoned: this.#isAbandoned(stored) }
  }

  /** Appends marks of time where they are due. */
  async giveMarks(): Promise<void> {
    try {
      await this.#marks.give()
    } catch (error) {
      this.#unmarked(passingOutage(error))
    }
  }

  /** All of the state, so that the next start has nothing to run again; false when the signal ended
   *  it first. */
  save(): Promise<boolean> {
    return this.#save(this.lanes.all)
  }

  /** All of the state of lanes, and of `more`, in one commit. */
  async #save(lanes: readonly Lane[], more: readonly TaskCommit[] = []): Promise<boolean> {
    const saved = await Promise.all(lanes.map((lane) => lane.save()))
    const commits = [...saved.flatMap((each) => each.commits), ...more]
    if (commits.length === 0) return true
    const outputs = saved.flatMap((each) => each.outputs)
    const stored = this.#commit(commits, outputs)
    for (const [index, { told }] of saved.entries())
      if (told !== undefined) await this.#teller.committed(lanes[index]!, told, stored)
    return stored
  }

  /** Commits that were not stored are of partitions that are another's now, unless the signal ended
   *  it. */
  #isAbandoned(stored: readonly boolean[]): boolean {
    return stored.includes(false) && this.#options.signal.aborted
  }

  async #runMain(commits: Promise<boolean>[], pace: Pace): Promise<number> {
    const { batchRecords } = { ...laneLimits, ...this.#options.limits }
    const isHurried = pace === 'hurried'
    let fill = 0
    for (const lane of this.lanes.main) {
      if (!this.#held.runs(lane)) continue
      if (!isHurried && commits.length > 0 && pace()) return 1
      const step = await this.#orPause(() => lane.step(isHurried))
      if (lane.restarted.length > 0) await this.#startOver(lane)
      if (step === undefined) continue
      fill = Math.max(fill, lane.behind.length > 0 ? 1 : step.told.records.length / batchRecords)
      await start(commits, this.#teller.committed(lane, step.told, this.#commits.add(step.commits, step.outputs)))
    }
    return fill
  }

  /** At least one of them comes to its turn. */
  async #runOthers(commits: Promise<boolean>[]): Promise<void> {
    const share = commits.length === 0 ? shareMs.idle : shareMs.busy
    const until = this.#steady.now() + (this.#options.untilRead === true ? Infinity : share)
    for (const lane of this.lanes.inTurn()) {
      if (!this.#held.runs(lane)) continue
      const step = await this.#orPause(() => this.lanes.step(lane))
      if (lane.restarted.length > 0) await this.#startOver(lane)
      if (step === undefined) continue
      const { told, committed } = step
      const stored = this.#commits.add(step.commits, step.outputs)
      const done = told === undefined ? stored : this.#teller.committed(lane, told, stored)
      await start(commits, this.#after(lane, done, committed))
      if (this.#steady.now() >= until) return
    }
  }

  async #startOver(lane: Lane): Promise<void> {
    this.#teller.restarted(lane)
    await this.#held.unlessTaken(lane.partition, () => this.lanes.startOver(lane))
  }

  async #after(
    { partition }: Lane,
    stored: Promise<boolean>,
    committed: (() => Promise<void> | void) | undefined,
  ): Promise<boolean> {
    const isStored = await stored
    if (isStored) await this.#held.unlessTaken(partition, async () => committed?.())
    return isStored
  }

  /** All facts that came. Every task of a partition saves its state in the same commit: no batch
   *  from before is run again with them. */
  async #takeFacts(): Promise<'taken' | 'abandoned'> {
    for (const [partition, facts] of this.#held.facts)
      for (let isBehind = true; isBehind;) {
        const step = await this.#orPause(() => facts.step())
        if (step === undefined) break
        if (!(await this.#save(this.lanes.of(partition), [step.commit]))) {
          if (this.#options.signal.aborted) return 'abandoned'
          break
        }
        step.take()
        isBehind = step.isBehind
      }
    return 'taken'
  }

  /** A log that does not answer for a while is asked again in the next round. */
  #orPause<Step>(step: () => Promise<Step>): Promise<Step | undefined> {
    return orPause(step, retryMs, this.#options.signal, this.#unread)
  }
}

async function start(commits: Promise<boolean>[], stored: Promise<boolean>): Promise<void> {
  // Awaited with the others; until then a rejection must not count as unhandled.
  stored.catch(() => {})
  commits.push(stored)
  // Others in this process get their turn between two partitions.
  await new Promise(setImmediate)
}

function sidesOf({ jobs, openFile }: RunJobsOptions): (() => SideTables) | undefined {
  const sides = jobs.flatMap((job) => Object.values(job.sides ?? {}))
  const noFile = (): never => {
    throw new Error('A fact names a file, and no files are there to be read.')
  }
  return sides.length === 0 ? undefined : () => createSideTables(sides, openFile ?? noFile)
}
