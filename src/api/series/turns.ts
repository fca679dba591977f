// Turns for work that is heavy: few at once, some waiting, in the order they came.

export type Turns = {
  /** Runs the work when it is its turn. Throws what `busy` makes when too many wait; nothing is run
   *  then. Rejects as the work does. */
  take<Result>(work: () => Promise<Result>): Promise<Result>
}

export function createTurns({
  atOnce,
  waiting: waitingMax,
  busy,
}: {
  readonly atOnce: number
  readonly waiting: number
  busy(): Error
}): Turns {
  const waiting: (() => void)[] = []
  let running = 0
  return {
    async take(work) {
      if (running < atOnce) running += 1
      else if (waiting.length >= waitingMax) throw busy()
      // A caller that ends hands its turn over, so nobody comes in between.
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next === undefined) running -= 1
        else next()
      }
    },
  }
}
