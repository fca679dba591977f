// Batches of ours on their way to a broker: packed as the settings say, and sent by the same bytes
// until they are stored.
import { compressionsAlgorithms, crc32c } from '@platformatic/kafka'
import type { KafkaCompression } from '../kafka-options.ts'
import type { BatchBuilder, SealedBatch } from '../batch/batch-builder.ts'
import { attributeBits, batchAt, batchCompressions } from '../batch/batch-form.ts'

/** Bytes of records, before compression, after which a partition's next record begins another
 *  batch: below what brokers take in one (`max.message.bytes`, 1 MiB) by far. */
export const batchBytesMax = 512 * 1024

/** Whose batch it is: by it and the sequence a broker knows a batch that it has already stored. */
export type Producer = {
  readonly id: bigint
  readonly epoch: number
  /** Its batches are of transactions. */
  readonly isTransactional?: true
}

/** The batch, and the builder is empty for the next one. `now`: epoch milliseconds, which the
 *  broker replaces by its own. */
export const sealBatch = (builder: BatchBuilder, compression: KafkaCompression, now: number): SealedBatch =>
  builder.seal(
    (records) => (compression === 'none' ? records : compressionsAlgorithms[compression].compressSync(records)),
    { attributes: batchCompressions[compression], firstTimestamp: now, maxTimestamp: now },
  )

/** Says in the batch whose it is, and which. */
export function stampBatch(bytes: Buffer, producer: Producer, sequence: number): void {
  bytes.writeBigInt64BE(producer.id, batchAt.producerId)
  bytes.writeInt16BE(producer.epoch, batchAt.producerEpoch)
  if (producer.isTransactional)
    bytes.writeInt16BE(bytes.readInt16BE(batchAt.attributes) | attributeBits.isTransactional, batchAt.attributes)
  bytes.writeInt32BE(sequence, batchAt.sequence)
  bytes.writeUInt32BE(crc32c(bytes.subarray(batchAt.attributes)), batchAt.crc)
}
