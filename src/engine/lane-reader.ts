// The input of a lane: the topics of one partition, of one log or of several. The logs are read one
// after the other, uplink first; within a log by append time, `critical` before all else. The order
// depends only on the ranges of offsets, not on how they were cut into batches.
import { epochKey, positionKey } from '../eventlog/event-log.ts'
import type { EventLog, Gap, Positions, ReadLimits, StoredRecord, Topic } from '../eventlog/event-log.ts'
import { openLogReader, readRange, type LogReader, type PartitionLag } from '../eventlog/log-reader.ts'

/** A log, and which of its topics are read. */
export type Source = { readonly log: EventLog; readonly topics: readonly Topic[] }

export type LaneRead = {
  readonly records: readonly StoredRecord[]
  readonly to: Positions
  readonly isNews: boolean
  /** Topics of which there is more to read at once. */
  readonly behind: readonly Topic[]
  readonly gaps: readonly Gap[]
  readonly restarted: readonly { readonly topic: Topic; readonly partition: number }[]
}

export interface LaneReader {
  /** The records that are there now, at once. Rejects with the log's Outage, and nothing is then
   *  passed over. */
  poll(limits: ReadLimits): Promise<LaneRead>
  /** All records in [from, to). */
  range(from: Positions, to: Positions): Promise<readonly StoredRecord[]>
  positions(): Positions
  /** The keys of its positions. */
  readonly places: readonly string[]
  /** By topic: the records to come, or more where offsets have gaps, and those after them that
   *  nobody is given yet. */
  lag(): Promise<ReadonlyMap<Topic, Pick<PartitionLag, 'records' | 'withheld'>>>
  /** By topic: all that is kept. */
  kept(): Promise<ReadonlyMap<Topic, number>>
}

/** Read before what waits in the same log. */
export const first: readonly Topic[] = ['critical']

export function openLaneReader(sources: readonly Source[], partition: number, from: Positions): LaneReader {
  const readers = sources.map(({ log, topics }) =>
    openLogReader(log, { topics, partitions: [partition], order: 'arrival', first }, from),
  )
  const positions = (): Positions => together(sources, partition, from, readers)

  return {
    places: sources.flatMap(({ topics }) => topics.map((topic) => positionKey(topic, partition))),
    async poll(limits) {
      const batches = []
      for (const reader of readers) batches.push(await reader.poll(limits))
      return {
        records: batches.length === 1 ? batches[0]!.records : batches.flatMap(({ records }) => records),
        to: positions(),
        isNews: batches.some(({ isNews }) => isNews),
        behind: batches.flatMap(({ behind }) => behind),
        gaps: batches.flatMap(({ gaps }) => gaps),
        restarted: batches.flatMap(({ restarted }) => restarted),
      }
    },
    async range(start, end) {
      const records: StoredRecord[] = []
      for (const { log, topics } of sources)
        records.push(...(await readRange(log, { topics, partition, first }, start, end)))
      return records
    },
    positions,
    async lag() {
      const lags = await Promise.all(readers.map((reader) => reader.lag()))
      return new Map(lags.flat().map(({ topic, records, withheld }) => [topic, { records, withheld }]))
    },
    async kept() {
      const all = sources.flatMap(({ log, topics }) => topics.map((topic) => ({ log, topic })))
      return new Map(
        await Promise.all(
          all.map(async ({ log, topic }) => {
            const { start, end } = await log.bounds(topic, partition)
            return [topic, end - start] as const
          }),
        ),
      )
    },
  }
}

/** The positions of all logs as one: of each reader what it says of its own topics and its own
 *  log. */
function together(
  sources: readonly Source[],
  partition: number,
  from: Positions,
  readers: readonly LogReader[],
): Positions {
  if (readers.length === 1) return readers[0]!.positions()
  const all: Record<string, number> = { ...from }
  for (const [index, { log, topics }] of sources.entries()) {
    const own = readers[index]!.positions()
    for (const key of [...topics.map((topic) => positionKey(topic, partition)), epochKey(log.id)])
      if (own[key] !== undefined) all[key] = own[key]
  }
  return all
}
