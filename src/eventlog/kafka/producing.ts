// Produce requests: batches of many partitions of one broker, one of each, in one request.
import { produceV9, Writer, type Connection } from '@platformatic/kafka'
import type { Topic } from '../event-log.ts'
import type { KafkaCompression } from '../kafka-options.ts'
import { kafkaTimes, type Cluster } from './cluster.ts'
import { answerOf, faultName } from './faults.ts'
import type { KafkaCounts } from './kafka-counts.ts'
import { request } from './requesting.ts'

/** Of all that stores on a cluster. */
export type ProducingOptions = {
  readonly cluster: Cluster
  readonly prefix: string
  readonly compression: KafkaCompression
  readonly counts: KafkaCounts
  /** Awaited before anything is sent. */
  readonly begun: () => Promise<void>
  /** Told where a partition ends now. */
  readonly stored: (topic: Topic, partition: number, end: number) => void
}

/** A batch that is whole, and where it goes by the topic's full name. */
export type SentBatch = { readonly name: string; readonly partition: number; readonly bytes: Buffer }

/** `fault`: by its name in Kafka's protocol; `NONE` when the batch is stored. */
export type Produced = {
  readonly fault: string
  /** The offset of the batch's first record. */
  readonly base: number
  /** When the broker stamped it, epoch milliseconds; below 0 when it did not. */
  readonly stampedAt: number
}

/** Bytes of batches after which no further one joins a request. */
export const requestBytesMax = 8 * 2 ** 20
const acknowledgedByAll = -1
const unanswered: Produced = { fault: 'UNKNOWN_SERVER_ERROR', base: -1, stampedAt: -1 }

/** The fate of each batch, in their order. `transactionalId`: of the transaction that the
 *  batches are of. */
export async function produce(
  connection: Connection,
  sent: readonly SentBatch[],
  transactionalId: string | null = null,
): Promise<readonly Produced[]> {
  const topics = [...Map.groupBy(sent, ({ name }) => name)]
  const write = (): Writer =>
    Writer.create()
      .appendString(transactionalId)
      .appendInt16(acknowledgedByAll)
      .appendInt32(kafkaTimes.store)
      .appendArray(topics, (topicPart, [name, own]) => {
        topicPart.appendString(name).appendArray(own, (part, { partition, bytes }) => {
          part
            .appendInt32(partition)
            .appendUnsignedVarInt(bytes.byteLength + 1)
            .append(bytes)
        })
      })
      .appendTaggedFields()
  const { api, parseResponse } = produceV9
  const { responses } = await answerOf(request(connection, { api, write, read: parseResponse }))
  const produced = new Map(
    responses.flatMap(({ name, partitionResponses }) =>
      partitionResponses.map(({ index, errorCode, baseOffset, logAppendTimeMs }) => [
        `${name}/${index}`,
        { fault: faultName(errorCode), base: Number(baseOffset), stampedAt: Number(logAppendTimeMs) },
      ]),
    ),
  )
  return sent.map(({ name, partition }) => produced.get(`${name}/${partition}`) ?? unanswered)
}
