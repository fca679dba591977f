// Produce requests: batches of many partitions of one broker, one of each, in one request.
import { produceV9, Writer as Request, type Connection } from '@platformatic/kafka'
import { kafkaTimes } from './cluster.ts'

/** A batch that is whole, and where it goes by the topic's full name. */
export type SentBatch = { readonly name: string; readonly partition: number; readonly bytes: Buffer }

/** Bytes of batches after which no further one joins a request. */
export const requestBytesMax = 8 * 2 ** 20
const acknowledgedByAll = -1

/** The answer, also where it has faults: they are looked at one by one. `transactionalId`: of the
 *  transaction that the batches are of. */
export async function produce(
  connection: Connection,
  sent: readonly SentBatch[],
  transactionalId: string | null = null,
): Promise<produceV9.ProduceResponse> {
  const topics = [...Map.groupBy(sent, ({ name }) => name)]
  const request = (): Request =>
    Request.create()
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
  return new Promise((resolve, reject) =>
    connection.send<produceV9.ProduceResponse>(
      api.key,
      api.version,
      request,
      parseResponse,
      true,
      true,
      (error, response) => {
        const told = response ?? (error as { readonly response?: produceV9.ProduceResponse } | null)?.response
        if (told === undefined) reject(error ?? new Error('There was no answer.'))
        else resolve(told)
      },
    ),
  )
}
