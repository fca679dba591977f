// The commits of a round begin together, so that the log makes one transaction of them; those of a
// long round begin in parts, so that the first do not wait for the work of the last.
import type { Clock } from '../base/clock.ts'
import type { NewRecord } from '../eventlog/event-log.ts'
import type { TaskCommit } from '../eventlog/state-store.ts'
import type { Commit } from './committer.ts'

/** Work that a commit waits for at most, but for the step under way. Milliseconds. */
const waitMs = 20

export class RoundCommits {
  readonly #commit: Commit
  readonly #steady: Clock
  #waiting: (() => void)[] = []
  #since = 0

  constructor(commit: Commit, steady: Clock) {
    this.#commit = commit
    this.#steady = steady
  }

  /** Resolves as the commit does, which begins with the next `begin` at the latest. */
  add(commits: readonly TaskCommit[], outputs: readonly NewRecord[]): Promise<boolean> {
    if (this.#waiting.length === 0) this.#since = this.#steady.now()
    const stored = new Promise<boolean>((resolve) => {
      this.#waiting.push(() => resolve(this.#commit(commits, outputs)))
    })
    if (this.#steady.now() - this.#since >= waitMs) this.begin()
    return stored
  }

  /** Begins those that wait. */
  begin(): void {
    for (const begin of this.#waiting.splice(0)) begin()
  }
}
