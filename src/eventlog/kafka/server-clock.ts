// The log's time on Kafka, which is its brokers': they stamp what they store. Each answer to a
// produce request says when that was, and it was between the request and the answer; so by the
// steady clock it is known how far the brokers' clock is from ours, within the time an answer
// takes. Until the first answer our wall clock is believed, and after it no longer looked at. The
// brokers' clocks are theirs to keep: what they stamp while set wrong is stamped so.
import type { Clock } from '../../base/clock.ts'

export type ServerClock = Clock & {
  /** `at`, whole milliseconds of the brokers' clock, was between two instants of the steady one. */
  stamped(at: number, sentAt: number, answeredAt: number): void
}

export function createServerClock(wall: Clock, steady: Clock): ServerClock {
  /** The brokers' time less the steady clock's. */
  let aheadMs = wall.now() - steady.now()
  return {
    now: () => Math.max(0, Math.floor(steady.now() + aheadMs)),
    stamped: (at, sentAt, answeredAt) => {
      aheadMs = Math.min(Math.max(aheadMs, at - answeredAt), at + 1 - sentAt)
    },
  }
}
