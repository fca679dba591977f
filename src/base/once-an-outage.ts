// An outage is told when it begins, not at every try while it lasts.
import { steadyClock, type Clock } from './clock.ts'
import type { Outage } from './errors.ts'

/** Outages that come no longer after one another are one: above any pause between two tries, with
 *  the time that a try may take. */
const oneOutageMs = 60_000

/** Tells the first outage of those that come one after the other. */
export function onceAnOutage(tell: (outage: Outage) => void, steady: Clock = steadyClock): (outage: Outage) => void {
  let lastAt = -Infinity
  return (outage) => {
    const now = steady.now()
    const isNew = now - lastAt > oneOutageMs
    lastAt = now
    if (isNew) tell(outage)
  }
}
