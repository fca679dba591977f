// One job on one partition: its state, its version, its positions and its journal. Its state in
// memory is always what the committed batches make of the log, and nothing else: when the job
// throws, it is loaded again and the batch run once more without what was at fault. Tasks that
// stand at the same positions share a lane (lane.ts), which reads and commits for them.
import type { NewRecord, Positions, StoredRecord } from '../eventlog/event-log.ts'
import { placeOf } from '../eventlog/event-log.ts'
import type { StateChange, StateStore, TaskCommit } from '../eventlog/state-store.ts'
import { failureLetter, lateRecord } from './dead-letters.ts'
import { Engine, type Settled } from './engine.ts'
import { JobFailure } from './job-failure.ts'
import type { AnyJob, Input } from './job.ts'
import { baseChange, entryChange, readBase, readEntries, storedAt, type Base } from './journal.ts'
import { nodeText } from './node-text.ts'
import { versionOf, type Rebuild } from './rebuild.ts'
import type { SideTables } from './side-table.ts'

export type Batch = {
  readonly records: readonly StoredRecord[]
  /** Of the records that are read. */
  readonly inputs: readonly Input[]
  readonly to: Positions
  readonly logAt: number
  /** Whether its outputs wait for those of the batches that follow. */
  readonly isDeferred: boolean
}

/** A batch that was run, and is to be committed. */
export type Ran = Settled & {
  /** The failures of the job, each once. */
  readonly failures: readonly JobFailure[]
  /** Inputs it read. */
  readonly read: number
  /** Records whose key names no vehicle. */
  readonly strangers: readonly StoredRecord[]
}

export type TaskOptions = {
  readonly job: AnyJob
  readonly partition: number
  readonly state: StateStore
  readonly sides: SideTables | undefined
  readonly clockAheadMs: number
  /** Decoded parts of state; from so many on those that were not used since the last checkpoint but
   *  one leave memory. */
  readonly partsMax: number
  /** How outputs are told from those of other tasks; see rebuild.ts. */
  readonly rebuild: Rebuild
}

/** Checkpoints after which a part that is not used leaves memory. They are 15 s apart, and jobs say
 *  something of each key once a minute: to load and decode what that takes anew each time would be
 *  a seventh of their work. */
export const unusedCheckpoints = 5

/** After a job threw, so many of its batches are small and each is checkpointed: the next failure
 *  then costs little. */
const carefulBatches = 20

export const taskName = (job: Pick<AnyJob, 'name' | 'version'>, partition: number): string =>
  `${versionOf(job)}/${partition}`

/** The base of a task that begins; `reads` is what its state will be made of. */
export const firstBase = (reads: readonly string[], more: Partial<Base> = {}): Base => ({
  generation: 0,
  positions: {},
  logAt: null,
  reads,
  quarantined: [],
  stage: 'live',
  from: null,
  since: null,
  noted: {},
  ...more,
})

export class Task {
  readonly name: string
  readonly job: AnyJob
  readonly partition: number
  readonly rebuild: Rebuild
  /** Whether it had no checkpoint when it was opened. */
  readonly isNew: boolean
  readonly #options: TaskOptions
  readonly #reads: ReadonlySet<string>
  /** Records left out of the batches since the checkpoint because the job threw at them:
   *  `topic/partition/offset`. */
  readonly #skipped = new Set<string>()
  readonly #quarantined = new Set<string>()
  #base: Base
  #engine!: Engine
  #entries = 0
  #careful = 0
  #failures: JobFailure[] = []

  /** Goes on from the last checkpoint; the batches since are to be replayed. A task that has none
   *  begins with `fresh`. */
  constructor(options: TaskOptions, fresh: Base) {
    this.#options = options
    this.job = options.job
    this.partition = options.partition
    this.rebuild = options.rebuild
    this.name = taskName(options.job, options.partition)
    this.#reads = new Set(options.job.reads)
    const base = readBase(options.state, this.name)
    this.isNew = base === undefined
    this.#base = base ?? fresh
    for (const key of this.#base.quarantined) this.#quarantined.add(key)
    this.load()
  }

  get base(): Base {
    return this.#base
  }

  /** The state of the checkpoint. */
  load(): void {
    const { state, sides, clockAheadMs } = this.#options
    this.#engine = new Engine(this.job, {
      text: nodeText,
      get: (key) => state.get(this.name, key),
      range: (prefix) => state.range(this.name, prefix),
      sides,
      clockAheadMs,
      quarantined: this.#quarantined,
    })
    this.#entries = 0
  }

  /** The batches since the checkpoint, as JSON of BatchEntry. */
  entries(): string[] {
    return readEntries(this.#options.state, this.name, this.#base.generation)
  }

  /** Runs a batch once more that was committed: what it says was said. Throws JobFailure. */
  replay(batch: Batch): void {
    this.#apply(batch)
    this.#entries += 1
  }

  /** Runs a batch. Throws JobFailure; the task is then to be told by `leaveOut`, loaded and
   *  replayed, and tried again. */
  run(batch: Batch): Ran {
    const applied = this.#apply(batch)
    const failures = this.#failures
    this.#failures = []
    return { ...applied, failures }
  }

  /** From now on without what threw. Anything but a JobFailure is thrown again. */
  leaveOut(failure: unknown): void {
    if (!(failure instanceof JobFailure)) throw failure
    this.#failures.push(failure)
    this.#careful = carefulBatches
    if (failure.record === undefined) this.#quarantined.add(failure.key)
    else this.#skipped.add(placeOf(failure.record))
  }

  /** The commit to be made after `run`; `entry` is the batch as JSON of BatchEntry. `save`: with
   *  all of the state. */
  commit(ran: Ran, { to, logAt }: Batch, entry: string, save: boolean): { commit: TaskCommit; records: NewRecord[] } {
    const letters = ran.failures.map(failureLetter)
    const late = ran.late.map((each) => lateRecord(this.job.name, each))
    const isLive = this.#base.stage === 'live'
    const [said, held] = isLive ? [ran.outputs, []] : this.rebuild.hold(ran.outputs, this.#base.since ?? Infinity)
    const state =
      save || this.#careful > 0
        ? [...held, ...this.save(to, logAt)]
        : [...held, entryChange(this.#base.generation, this.#entries++, entry)]
    return {
      commit: { task: this.name, positions: to, state },
      records: [...this.rebuild.sign(said), ...late, ...letters],
    }
  }

  /** All of the state, as a checkpoint at `to`. */
  save(to: Positions, logAt: number, more: Partial<Base> = {}): StateChange[] {
    this.#base = {
      ...this.#base,
      generation: this.#base.generation + 1,
      positions: to,
      logAt: storedAt(logAt),
      quarantined: [...this.#quarantined],
      ...more,
    }
    this.#entries = 0
    this.#careful = Math.max(0, this.#careful - 1)
    this.#skipped.clear()
    const kept = this.size() < this.#options.partsMax ? unusedCheckpoints : 1
    return [...this.rebuild.takeChanges(), ...this.#engine.takeChanges(kept), baseChange(this.#base)]
  }

  isCareful(): boolean {
    return this.#careful > 0
  }

  /** Whether batches were run since the checkpoint. */
  isUnsaved(): boolean {
    return this.#entries > 0
  }

  isDue(logAt: number): boolean {
    return this.#engine.isDue(logAt)
  }

  /** Whether outputs are put off. */
  defers(): boolean {
    return this.#engine.defers()
  }

  keys(): number {
    return this.#engine.keys()
  }

  /** Whether time alone may make it say something. */
  waits(): boolean {
    return this.#engine.waits()
  }

  size(): number {
    return this.#engine.size()
  }

  #apply({ records, inputs, logAt, isDeferred }: Batch): Omit<Ran, 'failures'> {
    if (this.#base.stage === 'deriving')
      for (const record of records) if (this.#reads.has(record.topic)) this.rebuild.covers(record)
    const strangers: StoredRecord[] = []
    let read = 0
    for (const input of inputs) {
      if (!this.#reads.has(input.record.topic)) continue
      if (this.#skipped.size > 0 && this.#skipped.has(placeOf(input.record))) continue
      read += 1
      if (!this.#engine.apply(input)) strangers.push(input.record)
    }
    return { ...this.#engine.settle(logAt, isDeferred), read, strangers }
  }
}
