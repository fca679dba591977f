// The records of a partition in memory, in blocks of what one append brought: read, dropped as a
// whole, compacted.
import type { ReadLimits, StoredRecord } from '../event-log.ts'

/** Covers offsets from `base` to the next block's. */
export type MemoryBlock = {
  readonly base: number
  readonly records: readonly StoredRecord[]
  readonly bytes: number
  readonly appendedAt: number
}
export type Partition = { blocks: MemoryBlock[]; end: number; appendedAt: number }

/** Counted for a record on top of its key, value and headers, as a disk would. */
const recordOverheadBytes = 16

export function recordBytes({ key, value, headers }: Pick<StoredRecord, 'key' | 'value' | 'headers'>): number {
  let bytes = recordOverheadBytes + Buffer.byteLength(key) + value.byteLength
  for (const name in headers) bytes += Buffer.byteLength(name) + Buffer.byteLength(headers[name]!)
  return bytes
}

export const memoryBlockOf = (base: number, records: readonly StoredRecord[], appendedAt: number): MemoryBlock => ({
  base,
  records,
  bytes: records.reduce((sum, record) => sum + recordBytes(record), 0),
  appendedAt,
})

/** The records from `offset` on within the limits, and where to read on. */
export function readBlocks(
  { blocks, end }: Partition,
  offset: number,
  limits: ReadLimits,
): { readonly records: StoredRecord[]; readonly next: number } {
  const records: StoredRecord[] = []
  let bytes = 0
  for (let index = blockAt(blocks, offset); index < blocks.length; index++)
    for (const record of blocks[index]!.records) {
      if (record.offset < offset) continue
      bytes += record.value.byteLength
      if (records.length > 0 && (records.length >= limits.records || bytes > limits.bytes))
        return { records, next: records.at(-1)!.offset + 1 }
      records.push({ ...record, value: record.value.slice() })
    }
  return { records, next: Math.max(offset, end) }
}

/** The index of the last block that begins at or before `offset`, by bisection; 0 when none
 *  does. */
function blockAt(blocks: readonly MemoryBlock[], offset: number): number {
  let low = 0
  let high = blocks.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (blocks[middle]!.base <= offset) low = middle + 1
    else high = middle
  }
  return Math.max(0, low - 1)
}

/** Drops the oldest blocks of all partitions of a topic while they are too old or have more than
 *  `bytes` together. Gives how many bytes went. */
export function dropOldBlocks(parts: readonly Partition[], olderThan: number, bytes: number): number {
  let topicBytes = parts.reduce((sum, part) => sum + part.blocks.reduce((total, block) => total + block.bytes, 0), 0)
  let dropped = 0
  for (let oldest = oldestOf(parts); oldest !== undefined; oldest = oldestOf(parts)) {
    const block = oldest.blocks[0]!
    if (block.appendedAt >= olderThan && topicBytes <= bytes) break
    oldest.blocks.shift()
    topicBytes -= block.bytes
    dropped += block.bytes
  }
  return dropped
}

/** Keeps, of what was appended before `oldEnough`, the newest record of each key; a tombstone only
 *  when it was not appended before `tombstonesBefore`. Gives how many bytes went. */
export function compact(part: Partition, oldEnough: number, tombstonesBefore: number): number {
  const old = part.blocks.filter(({ appendedAt }) => appendedAt < oldEnough)
  const newest = new Map(old.flatMap(({ records }) => records.map(({ key, offset }) => [key, offset] as const)))
  const stays = ({ key, offset, value, appendedAt }: StoredRecord): boolean =>
    newest.get(key) === offset && (value.byteLength > 0 || appendedAt >= tombstonesBefore)
  const kept = old.map(({ base, records, appendedAt }) => memoryBlockOf(base, records.filter(stays), appendedAt))
  part.blocks = [...kept, ...part.blocks.slice(old.length)]
  return old.reduce((sum, { bytes }, i) => sum + bytes - kept[i]!.bytes, 0)
}

function oldestOf(parts: readonly Partition[]): Partition | undefined {
  let oldest: Partition | undefined
  for (const part of parts) {
    const block = part.blocks[0]
    if (block !== undefined && block.appendedAt < (oldest?.blocks[0]?.appendedAt ?? Infinity)) oldest = part
  }
  return oldest
}
