// The partitions whose tasks run here: taken as they are given, and left as they are taken away.
// Each has facts of its own: a batch that is run again sees those it saw, whoever runs it.
import type { Logger } from '../base/logger.ts'
import type { EventLog } from '../eventlog/event-log.ts'
import { isTaken, partitionOfTask, type Share, type StateStore, type TaskCommit } from '../eventlog/state-store.ts'
import { Facts } from './facts.ts'
import type { Lane } from './lane.ts'
import type { Lanes } from './lanes.ts'
import type { SideTables } from './side-table.ts'

export type HeldOptions = {
  readonly lanes: Lanes
  readonly share: Share
  readonly state: StateStore
  readonly derived: EventLog
  /** Stores all of the state of lanes. */
  readonly save: (lanes: readonly Lane[]) => Promise<boolean>
  readonly logger: Logger
  /** Done before the tasks of a partition are opened; false when it could not be. */
  readonly taking: ((partition: number) => Promise<boolean>) | undefined
}

export class HeldPartitions {
  readonly #options: HeldOptions
  readonly #turns = new Map<number, number>()
  readonly #facts = new Map<number, Facts>()
  /** Those for which a commit was refused: nothing of them is run any more. */
  readonly #refused = new Set<number>()
  /** How often one was taken so far. */
  taken = 0

  constructor(options: HeldOptions) {
    this.#options = options
  }

  /** Those that have facts to follow. */
  get facts(): Iterable<readonly [partition: number, facts: Facts]> {
    return this.#facts
  }

  get factTopics(): readonly string[] {
    return [...new Set([...this.#facts.values()].flatMap(({ topics }) => topics))]
  }

  /** Whether its state in memory is what is stored. */
  runs({ partition }: Lane): boolean {
    return !this.#refused.has(partition)
  }

  /** Told that the commits were refused. */
  refuse(commits: readonly TaskCommit[]): void {
    for (const { task } of commits) this.#refused.add(partitionOfTask(task))
  }

  /** The value, or undefined when it turns out that the partition is another's. */
  async unlessTaken<Value>(partition: number, work: () => Promise<Value>): Promise<Value | undefined> {
    try {
      return await work()
    } catch (error) {
      if (!isTaken(error)) throw error
      this.#refused.add(partition)
      return undefined
    }
  }

  /** Leaves and takes what the share says. Rejects with the log's Outage; what could not be taken
   *  is taken by the next call. */
  async settle(): Promise<void> {
    const { share, logger } = this.#options
    const given = share.given()
    const gone = [...this.#turns].filter(([own, turn]) => this.#refused.has(own) || given.get(own) !== turn)
    for (const [partition] of gone) await this.#leave(partition)
    const fresh = [...given].filter(([partition]) => !this.#turns.has(partition))
    const taken = await Promise.allSettled(fresh.map(([partition, turn]) => this.#take(partition, turn)))
    for (const result of taken) if (result.status === 'rejected') throw result.reason
    if (gone.length + fresh.length > 0)
      logger.debug({ left: gone.map(([own]) => own), taken: fresh.map(([own]) => own) }, 'partitions changed hands')
  }

  async #leave(partition: number): Promise<void> {
    const { lanes, share, save } = this.#options
    if (!this.#refused.has(partition)) {
      // Another one that has it already runs again what is not saved.
      await save(lanes.of(partition))
    }
    this.#drop(partition)
    await share.left(partition)
  }

  #drop(partition: number): void {
    this.#options.lanes.leave(partition)
    this.#facts.delete(partition)
    this.#turns.delete(partition)
    this.#refused.delete(partition)
  }

  async #take(partition: number, turn: number): Promise<void> {
    const { lanes, state, derived, taking } = this.#options
    this.#turns.set(partition, turn)
    try {
      await this.unlessTaken(partition, async () => {
        if ((await taking?.(partition)) === false) {
          this.#refused.add(partition)
          return
        }
        const sides: SideTables | undefined = lanes.newSides(partition)
        // Before any lane is restored: its batches are to see the facts they saw.
        if (sides !== undefined) this.#facts.set(partition, new Facts(sides, partition, derived, state))
        await lanes.take(partition)
        this.taken += 1
      })
    } catch (error) {
      this.#drop(partition)
      throw error
    }
  }
}
