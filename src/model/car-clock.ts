// A car's clock against ours. The error of a boot's clock is the greatest `at` − `receivedAt` of
// its messages: a message may wait before it is heard, which only makes the difference less, so the
// greatest is the nearest to the truth.

/** An instant further ahead of its receipt than this is marked, where nothing else is set: a
 *  message cannot be heard before it was measured, and the clocks of gateways, and of cars that set
 *  theirs by satellite or network, agree to within seconds. Milliseconds. */
export const clockAheadMs = 120_000

/** Real-time clocks that were never set since they lost power begin with the year 2000, which is
 *  also the earliest instant that a message may carry. A clock that is still in that year was never
 *  set: nothing waits so long to be sent. */
const unsetBefore = Date.UTC(2001, 0, 1)

/** The GPS week number begins anew after 1,024 weeks (IS-GPS-200, 20.3.3.3.1.1): a receiver that
 *  takes no account of it is behind by exactly so much, give or take how long the messages waited,
 *  for which a day is allowed. */
export const gpsRolloverMs = 1024 * 7 * 86_400_000
export const gpsWaitMs = 86_400_000

export const clockStates = ['right', 'ahead', 'behind', 'jumps'] as const
export type ClockState = (typeof clockStates)[number]

/** The error of the clock of a boot; `right` is where nothing shows that it is not. */
export type CarClock = {
  readonly boot: string
  /** The greatest `at` − `receivedAt` heard. Milliseconds; below 0 the clock is behind, or the
   *  messages waited. */
  readonly offsetMs: number
  /** `ahead`: its instants are marked. `behind`: by more than any buffer explains. `jumps`: lone
   *  instants far from those around them were put aside; the rest are right. */
  readonly state: ClockState
}

/** Further behind its receipt than this an instant is not believed: less than the weeks of a
 *  rollover, and no message waits so long. Fifteen years. */
export const believedBehindMs = 15 * 365.25 * 86_400_000

/** The instant as far as it is believed: never after its receipt, and the receipt in place of one
 *  that a clock gave that was never set or that counts weeks anew. */
export const believedAt = (at: number, receivedAt: number): number =>
  at < receivedAt - believedBehindMs ? receivedAt : Math.min(at, receivedAt)

/** Doubts about an instant: it is `ahead` of its receipt; `unset`, of a clock that was not set
 *  since it lost power; or `behind` by more than any message waits. */
export const clockDoubts = ['ahead', 'behind', 'unset'] as const
export type ClockDoubt = (typeof clockDoubts)[number]

/** Null where nothing is, `aheadMs` being the bound of marked instants. Any numbers will do. */
export function clockDoubt(at: number, receivedAt: number, aheadMs: number): ClockDoubt | null {
  if (isAhead(at, receivedAt, aheadMs)) return 'ahead'
  if (at >= receivedAt - believedBehindMs) return null
  return at < unsetBefore ? 'unset' : 'behind'
}

/** Whether the instant is marked, where `aheadMs` is the bound. */
export const isAhead = (at: number, receivedAt: number, aheadMs: number): boolean => at - receivedAt > aheadMs

/** The state of a clock that does not jump. Behind is what buffers, replays and imports are as
 *  well, so it is only said where none of them can be the reason. `newestAt` is the newest instant
 *  of the boot. */
export function clockState(offsetMs: number, newestAt: number, aheadMs: number): Exclude<ClockState, 'jumps'> {
  if (offsetMs > aheadMs) return 'ahead'
  const rolledOver = offsetMs <= -gpsRolloverMs && offsetMs > -gpsRolloverMs - gpsWaitMs
  return newestAt < unsetBefore || rolledOver ? 'behind' : 'right'
}
