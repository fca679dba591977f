// Commits until they succeed: an outage that may pass is waited out, any other ends the loop.
import { setTimeout as delay } from 'node:timers/promises'
import { Outage } from '../base/errors.ts'
import type { Logger } from '../base/logger.ts'
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

const retryMs = { first: 50, most: 5_000 }

/** Gives false when the signal ended it first; nothing of the commit then counts. */
export function createCommitter({ state, logger, signal, retried }: CommitterOptions): Commit {
  return async (commits, outputs) => {
    for (let waitMs = retryMs.first; ; waitMs = Math.min(retryMs.most, waitMs * 2)) {
      try {
        await state.commit(commits, outputs)
        return true
      } catch (error) {
        if (!(error instanceof Outage) || !error.retryable) throw error
        retried()
        logger.warn({ tasks: commits.map(({ task }) => task), code: error.code, waitMs }, 'a commit failed and is tried again')
        if (signal.aborted) return false
        await breathe(waitMs, signal)
      }
    }
  }
}

export const breathe = (ms: number, signal: AbortSignal): Promise<void> => delay(ms, undefined, { signal }).catch(() => {})
