// How a process of ours lives and ends: a first signal drains, a second one does not wait; what cannot start says why in one line.
import { setTimeout as wait } from 'node:timers/promises'

/** Ctrl-C reaches us from the terminal and again from the npm script that started us: signals so close together are one. */
const sameSignalMs = 500

/** Resolves at the first SIGINT or SIGTERM. A later one ends the process at once. */
export function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let askedAt: number | undefined
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      askedAt ??= performance.now()
      if (performance.now() - askedAt > sameSignalMs) process.exit(130)
      resolve()
    })
  return promise
}

/** Waits for the work, but no longer than `timeoutMs`; then says so and goes on, since everything acknowledged is stored already. */
export async function within(timeoutMs: number, work: PromiseLike<void>, what: string): Promise<void> {
  const late = new AbortController()
  await Promise.race([
    Promise.resolve(work).finally(() => late.abort()),
    wait(timeoutMs, undefined, { signal: late.signal }).then(
      () => process.stderr.write(`roadstream: ${what} did not finish within ${timeoutMs / 1000} s (ROADSTREAM_DRAIN); leaving it\n`),
      () => {},
    ),
  ])
}

/** Says it to standard error and gives the exit code back. */
export function complain(message: string, code: number): number {
  process.stderr.write(`roadstream: ${message}\n`)
  return code
}
