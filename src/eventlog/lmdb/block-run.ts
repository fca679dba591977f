// A run of blocks of one partition, and the packed one that takes their place. Offsets and append
// times stay with their records.
import type { StoredRecord } from '../event-log.ts'
import { decodeBlockKey, partitionRange, type StoredBlockKey } from './block-key.ts'
import { readBlock, type Found } from './block-reading.ts'
import type { Environment } from './environment.ts'
import { packBlock, type PackedBlock } from './packed-block.ts'
import type { TopicPartition } from './reader.ts'
import { addBytes, type TopicBounds } from './topic-bounds.ts'

/** Blocks that follow each other without a hole over the offsets [base, end), and what of their
 *  records stays. */
export type BlockRun = {
  readonly base: number
  readonly end: number
  /** As they are stored. */
  readonly bytes: number
  readonly blocks: readonly { readonly key: Buffer; readonly place: StoredBlockKey }[]
  readonly kept: readonly StoredRecord[]
}

/** `isLast`: no block follows, of those that were asked for. */
export type GatheredRun = BlockRun & { readonly isLast: boolean }

type StoredBlock = { readonly place: StoredBlockKey; readonly key: Uint8Array; readonly value: Uint8Array }

export function* blocksFrom(
  env: Environment,
  { topic, partition }: TopicPartition,
  from: number,
): Generator<StoredBlock> {
  for (const { key, value } of env.blocks.getRange(partitionRange(topic.id, partition, from)))
    yield { place: decodeBlockKey(key), key, value }
}

export function* keysFrom(
  env: Environment,
  { topic, partition }: TopicPartition,
  from: number,
): Generator<StoredBlockKey> {
  for (const key of env.blocks.getKeys(partitionRange(topic.id, partition, from))) yield decodeBlockKey(key)
}

export type RunLimits = {
  /** No block that reaches beyond this offset. */
  readonly to: number
  /** Of values of the records that stay. */
  readonly keptBytes: number
  /** Of values that are read. */
  readonly readBytes: number
  readonly keeps: (record: StoredRecord) => boolean
}

const everything = { records: Infinity, bytes: Infinity }

/** The run that begins with the first block from offset `from` on that can be read. A damaged block
 *  ends it, and stays as it is. */
export function gatherRun(env: Environment, place: TopicPartition, from: number, limits: RunLimits): GatheredRun {
  const blocks: { key: Buffer; place: StoredBlockKey }[] = []
  const kept: StoredRecord[] = []
  let [base, end, bytes, readBytes, keptBytes] = [from, from, 0, 0, 0]
  let isLast = true
  for (const block of blocksFrom(env, place, from)) {
    if (block.place.base >= limits.to || block.place.base + block.place.span > limits.to) break
    const found: Found = { records: [], bytes: 0 }
    const isDamaged = readBlock({ topic: place.topic.name, ...block }, 0, everything, found) === 'damaged'
    if (isDamaged && blocks.length === 0) continue
    const isFull = readBytes >= limits.readBytes || keptBytes >= limits.keptBytes
    if (blocks.length > 0 && (isDamaged || isFull || block.place.base !== end)) {
      isLast = false
      break
    }
    if (blocks.length === 0) base = block.place.base
    end = block.place.base + block.place.span
    bytes += block.place.bytes
    readBytes += found.bytes
    blocks.push({ key: Buffer.from(block.key), place: block.place })
    for (const record of found.records)
      if (limits.keeps(record)) {
        kept.push(record)
        keptBytes += record.value.byteLength
      }
  }
  return { base, end, bytes, blocks, kept, isLast }
}

/** The packed block for a run. */
export const packRun = ({ topic, partition }: TopicPartition, { base, end, blocks, kept }: BlockRun): PackedBlock =>
  packBlock({
    topicId: topic.id,
    partition,
    base,
    end,
    records: kept,
    appendedAt: kept.at(-1)?.appendedAt ?? blocks.at(-1)!.place.appendedAt,
  })

/** Puts a packed block in the place of the run's. Only inside a transaction; whoever calls stores
 *  the bounds. */
export function replaceRun(
  env: Environment,
  { partition }: TopicPartition,
  run: BlockRun,
  packed: PackedBlock,
  bounds: TopicBounds,
): void {
  for (const { key } of run.blocks) env.blocks.removeSync(key)
  env.blocks.putSync(packed.key, packed.value)
  addBytes(bounds, partition, packed.value.byteLength - run.bytes)
}
