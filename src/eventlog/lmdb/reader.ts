// Reading: walks the blocks of a partition in order.
import type { Gap, ReadLimits, Segment } from '../event-log.ts'
import { readEpoch } from './identity.ts'
import { blockKeyFrom, decodeBlockKey } from './block-key.ts'
import { readBlock, type Found } from './block-reading.ts'
import type { Environment } from './environment.ts'
import type { StoredTopic } from './topic-registry.ts'
import { endOf, loadBounds, startOf } from './topic-bounds.ts'

/** A partition of a topic. */
export type TopicPartition = { readonly topic: StoredTopic; readonly partition: number }

/** As EventLog.read: records, bounds and epoch of one snapshot. */
export function readSegment(env: Environment, place: TopicPartition, offset: number, limits: ReadLimits): Segment {
  const { topic, partition } = place
  env.refresh()
  const bounds = loadBounds(env, topic)
  const start = startOf(bounds, partition)
  const end = endOf(bounds, partition)
  const walk: Walk = { records: [], bytes: 0, next: Math.max(offset, start), gaps: [] }
  if (offset < start) walk.gaps.push({ topic: topic.name, partition, from: offset, to: start, why: 'retention' })
  if (walk.next < end) walkBlocks(env, place, end, limits, walk)
  // A copy, as the array that grew must not outlive this call: V8 would soon make such arrays among
  // the old objects, where each keeps its records until a full collection, even when nobody holds
  // them. That cost a fifth of all reading.
  return { records: [...walk.records], next: walk.next, gaps: walk.gaps, start, end, epoch: readEpoch(env) }
}

/** How far reading has come, and what it has found. */
type Walk = Found & { next: number; readonly gaps: Gap[] }

/** Blocks cover the offsets of a partition without a hole: what no readable block covers is
 *  damaged. */
function walkBlocks(
  env: Environment,
  { topic, partition }: TopicPartition,
  end: number,
  limits: ReadLimits,
  walk: Walk,
): void {
  const { id: topicId, name } = topic
  const passOver = (to: number): void => {
    if (to > walk.next) walk.gaps.push({ topic: name, partition, from: walk.next, to, why: 'damaged' })
    walk.next = Math.max(walk.next, to)
  }
  const start = firstBlockKey(env, topicId, partition, walk.next)
  for (const { key, value } of env.blocks.getRange({ start, end: blockKeyFrom(topicId, partition, end) })) {
    const place = decodeBlockKey(key)
    const read = readBlock({ topic: name, place, key, value }, walk.next, limits, walk, env.unpacked)
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
  for (const key of env.blocks.getKeys({
    start: after,
    end: blockKeyFrom(topicId, partition, 0),
    reverse: true,
    limit: 1,
  }))
    return key
  return blockKeyFrom(topicId, partition, offset)
}
