// Blocks of all versions back into records. Version 1, of format 1:
//
//   block  = CRC-32 of the rest 4 | records
//   record = value length 4 | key length 2 | headers length 4 | event time 8 | key, UTF-8 | headers, JSON | value
//
// Of version 2, as compaction left it before version 3 (packed-block.ts), a block may be sparse;
// its records begin with: offset - base 4 | appendedAt 8
import { crc32 } from 'node:zlib'
import type { Topic, ReadLimits, StoredRecord } from '../event-log.ts'
import { packedVersion, type StoredBlockKey } from './block-key.ts'
import { blockHeadBytes, checksumBytes, checksumOf, flag, recordHeadBytes } from './block.ts'
import { packedRecords, unpackBlock, type UnpackedBlocks } from './packed-block.ts'

export type Block = {
  readonly topic: Topic
  readonly place: StoredBlockKey
  /** The key that `place` was decoded from. */
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** The records that reading gathers. */
export type Found = { readonly records: StoredRecord[]; bytes: number }

/** `whole`: to its end. `full`: a limit ended it before the next record. `damaged`: nothing of it
 *  can be believed, and nothing was added. */
export type BlockRead = 'whole' | 'full' | 'damaged'

/** Where the parts of one record stand in its block, and what its head says. */
type Head = {
  offset: number
  appendedAt: number
  receivedAt: number
  at: number
  keyAt: number
  keyEnd: number
  headersEnd: number
  end: number
}

const recordHeadBytesV1 = 18
const sparseHeadBytes = 12

/** Adds the records from offset `from` on to `found` until the block ends or `limits` are reached.
 *  Values are views of the block, or of what was packed in it. Never throws, whatever the bytes
 *  are. */
export function readBlock(
  block: Block,
  from: number,
  limits: ReadLimits,
  found: Found,
  unpacked?: UnpackedBlocks,
): BlockRead {
  const { place, key, value } = block
  const isPacked = place.version === packedVersion
  const known = isPacked ? unpacked?.get(block) : undefined
  if (known !== undefined) return readPacked(block, known, { from, limits, found })
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if (!isIntactBlock(place, key, bytes)) return 'damaged'
  if (!isPacked) return readPlain(block, bytes, { from, limits, found })
  const records = unpackBlock(bytes)
  unpacked?.keep(block, records)
  return readPacked(block, records, { from, limits, found })
}

type Reading = { readonly from: number; readonly limits: ReadLimits; readonly found: Found }

function readPacked({ topic, place, value }: Block, unpacked: Buffer, { from, limits, found }: Reading): BlockRead {
  const records = packedRecords({ topic, partition: place.partition }, value, unpacked)
  for (let record = records.next(from); record !== undefined; record = records.next(from)) {
    const bytesThen = found.bytes + record.value.byteLength
    if (isFull(found, limits, bytesThen)) return 'full'
    found.bytes = bytesThen
    found.records.push(record)
  }
  return 'whole'
}

const isFull = ({ records }: Found, limits: ReadLimits, bytesThen: number): boolean =>
  records.length > 0 && (records.length >= limits.records || bytesThen > limits.bytes)

function readPlain({ topic, place, value }: Block, bytes: Buffer, { from, limits, found }: Reading): BlockRead {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
  const readHead = place.version === 1 ? readHeadV1 : readHeadV2
  const head: Head = {
    offset: place.base - 1,
    appendedAt: 0,
    receivedAt: 0,
    at: 0,
    keyAt: 0,
    keyEnd: 0,
    headersEnd: 0,
    end: 0,
  }
  head.end = place.version === 1 ? checksumBytes : blockHeadBytes
  const { records } = found
  while (head.end < value.byteLength) {
    readHead(view, place, head)
    if (head.offset < from) continue
    const { offset, appendedAt, receivedAt, at, keyAt, keyEnd, headersEnd, end } = head
    const bytesThen = found.bytes + end - headersEnd
    if (isFull(found, limits, bytesThen)) return 'full'
    found.bytes = bytesThen
    const record = {
      topic,
      key: bytes.toString('utf8', keyAt, keyEnd),
      value: new Uint8Array(value.buffer, value.byteOffset + headersEnd, end - headersEnd),
      at,
      partition: place.partition,
      offset,
      appendedAt,
      receivedAt,
    }
    records.push(
      headersEnd === keyEnd ? record : { ...record, headers: JSON.parse(bytes.toString('utf8', keyEnd, headersEnd)) },
    )
  }
  return 'whole'
}

/** Bytes that match their checksum are as they were written, so their layout is believed. The
 *  checksum of version 1 does not cover the key, hence the other checks. */
export function isIntactBlock(place: StoredBlockKey, key: Uint8Array, bytes: Buffer): boolean {
  if (bytes.byteLength < checksumBytes || bytes.byteLength !== place.bytes) return false
  const checksum = bytes.readUInt32LE(0)
  if (place.version > 1) return checksum === checksumOf(bytes, key)
  return place.version === 1 && checksum === crc32(bytes.subarray(checksumBytes)) && countV1(bytes) === place.span
}

function countV1(bytes: Buffer): number {
  let count = 0
  for (let at = checksumBytes; at < bytes.byteLength; count++)
    at += recordHeadBytesV1 + bytes.readUInt32LE(at) + bytes.readUInt16LE(at + 4) + bytes.readUInt32LE(at + 6)
  return count
}

function readHeadV1(view: DataView, place: StoredBlockKey, head: Head): void {
  const start = head.end
  head.offset++
  head.appendedAt = place.appendedAt
  head.receivedAt = place.appendedAt
  head.at = view.getFloat64(start + 10, true)
  head.keyAt = start + recordHeadBytesV1
  head.keyEnd = head.keyAt + view.getUint16(start + 4, true)
  head.headersEnd = head.keyEnd + view.getUint32(start + 6, true)
  head.end = head.headersEnd + view.getUint32(start, true)
}

function readHeadV2(view: DataView, place: StoredBlockKey, head: Head): void {
  let start = head.end
  if (place.isSparse) {
    head.offset = place.base + view.getUint32(start, true)
    head.appendedAt = view.getFloat64(start + 4, true)
    start += sparseHeadBytes
  } else {
    head.offset++
    head.appendedAt = place.appendedAt
  }
  const flags = view.getUint8(start)
  head.at = view.getFloat64(start + 7, true)
  let next = start + recordHeadBytes
  if ((flags & flag.received) !== 0) {
    head.receivedAt = view.getFloat64(checksumBytes, true) + view.getInt32(next, true)
    next += 4
  } else if ((flags & flag.receivedFar) !== 0) {
    head.receivedAt = view.getFloat64(next, true)
    next += 8
  } else head.receivedAt = head.appendedAt
  let headersBytes = 0
  if ((flags & flag.headers) !== 0) {
    headersBytes = view.getUint32(next, true)
    next += 4
  }
  head.keyAt = next
  head.keyEnd = next + view.getUint16(start + 5, true)
  head.headersEnd = head.keyEnd + headersBytes
  head.end = head.headersEnd + view.getUint32(start + 1, true)
}
