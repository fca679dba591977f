// The port for what a job must remember: keyed state, timers and positions, stored as one with the
// outputs, so that a crash leaves either all of a batch or none of it. `state-store.contract.ts` is
// its executable form.
import { Outage } from '../base/errors.ts'
import type { EventLog, NewRecord, Positions } from './event-log.ts'

/** One change to the keyed state of a task; no `value` deletes. */
export type StateChange = { readonly key: string; readonly value?: Uint8Array }

/** Changes that one task stores. */
export type TaskCommit = {
  readonly task: string
  /** Where to read on from, for every partition the task consumes; replaces those of its last
   *  commit. */
  readonly positions: Positions
  /** In order: the last change of a key stands. */
  readonly state: readonly StateChange[]
}

/** Durable state of stream tasks. A task is one job on one partition, e.g. `trips@1/3`; it has one
 *  owner at a time. */
export interface StateStore {
  /** The positions of the last commit; empty for a new task and for one whose clearing was cut
   *  short. */
  positions(task: string): Positions
  /** The names of all tasks that have committed and were not cleared to the end since, in UTF-8
   *  byte order. */
  tasks(): string[]
  /** The value, or undefined. The bytes are the caller's. */
  get(task: string, key: string): Uint8Array | undefined
  /** All entries whose key starts with `prefix`, in UTF-8 byte order of the keys. An entry is as it
   *  is when it is come to. */
  range(task: string, prefix: string): Iterable<readonly [key: string, value: Uint8Array]>
  /** Stores the state and positions of all the tasks and appends the outputs, in the order given:
   *  all of it or nothing. Copies the bytes before it returns; resolves when all is durable and the
   *  outputs can be read. Rejects with Outage LOG_FULL when there is no room, and LOG_FENCED
   *  (`isTaken`) when the tasks have another owner by now. How a back-end makes it one: LMDB by one
   *  transaction; Kafka by one transaction that holds the outputs, the changelog and the offsets,
   *  read by readers of committed records. Where owners share the partitions, the tasks of one
   *  commit with outputs are all of one partition. */
  commit(commits: readonly TaskCommit[], outputs: readonly NewRecord[]): Promise<void>
  /** Forgets a task: its positions first, then its state, in as many transactions as that takes.
   *  Cut short by a crash it leaves a task without positions, to be cleared again. */
  clear(task: string): Promise<void>
}

/** Whether a commit was refused since its tasks have another owner by now. */
export const isTaken = (error: unknown): boolean => error instanceof Outage && error.code === 'LOG_FENCED'

const taskNumber = /\/(\d+)$/

/** The partition that a task is on: the number at the end of its name; 0 where there is none. */
export const partitionOfTask = (task: string): number => Number(taskNumber.exec(task)?.[1] ?? 0)

/** Which partitions a process has, where several share those of a store. Who has one is decided by
 *  the store: it refuses a commit for a partition that another process has taken since. A share
 *  only says which to take, so a wrong one costs work and no result.
 *
 *    given ──► tasks opened ──► rounds ──► no longer given ──► saved ──► left
 *                                 └── a commit refused: dropped, as it is another's ──► left
 */
export type Share = {
  /** The partitions that are this process's and whose state is at hand, each with its turn. Another
   *  turn of a partition is one before which others may have had it; a commit that is refused ends
   *  the turn. Throws when nothing can be given any more. */
  given(): ReadonlyMap<number, number>
  /** Nothing more is committed for a partition in the turn it was given; called once a turn. */
  left(partition: number): Promise<void>
  /** Resolves when `given` may say something else, or the signal aborts. */
  changed(signal: AbortSignal): Promise<void>
}

/** An embedded log as it opens: the log and the state beside it, so that one transaction can hold
 *  changes to both. Disposing it disposes the log, which waits for the appends and commits under
 *  way. */
export type LogAndState = AsyncDisposable & { readonly log: EventLog; readonly state: StateStore }

/** With what it does for itself from time to time: `sweep` brings every topic within its retention
 *  now. */
export type SweptLog = LogAndState & { sweep(): Promise<void> }
