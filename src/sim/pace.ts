// Which instant of the simulation belongs to an instant of the wall clock. At more than real speed
// the simulation starts in the past and, once it has caught up with now, goes on in real time: no
// car ever speaks of the future.

export type Pace = {
  readonly startAt: number
  /** Where the simulation should be now. Never goes back, never ahead of the wall clock. */
  readonly simulatedAt: (wallAt: number) => number
}

const hourMs = 3_600_000

export type PaceOptions = {
  readonly wallAt: number
  /** Seconds of simulation in one second. */
  readonly speed: number
  /** Length of the simulation, if it has an end. */
  readonly durationMs: number | undefined
  readonly startAt: number | undefined
}

/** Faster than real time it starts so long ago that it ends now, or an hour ago when it has no
 *  end. */
export function newPace({ wallAt, speed, durationMs, startAt: given }: PaceOptions): Pace {
  const past = speed > 1 ? (durationMs === undefined ? hourMs : durationMs * (1 - 1 / speed)) : 0
  const startAt = given ?? Math.round(wallAt - past)
  return { startAt, simulatedAt: (now) => Math.min(startAt + (now - wallAt) * speed, Math.max(now, startAt)) }
}
