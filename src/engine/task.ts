// One partition with all its jobs: reads a batch, runs it, and gives the commit that makes it last. Its state in memory is
// always what the committed batches make of the log, and nothing else: when a job throws, it is rebuilt and the batch run
// again without the record at fault.
import type { Clock } from '../base/clock.ts'
import { positionKey, type EventLog, type LogTopic, type NewRecord, type Positions, type StoredRecord } from '../eventlog/event-log.ts'
import type { StateStore, TaskCommit } from '../eventlog/state-store.ts'
import { createEngine, JobFailure, type Engine, type TimedOutput } from './engine.ts'
import { createPartitionTime, type EventTimeOptions, type PartitionTime } from './event-time.ts'
import { baseChange, entryChange, readBase, readEntries, type Base } from './journal.ts'
import type { AnyJob, Output } from './job.ts'
import { readMerged, readRange } from './merged-read.ts'
import { believedAt } from './read-input.ts'

export type TaskLimits = EventTimeOptions & {
  /** Records of one batch. At 40 µs each this is what a batch may hold up everything else in the process. */
  readonly batchRecords: number
  /** Between two checkpoints, and so what is run again after a crash at most. Milliseconds and records. */
  readonly checkpointMs: number
  readonly checkpointRecords: number
  /** Decoded parts of state kept in memory; reaching it brings the next checkpoint forward. */
  readonly cacheParts: number
}

export const taskLimits: TaskLimits = {
  boundMs: 2_000,
  idleMs: 5_000,
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
  /** Messages with an instant too far ahead to be believed. */
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

  const fresh: Base = { generation: 0, jobs: versions, positions: {}, watermark: null, greatestAt: {}, quarantined: [] }
  let base = fresh
  let engine!: Engine
  let time!: PartitionTime
  let positions: Positions = {}
  let watermark = -Infinity
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
    if (failure.record === undefined) held.add(`${failure.job}/${failure.vehicle}`)
    else {
      const position = positionOf(failure.record)
      skipped.set(position, (skipped.get(position) ?? new Set()).add(failure.job))
    }
  }

  const load = (): void => {
    base = readBase(state, name) ?? fresh
    for (const each of base.quarantined) held.add(each)
    engine = createEngine(jobs, { get: (key) => state.get(name, key), range: (prefix) => state.range(name, prefix) }, held)
    watermark = base.watermark ?? -Infinity
    const timed = topics.filter((topic) => topic !== 'dead-letter')
    time = createPartitionTime(timed, limits, { watermark, greatestAt: base.greatestAt }, clock.now())
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
          watermark = entry.watermark ?? -Infinity
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
      const applied = engine.apply(record, skipped.size === 0 ? undefined : skipped.get(positionOf(record)))
      if (applied.ahead) ahead += 1
      if (applied.refusal !== null) refused.push({ record, reason: applied.refusal })
      time.observe(record.topic, believedAt(record.at, record.appendedAt))
    }
    return { ahead, refused, outputs: engine.settle(watermark) }
  }

  /** Runs the batch until no job throws, leaving out what threw. */
  const runSafely = (records: readonly StoredRecord[], reached: number) => {
    for (;;) {
      try {
        watermark = reached
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
      watermark: finite(watermark),
      greatestAt: time.greatestAt(),
      quarantined: [...held],
    }
    entries = 0
    sinceCheckpoint = 0
    checkpointedAt = clock.now()
    careful = Math.max(0, careful - 1)
    skipped.clear()
    return [...engine.takeChanges(), baseChange(base)]
  }

  const checkpointDue = (final: boolean): boolean =>
    final ||
    careful > 0 ||
    sinceCheckpoint >= limits.checkpointRecords ||
    engine.size() >= limits.cacheParts ||
    clock.now() - checkpointedAt >= limits.checkpointMs

  restore()

  return {
    name,
    partition,
    positions: () => positions,
    size: () => engine.size(),
    next(final = false) {
      const startedAt = clock.now()
      const read = readMerged(uplink, partition, topics, positions, careful > 0 ? carefulRecords : limits.batchRecords)
      time.arrived(new Set(read.records.map((record) => record.topic)), startedAt)
      for (const record of read.records) time.observe(record.topic, believedAt(record.at, record.appendedAt))
      const reached = time.advance(startedAt, read.behind)
      const timerAt = engine.nextTimerAt()
      const unsaved = sinceCheckpoint > 0 && checkpointDue(final)
      const restarts = read.restarted.length > 0
      if (read.records.length === 0 && read.lost === 0 && !restarts && !unsaved && (timerAt === undefined || timerAt > reached))
        return undefined

      const { outputs, ahead, refused } = runSafely(read.records, reached)
      positions = read.to
      sinceCheckpoint += Math.max(1, read.records.length)
      // A journal entry says how far was read, which cannot be further back.
      const changes = checkpointDue(final || restarts)
        ? takeCheckpoint()
        : [entryChange(base.generation, entries++, { to: positions, watermark: finite(watermark) })]
      const thrown = failures
      failures = []
      const deadLetters = [...refused.map(({ record, reason }) => deadLetter(record, reason)), ...thrown.map(failureLetter)]
      return {
        checkpoint: { positions, state: changes },
        outputRecords: [...outputs.map(outputRecord), ...deadLetters],
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

const finite = (watermark: number): number | null => (watermark === -Infinity ? null : watermark)
const positionOf = (record: StoredRecord): string => `${record.topic}/${record.offset}`

const outputRecord = ({ topic, id, key, at, value, receivedAt }: TimedOutput): NewRecord => ({
  topic,
  key,
  value: value === null ? new Uint8Array() : Buffer.from(JSON.stringify(value)),
  headers: receivedAt === undefined ? { id } : { id, receivedAt: String(receivedAt) },
  at,
})

const deadLetter = (record: StoredRecord, reason: string): NewRecord => ({
  topic: 'dead-letter',
  key: record.key,
  value: record.value,
  headers: { stream: record.topic, reason, position: `${positionKey(record.topic, record.partition)}/${record.offset}` },
  at: record.at,
})

/** A record that made a job throw, as it came; an empty one when the job threw while emitting for a vehicle. */
const failureLetter = ({ job, vehicle, record }: JobFailure): NewRecord =>
  record === undefined
    ? { topic: 'dead-letter', key: vehicle, value: new Uint8Array(), headers: { reason: `job-${job}` }, at: 0 }
    : deadLetter(record, `job-${job}`)
