// The memory of a task besides the state of its job. State is checkpointed every few seconds;
// between two checkpoints each batch leaves one small entry, committed together with its outputs:
// how far it read, and its log time. After a crash the batches since the checkpoint are run again
// exactly as they were, which rebuilds the state without a second output.
//
//   checkpoint ── entry ── entry ── entry ──► now          checkpoint (a new generation; older entries count no more)
import type { Positions } from '../eventlog/event-log.ts'
import type { StateChange, StateStore } from '../eventlog/state-store.ts'
import { nodeText } from './node-text.ts'

/** A batch: all records up to `to`, in the order in which a lane reads them, the log time at its
 *  end, and whether its outputs were put off. */
export type BatchEntry = { readonly to: Positions; readonly logAt: number | null; readonly isDeferred?: true }

/** How a job comes to stand beside the others: see rebuild.ts. */
export const stages = ['noting', 'deriving', 'switching', 'live'] as const
export type RebuildStage = (typeof stages)[number]

export type Base = {
  readonly generation: number
  readonly positions: Positions
  readonly logAt: number | null
  /** The inputs its state is made of, by topic, and by the version of the job that writes an
   *  internal one: with another topic, or another version, all would have to be read from its
   *  start. */
  readonly reads: readonly string[]
  /** Keys that are left alone since the job threw while emitting for them. */
  readonly quarantined: readonly string[]
  readonly stage: RebuildStage
  /** The version whose results it replaces; null when it is the first, or the same over another
   *  log. */
  readonly from: number | null
  /** The greatest append time in what it reads when a rebuild began; null when nothing was
   *  there. */
  readonly since: number | null
  /** While noting: how far what was said has been read. */
  readonly noted: Positions
}

const baseKey = 'base'
const entryPrefix = 'batch/'
const entryKey = (index: number): string => entryPrefix + String(index).padStart(6, '0')

export const baseChange = (base: Base): StateChange => ({ key: baseKey, value: Buffer.from(JSON.stringify(base)) })

/** `entry` is a BatchEntry as JSON: all tasks of a lane leave the same one. */
export const entryChange = (generation: number, index: number, entry: string): StateChange => ({
  key: entryKey(index),
  value: Buffer.from(`${generation} ${entry}`),
})

export function readBase(state: Pick<StateStore, 'get'>, task: string): Base | undefined {
  const bytes = state.get(task, baseKey)
  return bytes === undefined ? undefined : (JSON.parse(nodeText.decodeLoosely(bytes)) as Base)
}

/** The batches run since the checkpoint of this generation, in order, as JSON of BatchEntry. */
export function readEntries(state: Pick<StateStore, 'range'>, task: string, generation: number): string[] {
  const entries: string[] = []
  const mark = `${generation} `
  for (const [, bytes] of state.range(task, entryPrefix)) {
    const entry = nodeText.decodeLoosely(bytes)
    if (!entry.startsWith(mark)) break
    entries.push(entry.slice(mark.length))
  }
  return entries
}

/** An entry of a task's state, as it is over a log in which its positions are others. */
export function withPositions(key: string, value: Uint8Array, moved: (positions: Positions) => Positions): Uint8Array {
  if (key === baseKey) {
    const base = JSON.parse(nodeText.decodeLoosely(value)) as Base
    return Buffer.from(JSON.stringify({ ...base, positions: moved(base.positions), noted: moved(base.noted) }))
  }
  if (!key.startsWith(entryPrefix)) return value
  const text = nodeText.decodeLoosely(value)
  const at = text.indexOf(' ')
  const entry = JSON.parse(text.slice(at + 1)) as BatchEntry
  return Buffer.from(`${text.slice(0, at)} ${JSON.stringify({ ...entry, to: moved(entry.to) })}`)
}

/** JSON has no infinities: −∞ is null there. */
export const storedAt = (at: number): number | null => (at === -Infinity ? null : at)
