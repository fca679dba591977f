// What a task remembers besides the state of its jobs. State is checkpointed every few seconds; between two checkpoints
// each batch leaves one small entry, committed together with its outputs: how far it read and by which log time. After a
// crash the batches since the checkpoint are run again exactly as they were, which rebuilds the state without a second output.
//
//   checkpoint ── entry ── entry ── entry ──► now          checkpoint (a new generation; older entries count no more)
import type { Positions } from '../eventlog/event-log.ts'
import type { StateChange, StateStore } from '../eventlog/state-store.ts'

export type BatchEntry = { readonly to: Positions; readonly logAt: number | null }

export type Base = {
  readonly generation: number
  /** name@version of the jobs the state belongs to. */
  readonly jobs: string
  readonly positions: Positions
  readonly logAt: number | null
  /** job/tenant/vehicle that is left alone since the job threw while emitting. */
  readonly quarantined: readonly string[]
}

const baseKey = 'base'
const entryPrefix = 'batch/'
const entryKey = (index: number): string => entryPrefix + String(index).padStart(6, '0')

const toBytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))
const fromBytes = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString())

export const baseChange = (base: Base): StateChange => ({ key: baseKey, value: toBytes(base) })

export const entryChange = (generation: number, index: number, entry: BatchEntry): StateChange => ({
  key: entryKey(index),
  value: toBytes({ generation, entry }),
})

export function readBase(state: StateStore, task: string): Base | undefined {
  const bytes = state.get(task, baseKey)
  return bytes === undefined ? undefined : (fromBytes(bytes) as Base)
}

/** The batches run since the checkpoint of this generation, in order. */
export function readEntries(state: StateStore, task: string, generation: number): BatchEntry[] {
  const entries: BatchEntry[] = []
  for (const [, bytes] of state.range(task, entryPrefix)) {
    const found = fromBytes(bytes) as { readonly generation: number; readonly entry: BatchEntry }
    if (found.generation !== generation) break
    entries.push(found.entry)
  }
  return entries
}
