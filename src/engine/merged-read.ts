// Reading the topics of one partition as one stream. `critical` comes first, whatever else waits; the others are merged by
// append time, the order in which they came, so that a replay of months does not put all events before all telemetry.
// The order of the records depends only on the range of offsets, not on how it was cut into reads.
import { positionKey, type EventLog, type LogTopic, type Positions, type StoredRecord } from '../eventlog/event-log.ts'

export type Batch = {
  readonly records: readonly StoredRecord[]
  /** Where each topic is to be read on from. */
  readonly to: Positions
  /** The topics of which there was more than was taken. */
  readonly behind: readonly LogTopic[]
  /** Records that retention had dropped before they were read. */
  readonly lost: number
  /** The topics that are read again from their oldest record: the position was beyond their end, so it belongs to another log. */
  readonly restarted: readonly LogTopic[]
}

type Source = {
  readonly topic: LogTopic
  /** The first offset that is both wanted and still kept. */
  readonly start: number
  readonly records: readonly StoredRecord[]
  readonly more: boolean
  next: number
}

/** At most so many bytes of each topic in one batch; a record is at most 256 KiB. */
const bytesMax = 4 * 1024 * 1024

/** Up to `limit` records from `from` on, over all topics. */
export function readMerged(log: EventLog, partition: number, topics: readonly LogTopic[], from: Positions, limit: number): Batch {
  const sources = topics.map((topic): Source => {
    const bounds = log.boundsSync(topic, partition)
    const wanted = from[positionKey(topic, partition)] ?? 0
    const start = wanted > bounds.end ? bounds.start : Math.max(bounds.start, wanted)
    const records = bounds.end > start ? log.readSync(topic, partition, start, { records: limit, bytes: bytesMax }) : []
    const last = records.at(-1)
    return { topic, start, records, more: last !== undefined && last.offset + 1 < bounds.end, next: 0 }
  })
  const records: StoredRecord[] = []
  for (const source of sources)
    if (source.topic === 'critical') while (source.next < source.records.length && records.length < limit) take(source, records)
  for (;;) {
    const source = earliest(sources)
    // A topic read only in part may hold the next record: what follows it in the others has to wait.
    if (source === undefined || records.length >= limit || source.next >= source.records.length) break
    take(source, records)
  }
  return batchOf(sources, partition, from, records)
}

/** All records in [from, to). */
export function readRange(log: EventLog, partition: number, topics: readonly LogTopic[], from: Positions, to: Positions): Batch {
  const sources = topics.map((topic): Source => {
    const key = positionKey(topic, partition)
    const end = to[key] ?? 0
    const records: StoredRecord[] = []
    for (let offset = from[key] ?? 0; offset < end;) {
      const read = log
        .readSync(topic, partition, offset, { records: end - offset, bytes: bytesMax })
        .filter((record) => record.offset < end)
      const last = read.at(-1)
      if (last === undefined) break
      records.push(...read)
      offset = last.offset + 1
    }
    return { topic, start: from[key] ?? 0, records, more: false, next: 0 }
  })
  const records: StoredRecord[] = []
  for (const source of sources) if (source.topic === 'critical') while (source.next < source.records.length) take(source, records)
  for (let source = earliest(sources); source !== undefined; source = earliest(sources)) take(source, records)
  return { ...batchOf(sources, partition, from, records), to }
}

function take(source: Source, records: StoredRecord[]): void {
  records.push(source.records[source.next]!)
  source.next += 1
}

/** The source whose next record was appended first; one that is used up but has more in the log blocks the others. */
function earliest(sources: readonly Source[]): Source | undefined {
  let found: Source | undefined
  for (const source of sources) {
    const record = source.records[source.next]
    if (record === undefined) {
      if (source.more) return source
      continue
    }
    if (found === undefined || record.appendedAt < found.records[found.next]!.appendedAt) found = source
  }
  return found
}

function batchOf(sources: readonly Source[], partition: number, from: Positions, records: readonly StoredRecord[]): Batch {
  const to: Record<string, number> = { ...from }
  const behind: LogTopic[] = []
  const restarted: LogTopic[] = []
  let lost = 0
  for (const { topic, start, records: read, more, next } of sources) {
    if (more || next < read.length) behind.push(topic)
    const key = positionKey(topic, partition)
    const wanted = from[key] ?? 0
    const last = read[next - 1]
    if (last === undefined && start === wanted) continue
    if (start < wanted) restarted.push(topic)
    else lost += (last === undefined ? start : read[0]!.offset) - wanted
    to[key] = last === undefined ? start : last.offset + 1
  }
  return { records, to, behind, lost, restarted }
}
