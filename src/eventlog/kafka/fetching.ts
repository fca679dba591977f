// Fetch requests: of many partitions of one broker in one request, as what is committed. The client
// sends and receives; the records of an answer are left as bytes (batch-reading.ts).
import { fetchV13, listOffsetsV7, ResponseError, type Connection, type Reader } from '@platformatic/kafka'
import type { AbortedTransaction } from './batch-reading.ts'
import { faultName } from './faults.ts'

export type FetchPlace = { readonly topicId: string; readonly partition: number; readonly offset: number }

export type Fetched = {
  readonly topicId: string
  readonly partition: number
  /** By its name in Kafka's protocol; `NONE` when all is well. */
  readonly fault: string
  /** The offset of the next record to come. */
  readonly end: number
  /** Up to here nothing is of a transaction that is not ended: as far as is given out. */
  readonly stableEnd: number
  readonly start: number
  readonly aborted: readonly AbortedTransaction[]
  readonly bytes: Buffer
}

/** `bytesMax`: of a partition; one batch is given however large. */
export type FetchLimits = { readonly waitMs: number; readonly bytesMax: number; readonly totalBytesMax: number }

const onlyCommitted = 1
const noSession = { id: 0, epoch: -1 } as const
const unknown = -1

export function fetch(connection: Connection, places: readonly FetchPlace[], limits: FetchLimits): Promise<Fetched[]> {
  const topics = [...Map.groupBy(places, ({ topicId }) => topicId)].map(([topicId, own]) => ({
    topicId,
    partitions: own.map(({ partition, offset }) => ({
      partition,
      currentLeaderEpoch: unknown,
      fetchOffset: BigInt(offset),
      lastFetchedEpoch: unknown,
      partitionMaxBytes: limits.bytesMax,
    })),
  }))
  const request = () =>
    fetchV13.createRequest(
      limits.waitMs,
      1,
      limits.totalBytesMax,
      onlyCommitted,
      noSession.id,
      noSession.epoch,
      topics,
      [],
      '',
    )
  const { key, version } = fetchV13.api
  return new Promise((resolve, reject) =>
    connection.send<Fetched[]>(key, version, request, parseFetched, true, true, (error, fetched) => {
      if (fetched === undefined) reject(error ?? new Error('There was no answer.'))
      else resolve(fetched)
    }),
  )
}

function parseFetched(_id: number, key: number, version: number, answer: Reader): Fetched[] {
  answer.readInt32()
  const errorCode = answer.readInt16()
  answer.readInt32()
  const topics = answer.readArray((topic) => {
    const topicId = topic.readUUID()
    return topic.readArray((part) => parsePartition(part, topicId))
  })
  if (errorCode !== 0) throw new ResponseError(key, version, { '': [errorCode, null] }, topics)
  return topics.flat()
}

function parsePartition(part: Reader, topicId: string): Fetched {
  const partition = part.readInt32()
  const fault = faultName(part.readInt16())
  const end = Number(part.readInt64())
  const stableEnd = Number(part.readInt64())
  const start = Number(part.readInt64())
  const aborted = part.readNullableArray((one) => ({ producerId: one.readInt64(), firstOffset: one.readInt64() })) ?? []
  part.readInt32()
  const bytes = part.readNullableBytes() ?? Buffer.alloc(0)
  return { topicId, partition, fault, end, stableEnd, start, aborted, bytes }
}

/** Which end of a partition is asked for; `stable` is that of what is committed. */
export type OffsetKind = 'start' | 'stable' | 'end'
const instants = { start: -2n, stable: -1n, end: -1n } as const

/** The offset, or the fault by its name in Kafka's protocol. */
export async function askOffset(
  connection: Connection,
  name: string,
  partition: number,
  kind: OffsetKind,
): Promise<{ readonly offset: number } | { readonly fault: string }> {
  const asked = { partitionIndex: partition, currentLeaderEpoch: unknown, timestamp: instants[kind] }
  try {
    const isolation = kind === 'stable' ? onlyCommitted : 0
    const { topics } = await listOffsetsV7.api.async(connection, unknown, isolation, [{ name, partitions: [asked] }])
    return { offset: Number(topics[0]?.partitions[0]?.offset ?? unknown) }
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error
    const answer = (error as { readonly response?: Awaited<ReturnType<typeof listOffsetsV7.api.async>> }).response
    return { fault: faultName(answer?.topics[0]?.partitions[0]?.errorCode ?? unknown) }
  }
}
