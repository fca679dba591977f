// Batches of Kafka's form 2 as records of the log. Given out is only what is committed: records of
// a transaction that was aborted are passed over, and so are the markers that end one. The client's
// own filter is not used: of a producer that aborted more than once in what was fetched it gives
// out aborted records and holds back committed ones (2.12.1).
import { compressionsAlgorithmsByBitmask, crc32c } from '@platformatic/kafka'
import { Outage } from '../../base/errors.ts'
import type { StoredRecord, Topic } from '../event-log.ts'
import { attributeBits, batchAt, batchForm, lengthFrom } from './batch-builder.ts'
import { headerNames } from './record-headers.ts'

export type AbortedTransaction = { readonly producerId: bigint; readonly firstOffset: bigint }
/** Offsets of a batch whose checksum does not fit. */
export type DamagedBatch = { readonly from: number; readonly to: number; readonly records: number }

export type ReadBatches = {
  readonly records: StoredRecord[]
  /** After the last whole batch; `from` when there is none. */
  readonly next: number
  readonly damaged: readonly DamagedBatch[]
}

type Place = { readonly topic: Topic; readonly partition: number }

const abortMarker = 0

/** Decodes what was fetched of a partition from an offset on. The last batch may be cut off: it is
 *  fetched again. */
export function readBatches(
  bytes: Buffer,
  place: Place,
  from: number,
  aborted: readonly AbortedTransaction[],
): ReadBatches {
  const ahead = aborted.toSorted((a, b) => Number(a.firstOffset - b.firstOffset))
  const open = new Set<bigint>()
  const records: StoredRecord[] = []
  const damaged: DamagedBatch[] = []
  let next = from
  for (let start = 0; start + batchAt.records <= bytes.byteLength;) {
    const end = start + lengthFrom + bytes.readInt32BE(start + batchAt.length)
    if (end > bytes.byteLength) break
    const batch = bytes.subarray(start, end)
    start = end
    const { base, last, producerId, attributes } = readHead(batch, place)
    next = Math.max(next, last + 1)
    if (crc32c(batch.subarray(batchAt.attributes)) !== batch.readUInt32BE(batchAt.crc)) {
      damaged.push({ from: base, to: last + 1, records: last + 1 - base })
      continue
    }
    for (let first = ahead[0]; first !== undefined && first.firstOffset <= last; first = ahead[0]) {
      open.add(first.producerId)
      ahead.shift()
    }
    if ((attributes & attributeBits.isControl) !== 0) {
      if (markerOf(batch) === abortMarker) open.delete(producerId)
    } else if ((attributes & attributeBits.isTransactional) === 0 || !open.has(producerId)) {
      readRecords(batch, place, from, records)
    }
  }
  return { records, next, damaged }
}

function readHead(batch: Buffer, { topic, partition }: Place) {
  const form = batch[batchAt.magic]
  if (form !== batchForm)
    throw new Outage(
      'LOG_DAMAGED',
      `Kafka gave a batch of form ${form} for ${topic}/${partition}; brokers from 3.1 on give form ${batchForm}.`,
      { retryable: false },
    )
  const base = Number(batch.readBigInt64BE(0))
  return {
    base,
    last: base + batch.readInt32BE(batchAt.lastOffsetDelta),
    producerId: batch.readBigInt64BE(batchAt.producerId),
    attributes: batch.readInt16BE(batchAt.attributes),
  }
}

/** The kind of a marker: the second number of the key of its one record. */
function markerOf(batch: Buffer): number {
  const cursor = new RecordCursor(batch, batchAt.records)
  cursor.varint()
  cursor.at += 1
  cursor.varint()
  cursor.varint()
  cursor.varint()
  return batch.readInt16BE(cursor.at + 2)
}

function readRecords(batch: Buffer, { topic, partition }: Place, from: number, into: StoredRecord[]): void {
  const base = Number(batch.readBigInt64BE(0))
  // Topics are stamped by the broker (topic-check.ts): one time for all of a batch.
  const appendedAt = Number(batch.readBigInt64BE(batchAt.maxTimestamp))
  const compression = batch.readInt16BE(batchAt.attributes) & attributeBits.compression
  const packed = batch.subarray(batchAt.records)
  const cursor = new RecordCursor(compression === 0 ? packed : unpacked(packed, compression), 0)
  for (let left = batch.readInt32BE(batchAt.count); left > 0; left--) {
    const end = cursor.varint() + cursor.at
    cursor.at += 1
    cursor.skipVarlong()
    const offset = base + cursor.varint()
    if (offset >= from) into.push(readRecord(cursor, { topic, partition, offset, appendedAt }))
    cursor.at = end
  }
}

function unpacked(packed: Buffer, compression: number): Buffer {
  const bytes: Uint8Array = compressionsAlgorithmsByBitmask[compression]!.decompressSync(packed)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

type RecordPlace = Place & { readonly offset: number; readonly appendedAt: number }

function readRecord(
  cursor: RecordCursor,
  { topic, partition, offset, appendedAt: stampedAt }: RecordPlace,
): StoredRecord {
  const key = cursor.text()
  const value = cursor.bytes()
  let appendedAt = stampedAt
  let at = stampedAt
  let receivedAt = stampedAt
  let headers: Record<string, string> | undefined
  const count = cursor.varint()
  /** Where `at` stands: after the time of a log from which the record was moved. */
  let first = 0
  for (let index = 0; index < count; index++) {
    const name = cursor.text()
    const text = cursor.text()
    if (index === 0 && name === headerNames.appendedAt) {
      appendedAt = Number(text)
      first = 1
    } else if (index === first && name === headerNames.at) at = Number(text)
    else if (index === first + 1 && name === headerNames.receivedAt)
      receivedAt = text === '' ? appendedAt : Number(text)
    else headers = withHeader(headers, name, text)
  }
  const stored = { topic, key, value, at, partition, offset, appendedAt, receivedAt }
  return headers === undefined ? stored : { ...stored, headers }
}

/** Also for a name such as `__proto__`. */
function withHeader(headers: Record<string, string> = {}, name: string, value: string): Record<string, string> {
  Object.defineProperty(headers, name, { value, enumerable: true, configurable: true, writable: true })
  return headers
}

class RecordCursor {
  at: number
  readonly #bytes: Buffer

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  varint(): number {
    let raw = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.at++]!
      raw |= (byte & 0x7f) << shift
      if (byte < 0x80) return (raw >>> 1) ^ -(raw & 1)
    }
  }

  skipVarlong(): void {
    while (this.#bytes[this.at++]! >= 0x80);
  }

  /** Empty for none. */
  bytes(): Uint8Array {
    const length = this.varint()
    if (length <= 0) return new Uint8Array(0)
    this.at += length
    return this.#bytes.subarray(this.at - length, this.at)
  }

  text(): string {
    const length = this.varint()
    if (length <= 0) return ''
    this.at += length
    return this.#bytes.toString('utf8', this.at - length, this.at)
  }
}
