// Records of one partition as a record batch, encoded once, as they are added. The client's own
// encoder makes several objects for each record, and another set of them for each try.
import type { NewRecord } from '../event-log.ts'
import type { MovedRecord } from '../moved-record.ts'
import { batchAt, batchForm, lengthFrom } from './batch-form.ts'
import { lengthBytes, putBytes, putNumber, putText, putValue, putVarint, putVarlong } from './record-fields.ts'
import { headerNames } from './record-headers.ts'

const varintBytesMax = 5
const varlongBytesMax = 10
/** In UTF-8, of a unit of UTF-16. */
const charBytesMax = 3

/** How far a record is from the first offset and the first time of its batch. */
export type Apart = { readonly offset: number; readonly ms: number }

/** The head of a batch, as far as it is not of its records alone. */
export type BatchSeal = {
  /** The bits of `attributeBits`, compression among them. */
  readonly attributes: number
  readonly firstTimestamp: number
  readonly maxTimestamp: number
  /** That of the last record where absent. */
  readonly lastOffsetDelta?: number
}

/** A batch that is whole but for its base offset, its producer and its checksum. */
export type SealedBatch = { readonly bytes: Buffer; readonly count: number }

export class BatchBuilder {
  count = 0
  #bytes = Buffer.allocUnsafe(4096)
  #end: number = batchAt.records

  /** Of the records, before compression. */
  get size(): number {
    return this.#end - batchAt.records
  }

  /** Adds a record and gives its index within the batch. Without `apart` it has the next offset and
   *  the time of the batch. */
  add(record: NewRecord & Partial<Pick<MovedRecord, 'stampedAt'>>, apart?: Apart): number {
    const { key, value, headers, at, receivedAt, stampedAt } = record
    const names = headers === undefined ? noNames : Object.keys(headers)
    let room = roomOf(key) + roomOf(numberRoom) * 3 + value.byteLength + varlongBytesMax + 5 * varintBytesMax
    for (const name of names) room += roomOf(name) + roomOf(headers?.[name] ?? '')
    this.#reserve(room)
    const bytes = this.#bytes
    const start = this.#end
    // The length of a record stands before it and is known after it: it takes two bytes as a rule,
    // and where it takes other than that the record is moved.
    let end = start + 2
    bytes[end++] = 0
    end = putVarlong(bytes, apart?.ms ?? 0, end)
    end = putVarint(bytes, apart?.offset ?? this.count, end)
    end = putText(bytes, key, end)
    end = putValue(bytes, value, end)
    end = putVarint(bytes, (stampedAt === undefined ? 2 : 3) + names.length, end)
    if (stampedAt !== undefined) end = putNumber(bytes, stampedAt, putBytes(bytes, nameBytes.appendedAt, end))
    end = putNumber(bytes, at, putBytes(bytes, nameBytes.at, end))
    end = putBytes(bytes, nameBytes.receivedAt, end)
    end = receivedAt === undefined ? putText(bytes, '', end) : putNumber(bytes, Math.floor(receivedAt), end)
    for (const name of names) end = putText(bytes, headers?.[name] ?? '', putText(bytes, name, end))
    const length = end - start - 2
    const bodyAt = start + lengthBytes(length)
    if (bodyAt !== start + 2) bytes.copyWithin(bodyAt, start + 2, end)
    putVarint(bytes, length, start)
    this.#end = bodyAt + length
    return this.count++
  }

  /** The bytes of the records as they are packed, and how. */
  seal(
    pack: (records: Buffer) => Uint8Array,
    { attributes, firstTimestamp, maxTimestamp, lastOffsetDelta }: BatchSeal,
  ): SealedBatch {
    const { count } = this
    const packed = pack(this.#bytes.subarray(batchAt.records, this.#end))
    const bytes = Buffer.allocUnsafe(batchAt.records + packed.byteLength)
    bytes.set(packed, batchAt.records)
    bytes.fill(0, 0, batchAt.records)
    bytes.writeInt32BE(bytes.byteLength - lengthFrom, batchAt.length)
    bytes.writeInt32BE(-1, batchAt.leaderEpoch)
    bytes[batchAt.magic] = batchForm
    bytes.writeInt16BE(attributes, batchAt.attributes)
    bytes.writeInt32BE(lastOffsetDelta ?? count - 1, batchAt.lastOffsetDelta)
    bytes.writeBigInt64BE(BigInt(firstTimestamp), batchAt.firstTimestamp)
    bytes.writeBigInt64BE(BigInt(maxTimestamp), batchAt.maxTimestamp)
    bytes.writeBigInt64BE(-1n, batchAt.producerId)
    bytes.writeInt16BE(-1, batchAt.producerEpoch)
    bytes.writeInt32BE(-1, batchAt.sequence)
    bytes.writeInt32BE(count, batchAt.count)
    this.clear()
    return { bytes, count }
  }

  /** Leaves out what was added since the last batch. */
  clear(): void {
    this.count = 0
    this.#end = batchAt.records
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

const nameOf = (name: string): Uint8Array => Uint8Array.from([name.length << 1, ...Buffer.from(name)])
/** Behind their lengths. */
const nameBytes = {
  appendedAt: nameOf(headerNames.appendedAt),
  at: nameOf(headerNames.at),
  receivedAt: nameOf(headerNames.receivedAt),
}
