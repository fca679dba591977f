// One job on one partition, between two commits: records in, outputs and changes of state out. It
// is deterministic: the same state and the same records in the same batches give the same outputs,
// which is what lets a task recover by running its last batches again; and in other batches they
// give the same last value of every output. Time passes with the records: a timer that is due fires
// before the next record is applied. A job that throws leaves the engine unusable; its task makes a
// new one.
import type { StateChange } from '../eventlog/state-store.ts'
import type { StoredRecord } from '../eventlog/event-log.ts'
import type { EngineHost } from './host.ts'
import type { AnyJob, Input } from './job.ts'
import { JobEngine } from './job-engine.ts'
import type { EngineOutput } from './outputs.ts'

/** A record that came too late for a window, to be stored in topic `late` as it is, under its own
 *  key. */
export type LateRecord = { readonly record: StoredRecord; readonly reason: string }

export type Settled = { readonly outputs: readonly EngineOutput[]; readonly late: readonly LateRecord[] }

export interface Engine {
  /** Fires the timers that the record's append time makes due, then runs it through the job. False,
   *  and nothing done, when its key names no vehicle and the job is by vehicle. Records come in the
   *  order of the log, `critical` ones before others of their time; every job of a partition reads
   *  its own topics and no others. Throws JobFailure. */
  apply(input: Input): boolean
  /** Ends a batch at log time `logAt`, the greatest append time read in the partition (of all
   *  topics but `critical`, and of the marks that pass for records while none come): fires the
   *  timers that are due, at most `timersPerBatch`, and gives what was said since the last call.
   *  Throws JobFailure. */
  settle(logAt: number): Settled
  /** Whether a timer is due at `logAt`: then `settle` has something to do, though no record
   *  came. */
  isDue(logAt: number): boolean
  /** Whether any timer stands, so that time alone may make the job say something. */
  waits(): boolean
  /** Log time so far; −∞ before the first record. It is remembered with the state. */
  logAt(): number
  /** State and timers changed since the last call, all of it to be committed together; parts not
   *  used since the last call but one leave memory. */
  takeChanges(): StateChange[]
  /** Parts in memory. */
  size(): number
}

export const createEngine = (job: AnyJob, host: EngineHost): Engine => new JobEngine(job, host)
