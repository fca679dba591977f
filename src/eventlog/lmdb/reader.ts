// Reading and trimming: both walk the keys of blocks in order. Neither looks at a value it does not give.
import type { Gap, LogTopic, Segment, StoredRecord } from '../event-log.ts'
import { readEpoch } from './identity.ts'
import { blockKeyFrom, decodeBlockKey, topicIds, type BlockKey } from './block-key.ts'
import { readBlock, type ReadLimits } from './block.ts'
import type { Environment } from './environment.ts'
import { appendedAtOf, bytesOf, endOf, loadBounds, setBounds, startOf, storeBounds } from './topic-bounds.ts'

/** The records of one partition from `offset` on, within the limits, but always one where there is one. */
export function readRecords(
  env: Environment,
  partitions: number,
  topic: LogTopic,
  partition: number,
  offset: number,
  limits: ReadLimits,
): StoredRecord[] {
  env.refresh()
  const topicId = topicIds[topic]
  const bounds = loadBounds(env, topicId, partitions)
  const from = Math.max(offset, startOf(bounds, partition))
  const end = endOf(bounds, partition)
  const found: StoredRecord[] = []
  if (from >= end) return found
  let bytes = 0
  const start = firstBlockKey(env, topicId, partition, from)
  for (const { key, value } of env.blocks.getRange({ start, end: blockKeyFrom(topicId, partition, end) })) {
    const { base, count, appendedAt } = decodeBlockKey(key)
    bytes = readBlock(value, { topic, partition, base, count, appendedAt }, from, limits, found, bytes)
    if (bytes < 0 || found.length >= limits.records || bytes >= limits.bytes) break
  }
  return found
}

/** As EventLog.read: records, bounds and epoch of one snapshot. */
export function readSegment(
  env: Environment,
  partitions: number,
  place: { readonly topic: LogTopic; readonly partition: number },
  offset: number,
  limits: ReadLimits,
): Segment {
  const { topic, partition } = place
  env.refresh()
  const bounds = loadBounds(env, topicIds[topic], partitions)
  const start = startOf(bounds, partition)
  const end = endOf(bounds, partition)
  const gaps: Gap[] = offset < start ? [{ topic, partition, from: offset, to: start, why: 'retention' }] : []
  const records = offset < end ? readRecords(env, partitions, topic, partition, offset, limits) : []
  const last = records.at(-1)
  const next = last === undefined ? Math.max(offset, start) : last.offset + 1
  return { records, next, gaps, start, end, epoch: readEpoch(env) }
}

/** The key of the block that holds `offset`: the last one whose base is not after it. */
function firstBlockKey(env: Environment, topicId: number, partition: number, offset: number): Uint8Array {
  const after = blockKeyFrom(topicId, partition, offset + 1)
  for (const key of env.blocks.getKeys({ start: after, end: blockKeyFrom(topicId, partition, 0), reverse: true, limit: 1 })) return key
  return blockKeyFrom(topicId, partition, offset)
}

type TrimLimits = { readonly olderThan?: number; readonly bytes?: number }
type Cursor = { readonly partition: number; readonly keys: Iterator<Uint8Array>; key: Uint8Array | undefined; block: BlockKey | undefined }

/** Blocks one transaction drops at most, so that appends never wait long for a trim. */
const blocksPerTrim = 2_000

/** Drops whole blocks, oldest first over all partitions, while they are too old or the topic is too large. */
export async function trimTopic(env: Environment, partitions: number, topic: LogTopic, limits: TrimLimits): Promise<number> {
  const topicId = topicIds[topic]
  let trimmed = 0
  for (;;) {
    const step = await env.transact(() => trimStep(env, partitions, topicId, limits))
    trimmed += step.records
    if (step.blocks < blocksPerTrim) return trimmed
  }
}

function trimStep(
  env: Environment,
  partitions: number,
  topicId: number,
  { olderThan = -Infinity, bytes = Infinity }: TrimLimits,
): { readonly blocks: number; readonly records: number } {
  const bounds = loadBounds(env, topicId, partitions)
  let topicBytes = 0
  for (let partition = 0; partition < partitions; partition++) topicBytes += bytesOf(bounds, partition)
  const cursors = openCursors(env, partitions, topicId)
  const dropped: BlockKey[] = []
  const droppedKeys: Uint8Array[] = []
  for (let oldest = oldestOf(cursors); oldest?.block !== undefined && dropped.length < blocksPerTrim; oldest = oldestOf(cursors)) {
    if (oldest.block.appendedAt >= olderThan && topicBytes <= bytes) break
    topicBytes -= oldest.block.bytes
    dropped.push(oldest.block)
    droppedKeys.push(oldest.key!)
    advance(oldest)
  }
  for (const { keys } of cursors) keys.return?.()
  for (const key of droppedKeys) env.blocks.removeSync(Buffer.from(key))
  let records = 0
  for (const { partition, base, count, bytes } of dropped) {
    records += count
    setBounds(
      bounds,
      partition,
      base + count,
      endOf(bounds, partition),
      appendedAtOf(bounds, partition),
      bytesOf(bounds, partition) - bytes,
    )
  }
  if (dropped.length > 0) storeBounds(env, topicId, bounds)
  return { blocks: dropped.length, records }
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
