// The live feed: one reader of the derived log for all connections, and the limits on them. A loop
// reads what is appended and hands it over; a tick sends positions; a heartbeat keeps connections
// open; a review asks anew what each reader may be told of, and ends those that may be told
// nothing.
import { setImmediate as nextTurn, setTimeout as after } from 'node:timers/promises'
import type { Clock } from '../../base/clock.ts'
import { Outage } from '../../base/errors.ts'
import { LatencyWindow, type Percentiles } from '../../base/latency-window.ts'
import type { Logger } from '../../base/logger.ts'
import { onceAnOutage } from '../../base/once-an-outage.ts'
import type { EventLog, Gap } from '../../eventlog/event-log.ts'
import type { TwinStore } from '../../storage/twin-store.ts'
import type { ApiMetrics } from '../api-metrics.ts'
import { problem, tooMany } from '../problem.ts'
import type { Rights } from '../rights.ts'
import { openEventTail } from './event-tail.ts'
import type { LiveLimits } from './live-limits.ts'
import { createLiveReader, type CloseReason, type FollowerOf, type LiveReader, type Sink } from './live-reader.ts'
import { createPositionFeed } from './position-feed.ts'
import { heartbeatText, idText, retryText } from './sse.ts'

export interface LiveHub extends AsyncDisposable {
  /** Throws the problems `too-many-requests` and `unavailable` when there are as many connections
   *  as may be. */
  admit(tenant: string, user: string): void
  /** Follows from `lastEventId`, or live without one. Call `admit` first. */
  join(about: FollowerOf, sink: Sink, lastEventId: string | undefined): LiveReader
  /** The reader's socket is empty again. */
  drained(reader: LiveReader): void
  /** Asks for all readers what they may be told of now; it also does so by itself, every few
   *  seconds. */
  review(): Promise<void>
  /** From append to handing over, over the last minute; null when nothing was. */
  latencyMs(): Percentiles | null
  readonly connections: number
}

export type LiveHubParts = {
  readonly derived: EventLog
  readonly twins: TwinStore
  readonly clock: Clock
  readonly rights: Pick<Rights, 'sees' | 'version'>
  readonly logger: Logger
  readonly metrics: ApiMetrics
  readonly limits: LiveLimits
}

const followed = ['alert', 'trip'] as const
const pollMs = 1000
const reconnectMs = 2000

/** Starts following. Rejects with the log's Outage. */
export async function openLiveHub(parts: LiveHubParts): Promise<LiveHub> {
  const { derived, twins, clock, rights, logger, metrics, limits } = parts
  const window = new LatencyWindow(clock)
  const seen = (feed: string, readers: number, latenciesMs: readonly number[]): void => {
    metrics.liveEvents.inc({ feed }, readers)
    for (const latencyMs of latenciesMs) {
      window.record(latencyMs)
      metrics.liveSeconds.observe({ feed }, latencyMs / 1000)
    }
  }
  const unreadable = (topic: string, offset: number, error: unknown): void => {
    metrics.liveSkipped.inc({ topic })
    logger.error(
      { topic, offset, error: error instanceof Error ? error.name : 'unknown' },
      'a derived record cannot be read; it is left out of the live feed',
    )
  }
  const passedOver = ({ topic, partition, from, to, why }: Gap): void => {
    metrics.liveSkipped.inc({ topic }, to - from)
    logger.error({ topic, partition, from, to, why }, 'the live feed passed over records of the log')
  }
  let wake: (() => void) | undefined
  const tail = await openEventTail(derived, clock, limits, rights, {
    delivered: (feed, readers, latencyMs) => seen(feed, readers, latencyMs === undefined ? [] : [latencyMs]),
    unreadable: (feed, record, error) => unreadable(feed, record.offset, error),
    passedOver,
  })
  const positions = createPositionFeed({
    log: derived,
    twins,
    clock,
    limits,
    rights,
    events: {
      begun: () => wake?.(),
      delivered: (readers, latenciesMs) => seen('positions', readers, latenciesMs),
      unreadable: (record, error) => unreadable('twin', record.offset, error),
      passedOver,
      incomplete: (tenant, why, error) =>
        logger.warn(
          { tenant, why, code: error instanceof Outage ? error.code : undefined },
          'the live map is incomplete',
        ),
    },
  })

  const readers = new Set<LiveReader>()
  const closing = new AbortController()

  const gone = (reader: LiveReader, reason: CloseReason): void => {
    readers.delete(reader)
    tail.leave(reader)
    positions.leave(reader)
    metrics.liveConnections.set(readers.size)
    if (reason !== 'left') metrics.liveDrops.inc({ reason })
    if (reason === 'too-slow')
      logger.info({ tenant: reader.tenant }, 'a reader of the live feed was too slow and was dropped')
  }

  const follow = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const waiting = new AbortController()
      const woken = new Promise<void>((resolve) => (wake = resolve))
      // Asked before reading, so that nothing appended meanwhile is slept over.
      const topics = positions.isFollowing ? [...followed, 'twin'] : followed
      const appended = derived.appended(topics, waiting.signal, pollMs)
      while (!closing.signal.aborted && (await pumpBoth())) await nextTurn()
      await Promise.race([appended, woken])
      waiting.abort()
      if (!closing.signal.aborted) await after(limits.gatherMs)
    }
  }
  const pumpBoth = async (): Promise<boolean> => {
    const moreEvents = await tail.pump()
    return (await positions.pump()) || moreEvents
  }
  const unread = onceAnOutage(({ code }) => logger.error({ code }, 'the live feed cannot read the log; it tries again'))
  const followOn = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        await follow()
      } catch (error) {
        if (!(error instanceof Outage)) throw error
        if (closing.signal.aborted) return
        unread(error)
        await after(pollMs, undefined, { signal: closing.signal }).catch(() => undefined)
      }
    }
  }

  const review = async (): Promise<void> => {
    await Promise.all([...readers].map((reader) => reader.review()))
  }
  const heartbeat = (): void => {
    for (const reader of readers) {
      reader.check()
      if (reader.isBlocked()) continue
      const id = tail.idOf(reader)
      reader.send(id === undefined ? heartbeatText : heartbeatText + idText(id))
    }
  }

  const ticking = setInterval(() => positions.tick(), limits.tickMs)
  const beating = setInterval(heartbeat, limits.heartbeatMs)
  const reviewing = setInterval(() => void review(), limits.reviewMs)
  const running = followOn()

  return {
    get connections() {
      return readers.size
    },
    admit(tenant, user) {
      if (readers.size >= limits.connections)
        throw problem(
          'unavailable',
          `This server gives the live feed to ${limits.connections} readers at once, and has as many. Try again in a moment.`,
          {
            headers: { 'retry-after': '30' },
          },
        )
      const own = [...readers].filter((reader) => reader.tenant === tenant && reader.user === user).length
      if (own >= limits.connectionsPerUser)
        throw tooMany(
          `One user may have ${limits.connectionsPerUser} live connections. Close another window first.`,
          30_000,
        )
    },
    join(about, sink, lastEventId) {
      const reader: LiveReader = createLiveReader(about, sink, clock, limits, (reason) => gone(reader, reason))
      reader.send(retryText(reconnectMs))
      tail.join(reader, lastEventId)
      if (reader.isClosed()) return reader
      positions.join(reader)
      readers.add(reader)
      metrics.liveConnections.set(readers.size)
      wake?.()
      return reader
    },
    drained(reader) {
      reader.drained()
      positions.resume(reader)
      wake?.()
    },
    review,
    latencyMs: () => window.percentiles(),
    async [Symbol.asyncDispose]() {
      closing.abort()
      wake?.()
      clearInterval(ticking)
      clearInterval(beating)
      clearInterval(reviewing)
      for (const reader of readers) reader.close('shutdown')
      await running
    },
  }
}
