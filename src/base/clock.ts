/** Where processing time comes from. Injected, so that a test owns it; event time always comes from
 *  records. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }

/** For deadlines and lengths of time: milliseconds since some instant. Nobody sets it forward or
 *  back, as happens to the system's. */
export const steadyClock: Clock = { now: () => performance.now() }
