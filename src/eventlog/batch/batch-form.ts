// Record batches of Kafka's form 2: what a log of Kafka stores and sends, and what the embedded log
// packs its blocks into.
// Source: https://kafka.apache.org/documentation/#recordbatch

/** Places in the head of a batch. Big-endian. */
export const batchAt = {
  length: 8,
  leaderEpoch: 12,
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
export const attributeBits = {
  compression: 0b111,
  /** All records were stored at the batch's newest time, whatever stands in them. */
  isLogAppendTime: 0b1000,
  isTransactional: 0b1_0000,
  isControl: 0b10_0000,
} as const
/** By the bits that say it. */
export const batchCompressions = { none: 0, lz4: 3, zstd: 4 } as const

/** The head of a batch, as far as it tells of the records. */
export type BatchHead = {
  /** Offsets are counted from it. */
  readonly base: number
  /** Of the last record, or of one after it that is not kept. */
  readonly last: number
  readonly attributes: number
  readonly firstTimestamp: number
  readonly maxTimestamp: number
  readonly producerId: bigint
  readonly count: number
}

export const readBatchHead = (batch: Buffer): BatchHead => {
  const base = Number(batch.readBigInt64BE(0))
  return {
    base,
    last: base + batch.readInt32BE(batchAt.lastOffsetDelta),
    attributes: batch.readInt16BE(batchAt.attributes),
    firstTimestamp: Number(batch.readBigInt64BE(batchAt.firstTimestamp)),
    maxTimestamp: Number(batch.readBigInt64BE(batchAt.maxTimestamp)),
    producerId: batch.readBigInt64BE(batchAt.producerId),
    count: batch.readInt32BE(batchAt.count),
  }
}
