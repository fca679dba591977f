/** Where processing time comes from. Injected, so that a test owns it; event time always comes from records. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
}

export const systemClock: Clock = { now: () => Date.now() }
