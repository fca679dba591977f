// How a process of ours lives and ends: a first signal drains, a second one does not wait; what
// cannot start says why in one line.
import { setTimeout as wait } from 'node:timers/promises'
import { openTimeLimit } from '../base/time-limit.ts'
import { aborted } from '../base/wait-out.ts'

/** Ctrl-C reaches us from the terminal and again from the npm script that started us: signals so
 *  close together are one. */
const sameSignalMs = 500
/** For the last lines of the log. */
const leaveMs = 300

let isLate = false
/** Not process.exit: it waits for every thread, and one may hang in a system call of a disk that
 *  does not answer. Acknowledged messages are durable. */
const endAtOnce = (): void => void process.kill(process.pid, 'SIGKILL')

/** Aborts at the first SIGINT or SIGTERM. A later one ends the process at once. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController()
  let askedAt: number | undefined
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      askedAt ??= performance.now()
      if (performance.now() - askedAt > sameSignalMs) endAtOnce()
      stop.abort()
    })
  return stop.signal
}

/** Resolves when the signal aborts or the first of `parts` ends; rejects with what a part ended
 *  of. */
export function stoppedOrEnded(stop: AbortSignal, parts: readonly Promise<void>[]): Promise<void> {
  return Promise.race([aborted(stop), ...parts])
}

/** Waits for the work, but no longer than `timeoutMs`; then says so and goes on, since
 *  everything acknowledged is stored already. */
export async function within(timeoutMs: number, work: PromiseLike<void>, what: string): Promise<void> {
  using limit = openTimeLimit(timeoutMs, () => {
    isLate = true
    process.stderr.write(
      `roadstream: ${what} did not finish within ${timeoutMs / 1000} s (ROADSTREAM_DRAIN); leaving it\n`,
    )
  })
  await Promise.race([work, limit.passed])
}

/** Ends a process that `within` could not wait for; to be called last. Does nothing when all
 *  finished in time. */
export async function leaveWhatIsLate(): Promise<void> {
  if (!isLate) return
  await wait(leaveMs)
  endAtOnce()
}

/** Says it to standard error and gives the exit code back. */
export function complain(message: string, code: number): number {
  process.stderr.write(`roadstream: ${message}\n`)
  return code
}
