// The tasks of one partition that stand at the same positions: one read, one parse and one commit
// for all of them. Most of the time each partition has one lane, with all jobs that read the same
// logs. A job that is derived anew has one of its own, beside it, until it has caught up.
import type { Clock } from '../base/clock.ts'
import type { Gap, NewRecord, Positions, StoredRecord, Topic } from '../eventlog/event-log.ts'
import { gatherMs } from '../eventlog/gathering.ts'
import type { TaskCommit } from '../eventlog/state-store.ts'
import type { CatalogueOf } from '../model/catalogue.ts'
import type { JobFailure } from './job-failure.ts'
import type { Input } from './job.ts'
import { storedAt, type BatchEntry, type RebuildStage } from './journal.ts'
import type { LaneReader } from './lane-reader.ts'
import { isMark } from './marks.ts'
import { nodeText } from './node-text.ts'
import { deadLetter } from './dead-letters.ts'
import { readInput } from './read-input.ts'
import { unusedCheckpoints, type Batch, type Ran, type Task } from './task.ts'

export type LaneLimits = {
  /** Records of one batch. At 20 µs each this is what a batch may hold up everything else in the
   *  process; under load the larger it is the fewer rounds there are, and commits. */
  readonly batchRecords: number
  /** The same in a round that is to be over soon, as something is waiting that is read first. */
  readonly hurriedRecords: number
  /** Between two checkpoints, and so what is run again after a crash at most. Milliseconds and
   *  records. */
  readonly checkpointMs: number
  readonly checkpointRecords: number
  /** Decoded parts of state kept in memory by a lane; reaching it brings the next checkpoint
   *  forward. */
  readonly cacheParts: number
  /** Outputs are said so far apart where a key is heard twice in that time, so that it says once
   *  what both led to. Milliseconds. */
  readonly deferMs: number
}

export const laneLimits: LaneLimits = {
  batchRecords: 1_000,
  hurriedRecords: 250,
  checkpointMs: 15_000,
  checkpointRecords: 50_000,
  cacheParts: 200_000,
  deferMs: gatherMs.said,
}

/** While a job is careful after it threw. */
const carefulRecords = 16
/** At most so many bytes of each topic in one batch; a record is at most 256 KiB. */
const bytesMax = 4 * 1024 * 1024

/** The work of a lane in one step, to be committed before the next. */
export type LaneStep = {
  readonly commits: readonly TaskCommit[]
  readonly outputs: readonly NewRecord[]
  readonly told: LaneTold
}

/** Facts of a step for metrics and for the log of the process. */
export type LaneTold = {
  readonly records: readonly StoredRecord[]
  /** By job: inputs read, records too late, and outputs by topic. */
  readonly ran: readonly { readonly job: string; readonly ran: Ran }[]
  readonly failures: readonly JobFailure[]
  /** Records that were no message. */
  readonly unreadable: number
  /** Messages with a clock-marked instant. */
  readonly marked: number
  readonly gaps: readonly Gap[]
  readonly startedAt: number
}

/** The same where state is saved though no batch came; nothing is told where nothing was put
 *  off. */
export type SavedLane = Omit<LaneStep, 'told'> & Partial<Pick<LaneStep, 'told'>>

export type LaneOptions = {
  readonly partition: number
  readonly partitions: number
  readonly tasks: Task[]
  readonly openReader: (tasks: readonly Task[], from: Positions) => LaneReader
  /** Marks are not, nor records that another version of a job gave other keys, nor dead letters of
   *  publishers that name no vehicle. */
  readonly isRead: (record: StoredRecord) => boolean
  readonly limits: LaneLimits
  readonly clockAheadMs: number
  readonly catalogueOf: CatalogueOf | undefined
  readonly steady: Clock
}

type Read = { readonly inputs: readonly Input[]; readonly refused: ReadonlyMap<StoredRecord, string> }

export class Lane {
  readonly partition: number
  readonly tasks: Task[]
  stage: RebuildStage
  /** Whether it is the one that the others of its partition and logs join; it alone tells of
   *  unreadable records. */
  isMain = false
  /** Topics of which there was more to read at the last step. */
  behind: readonly Topic[] = []
  /** The log is another one than the positions were read in: all of it is to be derived anew. */
  restarted: readonly { readonly topic: Topic; readonly partition: number }[] = []
  /** Whether anything but marks came at the last step. */
  heard = true
  readonly #options: LaneOptions
  #reader: LaneReader
  #logAt: number
  #positions: Positions
  #sinceCheckpoint = 0
  /** Checkpoints since anything was run. */
  #quietCheckpoints = 0
  #checkpointedAt: number
  /** Whether keys say so much that putting outputs off spares some: as it was between the last two
   *  checkpoints. */
  #isDense = false
  /** When a batch began last whose outputs were not put off. */
  #saidAt = -Infinity

  constructor(options: LaneOptions) {
    const { base } = options.tasks[0]!
    this.#options = options
    this.partition = options.partition
    this.tasks = options.tasks
    this.stage = base.stage
    this.#logAt = base.logAt ?? -Infinity
    this.#positions = base.positions
    this.#reader = options.openReader(options.tasks, base.positions)
    // Partitions take turns, so that their checkpoints do not fall together.
    this.#checkpointedAt = options.steady.now() - (options.limits.checkpointMs * options.partition) / options.partitions
  }

  get positions(): Positions {
    return this.#positions
  }

  get logAt(): number {
    return this.#logAt
  }

  get reader(): LaneReader {
    return this.#reader
  }

  /** Runs the batches since the checkpoint again. All tasks have the same ones. */
  async restore(): Promise<void> {
    const entries = this.tasks[0]!.entries()
    const at = await this.#replay(this.tasks, entries)
    this.#positions = at.positions
    this.#logAt = Math.max(this.#logAt, at.logAt)
    this.#sinceCheckpoint = at.records
    this.#reader = this.#options.openReader(this.tasks, at.positions)
  }

  /** Reads and runs the next batch, a small one in a hurry; undefined when there is nothing to do.
   *  Rejects with an Outage when a log does not answer. */
  async step(isHurried = false): Promise<LaneStep | undefined> {
    const { steady } = this.#options
    const startedAt = steady.now()
    const read = await this.#reader.poll({ records: this.#batchRecords(isHurried), bytes: bytesMax })
    this.behind = read.behind
    this.heard = read.records.some((record) => !isMark(record.topic))
    if (read.restarted.length > 0) {
      this.restarted = read.restarted
      return undefined
    }
    const logAt = greatestLogAt(read.records, this.#logAt)
    const save = this.#isSaveDue()
    // State that lies unused leaves memory after some checkpoints, also when nothing comes.
    const isLeaving = this.#quietCheckpoints <= unusedCheckpoints && this.size() > 0
    const unsaved = save && (this.#sinceCheckpoint > 0 || isLeaving)
    if (!read.isNews && !unsaved && !this.#defers() && !this.tasks.some((task) => task.isDue(logAt))) return undefined
    return this.#run(read.records, { to: read.to, logAt }, { save, gaps: read.gaps, startedAt })
  }

  /** Runs all that `main` has read and this lane has not, so that both stand at the same place;
   *  undefined when there is more than `most` records of it, or when it has read further itself.
   *  The tasks then belong to `main`. */
  async join(main: Lane, most: number): Promise<LaneStep | undefined> {
    const startedAt = this.#options.steady.now()
    const from = this.#positions
    let missing = 0
    for (const place of this.#reader.places) {
      if (!main.reader.places.includes(place)) continue
      const more = (main.positions[place] ?? 0) - (from[place] ?? 0)
      if (more < 0) return undefined
      missing += more
    }
    if (missing > most) return undefined
    const to = { ...from, ...main.positions }
    const records = await this.#reader.range(from, to)
    const logAt = Math.max(this.#logAt, main.logAt)
    const step = await this.#run(records, { to, logAt }, { save: true, gaps: [], startedAt })
    main.take(this)
    return step
  }

  /** Takes in the tasks of a lane that stands where it stands, and beyond that reads topics of its
   *  own. */
  take(other: Lane): void {
    this.tasks.push(...other.tasks)
    this.#positions = { ...other.positions, ...this.#positions }
    this.#reader = this.#options.openReader(this.tasks, this.#positions)
  }

  /** All of the state of tasks that have run batches since their checkpoint, and the outputs that
   *  were put off. */
  async save(): Promise<SavedLane> {
    if (this.#defers()) {
      const at = { to: this.#positions, logAt: this.#logAt }
      return this.#run([], at, { save: true, gaps: [], startedAt: this.#options.steady.now() })
    }
    this.#checkpointed()
    const commits = this.tasks
      .filter((task) => task.isUnsaved())
      .map((task) => ({ task: task.name, positions: this.#positions, state: task.save(this.#positions, this.#logAt) }))
    return { commits, outputs: [] }
  }

  /** Whether time alone may make a job of it say something. */
  waits(): boolean {
    return this.tasks.some((task) => task.waits())
  }

  size(): number {
    return this.tasks.reduce((sum, task) => sum + task.size(), 0)
  }

  async #run(
    records: readonly StoredRecord[],
    { to, logAt }: { readonly to: Positions; readonly logAt: number },
    { save, gaps, startedAt }: { readonly save: boolean; readonly gaps: readonly Gap[]; readonly startedAt: number },
  ): Promise<LaneStep> {
    const { inputs, refused } = readAll(records, this.#options)
    const isDeferred = !save && records.length > 0 && this.#mayDefer(startedAt)
    const batch: Batch = { records, inputs, to, logAt, isDeferred }
    const entry = JSON.stringify({ to, logAt: storedAt(logAt), ...(isDeferred && { isDeferred }) } satisfies BatchEntry)
    const commits: TaskCommit[] = []
    const outputs: NewRecord[] = []
    const ran: { job: string; ran: Ran }[] = []
    const strangers = new Map(refused)
    for (const task of this.tasks) {
      const done = await this.#runSafely(task, batch)
      const { commit, records: made } = task.commit(done, batch, entry, save)
      commits.push(commit)
      for (const record of made) outputs.push(record)
      for (const record of done.strangers) strangers.set(record, 'vehicle-id')
      ran.push({ job: task.job.name, ran: done })
    }
    if (this.isMain) for (const [record, reason] of strangers) outputs.push(deadLetter(record, reason))
    this.#positions = to
    this.#logAt = logAt
    if (!isDeferred) this.#saidAt = startedAt
    this.#sinceCheckpoint += Math.max(1, records.length)
    this.#quietCheckpoints = records.length > 0 || outputs.length > 0 ? 0 : this.#quietCheckpoints + (save ? 1 : 0)
    if (save) this.#checkpointed()
    const told: LaneTold = {
      records,
      ran,
      failures: ran.flatMap((each) => each.ran.failures),
      unreadable: this.isMain ? strangers.size : 0,
      marked: inputs.reduce((sum, { markedAt }) => sum + (Number.isNaN(markedAt) ? 0 : 1), 0),
      gaps,
      startedAt,
    }
    return { commits, outputs, told }
  }

  /** Runs the batch until the job does not throw, leaving out what threw. */
  async #runSafely(task: Task, batch: Batch): Promise<Ran> {
    for (;;) {
      try {
        return task.run(batch)
      } catch (failure) {
        task.leaveOut(failure)
        task.load()
        await this.#replay([task], task.entries())
      }
    }
  }

  /** Runs batches again that were committed, from the checkpoint of the tasks on. */
  async #replay(tasks: readonly Task[], entries: readonly string[]) {
    let from = tasks[0]!.base.positions
    let logAt = tasks[0]!.base.logAt ?? -Infinity
    let records = 0
    const failed = new Set<Task>()
    for (const entry of entries) {
      const { to, logAt: entryLogAt, isDeferred = false } = JSON.parse(entry) as BatchEntry
      const range = await this.#reader.range(from, to)
      logAt = entryLogAt ?? -Infinity
      const batch: Batch = { records: range, ...readAll(range, this.#options), to, logAt, isDeferred }
      for (const task of tasks)
        if (!failed.has(task))
          try {
            task.replay(batch)
          } catch (failure) {
            task.leaveOut(failure)
            failed.add(task)
          }
      from = to
      records += Math.max(1, range.length)
    }
    for (const task of failed) {
      task.load()
      await this.#replay([task], entries)
    }
    return { positions: from, logAt, records }
  }

  #batchRecords(isHurried: boolean): number {
    if (this.tasks.some((task) => task.isCareful())) return carefulRecords
    const { batchRecords, hurriedRecords } = this.#options.limits
    return isHurried ? Math.min(batchRecords, hurriedRecords) : batchRecords
  }

  #isSaveDue(): boolean {
    const { limits, steady } = this.#options
    return (
      this.#sinceCheckpoint >= limits.checkpointRecords ||
      this.size() >= limits.cacheParts ||
      steady.now() - this.#checkpointedAt >= limits.checkpointMs
    )
  }

  #defers(): boolean {
    return this.tasks.some((task) => task.defers())
  }

  /** Whether outputs of a batch that begins now may wait for the next. */
  #mayDefer(now: number): boolean {
    return this.isMain && this.#isDense && now - this.#saidAt < this.#options.limits.deferMs
  }

  #checkpointed(): void {
    const now = this.#options.steady.now()
    const perMs = this.#sinceCheckpoint / (now - this.#checkpointedAt)
    const keys = Math.max(...this.tasks.map((task) => task.keys()))
    this.#isDense = perMs * this.#options.limits.deferMs >= 2 * keys
    this.#sinceCheckpoint = 0
    this.#checkpointedAt = now
  }
}

function readAll(records: readonly StoredRecord[], { isRead, clockAheadMs, catalogueOf }: LaneOptions): Read {
  const inputs: Input[] = []
  const refused = new Map<StoredRecord, string>()
  for (const record of records) {
    if (!isRead(record)) continue
    const { input, refusal } = readInput(record, nodeText, clockAheadMs, catalogueOf?.(record.key))
    inputs.push(input)
    if (refusal !== null) refused.set(record, refusal)
  }
  return { inputs, refused }
}

/** Log time after the records: `critical` ones are read before their time. */
function greatestLogAt(records: readonly StoredRecord[], logAt: number): number {
  let greatest = logAt
  for (const { topic, appendedAt } of records) if (topic !== 'critical' && appendedAt > greatest) greatest = appendedAt
  return greatest
}
