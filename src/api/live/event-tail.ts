// The resumable feeds: every record of `alert` and `trip` to every reader that sees it, each
// exactly once and in order of its partition.
//
//   joins without an id ───────────────────────────────────────────────────────────────────────────┐
//                                                                                                  ▼
//   joins with an id ──► resuming ──► catching up: reads the log itself, ──► offsets equal ──► live: given what the
//                           │         from its own offsets to the heads                         │     tail reads
//                           │            │   ▲                                                  │
//                           │            │   └── its socket is full: the log keeps what it ◄────┘
//                           │            │       has not got
//                           └────────────┴──► not kept, or another log's: told `reset`, then live
//
// The tail reads the log once for all live readers; `heads` are the offsets up to which they have
// everything. Every read is waited for, and what follows it is one synchronous step, which is why
// no record is missed or comes twice at the cut-over:
// - `heads` move in the step after a read of the tail only, each together with handing the record
//   over. A reader that goes live while the tail waits for its read has all before `heads`, and
//   that read began there.
// - A reader that catches up is given what lies before `heads` as they are when its read has come,
//   and goes live in the step that finds its offsets equal to them. It moves its own offsets only,
//   and one pump at a time does.
// - What a reader does meanwhile (joins, leaves, blocks) changes none of that: the step asks anew
//   who is there and who is blocked.
// An id names the reader's next offset of every partition and the newest epoch that the tail has
// seen (resume-point.ts), which is that of the heads or a later one: another log does not know it,
// nor does a copy that was made before it began. Offsets count the records of all vehicles and
// tenants of a partition together: they tell how busy the installation is, and nothing of anybody.
import type { Clock } from '../../base/clock.ts'
import { epochKey, positionKey, type EventLog, type Gap, type StoredRecord } from '../../eventlog/event-log.ts'
import { openLogReader, type LogBatch } from '../../eventlog/log-reader.ts'
import type { LiveLimits } from './live-limits.ts'
import { eventForm, eventWithoutPlaces, type EventForm } from './live-sights.ts'
import type { LiveReader } from './live-reader.ts'
import type { Rights } from '../rights.ts'
import {
  encodeResumePoint,
  parseResumePoint,
  resumableFeeds,
  type ResumableFeed,
  type ResumePoint,
} from './resume-point.ts'
import { eventText, idText } from './sse.ts'

export type EventTail = {
  /** Goes on from `lastEventId`, or live without one. */
  join(reader: LiveReader, lastEventId: string | undefined): void
  leave(reader: LiveReader): void
  /** One batch for all that are live, and one for each reader that is catching up. True when there
   *  is more at once. One call at a time; rejects with the log's Outage, and what was handed over
   *  stays handed over. */
  pump(): Promise<boolean>
  /** The id a reader is at: sent with heartbeats, so that a quiet feed's resume point does not fall
   *  behind what is kept. */
  idOf(reader: LiveReader): string | undefined
}

export type TailEvents = {
  /** `records` were handed to at least one live reader each; the latency of the newest, in
   *  milliseconds. */
  delivered(feed: ResumableFeed, readers: number, latencyMs: number | undefined): void
  unreadable(feed: ResumableFeed, record: StoredRecord, error: unknown): void
  /** By all who were live; they are told `reset`. */
  passedOver(gap: Gap): void
}

type Place = { readonly feed: ResumableFeed; readonly partition: number; readonly key: string }
type Follower = {
  readonly reader: LiveReader
  readonly feeds: readonly ResumableFeed[]
  /** Where it says it is, until the log has said whether it is its own. */
  point: ResumePoint | undefined
  /** By place; the tail's own `heads` while it is live. */
  offsets: number[]
  isLive: boolean
}

/** Rejects with the log's Outage. */
export async function openEventTail(
  log: EventLog,
  clock: Clock,
  limits: Pick<LiveLimits, 'batchRecords' | 'batchBytes'>,
  rights: Pick<Rights, 'sees'>,
  events: TailEvents,
): Promise<EventTail> {
  const places: Place[] = resumableFeeds.flatMap((feed) =>
    Array.from({ length: log.partitionsOf(feed) }, (_, partition) => ({
      feed,
      partition,
      key: positionKey(feed, partition),
    })),
  )
  const indexOf = new Map(places.map(({ key }, index) => [key, index]))
  const heads = (await Promise.all(places.map(({ feed, partition }) => log.bounds(feed, partition)))).map(
    ({ end }) => end,
  )
  // Asked for after the ends, so that it is theirs or a later one.
  const newest = (await log.epochs()).at(-1) ?? 0
  const tail = openLogReader(
    log,
    { topics: resumableFeeds, order: 'fair' },
    { ...Object.fromEntries(places.map(({ key }, index) => [key, heads[index]!])), [epochKey(log.id)]: newest },
  )
  const readLimits = { records: limits.batchRecords, bytes: limits.batchBytes }
  const followers = new Map<LiveReader, Follower>()

  const idAt = (offsets: readonly number[], feeds: readonly ResumableFeed[]): string =>
    encodeResumePoint({
      epoch: tail.positions()[epochKey(log.id)] ?? 0,
      offsets: Object.fromEntries(
        feeds.map((feed) => [feed, offsets.filter((_, index) => places[index]?.feed === feed)]),
      ),
    })

  const goLive = (follower: Follower): void => {
    follower.isLive = true
    follower.point = undefined
    follower.offsets = heads
  }

  const reset = (follower: Follower): void => {
    goLive(follower)
    follower.reader.send(eventText('reset', { reason: 'resume-point-lost' }, idAt(heads, follower.feeds)))
  }

  const wordOf = (feed: ResumableFeed, record: StoredRecord): Word | undefined => {
    try {
      return parseWord(feed, record)
    } catch (error) {
      events.unreadable(feed, record, error)
      return undefined
    }
  }

  /** Until its socket is empty again. It has all that `heads` counts but this record. */
  const fallBack = (follower: Follower, place: number, { offset }: StoredRecord): void => {
    follower.isLive = false
    follower.offsets = heads.map((head, index) => (index === place ? offset : head))
  }

  /** Hands a record the tail has just read to the live readers of its tenant. `heads` already
   *  counts it. */
  const deliver = (place: number, record: StoredRecord): void => {
    const { feed } = places[place]!
    /** The same for all who follow the same feeds and are told as much. */
    const texts = new Map<string, string>()
    let word: Word | undefined
    let readers = 0
    for (const follower of followers.values()) {
      const { reader, feeds, isLive } = follower
      if (!isLive || !feeds.includes(feed) || !isOf(reader.tenant, record)) continue
      if (reader.isBlocked()) {
        fallBack(follower, place, record)
        continue
      }
      if ((word ??= wordOf(feed, record)) === undefined) return
      const form = eventForm(rights, reader.sights, word)
      if (form === undefined) continue
      const key = `${form} ${feeds.join()}`
      let text = texts.get(key)
      if (text === undefined) texts.set(key, (text = eventText(feed, dataOf(word, form), idAt(heads, feeds))))
      reader.send(text)
      readers++
    }
    if (readers > 0) events.delivered(feed, readers, clock.now() - record.receivedAt)
  }

  /** No live reader of this feed has what retention took from the tail itself, or what is
   *  damaged. */
  const passOver = (place: number, gap: Gap): void => {
    heads[place] = gap.to
    events.passedOver(gap)
    for (const follower of followers.values())
      if (follower.isLive && follower.feeds.includes(places[place]!.feed)) reset(follower)
  }

  /** The step after a read of the tail. */
  const advanceHeads = ({ records, gaps, to, behind }: LogBatch): boolean => {
    const passOverBefore = (place: number, end: number): void => {
      for (const gap of gaps)
        if (indexOf.get(positionKey(gap.topic, gap.partition)) === place && gap.to > heads[place]! && gap.from < end)
          passOver(place, gap)
    }
    for (const record of records) {
      const place = indexOf.get(positionKey(record.topic, record.partition))!
      if (gaps.length > 0) passOverBefore(place, record.offset)
      heads[place] = record.offset + 1
      deliver(place, record)
    }
    for (const [place, { key }] of places.entries()) {
      passOverBefore(place, Infinity)
      heads[place] = to[key] ?? heads[place]!
    }
    return behind.length > 0
  }

  const follows = ({ feeds }: Follower, place: number): boolean => feeds.includes(places[place]!.feed)
  const isThere = (follower: Follower): boolean => followers.get(follower.reader) === follower

  const resume = async (follower: Follower, point: ResumePoint): Promise<boolean> => {
    const ours = await isOurs(
      log,
      point,
      places.filter((_, place) => follows(follower, place)),
    )
    if (!isThere(follower)) return false
    if (!ours) reset(follower)
    // A feed that it did not follow before begins where it joined.
    else
      follower.offsets = places.map(
        ({ feed, partition }, place) => point.offsets[feed]?.[partition] ?? follower.offsets[place]!,
      )
    follower.point = undefined
    return ours
  }

  /** The step after a read of a reader's own. */
  const handOver = (follower: Follower, place: number, { records, gaps, to, restarted }: LogBatch): boolean => {
    const { reader, offsets, feeds } = follower
    const { feed, key } = places[place]!
    const [from, head] = [offsets[place]!, heads[place]!]
    if (restarted.length > 0 || gaps.some((gap) => gap.from < head)) {
      reset(follower)
      return false
    }
    let next = Math.min(to[key] ?? from, head)
    let sent = 0
    for (const record of records) {
      if (record.offset >= head) break
      if (reader.isBlocked()) {
        next = record.offset
        break
      }
      offsets[place] = record.offset + 1
      const word = isOf(reader.tenant, record) ? wordOf(feed, record) : undefined
      const form = word === undefined ? undefined : eventForm(rights, reader.sights, word)
      if (word === undefined || form === undefined) continue
      reader.send(eventText(feed, dataOf(word, form), idAt(offsets, feeds)))
      sent++
    }
    offsets[place] = next
    if (sent > 0) events.delivered(feed, sent, undefined)
    return next > from
  }

  /** One batch of the backfill. True when there is more for it at once. */
  const catchUp = async (follower: Follower): Promise<boolean> => {
    const { offsets } = follower
    const place = offsets.findIndex((offset, index) => follows(follower, index) && offset < heads[index]!)
    if (place === -1) {
      // Ahead of the tail: it resumes here what another process gave it. The tail gets there, and
      // until then this reader waits.
      if (offsets.every((offset, index) => !follows(follower, index) || offset === heads[index])) goLive(follower)
      return false
    }
    const { feed, partition, key } = places[place]!
    const own = openLogReader(
      log,
      { topics: [feed], partitions: [partition], order: 'arrival' },
      { [key]: offsets[place]! },
    )
    const batch = await own.poll(readLimits)
    return isThere(follower) && handOver(follower, place, batch)
  }

  return {
    join(reader, lastEventId) {
      const feeds = resumableFeeds.filter((feed) => reader.feeds.has(feed))
      if (feeds.length === 0) return
      const point = lastEventId === undefined ? undefined : parseResumePoint(lastEventId)
      const follower: Follower = { reader, feeds, point, offsets: [...heads], isLive: false }
      followers.set(reader, follower)
      if (lastEventId === undefined) {
        goLive(follower)
        // At once, so that a reader that goes away before the first event has a point to resume
        // from.
        reader.send(idText(idAt(heads, feeds)))
      } else if (point === undefined) reset(follower)
    },
    leave: (reader) => void followers.delete(reader),
    async pump() {
      let more = advanceHeads(await tail.poll(readLimits))
      for (const follower of followers.values()) {
        const { isLive, reader, point } = follower
        if (isLive || reader.isBlocked()) continue
        more = (await (point === undefined ? catchUp(follower) : resume(follower, point))) || more
      }
      return more
    },
    idOf(reader) {
      const follower = followers.get(reader)
      return follower === undefined || follower.point !== undefined ? undefined : idAt(follower.offsets, follower.feeds)
    },
  }
}

/** Whether this log gave the point, of which the places are what the reader follows. Whether the
 *  log still has what follows, reading on tells. */
async function isOurs(log: EventLog, { epoch, offsets }: ResumePoint, own: readonly Place[]): Promise<boolean> {
  if (resumableFeeds.some((feed) => (offsets[feed]?.length ?? log.partitionsOf(feed)) !== log.partitionsOf(feed)))
    return false
  if (epoch !== 0 && !(await log.epochs()).includes(epoch)) return false
  const bounds = await Promise.all(own.map(({ feed, partition }) => log.bounds(feed, partition)))
  return bounds.every(({ start, end }, index) => {
    const { feed, partition } = own[index]!
    const offset = offsets[feed]?.[partition]
    if (offset === undefined) return true
    // Before its first append a log has no epoch: its reader had nothing, and is given all if that
    // is still kept.
    return epoch === 0 ? offset === start : offset <= end
  })
}

const isOf = (tenant: string, record: StoredRecord): boolean => record.key.startsWith(`${tenant}/`)

/** The contents of a record; a reader is told some of them. */
type Word = {
  readonly feed: ResumableFeed
  readonly vehicle: string
  readonly id: string
  /** Null when the row is deleted. */
  readonly row: object | null
}

/** Throws when the value is no JSON. An empty value deletes. */
function parseWord(feed: ResumableFeed, { key, value, headers }: StoredRecord): Word {
  const row =
    value.byteLength === 0
      ? null
      : (JSON.parse(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString()) as object)
  return { feed, vehicle: key.slice(key.indexOf('/') + 1), id: headers?.['id'] ?? '', row }
}

/** The event the dashboard gets. */
const dataOf = ({ feed, id, row }: Word, form: EventForm): object => ({
  id,
  [feed]: row === null || form === 'whole' ? row : eventWithoutPlaces(feed, row),
})
