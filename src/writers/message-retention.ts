// Keeps the raw messages within their time, which passes as the log's own does: a wall clock that
// is set wrong forgets nothing.
import type { Logger } from '../base/logger.ts'
import { pause } from '../base/wait-out.ts'
import type { EventLog } from '../eventlog/event-log.ts'
import type { MessageStore } from '../storage/message-store.ts'

const sweepEveryMs = 5 * 60_000

/** Sweeps at once and then every five minutes, until the signal aborts. A sweep that fails is
 *  logged and tried again at the next. */
export async function keepExpiring(
  messages: MessageStore,
  retentionMs: number,
  deps: {
    readonly log: Pick<EventLog, 'agedAt'>
    readonly logger: Logger
    readonly signal: AbortSignal
  },
): Promise<void> {
  while (!deps.signal.aborted) {
    try {
      await messages.expire(deps.log.agedAt(retentionMs))
    } catch (error) {
      deps.logger.warn({ err: error }, 'old messages could not be forgotten; it is tried again in five minutes')
    }
    await pause(sweepEveryMs, deps.signal)
  }
}
