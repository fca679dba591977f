// One partition with all its jobs: reads a batch, runs it, and gives the commit that makes it last. Its state in memory is
// always what the committed batches make of the log, and nothing else: when a job throws, it is rebuilt and the batch run
// again without the record at fault.
import type { Clock } from '../base/clock.ts'
import { positionKey, type EventLog, type LogTopic, type NewRecord, type Positions, type StoredRecord } from '../eventlog/event-log.ts'
import type { StateChange, StateStore, TaskCommit } from '../eventlog/state-store.ts'
import { createEngine, type Engine, type LateRecord } from './engine.ts'
import type { EngineHost } from './host.ts'
import { JobFailure } from './job-failure.ts'
import { baseChange, entryChange, readBase, readEntries, type Base } from './journal.ts'
import type { AnyJob, Output } from './job.ts'
import { readMerged, readRange } from './merged-read.ts'
import { nodeText } from './node-text.ts'
import type { EngineOutput } from './outputs.ts'
import { readInput } from './read-input.ts'

export type TaskLimits = {
  /** Records of one batch. At 40 µs each this is what a batch may hold up everything else in the process. */
  readonly batchRecords: number
  /** Between two checkpoints, and so what is run again after a crash at most. Milliseconds and records. */
  readonly checkpointMs: number
  readonly checkpointRecords: number
  /** Decoded parts of state kept in memory; reaching it brings the next checkpoint forward. */
  readonly cacheParts: number
}

export const taskLimits: TaskLimits = {
  batchRecords: 250,
  checkpointMs: 10_000,
  checkpointRecords: 50_000,
  cacheParts: 200_000,
}

export type Batch = {
  readonly checkpoint: Omit<TaskCommit, 'task'>
  readonly outputRecords: readonly NewRecord[]
  readonly records: readonly StoredRecord[]
  readonly outputs: readonly Output[]
  /** What jobs threw, each once. */
  readonly failures: readonly JobFailure[]
  /** Records that were no message. */
  readonly unreadable: number
  /** Messages with an instant that is clock-marked. */
  readonly ahead: number
  /** Records that retention had dropped before they were read. */
  readonly lost: number
  /** Topics that are read again from their oldest record, since they are shorter than what was read of them. */
  readonly restarted: readonly LogTopic[]
  readonly behind: boolean
  readonly startedAt: number
}

export interface Task {
  readonly name: string
  readonly partition: number
  /** The next batch; undefined when there is nothing to do. Its checkpoint must be committed before the next call. `final` asks for a checkpoint of the state. */
  next(final?: boolean): Batch | undefined
  positions(): Positions
  /** Parts of state in memory. */
  size(): number
}

export type TaskOptions = {
  readonly jobs: readonly AnyJob[]
  readonly uplink: EventLog
  readonly state: StateStore
  readonly partition: number
  readonly clock: Clock
  readonly limits: TaskLimits
}

/** After a job threw, so many batches are small and each is checkpointed: the next failure then costs little. */
const carefulBatches = 20
const carefulRecords = 16

export const taskName = (partition: number): string => `jobs/${partition}`
export const topicsOf = (jobs: readonly AnyJob[]): LogTopic[] => [...new Set(jobs.flatMap((job) => job.reads))]
const versionsOf = (jobs: readonly AnyJob[]): string => jobs.map((job) => `${job.name}@${job.version}`).join(' ')

/** Opens the task where its last commit left it; state of other jobs or versions is dropped, to be derived anew. */
export async function openTask(options: TaskOptions): Promise<Task> {
  const { jobs, uplink, state, partition, clock, limits } = options
  const name = taskName(partition)
  const topics = topicsOf(jobs)
  const versions = versionsOf(jobs)
  const stored = readBase(state, name)
  if (stored !== undefined && stored.jobs !== versions) await state.clear(name)

  const fresh: Base = { generation: 0, jobs: versions, positions: {}, logAt: null, quarantined: [] }
  let base = fresh
  let engines: readonly { readonly job: AnyJob; readonly engine: Engine }[] = []
  let positions: Positions = {}
  let logAt = -Infinity
  let entries = 0
  let sinceCheckpoint = 0
  // Partitions take turns, so that their checkpoints do not fall together.
  let checkpointedAt = clock.now() - (limits.checkpointMs * partition) / uplink.partitions
  let careful = 0
  let failures: JobFailure[] = []
  /** What is left out of the batches since the checkpoint because it threw: `topic/offset` → names of jobs. */
  const skipped = new Map<string, Set<string>>()
  const held = new Set<string>()

  const leaveOut = (failure: unknown): void => {
    if (!(failure instanceof JobFailure)) throw failure
    failures.push(failure)
    careful = carefulBatches
    if (failure.record === undefined) held.add(`${failure.job}/${failure.key}`)
    else {
      const position = positionOf(failure.record)
      skipped.set(position, (skipped.get(position) ?? new Set()).add(failure.job))
    }
  }

  const load = (): void => {
    base = readBase(state, name) ?? fresh
    for (const each of base.quarantined) held.add(each)
    engines = jobs.map((job) => ({ job, engine: createEngine(job, hostOf(state, name, job.name, held)) }))
    logAt = base.logAt ?? -Infinity
    positions = base.positions
    entries = 0
    sinceCheckpoint = 0
  }

  /** The state after the last commit: the checkpoint, and the batches since it run again. */
  const restore = (): void => {
    for (;;) {
      load()
      try {
        for (const entry of readEntries(state, name, base.generation)) {
          const { records } = readRange(uplink, partition, topics, positions, entry.to)
          logAt = entry.logAt ?? -Infinity
          runBatch(records)
          positions = entry.to
          entries += 1
          sinceCheckpoint += Math.max(1, records.length)
        }
        return
      } catch (failure) {
        leaveOut(failure)
      }
    }
  }

  const runBatch = (records: readonly StoredRecord[]) => {
    let ahead = 0
    const refused: { readonly record: StoredRecord; readonly reason: string }[] = []
    for (const record of records) {
      const { input, refusal } = readInput(record, nodeText)
      const skips = skipped.size === 0 ? undefined : skipped.get(positionOf(record))
      let named = true
      for (const { job, engine } of engines)
        if (job.reads.includes(input.record.topic) && skips?.has(job.name) !== true) named = engine.apply(input) && named
      if (!Number.isNaN(input.markedAt)) ahead += 1
      if (refusal !== null || !named) refused.push({ record, reason: refusal ?? 'vehicle-id' })
    }
    const settled = engines.map(({ engine }) => engine.settle(logAt))
    return {
      ahead,
      refused,
      outputs: settled.flatMap(({ outputs }) => outputs),
      late: settled.flatMap(({ late }) => late),
    }
  }

  /** Runs the batch until no job throws, leaving out what threw. */
  const runSafely = (records: readonly StoredRecord[], reached: number) => {
    for (;;) {
      try {
        logAt = reached
        return runBatch(records)
      } catch (failure) {
        leaveOut(failure)
        restore()
      }
    }
  }

  const takeCheckpoint = () => {
    base = {
      generation: base.generation + 1,
      jobs: versions,
      positions,
      logAt: finite(logAt),
      quarantined: [...held],
    }
    entries = 0
    sinceCheckpoint = 0
    checkpointedAt = clock.now()
    careful = Math.max(0, careful - 1)
    skipped.clear()
    return [...engines.flatMap(({ job, engine }) => withPrefix(job.name, engine.takeChanges())), baseChange(base)]
  }

  const checkpointDue = (final: boolean): boolean =>
    final ||
    careful > 0 ||
    sinceCheckpoint >= limits.checkpointRecords ||
    sizeOf(engines) >= limits.cacheParts ||
    clock.now() - checkpointedAt >= limits.checkpointMs

  restore()

  return {
    name,
    partition,
    positions: () => positions,
    size: () => sizeOf(engines),
    next(final = false) {
      const startedAt = clock.now()
      const read = readMerged(uplink, partition, topics, positions, careful > 0 ? carefulRecords : limits.batchRecords)
      // With nothing left in the log, its time is now.
      const appendedAt = read.records.reduce(
        (last, record) => (record.topic === 'critical' ? last : Math.max(last, record.appendedAt)),
        logAt,
      )
      const reached = read.behind.length > 0 ? appendedAt : Math.max(appendedAt, startedAt)
      const due = engines.some(({ engine }) => engine.isDue(reached))
      const unsaved = sinceCheckpoint > 0 && checkpointDue(final)
      const restarts = read.restarted.length > 0
      if (read.records.length === 0 && read.lost === 0 && !restarts && !unsaved && !due) return undefined

      const { outputs, late, ahead, refused } = runSafely(read.records, reached)
      positions = read.to
      sinceCheckpoint += Math.max(1, read.records.length)
      // A journal entry says how far was read, which cannot be further back.
      const changes = checkpointDue(final || restarts)
        ? takeCheckpoint()
        : [entryChange(base.generation, entries++, { to: positions, logAt: finite(logAt) })]
      const thrown = failures
      failures = []
      const deadLetters = [...refused.map(({ record, reason }) => deadLetter(record, reason)), ...thrown.map(failureLetter)]
      return {
        checkpoint: { positions, state: changes },
        outputRecords: [...outputs.map(outputRecord), ...late.map(lateRecord), ...deadLetters],
        records: read.records,
        outputs,
        failures: thrown,
        unreadable: refused.length,
        ahead,
        lost: read.lost,
        restarted: read.restarted,
        behind: read.behind.length > 0,
        startedAt,
      }
    },
  }
}

const finite = (at: number): number | null => (at === -Infinity ? null : at)

const sizeOf = (engines: readonly { readonly engine: Engine }[]): number => engines.reduce((sum, { engine }) => sum + engine.size(), 0)

/** Each job has the keys under its name. */
const hostOf = (state: StateStore, task: string, job: string, held: ReadonlySet<string>): EngineHost => ({
  text: nodeText,
  get: (key) => state.get(task, `${job}/${key}`),
  *range(prefix) {
    for (const [key, value] of state.range(task, `${job}/${prefix}`)) yield [key.slice(job.length + 1), value]
  },
  quarantined: { has: (key: string) => held.has(`${job}/${key}`) },
})

const withPrefix = (job: string, changes: readonly StateChange[]): StateChange[] =>
  changes.map((change) => ({ ...change, key: `${job}/${change.key}` }))
const positionOf = (record: StoredRecord): string => `${record.topic}/${record.offset}`

const outputRecord = ({ topic, key, text, headers, at, receivedAt }: EngineOutput): NewRecord => ({
  topic,
  key,
  value: nodeText.encode(text),
  headers,
  at,
  ...(receivedAt !== undefined && { receivedAt }),
})

const lateRecord = ({ record, reason }: LateRecord): NewRecord => ({ ...deadLetter(record, reason), topic: 'late' })

const deadLetter = (record: StoredRecord, reason: string): NewRecord => ({
  topic: 'dead-letter',
  key: record.key,
  value: record.value,
  headers: { stream: record.topic, reason, position: `${positionKey(record.topic, record.partition)}/${record.offset}` },
  at: record.at,
})

/** A record that made a job throw, as it came; an empty one when the job threw while emitting for a vehicle. */
const failureLetter = ({ job, key, record }: JobFailure): NewRecord =>
  record === undefined
    ? { topic: 'dead-letter', key, value: new Uint8Array(), headers: { reason: `job-${job}` }, at: 0 }
    : deadLetter(record, `job-${job}`)
