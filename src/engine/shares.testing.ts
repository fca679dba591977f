// Processes that share the partitions of one log in memory, as a store that fences makes them: the
// last to whom a partition was given can commit for it, and nobody else.
import { Outage } from '../base/errors.ts'
import { aborted } from '../base/wait-out.ts'
import { partitionOfTask, type LogAndState, type Share, type StateStore } from '../eventlog/state-store.ts'

type Stores = Pick<LogAndState, 'log' | 'state'>

export type SharingProcess = {
  readonly derived: Stores
  readonly share: Share
  /** Everything it commits from now on rejects, and nothing of it is stored. */
  kill(): void
  /** Those whose tasks it may have open. */
  open(): ReadonlySet<number>
}

export type SharedPartitions = {
  /** A process that has nothing yet. */
  join(): SharingProcess
  /** The owner before is shut out. */
  give(partition: number, process: SharingProcess): void
  /** Asks for it back; its commits still count until it is given to another. */
  withdraw(partition: number): void
}

/** `committing` is told before each commit. */
export function sharePartitions(derived: Stores, committing: () => void): SharedPartitions {
  /** Of each partition the newest turn, and who has it. */
  const owners = new Map<number, { readonly process: SharingProcess; readonly turn: number; isWithdrawn: boolean }>()
  const settled = new Map<SharingProcess, () => void>()
  let turns = 0

  const join = (): SharingProcess => {
    const open = new Map<number, number>()
    let isKilled = false
    let news = Promise.withResolvers<void>()

    /** State is at hand again once what was before is left. */
    const takeGiven = (): void => {
      for (const [partition, { process, turn }] of owners)
        if (process === own && !open.has(partition)) open.set(partition, turn)
      news.resolve()
      news = Promise.withResolvers()
    }
    const isOwn = (partition: number): boolean => {
      const owner = owners.get(partition)
      return owner?.process === own && owner.turn === open.get(partition)
    }
    const check = (partitions: readonly number[]): void => {
      committing()
      if (isKilled) throw new Outage('KILLED', 'The process is gone.', { retryable: false })
      for (const partition of partitions)
        if (!isOwn(partition)) throw new Outage('LOG_FENCED', 'Another process has it.', { retryable: false })
    }
    const state: StateStore = {
      ...derived.state,
      commit: async (commits, outputs) => {
        check(commits.map(({ task }) => partitionOfTask(task)))
        await derived.state.commit(commits, outputs)
      },
      clear: async (task) => {
        check([partitionOfTask(task)])
        await derived.state.clear(task)
      },
    }
    const share: Share = {
      given: () => new Map([...open].filter(([partition]) => isOwn(partition) && !owners.get(partition)!.isWithdrawn)),
      left: async (partition) => {
        open.delete(partition)
        takeGiven()
      },
      changed: async (signal) => {
        await Promise.race([news.promise, aborted(signal)])
      },
    }
    const own: SharingProcess = {
      derived: { log: derived.log, state },
      share,
      kill: () => {
        isKilled = true
      },
      open: () => new Set(open.keys()),
    }
    settled.set(own, takeGiven)
    return own
  }

  const tellAll = (): void => {
    for (const tell of settled.values()) tell()
  }

  return {
    join,
    give: (partition, process) => {
      owners.set(partition, { process, turn: (turns += 1), isWithdrawn: false })
      tellAll()
    },
    withdraw: (partition) => {
      const owner = owners.get(partition)
      if (owner !== undefined) owner.isWithdrawn = true
      tellAll()
    },
  }
}
