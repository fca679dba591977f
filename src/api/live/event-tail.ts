// The resumable feeds: every record of `alert` and `trip` to every reader of its tenant, each exactly once and in order of its partition.
//
//   joins ──► catching up: reads the log itself, from its own offsets to the tail's ──► offsets equal ──► live: given what the tail reads
//                 │  ▲                                                                                             │
//                 │  └──────────────── its socket is full: the log keeps what it has not got ◄─────────────────────┘
//                 └── what it asks for is trimmed: told `reset`, then live
//
// The tail reads the log once for all live readers. Reading, comparing and handing over are one synchronous step, so nothing comes between the last
// record of the backfill and the first live one. An id names the reader's next offset of every partition (resume-point.ts).
import type { Clock } from '../../base/clock.ts'
import type { EventLog, StoredRecord } from '../../eventlog/event-log.ts'
import type { LiveLimits } from './live-limits.ts'
import type { LiveReader } from './live-reader.ts'
import { encodeResumePoint, parseResumePoint, resumableFeeds, type ResumableFeed } from './resume-point.ts'
import { eventText, idText } from './sse.ts'

export type EventTail = {
  /** Goes on from `lastEventId`, or live without one. */
  join(reader: LiveReader, lastEventId: string | undefined): void
  leave(reader: LiveReader): void
  /** One batch of each partition, and of each reader that is catching up. True when there may be more at once. Throws the log's Outage; what was handed
   *  over stays handed over. */
  pump(): boolean
  /** The id a reader is at: sent with heartbeats, so that a quiet feed's resume point does not fall behind what is kept. */
  idOf(reader: LiveReader): string | undefined
}

export type TailEvents = {
  /** `records` were handed to at least one live reader each; the latency of the newest, in milliseconds. */
  delivered(feed: ResumableFeed, readers: number, latencyMs: number | undefined): void
  unreadable(feed: ResumableFeed, record: StoredRecord, error: unknown): void
}

type Place = { readonly feed: ResumableFeed; readonly partition: number }
type Follower = { readonly reader: LiveReader; readonly feeds: readonly ResumableFeed[]; offsets: number[]; live: boolean }

export function createEventTail(
  log: EventLog,
  clock: Clock,
  limits: Pick<LiveLimits, 'batchRecords' | 'batchBytes'>,
  events: TailEvents,
): EventTail {
  const places: Place[] = resumableFeeds.flatMap((feed) => Array.from({ length: log.partitions }, (_, partition) => ({ feed, partition })))
  const heads = places.map(({ feed, partition }) => log.boundsSync(feed, partition).end)
  const followers = new Map<LiveReader, Follower>()

  const idAt = (offsets: readonly number[], feeds: readonly ResumableFeed[]): string =>
    encodeResumePoint({
      partitions: log.partitions,
      offsets: Object.fromEntries(feeds.map((feed) => [feed, offsets.filter((_, index) => places[index]?.feed === feed)])),
    })

  const goLive = (follower: Follower): void => {
    follower.live = true
    follower.offsets = heads
  }

  const reset = (follower: Follower): void => {
    goLive(follower)
    follower.reader.send(eventText('reset', { reason: 'resume-point-lost' }, idAt(heads, follower.feeds)))
  }

  const read = (index: number, from: number, records: number): StoredRecord[] => {
    const { feed, partition } = places[index]!
    return log.readSync(feed, partition, from, { records: Math.min(records, limits.batchRecords), bytes: limits.batchBytes })
  }

  const wordOf = (feed: ResumableFeed, record: StoredRecord): { readonly data: object } | undefined => {
    try {
      return { data: eventOf(feed, record) }
    } catch (error) {
      events.unreadable(feed, record, error)
      return undefined
    }
  }

  /** Until its socket is empty again. It has all that `heads` counts but this record. */
  const fallBack = (follower: Follower, feed: ResumableFeed, { partition, offset }: StoredRecord): void => {
    follower.live = false
    follower.offsets = heads.map((head, index) => (places[index]?.feed === feed && places[index].partition === partition ? offset : head))
  }

  /** Hands a record the tail has just read to the live readers of its tenant. `heads` already counts it. */
  const deliver = (feed: ResumableFeed, record: StoredRecord): void => {
    /** The same for all who follow the same feeds. */
    const texts = new Map<string, string>()
    let word: { readonly data: object } | undefined
    let readers = 0
    for (const follower of followers.values()) {
      const { reader, feeds, live } = follower
      if (!live || !feeds.includes(feed) || !isOf(reader.tenant, record)) continue
      if (reader.isBlocked()) {
        fallBack(follower, feed, record)
        continue
      }
      if ((word ??= wordOf(feed, record)) === undefined) return
      const key = feeds.join()
      let text = texts.get(key)
      if (text === undefined) texts.set(key, (text = eventText(feed, word.data, idAt(heads, feeds))))
      reader.send(text)
      readers++
    }
    if (readers > 0) events.delivered(feed, readers, clock.now() - appendedAtOf(record))
  }

  const advanceTail = (index: number): boolean => {
    const head = heads[index]!
    const { feed } = places[index]!
    const records = read(index, head, limits.batchRecords)
    const first = records[0]
    if (first !== undefined && first.offset > head) {
      // Retention overtook the tail itself: no live reader of this feed has what went.
      heads[index] = first.offset
      for (const follower of followers.values()) if (follower.live && follower.feeds.includes(feed)) reset(follower)
    }
    for (const record of records) {
      heads[index] = record.offset + 1
      deliver(feed, record)
    }
    return records.length > 0
  }

  /** One batch of the backfill. True when there is more for it at once. */
  const catchUp = (follower: Follower): boolean => {
    const { reader, feeds, offsets } = follower
    const follows = (place: number): boolean => feeds.includes(places[place]!.feed)
    const index = offsets.findIndex((offset, place) => follows(place) && offset < heads[place]!)
    if (index === -1) {
      // Ahead of the tail: it resumes here what another process gave it. The tail gets there, and until then this reader waits.
      if (offsets.every((offset, place) => !follows(place) || offset === heads[place])) goLive(follower)
      return false
    }
    const { feed } = places[index]!
    const from = offsets[index]!
    const records = read(index, from, heads[index]! - from)
    if (records[0] === undefined || records[0].offset > from) {
      reset(follower)
      return false
    }
    let sent = 0
    for (const record of records) {
      if (reader.isBlocked()) break
      offsets[index] = record.offset + 1
      const word = isOf(reader.tenant, record) ? wordOf(feed, record) : undefined
      if (word === undefined) continue
      reader.send(eventText(feed, word.data, idAt(offsets, feeds)))
      sent++
    }
    if (sent > 0) events.delivered(feed, sent, undefined)
    return true
  }

  return {
    join(reader, lastEventId) {
      const feeds = resumableFeeds.filter((feed) => reader.feeds.has(feed))
      if (feeds.length === 0) return
      const follower: Follower = { reader, feeds, offsets: [...heads], live: false }
      followers.set(reader, follower)
      if (lastEventId === undefined) {
        goLive(follower)
        // At once, so that a reader that goes away before the first event has a point to resume from.
        reader.send(idText(idAt(heads, feeds)))
        return
      }
      const point = parseResumePoint(lastEventId)
      if (point === undefined || point.partitions !== log.partitions) return reset(follower)
      for (const [index, { feed, partition }] of places.entries()) {
        const offset = feeds.includes(feed) ? point.offsets[feed]?.[partition] : undefined
        if (offset === undefined) continue
        const { start, end } = log.boundsSync(feed, partition)
        // Before the oldest record, or of a log that was since begun anew.
        if (offset < start || offset > end) return reset(follower)
        follower.offsets[index] = offset
      }
    },
    leave: (reader) => void followers.delete(reader),
    pump() {
      let more = false
      for (const index of places.keys()) more = advanceTail(index) || more
      for (const follower of followers.values()) if (!follower.live && !follower.reader.isBlocked()) more = catchUp(follower) || more
      return more
    },
    idOf(reader) {
      const follower = followers.get(reader)
      return follower === undefined ? undefined : idAt(follower.offsets, follower.feeds)
    },
  }
}

const isOf = (tenant: string, record: StoredRecord): boolean => record.key.startsWith(`${tenant}/`)

/** The oldest input's append where the job told it, so that the latency is that of the whole way; else the record's own. */
export const appendedAtOf = (record: StoredRecord): number => {
  const told = Number(record.headers?.['receivedAt'])
  return Number.isFinite(told) ? told : record.appendedAt
}

/** What the dashboard gets; throws when the value is no JSON. An empty value deletes. */
function eventOf(feed: ResumableFeed, { value, headers }: StoredRecord): object {
  const row =
    value.byteLength === 0 ? null : (JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString()) as object)
  return { id: headers?.['id'] ?? '', [feed]: row }
}
