// Blocks of records, like Kafka's record batches: all records of one partition that one commit brings are one value.
// Records are encoded straight into a growing buffer while the commit before is on its way, so a payload is copied once.
//
//   block   = CRC-32 of the rest 4 | records
//   record  = value length 4 | key length 2 | headers length 4 | event time 8 | key, UTF-8 | headers, JSON | value
//
// Little-endian. Offsets, count and append time stand in the block's key.
import { crc32 } from 'node:zlib'
import { Outage } from '../../base/errors.ts'
import type { LogTopic, NewRecord, StoredRecord } from '../event-log.ts'

/** Blocks end once they are this long: large enough that a commit has few, small enough to read in parts. */
const blockBytesMax = 64 * 1024
const initialBytes = 8 * 1024
/** A buffer that one burst made larger than this is given back after it. */
const keptBytes = 256 * 1024
const blockHeaderBytes = 4
const recordHeaderBytes = 18
/** Three bytes of UTF-8 a UTF-16 unit at most, and 16 bits for the length. */
export const keyCharsMax = 21_845

export type Span = { readonly start: number; readonly end: number; readonly count: number }

/** The records of one partition that wait for the next commit, as one or more blocks one after the other. */
export type BlockBuilder = {
  readonly topicId: number
  readonly partition: number
  bytes: Buffer
  view: DataView
  end: number
  /** Records in all blocks. */
  count: number
  /** Blocks that reached their size. */
  spans: Span[]
  /** The block that is growing. */
  blockStart: number
  blockCount: number
  /** The offset the first record got; known once the transaction that stores it has begun. */
  base: number
}

export function createBlockBuilder(topicId: number, partition: number): BlockBuilder {
  const bytes = Buffer.allocUnsafeSlow(initialBytes)
  const view = new DataView(bytes.buffer)
  return { topicId, partition, bytes, view, end: 0, count: 0, spans: [], blockStart: 0, blockCount: 0, base: 0 }
}

/** Adds a record and gives its index among those of this commit. */
export function addRecord(builder: BlockBuilder, { key, value, headers, at }: NewRecord): number {
  if (builder.end - builder.blockStart >= blockBytesMax) endBlock(builder)
  const headersText = headers === undefined ? '' : encodeHeaders(headers)
  const start = builder.blockCount === 0 ? builder.end + blockHeaderBytes : builder.end
  makeRoom(builder, start + recordHeaderBytes + 3 * (key.length + headersText.length) + value.byteLength)
  const { bytes, view } = builder
  let end = start + recordHeaderBytes
  const keyBytes = writeText(bytes, key, end)
  end += keyBytes
  const headersBytes = headersText === '' ? 0 : bytes.write(headersText, end)
  end += headersBytes
  bytes.set(value, end)
  view.setUint32(start, value.byteLength, true)
  view.setUint16(start + 4, keyBytes, true)
  view.setUint32(start + 6, headersBytes, true)
  view.setFloat64(start + 10, at, true)
  builder.end = end + value.byteLength
  builder.blockCount++
  return builder.count++
}

/** Ends the last block and gives all of them. */
export function endBlocks(builder: BlockBuilder): readonly Span[] {
  endBlock(builder)
  return builder.spans
}

/** The block's bytes with its checksum in place: a view, to be stored before the builder is used again. */
export function sealBlock(builder: BlockBuilder, { start, end }: Span): Buffer {
  const block = builder.bytes.subarray(start, end)
  builder.view.setUint32(start, crc32(block.subarray(blockHeaderBytes)), true)
  return block
}

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

/** Writes UTF-8 and gives its length. Keys are nearly always short and ASCII, where a loop beats a call into C++. */
function writeText(bytes: Buffer, text: string, start: number): number {
  const length = text.length
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 0x80) return bytes.write(text, start)
    bytes[start + i] = code
  }
  return length
}

export type BlockPlace = {
  readonly topic: LogTopic
  readonly partition: number
  readonly base: number
  readonly count: number
  readonly appendedAt: number
}

export type ReadLimits = { readonly records: number; readonly bytes: number }

/** Decodes the records from `offset` on into `found` until the block ends or the limits are reached; `foundBytes` is
 *  what `found` holds already. Gives the new `foundBytes`, or -1 when a limit ended it. Values are views of `block`. */
export function readBlock(
  block: Uint8Array,
  { topic, partition, base, count, appendedAt }: BlockPlace,
  offset: number,
  limits: ReadLimits,
  found: StoredRecord[],
  foundBytes: number,
): number {
  const bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength)
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength)
  if (crc32(bytes.subarray(blockHeaderBytes)) !== view.getUint32(0, true))
    throw new Outage(
      'LOG_CORRUPT',
      `The event log is damaged: ${topic}/${partition} from offset ${base} does not match its checksum. Check the disk, then restore the directory from a backup.`,
      { retryable: false },
    )
  let at = blockHeaderBytes
  let total = foundBytes
  for (let index = 0; index < count; index++) {
    const valueBytes = view.getUint32(at, true)
    const keyEnd = at + recordHeaderBytes + view.getUint16(at + 4, true)
    const headersEnd = keyEnd + view.getUint32(at + 6, true)
    if (base + index >= offset) {
      total += valueBytes
      if (found.length > 0 && (found.length >= limits.records || total > limits.bytes)) return -1
      const record = {
        topic,
        key: bytes.toString('utf8', at + recordHeaderBytes, keyEnd),
        value: new Uint8Array(block.buffer, block.byteOffset + headersEnd, valueBytes),
        at: view.getFloat64(at + 10, true),
        partition,
        offset: base + index,
        appendedAt,
      }
      found.push(headersEnd === keyEnd ? record : { ...record, headers: JSON.parse(bytes.toString('utf8', keyEnd, headersEnd)) })
    }
    at = headersEnd + valueBytes
  }
  return total
}
