// How long something is waited for.

export type TimeLimit = Disposable & {
  /** Resolves when the time is over; never once disposed. */
  readonly passed: Promise<void>
}

/** Runs from now on, until it is disposed. When the time is over `cutOff` is called, to end what
 *  takes so long. */
export function openTimeLimit(ms: number, cutOff?: () => void): TimeLimit {
  const { promise: passed, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(() => {
    cutOff?.()
    resolve()
  }, ms)
  return { passed, [Symbol.dispose]: () => clearTimeout(timer) }
}
