// The port for what a job must remember: keyed state, timers and positions, stored in one transaction with the
// job's outputs, so that a crash leaves either all of a batch or none of it. `state-store.contract.ts` is its executable form.
import type { EventLog, NewRecord, Positions } from './event-log.ts'

/** One change to the keyed state of a task; no `value` deletes. */
export type StateChange = { readonly key: string; readonly value?: Uint8Array }

export type Checkpoint = {
  /** Where to read on from, for every partition the task consumes. */
  readonly positions: Positions
  readonly state: readonly StateChange[]
  /** Appended to the derived topics in the order given. */
  readonly outputs: readonly NewRecord[]
}

/** Durable state of stream tasks. A task is one job on one partition, e.g. `trips/3`; it has one owner at a time. */
export interface StateStore {
  /** The positions of the last commit; empty for a new task. */
  positions(task: string): Positions
  /** The value, or undefined. The bytes are the caller's. */
  get(task: string, key: string): Uint8Array | undefined
  /** All entries whose key starts with `prefix`, in UTF-8 byte order of the keys. */
  range(task: string, prefix: string): Iterable<readonly [key: string, value: Uint8Array]>
  /** Copies the bytes before it returns. Stores all of the checkpoint or nothing of it; resolves when it is durable and the outputs can be read.
   *  Rejects with Outage LOG_FULL when there is no room. */
  commit(task: string, checkpoint: Checkpoint): Promise<void>
  /** Forgets a task: its state and its positions. For a rebuild from day one. */
  clear(task: string): Promise<void>
}

/** What an embedded log opens as: the log and the state beside it, so that one transaction can hold changes to both.
 *  Disposing it disposes the log, which waits for the appends and commits under way. */
export type LogAndState = AsyncDisposable & { readonly log: EventLog; readonly state: StateStore }
