// Fetch requests: of many partitions of one broker in one request, as what is committed. The client
// sends and receives; the records of an answer are left as bytes (batch-reading.ts).
import { fetchV13, listOffsetsV7, ResponseError, type Connection, type Reader } from '@platformatic/kafka'
import type { AbortedTransaction } from './batch-reading.ts'
import { answerOf, faultName } from './faults.ts'
import { request } from './requesting.ts'

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

/** The answer of each place, in their order; undefined where the broker says nothing of it. No
 *  partition may be among them twice. */
export async function fetch(
  connection: Connection,
  places: readonly FetchPlace[],
  limits: FetchLimits,
): Promise<readonly (Fetched | undefined)[]> {
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
  const write = () =>
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
  const fetched = await request(connection, { api: fetchV13.api, write, read: parseFetched })
  const found = new Map(fetched.map((each) => [keyOf(each), each]))
  return places.map((place) => found.get(keyOf(place)))
}

const keyOf = ({ topicId, partition }: Pick<FetchPlace, 'topicId' | 'partition'>): string => `${topicId}/${partition}`

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

/** An offset of a partition: of its start, its end, or its newest record. */
const offsetAsked = { start: -2n, end: -1n, newest: -3n } as const
export type OffsetKind = keyof typeof offsetAsked

/** `fault`: by its name in Kafka's protocol. `at`: when the record there was stamped, epoch
 *  milliseconds; below 0 for none. */
export type PartitionOffset = { readonly fault: string; readonly offset: number; readonly at: number }

/** Of partitions of one topic, as the broker gives them. `isCommitted`: the end is that of what is
 *  committed. */
export async function listOffsets(
  connection: Connection,
  name: string,
  partitions: readonly number[],
  kind: OffsetKind,
  isCommitted = false,
): Promise<readonly PartitionOffset[]> {
  const asked = partitions.map((partitionIndex) => ({
    partitionIndex,
    currentLeaderEpoch: unknown,
    timestamp: offsetAsked[kind],
  }))
  const { topics } = await answerOf(
    listOffsetsV7.api.async(connection, unknown, isCommitted ? onlyCommitted : 0, [{ name, partitions: asked }]),
  )
  return topics.flatMap(({ partitions: own }) =>
    own.map(({ errorCode, offset, timestamp }) => ({
      fault: faultName(errorCode),
      offset: Number(offset),
      at: Number(timestamp),
    })),
  )
}
