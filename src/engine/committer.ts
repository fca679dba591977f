// Commits until they succeed: an outage that may pass is waited out, any other ends the loop.
import type { Logger } from '../base/logger.ts'
import { waitOut, type Pauses } from '../base/wait-out.ts'
import type { NewRecord } from '../eventlog/event-log.ts'
import type { StateStore, TaskCommit } from '../eventlog/state-store.ts'

export type CommitterOptions = {
  readonly state: StateStore
  readonly logger: Logger
  readonly signal: AbortSignal
  /** Told of each commit that is tried again. */
  readonly retried: () => void
}

export type Commit = (commits: readonly TaskCommit[], outputs: readonly NewRecord[]) => Promise<boolean>

const pauses: Pauses = { firstMs: 50, longestMs: 5_000 }

/** Gives false when the signal ended it first; nothing of the commit then counts. */
export function createCommitter({ state, logger, signal, retried }: CommitterOptions): Commit {
  return async (commits, outputs) => {
    const attempt = async (): Promise<true> => {
      await state.commit(commits, outputs)
      return true
    }
    const isStored = await waitOut(attempt, pauses, signal, ({ code }, waitMs) => {
      retried()
      logger.warn({ tasks: commits.map(({ task }) => task), code, waitMs }, 'a commit failed and is tried again')
    })
    return isStored ?? false
  }
}
