// Packed blocks: the records of many commits as one record batch of Kafka's form, compressed, so
// that neither an acknowledgement nor a small block pays for it, and Kafka's protocol could give
// them out as they are. Each record says its offset and append time: what compaction drops leaves
// no trace but those.
//
//   block = CRC-32 of the rest and of the key 4 | record batch (batch/batch-form.ts)
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { StoredRecord, Topic } from '../event-log.ts'
import { BatchBuilder } from '../batch/batch-builder.ts'
import { attributeBits, batchAt, batchCompressions, readBatchHead } from '../batch/batch-form.ts'
import { BatchRecords } from '../batch/batch-records.ts'
import { crc32c } from '../batch/crc32c.ts'
import { encodeBlockKey, packedVersion } from './block-key.ts'
import { checksumBytes, checksumOf } from './block.ts'

/** Room for what is unpacked at once: what merging packs (merging.ts), and some more. */
const unpackedChunkBytes = 320 * 1024
/** Of messages of cars the usual level, 3, makes more bytes, for half as much CPU again. */
const compression = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

export type PackedBlock = { readonly key: Buffer; readonly value: Buffer }

/** Offsets [base, end) of a partition, the records of them that are kept, ascending, and the append
 *  time by which the block ages. */
export type PackedRange = {
  readonly topicId: number
  readonly partition: number
  readonly base: number
  readonly end: number
  readonly appendedAt: number
  readonly records: readonly StoredRecord[]
}

/** One for all, as a run grows it to half a megabyte: memory outside of V8's heap, by which V8
 *  reckons when to collect all of it. */
const builder = new BatchBuilder()

export function packBlock({ topicId, partition, base, end, appendedAt, records }: PackedRange): PackedBlock {
  const batch = batchOf({ base, end, appendedAt, records })
  batch.writeBigInt64BE(BigInt(base), 0)
  batch.writeUInt32BE(crc32c(batch.subarray(batchAt.attributes)), batchAt.crc)
  const value = Buffer.allocUnsafe(checksumBytes + batch.byteLength)
  value.set(batch, checksumBytes)
  const place = { topicId, partition, base, span: end - base, bytes: value.byteLength, appendedAt }
  const key = Buffer.from(encodeBlockKey({ ...place, version: packedVersion }))
  value.writeUInt32LE(checksumOf(value, key), 0)
  return { key, value }
}

/** Without its base offset and its checksum. */
function batchOf({ base, end, appendedAt, records }: Omit<PackedRange, 'topicId' | 'partition'>): Buffer {
  const firstTimestamp = records[0]?.appendedAt ?? appendedAt
  try {
    for (const record of records)
      builder.add(record, { offset: record.offset - base, ms: record.appendedAt - firstTimestamp })
    return builder.seal((bytes) => zstdCompressSync(bytes, compression), {
      attributes: batchCompressions.zstd,
      firstTimestamp,
      maxTimestamp: records.at(-1)?.appendedAt ?? appendedAt,
      lastOffsetDelta: end - base - 1,
    }).bytes
  } finally {
    // Records of a block that could not be packed are not in the next one.
    builder.clear()
  }
}

/** The records' bytes, of a block that is intact. */
export function unpackBlock(value: Buffer): Buffer {
  const batch = value.subarray(checksumBytes)
  const packed = batch.subarray(batchAt.records)
  if ((batch.readInt16BE(batchAt.attributes) & attributeBits.compression) === batchCompressions.none) return packed
  return zstdDecompressSync(packed, { chunkSize: unpackedChunkBytes })
}

export const packedRecords = (
  place: { readonly topic: Topic; readonly partition: number },
  value: Uint8Array,
  unpacked: Buffer,
): BatchRecords =>
  new BatchRecords(
    unpacked,
    readBatchHead(Buffer.from(value.buffer, value.byteOffset + checksumBytes, batchAt.records)),
    place,
  )

type StoredBlock = { readonly key: Uint8Array; readonly value: Uint8Array }

/** The blocks that were unpacked last: who reads a block in several steps has it unpacked once. */
export type UnpackedBlocks = {
  get(block: StoredBlock): Buffer | undefined
  keep(block: StoredBlock, records: Buffer): void
}

const keptBlocks = 4

export function createUnpackedBlocks(): UnpackedBlocks {
  const kept = new Map<string, Buffer>()
  // A block that took the place of another one under the same key has another checksum.
  const nameOf = ({ key, value }: StoredBlock): string =>
    Buffer.concat([key, value.subarray(0, checksumBytes)]).toString('latin1')
  return {
    get: (block) => (kept.size === 0 ? undefined : kept.get(nameOf(block))),
    keep(block, records) {
      kept.set(nameOf(block), records)
      if (kept.size > keptBlocks) kept.delete(kept.keys().next().value!)
    },
  }
}
