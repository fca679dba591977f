// Retention: whole blocks go, by what their keys say. No value is looked at.
import { decodeBlockKey, partitionRange, type BlockKey } from './block-key.ts'
import type { Environment } from './environment.ts'
import { bytesOf, endOf, loadBounds, setBounds, startOf, storeBounds } from './topic-bounds.ts'
import type { StoredTopic } from './topic-registry.ts'

/** Blocks whose newest record was appended before `olderThan` go, and the oldest ones of a topic
 *  that has more than `bytes`. */
export type RetentionLimits = { readonly olderThan: number; readonly bytes: number }
type Cursor = {
  readonly partition: number
  readonly keys: Iterator<Uint8Array>
  key: Uint8Array | undefined
  block: BlockKey | undefined
  /** The key after it. */
  ahead: Uint8Array | undefined
}

/** Blocks one transaction drops at most, so that appends never wait long for it. */
const blocksPerStep = 2_000

/** Drops whole blocks, oldest first over all partitions, while they are too old or the topic is too
 *  large. Gives how many offsets they covered. */
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
  const dropped: (BlockKey & { readonly end: number })[] = []
  const droppedKeys: Uint8Array[] = []
  for (
    let oldest = oldestOf(cursors);
    oldest?.block !== undefined && dropped.length < blocksPerStep;
    oldest = oldestOf(cursors)
  ) {
    if (oldest.block.appendedAt >= olderThan && topicBytes <= bytes) break
    topicBytes -= oldest.block.bytes
    const { block } = oldest
    droppedKeys.push(oldest.key!)
    advance(oldest)
    dropped.push({
      ...block,
      end: Math.min(block.base + block.span, oldest.block?.base ?? endOf(bounds, block.partition)),
    })
  }
  for (const { keys } of cursors) keys.return?.()
  for (const key of droppedKeys) env.blocks.removeSync(Buffer.from(key))
  let offsets = 0
  for (const { partition, end, bytes } of dropped) {
    const start = Math.max(end, startOf(bounds, partition))
    offsets += start - startOf(bounds, partition)
    setBounds(bounds, partition, { start, bytes: Math.max(0, bytesOf(bounds, partition) - bytes) })
  }
  if (dropped.length > 0) storeBounds(env, topicId, bounds)
  return { blocks: dropped.length, offsets }
}

function openCursors(env: Environment, partitions: number, topicId: number): Cursor[] {
  return Array.from({ length: partitions }, (_, partition) => {
    const range = env.blocks.getKeys(partitionRange(topicId, partition, 0))
    const cursor: Cursor = {
      partition,
      keys: range[Symbol.iterator](),
      key: undefined,
      block: undefined,
      ahead: undefined,
    }
    advance(cursor)
    advance(cursor)
    return cursor
  })
}

/** A key may be damaged: its block is taken for no younger than the one after it, and for no part
 *  of that one. */
function advance(cursor: Cursor): void {
  const { done, value } = cursor.keys.next()
  cursor.key = cursor.ahead
  cursor.ahead = done === true ? undefined : value
  const block = cursor.key && decodeBlockKey(cursor.key)
  const after = cursor.ahead && decodeBlockKey(cursor.ahead)
  cursor.block = block && { ...block, appendedAt: Math.min(block.appendedAt, after?.appendedAt ?? Infinity) }
}

function oldestOf(cursors: readonly Cursor[]): Cursor | undefined {
  let oldest: Cursor | undefined
  for (const cursor of cursors)
    if (
      cursor.block !== undefined &&
      (oldest?.block === undefined || cursor.block.appendedAt < oldest.block.appendedAt)
    )
      oldest = cursor
  return oldest
}
