// The replay of a trip as a value: an instant that runs, stands or is set. Chart, map and slider
// all read and set this one.

export type Replay = {
  readonly at: number
  readonly playing: boolean
  readonly rate: number
  readonly startAt: number
  readonly endAt: number
}

export const replayRates = [1, 2, 5, 10, 30, 60] as const

export const initialReplay = (startAt: number, endAt: number): Replay => ({
  at: startAt,
  playing: false,
  rate: 10,
  startAt,
  endAt,
})

/** Moves to an instant, kept within the trip. */
export const seek = (replay: Replay, at: number): Replay => ({
  ...replay,
  at: Math.min(replay.endAt, Math.max(replay.startAt, at)),
})

/** Starts or stops; at the end it starts again from the beginning. */
export const toggle = (replay: Replay): Replay =>
  replay.playing
    ? { ...replay, playing: false }
    : { ...replay, playing: true, at: replay.at >= replay.endAt ? replay.startAt : replay.at }

/** After `elapsedMs` of the viewer's time. Stops at the end. */
export function advance(replay: Replay, elapsedMs: number): Replay {
  if (!replay.playing) return replay
  const at = replay.at + elapsedMs * replay.rate
  return at >= replay.endAt ? { ...replay, at: replay.endAt, playing: false } : { ...replay, at }
}

/** The track may grow while one looks: the instant stays, the ends move. */
export const extend = (replay: Replay, startAt: number, endAt: number): Replay =>
  startAt === replay.startAt && endAt === replay.endAt ? replay : seek({ ...replay, startAt, endAt }, replay.at)
