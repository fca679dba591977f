// Whether an edge node of Sparkplug B should be asked for its births again, by what is read of it
// (Eclipse Sparkplug 3.0.0, 5.9 and tck-id-operational-behavior-host-reordering-*). A missing birth
// or alias tells it at once; a hole in `seq` only once its messages had time to come after all.
//
//   seq 4, 6 ──► 5 lacks ──5 comes──► nothing         5 lacks ──reorder timeout──► needed
//
// Invariant: what lacks is bounded by the 256 numbers there are, and ends with the birth.
import type { Result } from '../../../base/errors.ts'
import type { Branch } from '../tree.ts'
import { parseTopic, type SparkplugMemory, type SparkplugReason } from './session.ts'

export type EdgeNode = { readonly group: string; readonly node: string }

/** `needed`: what a node says cannot be read, or not all of it was heard, until it is born again.
 *  `heard`: it was just now. */
export type Rebirth = EdgeNode & { readonly is: 'needed' | 'heard' }

/** Messages of a node by their `seq`, each until when it may still come, epoch milliseconds. */
export type Lack = EdgeNode & { readonly seqs: readonly (readonly [seq: number, until: number])[] }

/** How long a message may come after a later one: the Reorder Timeout of
 *  tck-id-operational-behavior-host-reordering-param, for which the specification names no value.
 *  Connections of a group store what they were dealt within a second of each other. */
export const reorderTimeoutMs = 5_000

const seqs = 256

/** To be told of each message after `readSparkplug` has read it into the memory. */
export function rebirthBy(
  memory: SparkplugMemory,
  topic: string,
  read: Result<Branch, SparkplugReason>,
  receivedAt: number,
): Rebirth | undefined {
  const address = parseTopic(topic)
  if (address === undefined) return undefined
  const { kind, group, node } = address
  if (kind === 'NBIRTH') return { group, node, is: 'heard' }
  if (read.ok && kind !== 'NDEATH') keepLack(memory, { group, node }, read.value, receivedAt)
  if (kind.endsWith('DATA') && isUnread(read)) return needed(memory, { group, node })
  return rebirthAt(memory, receivedAt)
}

/** When `rebirthAt` has something to say though nothing comes; Infinity when nothing lacks. */
export const rebirthDueAt = ({ lack }: SparkplugMemory): number =>
  lack?.seqs.reduce((least, [, until]) => Math.min(least, until), Number.POSITIVE_INFINITY) ?? Number.POSITIVE_INFINITY

/** The births that lack for too long at that time. */
export function rebirthAt(memory: SparkplugMemory, at: number): Rebirth | undefined {
  return memory.lack !== undefined && rebirthDueAt(memory) <= at ? needed(memory, memory.lack) : undefined
}

/** One rebirth brings all that lacks. */
function needed(memory: SparkplugMemory, { group, node }: EdgeNode): Rebirth {
  delete memory.lack
  return { group, node, is: 'needed' }
}

function keepLack(memory: SparkplugMemory, node: EdgeNode, { seq, missed, isLate }: Branch, receivedAt: number): void {
  const known = memory.lack?.seqs ?? []
  const others = known.filter(([lacking]) => lacking !== seq)
  const more =
    isLate === true
      ? []
      : before(Number(seq), Number(missed)).filter((each) => !others.some(([lacking]) => lacking === each))
  const all = [...others, ...more.map((each) => [each, receivedAt + reorderTimeoutMs] as const)]
  if (all.length === 0) delete memory.lack
  else if (all.length !== known.length || more.length > 0) memory.lack = { ...node, seqs: all }
}

const isUnread = (read: Result<Branch, SparkplugReason>): boolean =>
  read.ok ? setAside(read.value).some(({ reason }) => reason === 'not-born') : read.reason === 'no-birth'

const before = (seq: number, missed: number): number[] =>
  Array.from({ length: missed }, (_, index) => (seq - missed + index + seqs) % seqs)

const setAside = (tree: Branch): readonly Branch[] => tree['setAside'] as readonly Branch[]
