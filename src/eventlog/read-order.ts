// The orders in which partitions are read together. Each says of each partition how far it was
// read.
import type { EventLog, Topic, Positions, ReadLimits, Segment, StoredRecord } from './event-log.ts'

export type ReadPlace = { readonly topic: Topic; readonly partition: number; readonly key: string }

/** The records read of one partition, up to `next`. */
export type ReadPart = {
  readonly place: ReadPlace
  next: number
  readonly segment: Segment
  /** The position lay beyond the end, so it belongs to another log: the partition was read from its
   *  oldest record. */
  readonly isRestarted: boolean
}

export type ReadStretch = {
  readonly records: StoredRecord[]
  readonly parts: readonly ReadPart[]
  /** Partitions there was no room for. */
  readonly unread: readonly ReadPlace[]
}

export type RecordArrival = {
  /** Of all of it; `bytes` of each topic. */
  readonly limits: ReadLimits
  readonly first: readonly Topic[]
  /** By place: read as if the partition ended there. */
  readonly ends?: ReadonlyMap<string, number>
}

type Source = ReadPart & { taken: number }

/** The topics of each partition as one stream by append time, those in `first` before all
 *  others. */
export async function readByArrival(
  log: EventLog,
  places: readonly ReadPlace[],
  from: Positions,
  arrival: RecordArrival,
): Promise<ReadStretch> {
  const { limits, first } = arrival
  // Asked for in one turn, so that a local log answers all of them from one snapshot.
  const sources = await Promise.all(places.map((place) => openSource(log, place, from[place.key], arrival)))
  const records: StoredRecord[] = []
  for (const partition of new Set(places.map((place) => place.partition))) {
    const own = sources.filter(({ place }) => place.partition === partition)
    for (const source of own)
      if (first.includes(source.place.topic))
        while (hasRecord(source) && records.length < limits.records) take(source, records)
    const others = own.filter(({ place }) => !first.includes(place.topic))
    for (let source = earliest(others); source !== undefined; source = earliest(others)) {
      // A topic read only in part may hold the next record: what follows it in the others has to
      // wait.
      if (records.length >= limits.records || !hasRecord(source)) break
      take(source, records)
    }
  }
  return { records, parts: sources, unread: [] }
}

/** Equal shares of every partition, then whatever room is left. */
export const readByShares = (
  log: EventLog,
  places: readonly ReadPlace[],
  from: Positions,
  limits: ReadLimits,
): Promise<ReadStretch> =>
  readInPasses(log, places, from, limits, [Math.max(1, Math.ceil(limits.records / places.length)), limits.records])

/** Each partition to its end, one after the other. */
export const readInTurn = (
  log: EventLog,
  places: readonly ReadPlace[],
  from: Positions,
  limits: ReadLimits,
): Promise<ReadStretch> => readInPasses(log, places, from, limits, [limits.records])

/** Of each partition as many as each pass allows. */
async function readInPasses(
  log: EventLog,
  places: readonly ReadPlace[],
  from: Positions,
  limits: ReadLimits,
  passes: readonly number[],
): Promise<ReadStretch> {
  const records: StoredRecord[] = []
  const parts = new Map<string, ReadPart>()
  let bytes = 0
  for (const most of passes)
    for (const place of places) {
      if (records.length >= limits.records || bytes >= limits.bytes) break
      const before = parts.get(place.key)
      if (before !== undefined && before.next >= before.segment.end) continue
      const room = { records: Math.min(most, limits.records - records.length), bytes: limits.bytes - bytes }
      const found = await readFrom(log, place, before?.next ?? from[place.key], room)
      const { segment } = found
      for (const record of segment.records) bytes += record.value.byteLength
      records.push(...segment.records)
      const gaps = [...(before?.segment.gaps ?? []), ...segment.gaps]
      const isRestarted = before?.isRestarted ?? found.isRestarted
      // Last in the order of the map is what was read last: it has the newest epoch.
      parts.delete(place.key)
      parts.set(place.key, { place, next: segment.next, segment: { ...segment, gaps }, isRestarted })
    }
  return { records, parts: [...parts.values()], unread: places.filter(({ key }) => !parts.has(key)) }
}

/** A segment from a position; from the oldest record when there is none, or when it lies beyond the
 *  end. */
async function readFrom(
  log: EventLog,
  { topic, partition }: ReadPlace,
  position: number | undefined,
  limits: ReadLimits,
): Promise<Pick<ReadPart, 'segment' | 'isRestarted'> & { readonly from: number }> {
  const segment = await log.read(topic, partition, position ?? 0, limits)
  if (position === undefined || position <= segment.end) return { from: position ?? 0, segment, isRestarted: false }
  return { from: 0, segment: await log.read(topic, partition, 0, limits), isRestarted: true }
}

async function openSource(
  log: EventLog,
  place: ReadPlace,
  position: number | undefined,
  { limits, ends }: RecordArrival,
): Promise<Source> {
  const end = ends?.get(place.key)
  // As many as there can be up to the end: a backlog behind it is not read.
  const room = end === undefined ? limits : { ...limits, records: Math.min(limits.records, end - (position ?? 0)) }
  const { from, segment: read, isRestarted } = await readFrom(log, place, position, room)
  const segment = end === undefined ? read : cutAt(read, end)
  const source: Source = { place, next: from, segment, isRestarted, taken: 0 }
  skipGaps(source)
  return source
}

/** The segment as if the partition ended at `end`. */
function cutAt(segment: Segment, end: number): Segment {
  const records = segment.records.filter((record) => record.offset < end)
  return {
    ...segment,
    records,
    next: Math.min(segment.next, end),
    end,
    gaps: segment.gaps.filter((gap) => gap.from < end),
  }
}

const hasRecord = (source: Source): boolean => source.taken < source.segment.records.length

function take(source: Source, records: StoredRecord[]): void {
  const record = source.segment.records[source.taken++]!
  records.push(record)
  source.next = record.offset + 1
  skipGaps(source)
}

/** Moves past what lies between the last record taken and the next one there is. */
function skipGaps(source: Source): void {
  for (const { from, to } of source.segment.gaps) if (from <= source.next && to > source.next) source.next = to
  if (!hasRecord(source) && source.segment.next > source.next) source.next = source.segment.next
}

/** The source whose next record was appended first; one that is used up but has more in the log
 *  blocks the others. */
function earliest(sources: readonly Source[]): Source | undefined {
  let found: Source | undefined
  for (const source of sources) {
    if (!hasRecord(source)) {
      if (source.next < source.segment.end) return source
      continue
    }
    if (found === undefined || appendedAt(source) < appendedAt(found)) found = source
  }
  return found
}

const appendedAt = (source: Source): number => source.segment.records[source.taken]!.appendedAt
