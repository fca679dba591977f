// Keeps rows within their time, which passes as the log's own does: a wall clock that is set wrong
// forgets nothing. The process with the writers alone does so, of which a schema has one.
import { performance } from 'node:perf_hooks'
import type { Counter } from 'prom-client'
import { Outage } from '../base/errors.ts'
import type { Logger } from '../base/logger.ts'
import { pause } from '../base/wait-out.ts'
import type { EventLog } from '../eventlog/event-log.ts'

export type Aging = {
  /** The store. */
  readonly name: string
  readonly retentionMs: number
  /** Forgets some of what is older, and gives how many; 0 when none is left. */
  readonly expire: (olderThan: number) => Promise<number>
}

const sweepEveryMs = 5 * 60_000

/** Sweeps at once and then every five minutes, until the signal aborts. A sweep that fails is
 *  logged and tried again at the next. */
export async function keepExpiring(
  all: readonly Aging[],
  deps: {
    readonly log: Pick<EventLog, 'agedAt'>
    readonly logger: Logger
    readonly signal: AbortSignal
    readonly expired: Counter<'store'>
  },
): Promise<void> {
  const { log, logger, signal, expired } = deps
  const sweep = async ({ name, retentionMs, expire }: Aging): Promise<void> => {
    while (!signal.aborted) {
      const startedAt = performance.now()
      const rows = await expire(log.agedAt(retentionMs))
      if (rows === 0) return
      expired.inc({ store: name }, rows)
      // At most half of the time is its own, however much there is: the writers go on meanwhile.
      await pause(performance.now() - startedAt, signal)
    }
  }
  while (!signal.aborted) {
    for (const aging of all) {
      try {
        await sweep(aging)
      } catch (error) {
        // An outage of the server is told by its adapter, for all that ask it.
        const level = error instanceof Outage && error.isTold ? 'debug' : 'warn'
        const text = 'old rows could not be forgotten; it is tried again in five minutes'
        logger[level]({ store: aging.name, err: error }, text)
      }
    }
    await pause(sweepEveryMs, signal)
  }
}
