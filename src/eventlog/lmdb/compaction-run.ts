// Rewriting a run of blocks as sparse ones. Offsets and append times stay with their records.
import type { StoredRecord } from '../event-log.ts'
import { encodeBlockKey, type StoredBlockKey } from './block-key.ts'
import { addEmptyBlock, addRecord, BlockBuilder, endBlocks, isBlockFull, sealBlock } from './block.ts'
import type { Environment } from './environment.ts'
import type { TopicPartition } from './reader.ts'
import { addBytes, type TopicBounds } from './topic-bounds.ts'

/** Blocks that follow each other without a hole over the offsets [base, end), and what of their
 *  records stays. */
export type BlockRun = {
  base: number
  end: number
  bytes: number
  readonly blocks: { readonly key: Buffer; readonly place: StoredBlockKey }[]
  readonly kept: StoredRecord[]
  dropped: number
}

/** Replaces the run's blocks, and says whether that was worth it: when nothing is dropped and there
 *  would be no fewer blocks, it leaves them. Only inside a transaction. */
export function rewriteRun(
  env: Environment,
  { topic, partition }: TopicPartition,
  run: BlockRun,
  bounds: TopicBounds,
): boolean {
  const { builder, bases } = buildSparse(topic.id, partition, run)
  const spans = endBlocks(builder)
  if (run.dropped === 0 && spans.length >= run.blocks.length) return false
  for (const { key } of run.blocks) env.blocks.removeSync(key)
  let kept = 0
  for (const [i, span] of spans.entries()) {
    kept += span.count
    const base = bases[i]!
    const appendedAt = run.kept[kept - 1]?.appendedAt ?? run.blocks.at(-1)!.place.appendedAt
    const place = {
      topicId: topic.id,
      partition,
      base,
      span: (bases[i + 1] ?? run.end) - base,
      bytes: span.end - span.start,
      appendedAt,
    }
    const key = encodeBlockKey({ ...place, isSparse: true })
    env.blocks.putSync(key, sealBlock(builder, span, key))
  }
  addBytes(bounds, partition, builder.end - run.bytes)
  return true
}

/** The kept records in blocks, and the base of each block: where the run begins, then the first
 *  record of each. */
function buildSparse(
  topicId: number,
  partition: number,
  run: BlockRun,
): { readonly builder: BlockBuilder; readonly bases: readonly number[] } {
  const builder = new BlockBuilder(topicId, partition)
  const bases = [run.base]
  if (run.kept.length === 0) addEmptyBlock(builder)
  for (const record of run.kept) {
    if (isBlockFull(builder)) bases.push(record.offset)
    addRecord(builder, record, { delta: record.offset - bases.at(-1)!, appendedAt: record.appendedAt })
  }
  return { builder, bases }
}
