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
  add({ key, value, headers, at, receivedAt, stampedAt }: NewRecord & Partial<Pick<MovedRecord, 'stampedAt'>>): number {
    const names = headers === undefined ? [] : Object.keys(headers)
    const atText = String(at)
    const receivedText = receivedAt === undefined ? '' : String(Math.floor(receivedAt))
    const stampedText = stampedAt === undefined ? undefined : String(stampedAt)
    const keyBytes = Buffer.byteLength(key)
    let bodyBytes = 3 + 3 * varintBytesMax + keyBytes + value.byteLength
    bodyBytes += headerBytes(headerNames.at, atText) + headerBytes(headerNames.receivedAt, receivedText)
    if (stampedText !== undefined) bodyBytes += headerBytes(headerNames.appendedAt, stampedText)
    for (const name of names) bodyBytes += headerBytes(name, headers?.[name] ?? '')
    this.#reserve(bodyBytes + varintBytesMax)
    // The length of a record stands before it and is known after it: written with room for the
    // longest, the record is moved to where the length ends.
    const start = this.#end
    this.#end += varintBytesMax
    this.#bytes[this.#end++] = 0
    this.#bytes[this.#end++] = 0
    this.#varint(this.count)
    this.#varint(keyBytes)
    this.#text(key, keyBytes)
    this.#value(value)
    this.#varint((stampedText === undefined ? 2 : 3) + names.length)
    if (stampedText !== undefined) this.#header(headerNames.appendedAt, stampedText)
    this.#header(headerNames.at, atText)
    this.#header(headerNames.receivedAt, receivedText)
    for (const name of names) this.#header(name, headers?.[name] ?? '')
    const body = start + varintBytesMax
    const length = this.#end - body
    this.#end = start
    this.#varint(length)
    this.#bytes.copyWithin(this.#end, body, body + length)
    this.#end += length
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

  #varint(value: number): void {
    let rest = ((value << 1) ^ (value >> 31)) >>> 0
    while (rest >= 0x80) {
      this.#bytes[this.#end++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#bytes[this.#end++] = rest
  }

  #text(text: string, bytes: number): void {
    if (bytes === text.length && bytes < 64)
      for (let i = 0; i < bytes; i++) this.#bytes[this.#end++] = text.charCodeAt(i)
    else this.#end += this.#bytes.write(text, this.#end)
  }

  /** Kafka's tombstone is no value at all. */
  #value(value: Uint8Array): void {
    if (value.byteLength === 0) this.#varint(-1)
    else {
      this.#varint(value.byteLength)
      this.#bytes.set(value, this.#end)
      this.#end += value.byteLength
    }
  }

  #header(name: string, value: string): void {
    const nameBytes = Buffer.byteLength(name)
    this.#varint(nameBytes)
    this.#text(name, nameBytes)
    const valueBytes = Buffer.byteLength(value)
    this.#varint(valueBytes)
    this.#text(value, valueBytes)
  }
}

const headerBytes = (name: string, value: string): number =>
  2 * varintBytesMax + Buffer.byteLength(name) + Buffer.byteLength(value)

/** Says in the batch whose it is, and which. */
export function stampBatch(bytes: Buffer, producer: Producer, sequence: number): void {
  bytes.writeBigInt64BE(producer.id, batchAt.producerId)
  bytes.writeInt16BE(producer.epoch, batchAt.producerEpoch)
  if (producer.isTransactional)
    bytes.writeInt16BE(bytes.readInt16BE(batchAt.attributes) | attributeBits.isTransactional, batchAt.attributes)
  bytes.writeInt32BE(sequence, batchAt.sequence)
  bytes.writeUInt32BE(crc32c(bytes.subarray(batchAt.attributes)), batchAt.crc)
}
