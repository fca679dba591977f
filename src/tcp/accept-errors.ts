// Errors of a listening socket, which end nobody: no file descriptors left, a connection gone
// before it was taken.
import type { EventEmitter } from 'node:events'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'

export type AcceptPorts = {
  readonly clock: Clock
  readonly logger: Logger
  /** Counts a client that could not be taken; the reason is a metric label. */
  countTurnedAway(reason: string): void
}

/** While descriptors are short every accept fails, many times a second. */
const acceptLogMs = 10_000

/** Counts what goes wrong while accepting, and logs it once in a while. An `error` that nobody
 *  hears would end the process. */
export function surviveAcceptErrors(server: EventEmitter, { clock, logger, countTurnedAway }: AcceptPorts): void {
  let failures = 0
  let quietUntil = Number.NEGATIVE_INFINITY
  server.on('error', (error: NodeJS.ErrnoException) => {
    countTurnedAway('accept')
    failures++
    if (clock.now() < quietUntil) return
    quietUntil = clock.now() + acceptLogMs
    const remedy =
      error.code === 'EMFILE' || error.code === 'ENFILE' ? 'raise the limit of open files (ulimit -n)' : undefined
    logger.error({ code: error.code, failures, remedy }, 'clients cannot be taken in')
    failures = 0
  })
}
