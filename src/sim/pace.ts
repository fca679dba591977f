// Which instant of the simulation belongs to an instant of the wall clock. At more than real speed
// the simulation starts in the past and, once it has caught up with now, goes on in real time: no
// car ever speaks of the future. And when to look what belongs to now.

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

/** Looks at the clock: often, so that sends are spread over the second as the cars' phases are, and
 *  such that many cars have their second in each, as a look costs the same for one, here and in the
 *  commits of the gateway. A second is a whole number of ticks, so that each car sends once in it,
 *  and not now earlier and now later. */
const ticksASecond = { least: 5, most: 50 }
const carsATick = 60
/** Timers may be early by as much. */
const earlyMs = 1

/** Gives the milliseconds from an instant to the look after it, of ticks that began at `wallAt`. */
export function newTicks(wallAt: number, cars: number): (now: number) => number {
  const { least, most } = ticksASecond
  const tickMs = 1000 / Math.min(most, Math.max(least, Math.floor(cars / carsATick)))
  return (now) => tickMs - ((now - wallAt) % tickMs) + earlyMs
}
