// Retention: whole blocks go, by what their keys say. No value is looked at.
import { blockKeyFrom, decodeBlockKey, type BlockKey } from './block-key.ts'
import type { Environment } from './environment.ts'
import { appendedAtOf, bytesOf, endOf, loadBounds, setBounds, storeBounds } from './topic-bounds.ts'
import type { StoredTopic } from './topic-registry.ts'

/** Blocks whose newest record was appended before `olderThan` go, and the oldest ones of a topic that has more than `bytes`. */
export type RetentionLimits = { readonly olderThan: number; readonly bytes: number }
type Cursor = { readonly partition: number; readonly keys: Iterator<Uint8Array>; key: Uint8Array | undefined; block: BlockKey | undefined }

/** Blocks one transaction drops at most, so that appends never wait long for it. */
const blocksPerStep = 2_000

/** Drops whole blocks, oldest first over all partitions, while they are too old or the topic is too large. Gives how many
 *  offsets they covered. */
export async function dropOld(env: Environment, topic: StoredTopic, limits: RetentionLimits): Promise<number> {
  let dropped = 0
  for (;;) {
    const step = await env.transact(() => dropStep(env, topic, limits))
    dropped += step.offsets
    if (step.blocks < blocksPerStep) return dropped
  }
}

function dropStep(
  env: Environment,
  topic: StoredTopic,
  { olderThan, bytes }: RetentionLimits,
): { readonly blocks: number; readonly offsets: number } {
  const { id: topicId, partitions } = topic
  const bounds = loadBounds(env, topic)
  let topicBytes = 0
  for (let partition = 0; partition < partitions; partition++) topicBytes += bytesOf(bounds, partition)
  const cursors = openCursors(env, partitions, topicId)
  const dropped: BlockKey[] = []
  const droppedKeys: Uint8Array[] = []
  for (let oldest = oldestOf(cursors); oldest?.block !== undefined && dropped.length < blocksPerStep; oldest = oldestOf(cursors)) {
    if (oldest.block.appendedAt >= olderThan && topicBytes <= bytes) break
    topicBytes -= oldest.block.bytes
    dropped.push(oldest.block)
    droppedKeys.push(oldest.key!)
    advance(oldest)
  }
  for (const { keys } of cursors) keys.return?.()
  for (const key of droppedKeys) env.blocks.removeSync(Buffer.from(key))
  let offsets = 0
  for (const { partition, base, span, bytes } of dropped) {
    offsets += span
    setBounds(bounds, partition, base + span, endOf(bounds, partition), appendedAtOf(bounds, partition), bytesOf(bounds, partition) - bytes)
  }
  if (dropped.length > 0) storeBounds(env, topicId, bounds)
  return { blocks: dropped.length, offsets }
}

function openCursors(env: Environment, partitions: number, topicId: number): Cursor[] {
  return Array.from({ length: partitions }, (_, partition) => {
    const range = env.blocks.getKeys({ start: blockKeyFrom(topicId, partition, 0), end: blockKeyFrom(topicId, partition + 1, 0) })
    const cursor: Cursor = { partition, keys: range[Symbol.iterator](), key: undefined, block: undefined }
    advance(cursor)
    return cursor
  })
}

function advance(cursor: Cursor): void {
  const { done, value } = cursor.keys.next()
  cursor.key = done === true ? undefined : value
  cursor.block = cursor.key === undefined ? undefined : decodeBlockKey(cursor.key)
}

function oldestOf(cursors: readonly Cursor[]): Cursor | undefined {
  let oldest: Cursor | undefined
  for (const cursor of cursors)
    if (cursor.block !== undefined && (oldest?.block === undefined || cursor.block.appendedAt < oldest.block.appendedAt)) oldest = cursor
  return oldest
}
