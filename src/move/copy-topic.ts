// A topic copied from one log into another, and the two compared. The records of a partition keep
// their order and all that they say; offsets are others. How far a copy has come is told by the log
// it goes into, so one that was cut short goes on there.
import { createHash } from 'node:crypto'
import { Outage } from '../base/errors.ts'
import { positionKey, type EventLog, type Segment, type StoredRecord, type Topic } from '../eventlog/event-log.ts'
import type { TakeMoved } from '../eventlog/moved-record.ts'

export type FilledLog = { readonly log: EventLog; readonly take: TakeMoved }

/** Of all partitions together; a log on Kafka holds 64 MiB of what waits. */
const limits = { records: 20_000, bytes: 8 * 2 ** 20 }

type Place = {
  readonly partition: number
  next: number
  /** Records that are there already. */
  held: number
  isDone: boolean
}

export type CopiedTopic = {
  readonly records: number
  /** Of the source, which no reader gets any more. */
  readonly damaged: readonly string[]
}

/** Copies what is not there yet. `starts`: where each partition of the source began when the move
 *  did, by its number. `told` hears how many records are there. Rejects with the outages of the
 *  logs, MOVE_SOURCE_CHANGED where the source no longer has its first records, and
 *  MOVE_TARGET_CHANGED where the target has some of somebody else. */
export async function copyTopic(
  topic: Topic,
  from: EventLog,
  to: FilledLog,
  starts: readonly number[],
  told: (records: number) => void = () => {},
): Promise<CopiedTopic> {
  const places = await Promise.all(starts.map((start, partition) => openPlace(topic, from, to.log, partition, start)))
  const damaged = new Set<string>()
  let records = places.reduce((sum, { held }) => sum + held, 0)
  let taking: Promise<void> = Promise.resolve()
  for (;;) {
    const open = places.filter(({ isDone }) => !isDone)
    if (open.length === 0) break
    const share = { records: Math.ceil(limits.records / open.length), bytes: Math.ceil(limits.bytes / open.length) }
    const reading = Promise.all(open.map(({ partition, next }) => from.read(topic, partition, next, share)))
    const [segments] = await Promise.all([reading, taking])
    const found = open.flatMap((place, index) => takeIn(place, segments[index]!, damaged))
    records += found.length
    taking = found.length === 0 ? taking : to.take(found.map(movedRecord))
    told(records)
  }
  await taking
  const tooMany = places.find(({ held }) => held > 0)
  if (tooMany !== undefined)
    throw changedTarget(`has ${tooMany.held} records more in ${topic}/${tooMany.partition} than the log that is moved`)
  return { records, damaged: [...damaged] }
}

async function openPlace(topic: Topic, from: EventLog, to: EventLog, partition: number, start: number): Promise<Place> {
  const [own, there] = await Promise.all([from.bounds(topic, partition), to.bounds(topic, partition)])
  if (own.start !== start) throw changedSource(topic, partition)
  refuseDropped(topic, partition, there.start)
  return { partition, next: start, held: there.end, isDone: false }
}

/** The records of a stretch that are not there yet. */
function takeIn(place: Place, { records, next, end, gaps }: Segment, damaged: Set<string>): readonly StoredRecord[] {
  for (const { topic, partition, from, to, why } of gaps) {
    if (why === 'retention') throw changedSource(topic, partition)
    damaged.add(`${topic}/${partition} offsets ${from} to ${to - 1}`)
  }
  const known = Math.min(place.held, records.length)
  place.held -= known
  place.next = next
  place.isDone = next >= end
  return known === 0 ? records : records.slice(known)
}

/** `start`: where the partition begins that is filled. */
export function refuseDropped(topic: Topic, partition: number, start: number): void {
  if (start > 0)
    throw changedTarget(
      `has dropped records of ${topic}/${partition} already: raise ROADSTREAM_LOG_TOPIC_MAX, or ROADSTREAM_LOG_MAX where it is embedded`,
    )
}

export const movedRecord = ({ topic, key, value, headers, at, receivedAt, appendedAt }: StoredRecord) => ({
  topic,
  key,
  value,
  at,
  receivedAt,
  stampedAt: appendedAt,
  ...(headers === undefined ? {} : { headers }),
})

export const changedSource = (topic: Topic, partition: number): Outage =>
  new Outage(
    'MOVE_SOURCE_CHANGED',
    `The log that is moved has dropped its oldest records of ${topic}/${partition} since the move began: lengthen its retention, give the move up (\`roadstream move --give-up\`), and begin it again.`,
    { retryable: false },
  )

export const changedTarget = (what: string): Outage =>
  new Outage(
    'MOVE_TARGET_CHANGED',
    `The log that is filled ${what}. Give the move up (\`roadstream move --give-up\`), and begin it again.`,
    { retryable: false },
  )

export type PartitionSum = {
  readonly start: number
  readonly records: number
  /** Over all that the records say, in their order, but their offsets. */
  readonly digest: string
  /** After the last record. */
  readonly end: number
  /** By wanted offset, how many records have a lesser one; of those beyond the end nothing. */
  readonly before: ReadonlyMap<number, number>
}

/** Reads all of a partition; `wanted` are offsets in it. */
export async function sumPartition(
  log: EventLog,
  topic: Topic,
  partition: number,
  wanted: Iterable<number> = [],
): Promise<PartitionSum> {
  const ahead = [...wanted].sort((a, b) => a - b)
  const before = new Map<number, number>()
  const hash = createHash('sha256')
  let records = 0
  let asked = 0
  const { start } = await log.bounds(topic, partition)
  for (let next = start; ;) {
    const segment = await log.read(topic, partition, next, limits)
    for (const record of segment.records) {
      for (; asked < ahead.length && ahead[asked]! <= record.offset; asked += 1) before.set(ahead[asked]!, records)
      hash.update(headOf(record)).update(record.value)
      records += 1
    }
    next = segment.next
    if (next < segment.end) continue
    for (; asked < ahead.length && ahead[asked]! <= segment.end; asked += 1) before.set(ahead[asked]!, records)
    return { start, records, digest: hash.digest('hex'), end: segment.end, before }
  }
}

/** With the length of the value, so that no two records make the same bytes. */
export function headOf({ key, value, headers, at, receivedAt, appendedAt }: StoredRecord): string {
  const named = headers === undefined ? [] : Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify([key, at, receivedAt, appendedAt, value.byteLength, ...named.flat()])
}

/** Rejects with MOVE_DIFFERS where the partition of the two is not the same. */
export function refuseDifference(topic: Topic, partition: number, from: PartitionSum, to: PartitionSum): void {
  refuseDropped(topic, partition, to.start)
  if (from.records === to.records && from.digest === to.digest) return
  const place = positionKey(topic, partition)
  throw new Outage(
    'MOVE_DIFFERS',
    `After the copy ${place} is not the same: ${from.records} records in the log that is moved and ${to.records} in the one that was filled${from.records === to.records ? ', and they differ' : ''}. Something else wrote to one of the two: give the move up (\`roadstream move --give-up\`), and begin it again.`,
    { retryable: false },
  )
}
