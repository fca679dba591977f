// The timer of deadlines, where connections have none of their own.
import type { Clock } from '../base/clock.ts'

/** Calls `look` every `everyMs` after the next poll for input, with the time before it: whatever
 *  arrived until then is read before anyone is called silent, also when this process was the one
 *  late, and also when that poll takes long. */
export function lookEvery(everyMs: number, clock: Clock, look: (askedAt: number) => void): Disposable {
  let judgement: NodeJS.Immediate | undefined
  const timer = setInterval(() => {
    const askedAt = clock.now()
    judgement ??= setImmediate(() => {
      judgement = undefined
      look(askedAt)
    })
  }, everyMs)
  return {
    [Symbol.dispose]() {
      clearInterval(timer)
      clearImmediate(judgement)
    },
  }
}
