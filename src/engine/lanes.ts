// All lanes there are: how tasks come into them, how a rebuild goes through its stages, and how its
// tasks join the others.
//
//   partition 3:  main lane   crash twin ledger   ──► reads on, says at once
//                 other lane  trips@2             ──► noting ─ deriving ─ switching ─ live, catches up ─► joins the main lane
import type { Clock } from '../base/clock.ts'
import { epochPrefix, type EventLog, type Positions, type StoredRecord, type Topic } from '../eventlog/event-log.ts'
import { isSenderKey } from '../eventlog/foreign-record.ts'
import { openLogReader, type LogReader } from '../eventlog/log-reader.ts'
import { partitionOfTask, type LogAndState, type StateStore } from '../eventlog/state-store.ts'
import type { CatalogueOf } from '../model/catalogue.ts'
import type { Commit } from './committer.ts'
import { isInternal, type AnyJob } from './job.ts'
import { readBase, type Base } from './journal.ts'
import { Lane, type LaneLimits, type SavedLane } from './lane.ts'
import { openLaneReader } from './lane-reader.ts'
import { isMark } from './marks.ts'
import { Rebuild, taskHeader } from './rebuild.ts'
import { Seats } from './seats.ts'
import type { SideTables } from './side-table.ts'
import { firstBase, Task, taskName } from './task.ts'

export type LanesOptions = {
  readonly jobs: readonly AnyJob[]
  readonly uplink: EventLog
  readonly derived: Pick<LogAndState, 'log' | 'state'>
  /** The facts of a partition, none read yet; undefined where no job looks any up. */
  readonly createSides: (() => SideTables) | undefined
  readonly limits: LaneLimits
  readonly clockAheadMs: number
  readonly catalogueOf?: CatalogueOf
  readonly steady: Clock
  readonly commit: Commit
}

/** A step of a lane that is not main: what is to be committed, and what is to be done once it
 *  is. */
export type SideStep = SavedLane & {
  readonly committed?: () => Promise<void> | void
}

/** A lane with no more than this before it joins the main lane at once: what it may hold up the
 *  loop. */
const joinRecordsMax = 1_000
/** Records of what was said before that are noted in one step. */
const notedPerStep = { records: 2_000, bytes: 4 * 1024 * 1024 }

/** Of the version before tasks were one job each; its state is of no use to any. */
const formerTask = /^jobs\/\d+$/

export class Lanes {
  readonly #options: LanesOptions
  readonly seats: Seats
  readonly #noting = new Map<Task, LogReader>()
  /** Lanes being derived that have read to the end once. */
  readonly #caughtUp = new Set<Lane>()
  readonly #sides = new Map<number, SideTables>()
  #lanes: Lane[] = []
  #turn = 0

  constructor(options: LanesOptions) {
    this.#options = options
    this.seats = new Seats(options.uplink, options.derived.log, options.jobs)
  }

  /** As many as the topics of the jobs have. */
  get partitions(): number {
    return Math.max(0, ...this.#options.jobs.map((job) => this.seats.partitionsOf(job)))
  }

  of(partition: number): readonly Lane[] {
    return this.#lanes.filter((lane) => lane.partition === partition)
  }

  /** Empty tables for the facts of a partition, which its tasks look up from then on; undefined
   *  where no job looks any up. */
  newSides(partition: number): SideTables | undefined {
    const sides = this.#options.createSides?.()
    if (sides !== undefined) this.#sides.set(partition, sides)
    return sides
  }

  /** Opens a task of a partition for each job where its last commit left it. */
  async take(partition: number): Promise<void> {
    const { state } = this.#options.derived
    for (const name of state.tasks())
      if (formerTask.test(name) && partitionOfTask(name) === partition) await state.clear(name)
    const tasks: Task[] = []
    for (const job of this.#options.jobs) {
      if (partition >= this.seats.partitionsOf(job)) continue
      const task = await this.#openTask(job, partition)
      if (task.base.stage === 'live') await this.#dropOthers(task)
      tasks.push(task)
    }
    await this.#begin(tasks)
  }

  /** Forgets a partition; what is in the store stays. */
  leave(partition: number): void {
    for (const lane of this.of(partition)) {
      this.#caughtUp.delete(lane)
      for (const task of lane.tasks) this.#noting.delete(task)
    }
    this.#lanes = this.#lanes.filter((lane) => lane.partition !== partition)
    this.#sides.delete(partition)
  }

  /** Those that say at once, one for each partition and set of logs. */
  get main(): readonly Lane[] {
    return this.#lanes.filter(({ isMain }) => isMain)
  }

  get others(): readonly Lane[] {
    return this.#lanes.filter(({ isMain }) => !isMain)
  }

  get all(): readonly Lane[] {
    return this.#lanes
  }

  /** Those that are not main, each time another one first, so that all come to their turn. */
  inTurn(): readonly Lane[] {
    const { others } = this
    this.#turn += 1
    return others.map((_, index) => others[(index + this.#turn) % others.length]!)
  }

  /** The next step of a lane that is not main; undefined when there is nothing to do. */
  async step(lane: Lane): Promise<SideStep | undefined> {
    if (lane.stage === 'noting') return this.#note(lane)
    if (lane.stage === 'switching') return this.#switch(lane)
    if (lane.stage === 'live') return this.#catchUp(lane)
    if (this.#caughtUp.delete(lane)) return this.#goTo(lane, 'switching')
    const step = await lane.step()
    if (lane.restarted.length > 0 || lane.behind.length > 0 || !this.#hasAllItsInputs(lane)) return step
    if (step === undefined) return this.#goTo(lane, 'switching')
    this.#caughtUp.add(lane)
    return step
  }

  /** Derives all of a lane anew, whose log is another one. */
  async startOver(lane: Lane): Promise<void> {
    const { state } = this.#options.derived
    for (const { name } of lane.tasks) await state.clear(name)
    this.#lanes = this.#lanes.filter((other) => other !== lane)
    const tasks: Task[] = []
    for (const { job } of lane.tasks) tasks.push(await this.#openTask(job, lane.partition))
    await this.#begin(tasks)
  }

  /** Stores where new tasks begin, before the first of their batches: without it their journal
   *  would belong to nothing. */
  async #begin(tasks: readonly Task[]): Promise<void> {
    const fresh = tasks.filter((task) => task.isNew)
    const commits = fresh.map((task) => ({ task: task.name, positions: {}, state: task.save({}, -Infinity) }))
    if (commits.length > 0 && !(await this.#options.commit(commits, []))) return
    await this.#group(tasks)
  }

  async #openTask(job: AnyJob, partition: number): Promise<Task> {
    const { clockAheadMs, derived, jobs, limits } = this.#options
    const sides = this.#sides.get(partition)
    const { state } = derived
    const name = taskName(job, partition)
    const base = readBase(state, name)
    // Without a base it was being cleared; with other topics it would have to read some from their
    // start.
    const reads = this.seats.readsOf(job)
    const isOf = base !== undefined && base.reads.join() === reads.join()
    if (!isOf && state.tasks().includes(name)) await state.clear(name)
    const partitions = this.seats.partitionsOf(job)
    const isFirstWriter = (topic: Topic): boolean => this.seats.isFirstWriter(job, topic)
    const rebuild = new Rebuild({ job, partition, partitions, task: name, state, derived: derived.log, isFirstWriter })
    const fresh: Partial<Base> = isOf
      ? {}
      : {
          stage: (await this.#hasRecords(rebuild)) ? 'noting' : 'live',
          from: versionBefore(state, job, partition),
          since: await this.seats.newestAt({ job, partition }),
        }
    const partsMax = limits.cacheParts / jobs.length
    return new Task({ job, partition, state, sides, clockAheadMs, partsMax, rebuild }, firstBase(reads, fresh))
  }

  async #hasRecords(rebuild: Rebuild): Promise<boolean> {
    const { log } = this.#options.derived
    for (const topic of rebuild.topics())
      for (const partition of rebuild.partitions() ?? Array(log.partitionsOf(topic)).keys()) {
        const { start, end } = await log.bounds(topic, partition)
        if (start < end) return true
      }
    return false
  }

  /** Forgets the state of other versions of the task's job. */
  async #dropOthers(task: Task): Promise<void> {
    const { state } = this.#options.derived
    for (const name of versionsOf(state, task.job, task.partition).keys())
      if (name !== task.name) await state.clear(name)
  }

  /** Puts tasks that stand at the same place, and have run the same batches since their
   *  checkpoints, into one lane. */
  async #group(tasks: readonly Task[]): Promise<void> {
    const groups = new Map<string, Task[]>()
    for (const task of tasks) {
      const { stage, positions } = task.base
      const key = JSON.stringify([this.seats.seatOf(task), stage, sorted(positions), task.entries()])
      const group = groups.get(key)
      if (group === undefined) groups.set(key, [task])
      else group.push(task)
    }
    for (const group of groups.values()) {
      const lane = this.#newLane(group)
      await lane.restore()
      this.#lanes.push(lane)
    }
    this.#lanes.sort((a, b) => a.partition - b.partition)
    this.#nameMain()
  }

  /** Of the live lanes of a partition the one that has read furthest is the main one. */
  #nameMain(): void {
    const furthest = new Map<string, Lane>()
    for (const lane of this.#lanes) {
      const seat = this.seats.seatOf(lane.tasks[0]!)
      if (lane.isMain) furthest.set(seat, lane)
      if (lane.stage !== 'live') continue
      const other = furthest.get(seat)
      if (other === undefined || (!other.isMain && sumOf(lane.positions) > sumOf(other.positions)))
        furthest.set(seat, lane)
    }
    for (const lane of furthest.values()) lane.isMain = true
  }

  #newLane(tasks: Task[]): Lane {
    const { limits, clockAheadMs, catalogueOf, steady } = this.#options
    const partitions = this.seats.partitionsOf(tasks[0]!.job)
    const openReader = (of: readonly Task[], from: Positions) =>
      openLaneReader(this.seats.sourcesOf(of.map(({ job }) => job)), tasks[0]!.partition, from)
    const isRead = ({ topic, key, headers }: StoredRecord): boolean =>
      !isMark(topic) &&
      !isSenderKey(key) &&
      (!isInternal(topic) || headers?.[taskHeader] === this.seats.writerOf(topic))
    return new Lane({
      partition: tasks[0]!.partition,
      partitions,
      tasks,
      openReader,
      isRead,
      limits,
      clockAheadMs,
      catalogueOf,
      steady,
    })
  }

  async #note(lane: Lane): Promise<SideStep> {
    const commits = []
    let isLast = true
    for (const task of lane.tasks) {
      const reader = this.#noteReader(task)
      const { records, behind, to, isNews } = await reader.poll(notedPerStep)
      if (isNews) isLast = false
      else continue
      const state = [...task.rebuild.note(records), ...task.save({}, -Infinity, { noted: to })]
      commits.push({ task: task.name, positions: {}, state })
      if (behind.length > 0) isLast = false
    }
    return isLast ? this.#noted(lane) : { commits, outputs: [] }
  }

  #noteReader(task: Task): LogReader {
    const { log } = this.#options.derived
    let reader = this.#noting.get(task)
    if (reader === undefined) {
      const topics = task.rebuild.topics()
      const partitions = task.rebuild.partitions()
      reader = openLogReader(log, { topics, order: 'fair', ...(partitions && { partitions }) }, task.base.noted)
      this.#noting.set(task, reader)
    }
    return reader
  }

  /** Earlier outputs are noted; a job that had said nothing has nothing to hold back. */
  #noted(lane: Lane): SideStep {
    const stages = lane.tasks.map((task) => ({
      task,
      stage: task.rebuild.hasNoted() ? ('deriving' as const) : ('live' as const),
    }))
    const commits = stages.map(({ task, stage }) => {
      this.#noting.delete(task)
      return { task: task.name, positions: {}, state: task.save({}, -Infinity, { stage }) }
    })
    const committed = async (): Promise<void> => {
      this.#lanes = this.#lanes.filter((other) => other !== lane)
      for (const { task } of stages) if (task.base.stage === 'live') await this.#dropOthers(task)
      await this.#group(lane.tasks)
    }
    return { commits, outputs: [], committed }
  }

  #goTo(lane: Lane, stage: 'switching' | 'live'): SideStep {
    const commits = lane.tasks.map((task) => ({
      task: task.name,
      positions: lane.positions,
      state: task.save(lane.positions, lane.logAt, { stage }),
    }))
    const committed = async (): Promise<void> => {
      lane.stage = stage
      if (stage === 'switching') return
      for (const task of lane.tasks) await this.#dropOthers(task)
      this.#nameMain()
    }
    return { commits, outputs: [], committed }
  }

  #switch(lane: Lane): SideStep {
    const steps = lane.tasks.map((task) => ({ task, step: task.rebuild.switchStep() }))
    if (steps.every(({ step }) => step.isLast)) return this.#goTo(lane, 'live')
    return {
      commits: steps.map(({ task, step }) => ({ task: task.name, positions: lane.positions, state: step.state })),
      outputs: steps.flatMap(({ step }) => step.records),
    }
  }

  async #catchUp(lane: Lane): Promise<SideStep | undefined> {
    const seat = this.seats.seatOf(lane.tasks[0]!)
    const main = this.main.find((other) => this.seats.seatOf(other.tasks[0]!) === seat)
    if (main === undefined) {
      this.#nameMain()
      return undefined
    }
    const joined = await lane.join(main, joinRecordsMax)
    if (joined === undefined) return lane.step()
    this.#lanes = this.#lanes.filter((other) => other !== lane)
    return joined
  }

  /** Whether whoever writes what the lane reads says at once, so that its end is an end. */
  #hasAllItsInputs(lane: Lane): boolean {
    const reads = new Set(lane.tasks.flatMap(({ job }) => job.reads))
    return this.others.every(
      (other) => other === lane || !other.tasks.some(({ job }) => job.writes.some(({ name }) => reads.has(name))),
    )
  }
}

const sumOf = (positions: Positions): number =>
  Object.entries(positions).reduce((sum, [key, at]) => sum + (key.startsWith(epochPrefix) ? 0 : at), 0)

const sorted = (positions: Positions): [string, number][] =>
  Object.entries(positions).sort(([a], [b]) => (a < b ? -1 : 1))

/** The tasks of a job and partition in the store, of whatever version. */
function versionsOf(state: StateStore, job: AnyJob, partition: number): Map<string, number> {
  const versions = new Map<string, number>()
  for (const name of state.tasks()) {
    const [, found, version, at] = /^(.*)@(\d+)\/(\d+)$/.exec(name) ?? []
    if (found === job.name && Number(at) === partition) versions.set(name, Number(version))
  }
  return versions
}

function versionBefore(state: StateStore, job: AnyJob, partition: number): number | null {
  const versions = [...versionsOf(state, job, partition).values()].filter((version) => version !== job.version)
  return versions.length === 0 ? null : Math.max(...versions)
}
