// The key of a block of records: where the block stands and what retention must know, so that
// neither finding nor dropping blocks reads their values. Big-endian, hence in order of topic,
// partition and offset:
//
//   topic 1 | partition 2 | base offset 6 | offsets covered 4 | bytes 4 | appended at 6 | version and flags 1
//
// Version 2 are blocks as they were appended (block.ts), version 3 packed ones (packed-block.ts).
// Keys of version 1 had no last byte. The blocks of a partition cover its offsets without a hole.
const keyBytes = 24
const keyBytesV1 = 23
const offsetAt = 3
const versionMask = 0x0f
/** Of version 2, where compaction had left it before there were packed blocks. */
const sparseFlag = 0x10
export const plainVersion = 2
export const packedVersion = 3

export type BlockKey = {
  readonly topicId: number
  readonly partition: number
  readonly base: number
  /** The block covers the offsets [base, base + span). */
  readonly span: number
  readonly bytes: number
  /** Of its newest record. */
  readonly appendedAt: number
  /** 0: the key is no key of any version, so its block is damaged. */
  readonly version: number
}

/** `isSparse`: a block of version 2 whose records say their offsets. */
export type StoredBlockKey = BlockKey & { readonly isSparse: boolean }

const scratch = Buffer.alloc(keyBytes)

/** In memory that the next call uses again. */
export function encodeBlockKey({ topicId, partition, base, span, bytes, appendedAt, version }: BlockKey): Buffer {
  scratch.writeUInt8(topicId, 0)
  scratch.writeUInt16BE(partition, 1)
  scratch.writeUIntBE(base, offsetAt, 6)
  scratch.writeUInt32BE(span, 9)
  scratch.writeUInt32BE(bytes, 13)
  scratch.writeUIntBE(appendedAt, 17, 6)
  scratch.writeUInt8(version, 23)
  return scratch
}

export function decodeBlockKey(key: Uint8Array): StoredBlockKey {
  const isKey = key.byteLength === keyBytes || key.byteLength === keyBytesV1
  const bytes = isKey ? Buffer.from(key.buffer, key.byteOffset, key.byteLength) : Buffer.concat([key], keyBytes)
  const last = !isKey ? 0 : key.byteLength === keyBytesV1 ? 1 : bytes.readUInt8(23)
  return {
    topicId: bytes.readUInt8(0),
    partition: bytes.readUInt16BE(1),
    base: bytes.readUIntBE(offsetAt, 6),
    span: bytes.readUInt32BE(9),
    bytes: bytes.readUInt32BE(13),
    appendedAt: bytes.readUIntBE(17, 6),
    isSparse: (last & sparseFlag) !== 0,
    version: last & versionMask,
  }
}

/** Sorts before every block of the partition with a base of `offset` or more, and after all the
 *  others. */
export function blockKeyFrom(topicId: number, partition: number, offset: number): Buffer {
  const key = Buffer.allocUnsafe(offsetAt + 6)
  key.writeUInt8(topicId, 0)
  key.writeUInt16BE(partition, 1)
  key.writeUIntBE(offset, offsetAt, 6)
  return key
}

/** The keys of the partition's blocks with a base of `from` or more. */
export const partitionRange = (
  topicId: number,
  partition: number,
  from: number,
): { readonly start: Buffer; readonly end: Buffer } => ({
  start: blockKeyFrom(topicId, partition, from),
  end: blockKeyFrom(topicId, partition + 1, 0),
})
