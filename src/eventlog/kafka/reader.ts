// Reading of partitions. Reads of one tick that go to one broker are one fetch request. Kafka gives
// whole batches, more than a caller may want: the rest is kept for whoever reads on from there,
// within a limit, so that nothing is fetched and decoded twice.
import { onceATick } from '../../base/once-a-tick.ts'
import { Outage } from '../../base/errors.ts'
import {
  positionKey,
  type Bounds,
  type Damage,
  type Gap,
  type ReadLimits,
  type Segment,
  type StoredRecord,
  type Topic,
} from '../event-log.ts'
import { readBatches, type ReadBatches } from './batch-reading.ts'
import { brokerText, leading, withinTime, type Broker, type Cluster } from './cluster.ts'
import { faultOutage } from './faults.ts'
import { fetch, listOffsets, type Fetched, type OffsetKind } from './fetching.ts'
import type { KafkaCounts } from './kafka-counts.ts'

export type ReaderOptions = {
  readonly cluster: Cluster
  readonly prefix: string
  readonly counts: KafkaCounts
  readonly now: () => number
  /** By `performance.now`: what is read at a start waits as long for the cluster as the start. */
  readonly startsUntil: number
  readonly signal: AbortSignal
  readonly seen: EndSeen
}

/** Takes in that a partition ends there, or later by now; gives the latest end that is known. */
export type EndSeen = (topic: Topic, partition: number, end: number) => number

export type PartitionReader = {
  read(topic: Topic, partition: number, offset: number, limits: ReadLimits): Promise<Omit<Segment, 'epoch'>>
  bounds(topic: Topic, partition: number): Promise<Bounds>
  damage(): readonly Damage[]
}

type Place = { readonly topic: Topic; readonly partition: number }
type Stretch = Bounds &
  Pick<ReadBatches, 'next'> & { readonly records: readonly StoredRecord[]; readonly gaps: readonly Gap[] }
type Asked = Place & { readonly offset: number; resolve(fetched: Fetched): void; reject(error: unknown): void }

/** Of a partition in one fetch: with more, a backlog of small records would hold up the event loop
 *  while it is decoded. */
const fetchBytesMax = 1_000_000
const noLimit = 2 ** 31 - 1
/** Records that are kept for whoever reads on, all partitions together. */
const keptRecordsMax = 100_000
const readTryMs = 5_000
/** By its name in Kafka's protocol. */
const notKnownYet = 'OFFSET_NOT_AVAILABLE'

export function createReader(options: ReaderOptions): PartitionReader {
  const { cluster, prefix, counts, signal } = options
  const kept = new Map<string, Stretch>()
  const damaged: Damage[] = []
  let keptRecords = 0
  let asked: Asked[] = []

  const ask = onceATick(() => {
    const groups = Map.groupBy(asked, ({ topic, partition }) => {
      const leader = cluster.leaderOf(prefix + topic, partition)
      return leader && brokerText(leader)
    })
    asked = []
    for (const group of groups.values()) void fetchGroup(group)
  })

  const fetchGroup = async (group: readonly Asked[]): Promise<void> => {
    try {
      const [{ topic, partition }] = group as [Asked]
      const leader = leaderOf({ topic, partition })
      const places = group.map((each) => ({
        topicId: cluster.idOf(prefix + each.topic) ?? '',
        partition: each.partition,
        offset: each.offset,
      }))
      const limits = { waitMs: 0, bytesMax: fetchBytesMax, totalBytesMax: noLimit }
      const fetched = await cluster.ask(leader, 'read', (connection) => fetch(connection, places, limits))
      for (const [index, { topic: own, resolve, reject }] of group.entries()) {
        const answer = fetched[index]
        if (answer === undefined) reject(faultOutage({ name: 'UNKNOWN_SERVER_ERROR', topic: own }))
        else resolve(answer)
      }
    } catch (error) {
      for (const { reject } of group) reject(error)
    }
  }

  const leaderOf = ({ topic, partition }: Place): Broker => leading(cluster, prefix + topic, partition)

  /** The answer of a broker; after a fault that another broker may not have, its leader is asked
   *  for anew. */
  const tried = <Value>(attempt: () => Promise<Value>): Promise<Value> =>
    withinTime(
      () =>
        attempt().catch(async (error: unknown) => {
          if (!(error instanceof Outage && error.retryable)) throw error
          await cluster.refresh()
          throw error
        }),
      Math.max(readTryMs, options.startsUntil - performance.now()),
      signal,
    )

  const fetchFrom = (place: Place, offset: number): Promise<Fetched> =>
    tried(async () => {
      // Two readers of one place in one tick would be one partition twice in a request.
      while (asked.some((each) => each.topic === place.topic && each.partition === place.partition))
        await new Promise((resolve) => setImmediate(resolve))
      const fetched = await new Promise<Fetched>((resolve, reject) => {
        asked.push({ ...place, offset, resolve, reject })
        ask()
      })
      if (fetched.fault === 'OFFSET_OUT_OF_RANGE') return fetched
      // Nobody was given what is not stored on enough replicas, so a broker that says so has begun
      // to lead and does not know yet how far that is. Taken at its word it would have another log.
      const fault = fetched.fault === 'NONE' && fetched.stableEnd < offset ? notKnownYet : fetched.fault
      if (fault !== 'NONE') throw faultOutage({ name: fault, topic: prefix + place.topic })
      return fetched
    })

  const offsetOf = (place: Place, kind: OffsetKind, isCommitted = false): Promise<number> =>
    tried(async () => {
      const name = prefix + place.topic
      const [found] = await cluster.ask(leaderOf(place), 'read', (connection) =>
        listOffsets(connection, name, [place.partition], kind, isCommitted),
      )
      if (found?.fault === 'NONE') return found.offset
      throw faultOutage({ name: found?.fault ?? 'UNKNOWN_SERVER_ERROR', topic: name })
    })

  const bounds = async (place: Place): Promise<Bounds> => {
    const [start, end] = await Promise.all([offsetOf(place, 'start'), offsetOf(place, 'end', true)])
    options.seen(place.topic, place.partition, end)
    // Asked after the other, so that what is appended meanwhile does not make it less than nothing.
    const withheld = (await offsetOf(place, 'end')) - end
    return withheld > 0 ? { start, end, withheld } : { start, end }
  }

  const fetchStretch = async (place: Place, offset: number): Promise<Stretch> => {
    let fetched = await fetchFrom(place, offset)
    // More was heard to be stored there, on another connection and before this answer came: who
    // then waits for news would not be woken by what is none.
    const isEmpty = fetched.fault === 'NONE' && fetched.stableEnd <= offset
    if (isEmpty && options.seen(place.topic, place.partition, fetched.stableEnd) > offset)
      fetched = await fetchFrom(place, offset)
    if (fetched.fault !== 'OFFSET_OUT_OF_RANGE') return stretchOf(place, fetched, offset)
    const { start, end } = await bounds(place)
    // Beyond the end there is nothing: whoever reads there is of another log, and is told so by it.
    if (offset > end) return { records: [], gaps: [], start, end, next: offset }
    // The partition has come that far meanwhile: what is there now is asked for again.
    if (offset >= start) throw faultOutage({ name: fetched.fault, topic: prefix + place.topic })
    const rest = await fetchStretch(place, start)
    return { ...rest, gaps: [{ ...place, from: offset, to: start, why: 'retention' }, ...rest.gaps] }
  }

  const stretchOf = (place: Place, fetched: Fetched, offset: number): Stretch => {
    const { start, stableEnd: end } = fetched
    const read = readBatches(fetched.bytes, place, offset, fetched.aborted)
    const gaps = read.damaged.map(({ from, to }): Gap => ({
      ...place,
      from: Math.max(from, offset),
      to,
      why: 'damaged',
    }))
    for (const { from, to, records } of read.damaged) note({ ...place, from, to, records, foundAt: options.now() })
    counts.withheld(positionKey(place.topic, place.partition), fetched.end - end)
    options.seen(place.topic, place.partition, end)
    return { records: read.records, gaps, start, end, next: read.next }
  }

  const note = (found: Damage): void => {
    const isKnown = damaged.some(
      ({ topic, partition, from }) => topic === found.topic && partition === found.partition && from === found.from,
    )
    if (!isKnown) damaged.push(found)
  }

  /** Keeps what a caller did not take, until it is asked for or there is too much. */
  const keep = (place: Place, rest: Stretch, from: number): void => {
    if (rest.records.length === 0) return
    // Another reader of the place may have left the same there.
    takeKept(place, from)
    kept.set(keptKey(place, from), rest)
    keptRecords += rest.records.length
    for (const [key, { records }] of kept) {
      if (keptRecords <= keptRecordsMax) break
      kept.delete(key)
      keptRecords -= records.length
    }
  }

  const takeKept = (place: Place, offset: number): Stretch | undefined => {
    const key = keptKey(place, offset)
    const found = kept.get(key)
    if (found === undefined) return undefined
    kept.delete(key)
    keptRecords -= found.records.length
    return found
  }

  return {
    read: async (topic, partition, offset, limits) => {
      const place = { topic, partition }
      const readOn = async (from: number) => takeKept(place, from) ?? (await fetchStretch(place, from))
      let stretch = await readOn(offset)
      // Brokers give a part at a time: as much as was asked for, and never over the end of a file.
      for (let from = offset; stretch.next > from && stretch.next < stretch.end && hasRoom(stretch, limits);) {
        from = stretch.next
        stretch = joined(stretch, await readOn(from))
      }
      const { taken, rest } = cut(stretch, limits)
      keep(place, rest, taken.next)
      return taken
    },
    bounds: (topic, partition) => bounds({ topic, partition }),
    damage: () => damaged,
  }
}

const keptKey = ({ topic, partition }: Place, offset: number): string => `${positionKey(topic, partition)}/${offset}`

const hasRoom = ({ records }: Stretch, limits: ReadLimits): boolean =>
  records.length < limits.records && records.reduce((sum, { value }) => sum + value.byteLength, 0) < limits.bytes

/** One stretch and what follows it, as of the later one. */
const joined = (first: Stretch, then: Stretch): Stretch => ({
  ...then,
  records: [...first.records, ...then.records],
  gaps: [...first.gaps, ...then.gaps],
})

/** The part within the limits, and the rest. */
function cut(stretch: Stretch, limits: ReadLimits): { readonly taken: Stretch; readonly rest: Stretch } {
  let bytes = 0
  const past = stretch.records.findIndex(({ value }, index) => {
    bytes += value.byteLength
    return index > 0 && (index >= limits.records || bytes > limits.bytes)
  })
  if (past === -1) return { taken: stretch, rest: { ...stretch, records: [], gaps: [] } }
  const next = stretch.records[past - 1]!.offset + 1
  const isBefore = (gap: Gap): boolean => gap.from < next
  return {
    taken: { ...stretch, records: stretch.records.slice(0, past), gaps: stretch.gaps.filter(isBefore), next },
    rest: {
      ...stretch,
      records: stretch.records.slice(past),
      gaps: stretch.gaps.filter((gap) => !isBefore(gap)),
    },
  }
}
