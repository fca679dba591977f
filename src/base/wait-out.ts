// Outages that may pass are waited out; all other errors are thrown on.
import { setTimeout as wait } from 'node:timers/promises'
import { Outage } from './errors.ts'

/** The first pause, which doubles with each failure up to the longest. Milliseconds. */
export type Pauses = { readonly firstMs: number; readonly longestMs: number }

/** Resolves when the signal aborts, at once where it has. */
export const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** The call under way for all who ask meanwhile, so that what they share is asked for once. */
export function shared<Value>(call: () => Promise<Value>): () => Promise<Value> {
  let running: Promise<Value> | undefined
  return () =>
    (running ??= call().finally(() => {
      running = undefined
    }))
}

/** Resolves after the time, or at once when the signal aborts. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> => wait(ms, undefined, { signal }).catch(() => {})

/** The value of the first attempt that succeeds. `failed` is told of each outage before the pause
 *  after it. Undefined when an attempt fails after the signal aborted, which also ends the pause
 *  under way. Rejects with an outage that will not pass. */
export async function waitOut<Value>(
  attempt: () => Promise<Value>,
  { firstMs, longestMs }: Pauses,
  signal: AbortSignal,
  failed: (outage: Outage, pauseMs: number) => void,
): Promise<Value | undefined> {
  for (let pauseMs = firstMs; ; pauseMs = Math.min(pauseMs * 2, longestMs)) {
    try {
      return await attempt()
    } catch (error) {
      failed(passingOutage(error), pauseMs)
      if (signal.aborted) return undefined
      await pause(pauseMs, signal)
    }
  }
}

/** The value of one attempt, or undefined after a pause where an outage may pass: the caller's next
 *  round tries again. */
export async function orPause<Value>(
  attempt: () => Promise<Value>,
  pauseMs: number,
  signal: AbortSignal,
  failed: (outage: Outage) => void,
): Promise<Value | undefined> {
  try {
    return await attempt()
  } catch (error) {
    failed(passingOutage(error))
    await pause(pauseMs, signal)
    return undefined
  }
}

/** The error as an outage that may pass; throws any other. */
export function passingOutage(error: unknown): Outage {
  if (error instanceof Outage && error.retryable) return error
  throw error
}
