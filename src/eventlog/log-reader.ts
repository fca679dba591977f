// Following a log: the one place where positions are reckoned with. A reader goes on from
// positions, gives batches with how far they reach, and says what was passed over and whether the
// log is another one than the positions were read in.
//
//   positions ──► poll ──► { records, to, gaps, restarted, behind } ──► the consumer commits `to` with what it made ──► poll …
import { epochKey, epochPrefix, positionKey } from './event-log.ts'
import type { EventLog, Gap, Topic, Positions, ReadLimits, StoredRecord } from './event-log.ts'
import { readByArrival, readByShares, readInTurn, type ReadPlace, type ReadStretch } from './read-order.ts'

export type FollowOptions = {
  readonly topics: readonly Topic[]
  /** All partitions when absent. */
  readonly partitions?: readonly number[]
  /** `arrival`: the topics of a partition as one stream by append time; the order depends only on
   *  the range of offsets, not on how it is cut into batches. `fair`: equal shares of every
   *  partition, so that none waits for another. `whole`: each partition to its end, one after the
   *  other, and a batch goes on where the one before ended, so that it has much of few keys. */
  readonly order: 'arrival' | 'fair' | 'whole'
  /** With `arrival`: all that these topics have comes before anything else. */
  readonly first?: readonly Topic[]
}

export type LogBatch = {
  readonly records: readonly StoredRecord[]
  /** Where to read on, for every partition that was read, and the epoch it was read in. */
  readonly to: Positions
  /** The topics of which there is more to read at once. */
  readonly behind: readonly Topic[]
  readonly gaps: readonly Gap[]
  /** Partitions that are read again from their oldest record, as the positions belong to another
   *  log. */
  readonly restarted: readonly { readonly topic: Topic; readonly partition: number }[]
  /** False when nothing came, was passed over or restarted: there is nothing to commit. */
  readonly isNews: boolean
}

export type PartitionLag = {
  readonly topic: Topic
  readonly partition: number
  /** Offsets between what was read and the end: the records to come, or more where offsets have
   *  gaps. */
  readonly records: number
  /** Offsets after those that nobody is given yet. */
  readonly withheld: number
}

export interface LogReader {
  /** The records there are now from where the last batch ended, at once. One call at a time.
   *  Rejects with the log's Outage, and nothing is then passed over. */
  poll(limits: ReadLimits): Promise<LogBatch>
  /** As `poll`, but waits until there is news, the signal aborts or `timeoutMs` have passed. */
  next(limits: ReadLimits, signal: AbortSignal, timeoutMs: number): Promise<LogBatch>
  /** Where the last batch ended. */
  positions(): Positions
  /** All that there is where the positions belong to another log. */
  lag(): Promise<PartitionLag[]>
}

/** Opens a reader that goes on from `from`. A partition without a position is read from its oldest
 *  record, and what went before that is no gap. */
export function openLogReader(log: EventLog, options: FollowOptions, from: Positions): LogReader {
  const places = placesOf(log, options)
  /** Partitions read from their oldest record and not begun yet. */
  const fresh = new Set(places.filter(({ key }) => from[key] === undefined).map(({ key }) => key))
  let positions = from
  let isKnownLog = false
  /** The place that is read first, but by arrival. */
  let turn = 0

  /** Partitions whose positions were read in another log; they are read again from 0. */
  const startOver = async (): Promise<ReadPlace[]> => {
    if (isKnownLog || (await isOfThisLog(log, positions))) return []
    const foreign = places.filter(({ key }) => positions[key] !== undefined)
    for (const { key } of foreign) fresh.add(key)
    positions = { ...positions, ...Object.fromEntries(foreign.map(({ key }) => [key, 0])) }
    return foreign
  }

  const read = async (limits: ReadLimits): Promise<ReadStretch> => {
    if (options.order === 'arrival')
      return await readByArrival(log, places, positions, { limits, first: options.first ?? [] })
    const inTurn = [...places.slice(turn), ...places.slice(0, turn)]
    if (options.order === 'fair') {
      turn = (turn + 1) % places.length
      return await readByShares(log, inTurn, positions, limits)
    }
    const stretch = await readInTurn(log, inTurn, positions, limits)
    const last = stretch.parts.at(-1)
    if (last !== undefined) turn = (places.indexOf(last.place) + (last.next < last.segment.end ? 0 : 1)) % places.length
    return stretch
  }

  const poll = async (limits: ReadLimits): Promise<LogBatch> => {
    const foreign = await startOver()
    const stretch = await read(limits)
    const batch = batchOf(log, stretch, positions, { foreign, fresh })
    for (const { place } of stretch.parts) fresh.delete(place.key)
    positions = batch.to
    isKnownLog = true
    return batch
  }

  return {
    poll,
    async next(limits, signal, timeoutMs) {
      const done = new AbortController()
      // Asked before reading, so that nothing appended meanwhile is slept over.
      const appended = log.appended(options.topics, AbortSignal.any([signal, done.signal]), timeoutMs)
      try {
        const batch = await poll(limits)
        if (batch.isNews || signal.aborted) return batch
        await appended
      } finally {
        done.abort()
      }
      return poll(limits)
    },
    positions: () => positions,
    lag: async () => lagOf(log, places, isKnownLog || (await isOfThisLog(log, positions)) ? positions : {}),
  }
}

/** All records between two positions of one partition in the order `arrival`: what a reader gave of
 *  that range, however that was cut into batches. Records that are gone meanwhile are left out. */
export async function readRange(
  log: EventLog,
  options: Pick<FollowOptions, 'topics' | 'first'> & { readonly partition: number },
  from: Positions,
  to: Positions,
): Promise<StoredRecord[]> {
  const all = placesOf(log, { topics: options.topics, partitions: [options.partition] })
  const ends = new Map(all.map(({ key }) => [key, to[key] ?? 0]))
  const places = all.filter(({ key }) => (from[key] ?? 0) < ends.get(key)!)
  const limits = { records: Infinity, bytes: Infinity }
  return (await readByArrival(log, places, from, { limits, first: options.first ?? [], ends })).records
}

const placesOf = (log: EventLog, { topics, partitions }: Pick<FollowOptions, 'topics' | 'partitions'>): ReadPlace[] =>
  (
    partitions ?? Array.from({ length: Math.max(...topics.map((topic) => log.partitionsOf(topic))) }, (_, i) => i)
  ).flatMap((partition) =>
    topics
      .filter((topic) => partition < log.partitionsOf(topic))
      .map((topic): ReadPlace => ({ topic, partition, key: positionKey(topic, partition) })),
  )

/** Whether the positions were read in this log, or in a life of it that it remembers. Positions of
 *  before there were epochs are taken for its own; where they reach beyond its end, the partition
 *  starts over. */
async function isOfThisLog(log: EventLog, positions: Positions): Promise<boolean> {
  if (!Object.keys(positions).some((key) => key.startsWith(epochPrefix))) return true
  const epoch = positions[epochKey(log.id)]
  return epoch !== undefined && (epoch === 0 || (await log.epochs()).includes(epoch))
}

type Beginnings = { readonly foreign: readonly ReadPlace[]; readonly fresh: ReadonlySet<string> }

function batchOf(
  log: EventLog,
  { records, parts, unread }: ReadStretch,
  before: Positions,
  { foreign, fresh }: Beginnings,
): LogBatch {
  const to: Record<string, number> = { ...before }
  const restarted = new Set(foreign)
  for (const part of parts) {
    if (part.isRestarted) restarted.add(part.place)
    to[part.place.key] = part.next
    to[epochKey(log.id)] = part.segment.epoch
  }
  const wasThere = (gap: Gap): boolean => gap.why !== 'retention' || !fresh.has(positionKey(gap.topic, gap.partition))
  const behind = parts.filter(({ next, segment }) => next < segment.end).map(({ place }) => place.topic)
  return {
    records,
    to,
    behind: [...new Set([...behind, ...unread.map(({ topic }) => topic)])],
    gaps: parts.flatMap(({ next, segment }) => segment.gaps.filter((gap) => gap.from < next && wasThere(gap))),
    restarted: [...restarted].map(({ topic, partition }) => ({ topic, partition })),
    isNews: restarted.size > 0 || parts.some(({ place, next }) => next !== (before[place.key] ?? 0)),
  }
}

const lagOf = (log: EventLog, places: readonly ReadPlace[], positions: Positions): Promise<PartitionLag[]> =>
  Promise.all(
    places.map(async ({ topic, partition, key }) => {
      const { start, end, withheld = 0 } = await log.bounds(topic, partition)
      const position = positions[key] ?? start
      return { topic, partition, withheld, records: end - (position > end ? start : Math.max(start, position)) }
    }),
  )
