// The parts of which roles are put together.
import type { Registry } from 'prom-client'
import type { Outage } from '../base/errors.ts'
import type { OutageReport } from '../base/placeless.ts'
import type { Config } from '../config/config.ts'
import type { Questions, ThreadRole } from '../roles/questions.ts'
import type { Role } from '../roles/role.ts'

/** Background work of a role: aborted and awaited on disposal; the first of it to fail ends the
 *  role. */
export function openBackground() {
  const stop = new AbortController()
  const failed = Promise.withResolvers<void>()
  failed.promise.catch(() => {})
  const running: Promise<void>[] = []
  return {
    signal: stop.signal,
    ended: failed.promise,
    run(work: Promise<void>): void {
      running.push(
        work.catch((error: unknown) => {
          if (!stop.signal.aborted) failed.reject(error)
        }),
      )
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await Promise.all(running)
      failed.resolve()
    },
  }
}

/** Time that a part of a role may wait for its own work at the end: less than the whole, so that
 *  some is left to say goodbye. */
export const ownDrainMs = ({ drainTimeoutMs }: Config): number => 0.8 * drainTimeoutMs

/** The first of them that something is to be told of, as a role reports it. */
export function refusalOf(...refusals: readonly (() => Outage | undefined)[]): OutageReport | null {
  for (const refusal of refusals) {
    const outage = refusal()
    if (outage !== undefined) return { code: outage.code, message: outage.message }
  }
  return null
}

/** `stack` has all that the role opened, and closes it in the opposite order. */
export const roleOf = <Name extends ThreadRole>(
  stack: AsyncDisposableStack,
  registry: Registry,
  ended: Promise<void>,
  answers: Questions[Name],
): Role<Name> => ({
  ended,
  registry,
  answers,
  [Symbol.asyncDispose]: () => stack.disposeAsync(),
})
