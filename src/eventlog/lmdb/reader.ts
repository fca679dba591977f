// Reading and trimming: both walk the keys of blocks in order. Neither looks at a value it does not give.
import { Outage } from '../../base/errors.ts'
import type { Gap, ReadLimits, Segment, StoredRecord } from '../event-log.ts'
import { readEpoch } from './identity.ts'
import { blockKeyFrom, decodeBlockKey, type BlockKey } from './block-key.ts'
import { readBlock, type Found } from './block-reading.ts'
import type { Environment } from './environment.ts'
import type { StoredTopic } from './topic-registry.ts'
import { appendedAtOf, bytesOf, endOf, loadBounds, setBounds, startOf, storeBounds } from './topic-bounds.ts'

/** A partition of a topic. */
export type Place = { readonly topic: StoredTopic; readonly partition: number }

/** As EventLog.read: records, bounds and epoch of one snapshot. */
export function readSegment(env: Environment, place: Place, offset: number, limits: ReadLimits): Segment {
  const { topic, partition } = place
  env.refresh()
  const bounds = loadBounds(env, topic)
  const start = startOf(bounds, partition)
  const end = endOf(bounds, partition)
  const walk: Walk = { records: [], bytes: 0, next: Math.max(offset, start), gaps: [] }
  if (offset < start) walk.gaps.push({ topic: topic.name, partition, from: offset, to: start, why: 'retention' })
  if (walk.next < end) walkBlocks(env, place, end, limits, walk)
  return { records: walk.records, next: walk.next, gaps: walk.gaps, start, end, epoch: readEpoch(env) }
}

/** As `readSegment`, but throws Outage LOG_CORRUPT where something is damaged. */
export function readRecords(env: Environment, place: Place, offset: number, limits: ReadLimits): StoredRecord[] {
  const { records, gaps } = readSegment(env, place, offset, limits)
  const damaged = gaps.find(({ why }) => why === 'damaged')
  if (damaged === undefined) return [...records]
  throw new Outage(
    'LOG_CORRUPT',
    `The event log in ${env.dir} is damaged: ${damaged.topic}/${damaged.partition} from offset ${damaged.from} does not match its checksum. Check the disk, then restore the directory from a backup.`,
    { retryable: false },
  )
}

/** How far reading has come, and what it has found. */
type Walk = Found & { next: number; readonly gaps: Gap[] }

/** Blocks cover the offsets of a partition without a hole: what no readable block covers is damaged. */
function walkBlocks(env: Environment, { topic, partition }: Place, end: number, limits: ReadLimits, walk: Walk): void {
  const { id: topicId, name } = topic
  const passOver = (to: number): void => {
    if (to > walk.next) walk.gaps.push({ topic: name, partition, from: walk.next, to, why: 'damaged' })
    walk.next = Math.max(walk.next, to)
  }
  const start = firstBlockKey(env, topicId, partition, walk.next)
  for (const { key, value } of env.blocks.getRange({ start, end: blockKeyFrom(topicId, partition, end) })) {
    const place = decodeBlockKey(key)
    const read = readBlock({ topic: name, place, key, value }, walk.next, limits, walk)
    if (read === 'damaged') continue
    passOver(place.base)
    if (read === 'full') {
      walk.next = Math.max(walk.next, walk.records.at(-1)!.offset + 1)
      return
    }
    walk.next = Math.max(walk.next, place.base + place.span)
    if (walk.records.length >= limits.records || walk.bytes >= limits.bytes) return
  }
  passOver(end)
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
export async function trimTopic(env: Environment, topic: StoredTopic, limits: TrimLimits): Promise<number> {
  let trimmed = 0
  for (;;) {
    const step = await env.transact(() => trimStep(env, topic, limits))
    trimmed += step.records
    if (step.blocks < blocksPerTrim) return trimmed
  }
}

function trimStep(
  env: Environment,
  topic: StoredTopic,
  { olderThan = -Infinity, bytes = Infinity }: TrimLimits,
): { readonly blocks: number; readonly records: number } {
  const { id: topicId, partitions } = topic
  const bounds = loadBounds(env, topic)
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
  for (const { partition, base, span, bytes } of dropped) {
    records += span
    setBounds(bounds, partition, base + span, endOf(bounds, partition), appendedAtOf(bounds, partition), bytesOf(bounds, partition) - bytes)
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
