// Reading the topic of sessions into the local copy, by whoever needs it first: a commit that waits
// for what stands before it, or the follower that hears of other gateways' claims. Invariant: the
// claims of a stretch are told before anyone goes on that waited for it.
import { Outage } from '../../base/errors.ts'
import type { Logger } from '../../base/logger.ts'
import { onceAnOutage } from '../../base/once-an-outage.ts'
import { orPause, shared } from '../../base/wait-out.ts'
import { positionKey, type EventLog } from '../../eventlog/event-log.ts'
import { openLogReader, type LogBatch } from '../../eventlog/log-reader.ts'
import { copyMsMax, sessionsTopic } from '../../eventlog/topics.ts'
import type { SessionCache } from './session-cache.ts'

export type SessionFollower = {
  /** Until the copy has the record at that offset. Rejects with the Outage of the log. */
  readTo(offset: number): Promise<void>
  /** All there is, at a start. From then on the copy must stay one of this topic. */
  readToEnd(): Promise<void>
  /** See `ClientClaims`, as `onTaken`. */
  follow(signal: AbortSignal): Promise<void>
  onTaken(taken: (client: string) => void): void
}

export type SessionFollowerOptions = {
  readonly log: EventLog
  readonly cache: SessionCache
  /** Of this start of the gateway, whose claims are told to nobody. */
  readonly life: string
  readonly logger: Logger
}

const stepLimits = { records: 20_000, bytes: 8 * 2 ** 20 }
const { name: topic } = sessionsTopic
const nextKey = positionKey(topic, 0)
/** How often the copy says that it is current though nothing came. */
const currentEveryMs = 600_000
const newsMs = 10_000
const retryMs = 500

export function createSessionFollower({ log, cache, life, logger }: SessionFollowerOptions): SessionFollower {
  const reader = openLogReader(log, { topics: [topic], order: 'fair' }, cache.positions())
  let taken = (_client: string): void => {}
  let next = cache.positions()[nextKey] ?? 0
  let isOpen = false
  /** Read, and not yet in the copy. */
  let read: LogBatch | undefined

  async function step(): Promise<void> {
    read ??= await reader.poll(stepLimits)
    const { records, to, gaps, restarted, isNews } = read
    if (gaps.length > 0) throw damagedTopic()
    if (isOpen && (restarted.length > 0 || cache.ageMs() > copyMsMax)) throw outdated()
    if (restarted.length > 0) await cache.empty()
    if (isNews || cache.ageMs() > currentEveryMs) {
      const claims = await cache.apply(records, to)
      for (const { client, life: claimant } of claims) if (claimant !== life) taken(client)
    }
    next = to[nextKey] ?? next
    read = undefined
  }

  /** One at a time: who comes meanwhile has the one under way. */
  const stepOnce = shared(step)

  const isBehind = (offset: number): boolean => next <= offset

  async function readTo(offset: number): Promise<void> {
    while (isBehind(offset)) {
      const from = next
      await stepOnce()
      // Stored, and not given to readers yet.
      if (next === from) await log.appended([topic], AbortSignal.timeout(retryMs), retryMs)
    }
  }

  return {
    readTo,
    async readToEnd() {
      await stepOnce()
      await readTo((await log.bounds(topic, 0)).end - 1)
      isOpen = true
    },
    onTaken: (told) => void (taken = told),
    async follow(signal) {
      const unread = onceAnOutage(({ code }) => {
        if (!signal.aborted) logger.warn({ code }, 'what other gateways store of sessions is read later')
      })
      while (!signal.aborted) {
        const failed = new AbortController()
        // Asked before reading, so that nothing appended meanwhile is slept over.
        const news = log.appended([topic], AbortSignal.any([signal, failed.signal]), newsMs)
        const isRead = await orPause(async () => (await stepOnce(), true), retryMs, signal, unread)
        if (isRead !== true) failed.abort()
        await news
      }
    },
  }
}

const damagedTopic = (): Outage =>
  new Outage(
    'LOG_DAMAGED',
    `Records of the topic ${topic} in Kafka are damaged or were dropped, and sessions are not whole without them: delete that topic while no gateway runs, and they begin anew.`,
    { retryable: false },
  )

const outdated = (): Outage =>
  new Outage(
    'LOG_REPLACED',
    `The topic ${topic} in Kafka is another one, or this gateway stood still for too long to go on with its copy: start it anew, and the copy is made again.`,
    { retryable: false },
  )
