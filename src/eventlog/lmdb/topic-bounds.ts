// Knowledge of a topic without looking at its blocks: for each partition where it starts and ends,
// the last append time and the bytes of its blocks. One small value a topic, changed in the same
// transaction as the blocks.
import type { Environment } from './environment.ts'

/** Four doubles a partition: start, end, appendedAt, bytes. */
export type TopicBounds = Float64Array

const fields = 4
export const startOf = (bounds: TopicBounds, partition: number): number => bounds[partition * fields]!
export const endOf = (bounds: TopicBounds, partition: number): number => bounds[partition * fields + 1]!
export const appendedAtOf = (bounds: TopicBounds, partition: number): number => bounds[partition * fields + 2]!
export const bytesOf = (bounds: TopicBounds, partition: number): number => bounds[partition * fields + 3]!

/** Offsets, epoch milliseconds and bytes of one partition. */
type PartitionBounds = {
  readonly start: number
  readonly end: number
  readonly appendedAt: number
  readonly bytes: number
}

/** Leaves as it is what is not given. */
export function setBounds(bounds: TopicBounds, partition: number, changed: Partial<PartitionBounds>): void {
  const { start, end, appendedAt, bytes } = changed
  if (start !== undefined) bounds[partition * fields] = start
  if (end !== undefined) bounds[partition * fields + 1] = end
  if (appendedAt !== undefined) bounds[partition * fields + 2] = appendedAt
  if (bytes !== undefined) bounds[partition * fields + 3] = bytes
}

export const newBounds = (partitions: number): TopicBounds => new Float64Array(partitions * fields)
/** How many partitions bounds of so many bytes are of. */
export const partitionsIn = (bytes: number): number => bytes / (fields * Float64Array.BYTES_PER_ELEMENT)

type Place = { readonly id: number; readonly partitions: number }

export const hasBounds = (env: Pick<Environment, 'meta'>, topicId: number): boolean =>
  env.meta.getBinary(keyOf(topicId)) !== undefined

export function addBytes(bounds: TopicBounds, partition: number, bytes: number): void {
  bounds[partition * fields + 3]! += bytes
}

/** The append time of the newest record of these topics; 0 when there is none. */
export const newestAt = (env: Environment, topics: Iterable<Place>): number => {
  let newest = 0
  for (const topic of topics) {
    const bounds = loadBounds(env, topic)
    for (let partition = 0; partition < topic.partitions; partition++)
      newest = Math.max(newest, appendedAtOf(bounds, partition))
  }
  return newest
}

export function loadBounds(env: Environment, { id, partitions }: Place): TopicBounds {
  const stored = env.meta.getBinary(keyOf(id))
  const bounds = newBounds(partitions)
  if (stored !== undefined) new Uint8Array(bounds.buffer).set(stored)
  return bounds
}

export function storeBounds(env: Environment, topicId: number, bounds: TopicBounds): void {
  env.meta.putSync(keyOf(topicId), Buffer.from(bounds.buffer))
}

/** Grows with every record appended to the topic and never shrinks: a sign that there is something
 *  new. */
export function recordsEver(bounds: TopicBounds): number {
  let sum = 0
  for (let i = 1; i < bounds.length; i += fields) sum += bounds[i]!
  return sum
}

const keyOf = (topicId: number): Buffer => Buffer.of(topicId)
