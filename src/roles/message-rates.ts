// Messages a second, read off the ends of the log, which are right whichever process appended. Only
// topics that hold what cars sent, one record a message, are counted: the log gives each of their
// records one offset and rewrites none.
import type { SystemParts } from '../api/api-options.ts'
import { Outage } from '../base/errors.ts'
import type { Logger } from '../base/logger.ts'
import { onceAnOutage } from '../base/once-an-outage.ts'
import type { EventLog, Topic } from '../eventlog/event-log.ts'
import { uplinkStreams } from '../model/topic.ts'

const rateWindowMs = 10_000
const sampleEveryMs = 1000

type Sample = { readonly atMs: number; readonly stored: number; readonly refused: number }

export type RatesOptions = {
  /** Milliseconds by a clock that is never set back. */
  readonly now?: () => number
  /** Calls it again and again until what it gives is called. */
  readonly every?: (sample: () => void, ms: number) => () => void
}

const onTimer = (sample: () => void, ms: number): (() => void) => {
  const timer = setInterval(sample, ms)
  timer.unref()
  return () => clearInterval(timer)
}

/** Messages a second, stored and refused, over the last ten seconds. Rejects with the log's
 *  Outage; one that comes later leaves a sample out. */
export async function openRates(
  uplink: EventLog,
  logger: Logger,
  { now = () => performance.now(), every = onTimer }: RatesOptions = {},
): Promise<Disposable & { now(): SystemParts['rates'] }> {
  const samples: Sample[] = [await sampleOf(uplink, now)]
  let isAsking = false
  const unsampled = onceAnOutage(({ code }) =>
    logger.warn({ code }, 'the log does not say where it ends; the rates leave such seconds out'),
  )
  const take = async (): Promise<void> => {
    // A log that is slow to answer is not asked again meanwhile.
    if (isAsking) return
    isAsking = true
    try {
      samples.push(await sampleOf(uplink, now))
      while (samples.length > rateWindowMs / sampleEveryMs + 1) samples.shift()
    } catch (error) {
      if (!(error instanceof Outage)) throw error
      if (error.code !== 'LOG_CLOSED') unsampled(error)
    } finally {
      isAsking = false
    }
  }
  const stop = every(() => void take(), sampleEveryMs)
  return {
    now() {
      const [first] = samples
      const last = samples.at(-1)
      const seconds = first === undefined || last === undefined ? 0 : (last.atMs - first.atMs) / 1000
      if (first === undefined || last === undefined || seconds === 0) return { received: 0, stored: 0, refused: 0 }
      const stored = (last.stored - first.stored) / seconds
      const refused = (last.refused - first.refused) / seconds
      return { received: stored + refused, stored, refused }
    },
    [Symbol.dispose]: stop,
  }
}

async function sampleOf(log: EventLog, now: () => number): Promise<Sample> {
  const [stored, refused] = await Promise.all([ends(log, uplinkStreams), ends(log, ['dead-letter'])])
  return { atMs: now(), stored, refused }
}

async function ends(log: EventLog, topics: readonly Topic[]): Promise<number> {
  const places = topics.flatMap((topic) =>
    Array.from({ length: log.partitionsOf(topic) }, (_, partition) => log.bounds(topic, partition)),
  )
  return (await Promise.all(places)).reduce((sum, { end }) => sum + end, 0)
}
