// Commits until they succeed: an outage that may pass is waited out, any other ends the loop. It is
// told once, however many commits wait for its end.
import type { Logger } from '../base/logger.ts'
import { waitOut, type Pauses } from '../base/wait-out.ts'
import type { NewRecord } from '../eventlog/event-log.ts'
import { isTaken, type StateStore, type TaskCommit } from '../eventlog/state-store.ts'

export type CommitterOptions = {
  readonly state: StateStore
  readonly logger: Logger
  readonly signal: AbortSignal
  /** Told of each commit that is tried again. */
  readonly retried: () => void
  /** Told of commits whose tasks another process has now; without it they reject. */
  readonly taken?: (commits: readonly TaskCommit[]) => void
}

export type Commit = (commits: readonly TaskCommit[], outputs: readonly NewRecord[]) => Promise<boolean>

const pauses: Pauses = { firstMs: 50, longestMs: 5_000 }

/** Gives false when the signal ended it first, or the tasks are another's; nothing of the commit
 *  then counts. */
export function createCommitter({ state, logger, signal, retried, taken }: CommitterOptions): Commit {
  let isFailing = false
  return async (commits, outputs) => {
    const attempt = async (): Promise<true> => {
      await state.commit(commits, outputs)
      return true
    }
    try {
      const isStored = await waitOut(attempt, pauses, signal, ({ code, message }, waitMs) => {
        retried()
        const level = isFailing ? 'debug' : 'warn'
        isFailing = true
        logger[level](
          { tasks: commits.map(({ task }) => task), code, reason: message, waitMs },
          'commits fail and are tried again',
        )
      })
      isFailing &&= isStored !== true
      return isStored ?? false
    } catch (error) {
      if (taken === undefined || !isTaken(error)) throw error
      taken(commits)
      return false
    }
  }
}
