// Blocks of records, like Kafka's record batches: all records of one partition that one commit
// brings are one value. Records are encoded straight into a growing buffer while the commit before
// is on its way, so a payload is copied once.
//
//   block  = CRC-32 of the rest and of the key 4 | reference time 8 | records
//   record = flags 1 | value length 4 | key length 2 | event time 8 | receivedAt - reference 0, 4 or 8
//            | headers length 0 or 4 | key, UTF-8 | headers, JSON | value
//
// Little-endian; times in milliseconds. Base offset, offsets covered and append time stand in the
// block's key. Blocks of earlier forms are told of in block-reading.ts.
import { crc32 } from 'node:zlib'
import type { NewRecord } from '../event-log.ts'

/** Blocks end once they are this long: large enough that a commit has few, small enough to read in
 *  parts. */
const blockBytesMax = 64 * 1024
const initialBytes = 8 * 1024
/** A buffer that one burst made larger than this is given back after it. */
const keptBytes = 256 * 1024
export const checksumBytes = 4
export const blockHeadBytes = checksumBytes + 8
/** Without the parts that only some records have. */
export const recordHeadBytes = 15
const recordHeadBytesMax = recordHeadBytes + 8 + 4
/** Flags of a record. Without either of the two, it was received when it was appended. */
export const flag = { headers: 1, received: 2, receivedFar: 4 } as const
/** Three bytes of UTF-8 a UTF-16 unit at most, and 16 bits for the length. */
export const keyCharsMax = 21_845

export type BlockSpan = { readonly start: number; readonly end: number; readonly count: number }

/** The records of one partition that wait for the next commit, as one or more blocks one after the
 *  other. A class, for the sake of V8: it tries for ever, and in vain, to compile what makes an
 *  object literal whose fields became doubles meanwhile. */
export class BlockBuilder {
  readonly topicId: number
  readonly partition: number
  bytes = Buffer.allocUnsafeSlow(initialBytes)
  view = new DataView(this.bytes.buffer)
  end = 0
  /** Records in all blocks. */
  count = 0
  /** Blocks that reached their size. */
  spans: BlockSpan[] = []
  /** The block that is growing. */
  blockStart = 0
  blockCount = 0
  /** The instant that receivedAt is counted from in this block; NaN until a record says one. */
  referenceAt = NaN
  /** The offset the first record got, once the transaction that stores it has begun; until then
   *  that of the commit before, or NaN. */
  base = NaN

  constructor(topicId: number, partition: number) {
    this.topicId = topicId
    this.partition = partition
  }
}

/** Adds a record and gives its index among those of this commit. Of `receivedAt`, whole
 *  milliseconds are stored. */
export function addRecord(builder: BlockBuilder, { key, value, headers, at, receivedAt }: NewRecord): number {
  if (builder.end - builder.blockStart >= blockBytesMax) endBlock(builder)
  const headersText = headers === undefined ? '' : encodeHeaders(headers)
  const isFirst = builder.blockCount === 0
  const blockAt = builder.end
  makeRoom(
    builder,
    blockAt + blockHeadBytes + recordHeadBytesMax + 3 * (key.length + headersText.length) + value.byteLength,
  )
  const { bytes, view } = builder
  if (isFirst) beginBlock(builder)
  const start = isFirst ? blockAt + blockHeadBytes : blockAt
  let flags = 0
  let end = start + recordHeadBytes
  if (receivedAt !== undefined) {
    flags = writeReceived(builder, Math.floor(receivedAt), end)
    end += flags === flag.received ? 4 : 8
  }
  const headersLengthAt = end
  if (headersText !== '') {
    flags |= flag.headers
    end += 4
  }
  const keyBytes = writeText(bytes, key, end)
  end += keyBytes
  if (headersText !== '') {
    const headersBytes = bytes.write(headersText, end)
    view.setUint32(headersLengthAt, headersBytes, true)
    end += headersBytes
  }
  bytes.set(value, end)
  view.setUint8(start, flags)
  view.setUint32(start + 1, value.byteLength, true)
  view.setUint16(start + 5, keyBytes, true)
  view.setFloat64(start + 7, at, true)
  builder.end = end + value.byteLength
  builder.blockCount++
  return builder.count++
}

function beginBlock(builder: BlockBuilder): void {
  builder.referenceAt = NaN
  builder.view.setFloat64(builder.blockStart + checksumBytes, 0, true)
}

/** Gives the flag that says how it was written. */
function writeReceived(builder: BlockBuilder, receivedAt: number, at: number): number {
  const { view } = builder
  if (Number.isNaN(builder.referenceAt)) {
    builder.referenceAt = receivedAt
    view.setFloat64(builder.blockStart + checksumBytes, receivedAt, true)
  }
  const difference = receivedAt - builder.referenceAt
  if (difference === (difference | 0)) {
    view.setInt32(at, difference, true)
    return flag.received
  }
  view.setFloat64(at, receivedAt, true)
  return flag.receivedFar
}

/** Ends the last block and gives all of them. */
export function endBlocks(builder: BlockBuilder): readonly BlockSpan[] {
  endBlock(builder)
  return builder.spans
}

/** The block's bytes with its checksum in place: a view, to be stored under `key` before the
 *  builder is used again. */
export function sealBlock(builder: BlockBuilder, { start, end }: BlockSpan, key: Uint8Array): Buffer {
  const block = builder.bytes.subarray(start, end)
  builder.view.setUint32(start, checksumOf(block, key), true)
  return block
}

/** CRC-32 of a block without the place of the checksum itself, and of its key. */
export const checksumOf = (block: Uint8Array, key: Uint8Array): number =>
  crc32(key, crc32(block.subarray(checksumBytes)))

export function resetBuilder(builder: BlockBuilder): void {
  if (builder.bytes.byteLength > keptBytes) {
    builder.bytes = Buffer.allocUnsafeSlow(initialBytes)
    builder.view = new DataView(builder.bytes.buffer)
  }
  builder.end = 0
  builder.count = 0
  builder.spans = []
  builder.blockStart = 0
  builder.blockCount = 0
}

function endBlock(builder: BlockBuilder): void {
  if (builder.blockCount === 0) return
  builder.spans.push({ start: builder.blockStart, end: builder.end, count: builder.blockCount })
  builder.blockStart = builder.end
  builder.blockCount = 0
}

function makeRoom(builder: BlockBuilder, wanted: number): void {
  if (wanted <= builder.bytes.byteLength) return
  const grown = Buffer.allocUnsafeSlow(Math.max(wanted, builder.bytes.byteLength * 2))
  grown.set(builder.bytes.subarray(0, builder.end))
  builder.bytes = grown
  builder.view = new DataView(grown.buffer)
}

const encodeHeaders = (headers: Readonly<Record<string, string>>): string => {
  const text = JSON.stringify(headers)
  return text === '{}' ? '' : text
}

/** Writes UTF-8 and gives its length. Keys are nearly always short and ASCII, where a loop beats a
 *  call into C++. */
function writeText(bytes: Buffer, text: string, start: number): number {
  const length = text.length
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x80) return bytes.write(text, start)
    bytes[start + i] = code
  }
  return length
}
