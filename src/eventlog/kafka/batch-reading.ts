// Batches of Kafka's form 2 as records of the log. Given out is only what is committed: records of
// a transaction that was aborted are passed over, and so are the markers that end one. The client's
// own filter is not used: of a producer that aborted more than once in what was fetched it gives
// out aborted records and holds back committed ones (2.12.1).
import { compressionsAlgorithmsByBitmask, crc32c } from '@platformatic/kafka'
import { Outage } from '../../base/errors.ts'
import type { StoredRecord, Topic } from '../event-log.ts'
import { attributeBits, batchAt, batchForm, lengthFrom, readBatchHead, type BatchHead } from '../batch/batch-form.ts'
import { BatchRecords } from '../batch/batch-records.ts'

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

const abortKind = '\0\0'

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
    checkForm(batch, place)
    const head = readBatchHead(batch)
    const { base, last, producerId, attributes } = head
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
      if (isAbort(batch, head, place)) open.delete(producerId)
    } else if ((attributes & attributeBits.isTransactional) === 0 || !open.has(producerId)) {
      readRecords(batch, head, place, from, records)
    }
  }
  return { records, next, damaged }
}

function checkForm(batch: Buffer, { topic, partition }: Place): void {
  const form = batch[batchAt.magic]
  if (form !== batchForm)
    throw new Outage(
      'LOG_DAMAGED',
      `Kafka gave a batch of form ${form} for ${topic}/${partition}; brokers from 3.1 on give form ${batchForm}.`,
      { retryable: false },
    )
}

/** By the key of the marker's one record: a version and the kind, two bytes each. */
const isAbort = (marker: Buffer, head: BatchHead, place: Place): boolean =>
  new BatchRecords(marker.subarray(batchAt.records), head, place).next(0)?.key.endsWith(abortKind) === true

function readRecords(batch: Buffer, head: BatchHead, place: Place, from: number, into: StoredRecord[]): void {
  const compression = head.attributes & attributeBits.compression
  const packed = batch.subarray(batchAt.records)
  const records = new BatchRecords(compression === 0 ? packed : unpacked(packed, compression), head, place)
  for (let record = records.next(from); record !== undefined; record = records.next(from)) into.push(record)
}

function unpacked(packed: Buffer, compression: number): Buffer {
  const bytes: Uint8Array = compressionsAlgorithmsByBitmask[compression]!.decompressSync(packed)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
