// Numbers from which the deliveries of new sessions are numbered. They only grow, from one process
// to the next too, whatever is done to the system's clock.
import type { Session } from './session.ts'
import type { Clocks } from './session-record.ts'

/** Deliveries of a session take fewer numbers than this a millisecond. */
const ordersPerMs = 1000

/** `stored` are the sessions of the time before. */
export function lifeCounter({ clock, logClock }: Clocks, stored: Iterable<Session>): () => number {
  const originMs = logClock.now() - clock.now()
  let last = 0
  for (const { lastOrder } of stored) last = Math.max(last, lastOrder)
  return () => (last = Math.max(last + ordersPerMs, Math.floor(originMs + clock.now()) * ordersPerMs))
}
