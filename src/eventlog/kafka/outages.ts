// The outages of a log on Kafka that last now, by whoever waits for it: appends, a partition that
// is read, a commit, the group. Each kind is told once when it begins, however many wait, however
// often they try and whichever kind a try meets in between; its end, once nobody waits any more.
import { steadyClock, type Clock } from '../../base/clock.ts'
import type { Outage } from '../../base/errors.ts'
import type { Logger } from '../../base/logger.ts'

export type Outages = {
  /** `who` waits, and is to say so at each try. `then`: what becomes of it, as a sentence. */
  met(who: string, outage: Outage, then: string): void
  /** `who` goes on; nothing where it did not wait. */
  over(who: string): void
  /** The one that began first of those that last. */
  now(): Outage | undefined
}

/** Time after which one that has not tried again does not wait any more: a partition may be
 *  another's by now. */
const givenUpMs = 60_000

export function createOutages(logger: Logger, steady: Clock = steadyClock): Outages {
  const waiting = new Map<string, { readonly outage: Outage; readonly at: number }>()
  /** Codes of those told since somebody began to wait. */
  const told = new Set<string>()

  const over = (who: string): void => {
    if (!waiting.delete(who) || waiting.size > 0) return
    told.clear()
    logger.info('Kafka answers again, and all goes on')
  }

  const forget = (): void => {
    for (const [who, { at }] of waiting) if (steady.now() - at > givenUpMs) over(who)
  }

  return {
    met(who, outage, then) {
      forget()
      const first = waiting.get(who)
      waiting.set(who, { outage: first?.outage.code === outage.code ? first.outage : outage, at: steady.now() })
      logger[told.has(outage.code) ? 'debug' : 'warn']({ code: outage.code }, `${outage.message} ${then}`)
      told.add(outage.code)
    },
    over,
    now() {
      forget()
      return waiting.values().next().value?.outage
    },
  }
}
