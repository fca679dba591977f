// Records of one partition as a batch of Kafka's form 2, as they are given: encoded once, when they
// are appended, and sent by the same bytes however often. The client's own encoder makes several
// objects for each record, and another set of them for each try.
// Source: https://kafka.apache.org/documentation/#recordbatch
import { compressionsAlgorithms, crc32c } from '@platformatic/kafka'
import type { NewRecord } from '../event-log.ts'
import type { MovedRecord } from '../moved-record.ts'
import type { KafkaCompression } from '../kafka-options.ts'
import { headerNames } from './record-headers.ts'

/** Places in the head of a batch. */
export const batchAt = {
  length: 8,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  sequence: 53,
  count: 57,
  records: 61,
} as const
/** The length that stands in the head counts from here on. */
export const lengthFrom = 12
export const batchForm = 2
export const attributeBits = { compression: 0b111, isTransactional: 0b1_0000, isControl: 0b10_0000 } as const

/** Bytes of records, before compression, after which a partition's next record begins another
 *  batch: below what brokers take in one (`max.message.bytes`, 1 MiB) by far. */
export const batchBytesMax = 512 * 1024
const varintBytesMax = 5
/** In UTF-8, of a unit of UTF-16. */
const charBytesMax = 3
/** Lengths below it are varints of one byte. */
const shortMax = 64

/** Whose batch it is: by it and the sequence a broker knows a batch that it has already stored. */
export type Producer = {
  readonly id: bigint
  readonly epoch: number
  /** Its batches are of transactions. */
  readonly isTransactional?: true
}

/** A batch that can be sent; `bytes` are whole but for its producer, sequence and checksum. */
export type SealedBatch = { readonly bytes: Buffer; readonly count: number }

export class BatchBuilder {
  count = 0
  #bytes = Buffer.allocUnsafe(4096)
  #end: number = batchAt.records

  get size(): number {
    return this.#end - batchAt.records
  }

  /** Adds a record and gives its index within the batch. */
  add(record: NewRecord & Partial<Pick<MovedRecord, 'stampedAt'>>): number {
    const { key, value, headers, at, receivedAt, stampedAt } = record
    const names = headers === undefined ? noNames : Object.keys(headers)
    let room = roomOf(key) + roomOf(numberRoom) * 3 + value.byteLength + 6 * varintBytesMax
    for (const name of names) room += roomOf(name) + roomOf(headers?.[name] ?? '')
    this.#reserve(room)
    const bytes = this.#bytes
    const start = this.#end
    // The length of a record stands before it and is known after it: it takes two bytes as a rule,
    // and where it takes other than that the record is moved.
    let end = start + 2
    bytes[end++] = 0
    bytes[end++] = 0
    end = writeVarint(bytes, this.count, end)
    end = writeText(bytes, key, end)
    end = writeValue(bytes, value, end)
    end = writeVarint(bytes, (stampedAt === undefined ? 2 : 3) + names.length, end)
    if (stampedAt !== undefined) end = writeNumber(bytes, stampedAt, writeBytes(bytes, nameBytes.appendedAt, end))
    end = writeNumber(bytes, at, writeBytes(bytes, nameBytes.at, end))
    end = writeBytes(bytes, nameBytes.receivedAt, end)
    end = receivedAt === undefined ? writeText(bytes, '', end) : writeNumber(bytes, Math.floor(receivedAt), end)
    for (const name of names) end = writeText(bytes, headers?.[name] ?? '', writeText(bytes, name, end))
    const length = end - start - 2
    const bodyAt = start + varintBytes(length)
    if (bodyAt !== start + 2) bytes.copyWithin(bodyAt, start + 2, end)
    writeVarint(bytes, length, start)
    this.#end = bodyAt + length
    return this.count++
  }

  /** The batch, and the builder is empty for the next one. */
  seal(compression: KafkaCompression, now: number): SealedBatch {
    const { count } = this
    const records = this.#bytes.subarray(batchAt.records, this.#end)
    const isPacked = compression !== 'none'
    const packed = isPacked ? compressionsAlgorithms[compression].compressSync(records) : records
    const bytes = Buffer.allocUnsafe(batchAt.records + packed.byteLength)
    bytes.set(packed, batchAt.records)
    bytes.writeBigInt64BE(0n, 0)
    bytes.writeInt32BE(bytes.byteLength - lengthFrom, batchAt.length)
    bytes.writeInt32BE(-1, lengthFrom)
    bytes[batchAt.magic] = batchForm
    bytes.writeInt16BE(compressionsAlgorithms[compression].bitmask, batchAt.attributes)
    bytes.writeInt32BE(count - 1, batchAt.lastOffsetDelta)
    bytes.writeBigInt64BE(BigInt(now), batchAt.firstTimestamp)
    bytes.writeBigInt64BE(BigInt(now), batchAt.maxTimestamp)
    bytes.writeInt32BE(count, batchAt.count)
    this.count = 0
    this.#end = batchAt.records
    return { bytes, count }
  }

  #reserve(more: number): void {
    if (this.#end + more <= this.#bytes.byteLength) return
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.byteLength, this.#end + more))
    this.#bytes.copy(larger, 0, 0, this.#end)
    this.#bytes = larger
  }
}

const noNames: readonly string[] = []
/** As long as a number may be as text. */
const numberRoom = ' '.repeat(25)
const roomOf = (text: string): number => varintBytesMax + charBytesMax * text.length

/** A number as Kafka writes it in records, negative ones between the others; gives the index after
 *  it, as all of these do. */
function writeVarint(bytes: Buffer, value: number, at: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0
  let end = at
  while (rest >= 0x80) {
    bytes[end++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  bytes[end++] = rest
  return end
}

const varintBytes = (length: number): number =>
  length < shortMax ? 1 : length < 0x2000 ? 2 : length < 0x10_0000 ? 3 : length < 0x800_0000 ? 4 : 5

function writeBytes(bytes: Buffer, given: Uint8Array, at: number): number {
  for (let index = 0; index < given.length; index++) bytes[at + index] = given[index]!
  return at + given.length
}

/** Behind its length. A short text is ASCII as a rule, and is written as it is looked at. */
function writeText(bytes: Buffer, text: string, at: number): number {
  const { length } = text
  if (length < shortMax) {
    let seen = 0
    bytes[at] = length << 1
    for (let index = 0; index < length; index++) {
      const code = text.charCodeAt(index)
      bytes[at + 1 + index] = code
      seen |= code
    }
    if (seen < 0x80) return at + 1 + length
  }
  const start = writeVarint(bytes, Buffer.byteLength(text), at)
  return start + bytes.write(text, start)
}

/** Instants of these centuries have so many digits. */
const digits = 13
const [digitsFrom, digitsBelow] = [10 ** (digits - 1), 10 ** digits]
/** Splits them into two numbers that are reckoned with as 32 bits. */
const lowDigits = 7
const low = 10 ** lowDigits

/** As decimal text behind its length. */
function writeNumber(bytes: Buffer, value: number, at: number): number {
  if (!(value >= digitsFrom && value < digitsBelow && Number.isInteger(value)))
    return writeText(bytes, String(value), at)
  const high = Math.floor(value / low)
  bytes[at] = digits << 1
  writeDigits(bytes, high, at + 1, digits - lowDigits)
  writeDigits(bytes, value - high * low, at + 1 + digits - lowDigits, lowDigits)
  return at + 1 + digits
}

function writeDigits(bytes: Buffer, value: number, at: number, count: number): void {
  let rest = value | 0
  for (let index = at + count - 1; index >= at; index--) {
    const above = (rest / 10) | 0
    bytes[index] = 0x30 + rest - above * 10
    rest = above
  }
}

/** Behind its length. Kafka's tombstone is no value at all. */
function writeValue(bytes: Buffer, value: Uint8Array, at: number): number {
  if (value.byteLength === 0) return writeVarint(bytes, -1, at)
  const start = writeVarint(bytes, value.byteLength, at)
  bytes.set(value, start)
  return start + value.byteLength
}

const nameOf = (name: string): Uint8Array => Uint8Array.from([name.length << 1, ...Buffer.from(name)])
/** Behind their lengths. */
const nameBytes = {
  appendedAt: nameOf(headerNames.appendedAt),
  at: nameOf(headerNames.at),
  receivedAt: nameOf(headerNames.receivedAt),
}

/** Says in the batch whose it is, and which. */
export function stampBatch(bytes: Buffer, producer: Producer, sequence: number): void {
  bytes.writeBigInt64BE(producer.id, batchAt.producerId)
  bytes.writeInt16BE(producer.epoch, batchAt.producerEpoch)
  if (producer.isTransactional)
    bytes.writeInt16BE(bytes.readInt16BE(batchAt.attributes) | attributeBits.isTransactional, batchAt.attributes)
  bytes.writeInt32BE(sequence, batchAt.sequence)
  bytes.writeUInt32BE(crc32c(bytes.subarray(batchAt.attributes)), batchAt.crc)
}
