// Keeps a log within its limits: once a minute the topics are trimmed, oldest blocks first.
import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { EventLog, Topic } from './event-log.ts'

const sweepEveryMs = 60_000

/** Trims `topics` until the signal aborts. A sweep that fails is logged and tried again at the next. */
export async function keepTrimmed(
  log: EventLog,
  topics: readonly Topic[],
  limits: { readonly retentionMs: number; readonly retentionBytes: number },
  { clock, logger, signal }: { readonly clock: Clock; readonly logger: Logger; readonly signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    for (const topic of topics) {
      try {
        const trimmed = await log.trim(topic, { olderThan: clock.now() - limits.retentionMs, bytes: limits.retentionBytes })
        if (trimmed > 0) logger.info({ topic, records: trimmed }, 'trimmed the event log')
      } catch (error) {
        logger.error({ topic, err: error }, 'could not trim the event log')
      }
    }
    await wait(sweepEveryMs, undefined, { signal, ref: false }).catch(() => {})
  }
}
