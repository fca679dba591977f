// The state of the partitions that this process has, of those that a group of processes shares. The
// group says who shall have which; the transactional id of each says who can commit for it. So a
// process that stood still, or lost its way to the group, stores nothing for a partition that
// another has opened since, whatever it still believes:
//
//   assigned ──► opened (the predecessor shut out, what it left open ended, state restored) ──► given
//   given ──► assigned elsewhere ──► the jobs leave it ──► closed; the copy stays
//         └── a commit is refused ──► the jobs leave it ──► a member still, and still mine? ──► opened
//
// A standby keeps the copies of all other partitions up to date.
import { randomBytes } from 'node:crypto'
import { Outage } from '../../base/errors.ts'
import type { Logger } from '../../base/logger.ts'
import { onceAnOutage } from '../../base/once-an-outage.ts'
import { aborted, pause, waitOut } from '../../base/wait-out.ts'
import type { KafkaSharing } from '../kafka-options.ts'
import { isTaken, type Share, type StateStore } from '../state-store.ts'
import { shareOut, type Claims } from './assignment.ts'
import { changelogTopic } from './changelog.ts'
import { closedLog, waitedFor } from './faults.ts'
import { claimsText, jobsGroup, parseClaims, parsePartitions, partitionsText } from './group-words.ts'
import type { KafkaLog } from './kafka-log.ts'
import { openPartitionState, type PartitionState } from './partition-state.ts'
import { joinPartitions } from './partition-states.ts'
import { isCurrent, openLocal, restoreLocal } from './restored.ts'

export type KafkaSharesOptions = {
  /** Its topics have that of the changelog, which has as many partitions as are shared. */
  readonly kafka: KafkaLog
  /** For the copies of this changelog alone. */
  readonly local: StateStore
  readonly sharing: KafkaSharing
  readonly logger: Logger
}

export type KafkaShares = {
  /** Commits for what this process has; others are refused with LOG_FENCED. */
  readonly state: StateStore
  readonly share: Share
}

const retrying = { firstMs: 100, longestMs: 2_000 }
/** A standby looks at the latest so often whether there is news. */
const standbyMs = 1_000
/** Who waits, in an outage of the group. */
const group = 'the group'

type Held = { readonly turn: number; readonly store: PartitionState; isTaken: boolean }

/** Resolves once the state of its first share is at hand. Rejects with the log's outages, and those
 *  of the group. */
export async function openKafkaShares(options: KafkaSharesOptions): Promise<KafkaShares> {
  const shares = new Shares(options)
  await shares.open()
  return { state: shares.state, share: shares }
}

class Shares implements Share {
  readonly state: StateStore
  readonly #options: KafkaSharesOptions
  readonly #partitions: number
  readonly #held = new Map<number, Held>()
  /** By partition when another was found to have it, by the steady clock. */
  readonly #takenAt = new Map<number, number>()
  /** Work on a copy, one thing after the other. */
  readonly #queues = new Map<number, Promise<unknown>>()
  readonly #assignedFirst = Promise.withResolvers<void>()
  #assigned: ReadonlySet<number> = new Set()
  #news = Promise.withResolvers<void>()
  #failure: unknown
  #turns = 0
  /** The first share is at hand: from now on what somebody has to mend is waited for. */
  #isOpen = false

  constructor(options: KafkaSharesOptions) {
    this.#options = options
    this.#partitions = options.kafka.log.partitionsOf(changelogTopic.name)
    this.state = joinPartitions({
      partitions: this.#partitions,
      local: options.local,
      stores: () => [...this.#held.values()].map(({ store }) => store),
      storeOf: (partition) => this.#storeOf(partition),
    })
  }

  async open(): Promise<void> {
    const { kafka, sharing } = this.#options
    kafka.onClosing(async () => {
      await Promise.all([...this.#held.values()].map(({ store }) => store.close()))
    })
    const { instance, sessionMs } = sharing
    const following = kafka.followGroup(jobsGroup, {
      instance,
      sessionMs,
      about: (isKnown) => claimsText(this.#claims(isKnown)),
      shareOut: (members) => this.#shareOut(members),
      assigned: (share) => this.#assign(parsePartitions(share)),
      confirmed: (askedAt) => {
        kafka.outages.over(group)
        this.#openMissing(askedAt)
      },
      failed: (outage) =>
        kafka.outages.met(group, outage, 'The partitions of the jobs are not shared anew until then.'),
    })
    following.catch((error: unknown) => this.#fail(error))
    if (sharing.isStandby) void this.#standBy().catch((error: unknown) => this.#fail(error))
    await this.#assignedFirst.promise
    await Promise.all(this.#queues.values())
    if (this.#failure !== undefined) throw this.#failure
    this.#isOpen = true
  }

  given(): ReadonlyMap<number, number> {
    if (this.#failure !== undefined) throw this.#failure
    const own = [...this.#held].filter(([partition, held]) => this.#assigned.has(partition) && !held.isTaken)
    return new Map(own.map(([partition, { turn }]) => [partition, turn]))
  }

  async left(partition: number): Promise<void> {
    const held = this.#held.get(partition)
    this.#held.delete(partition)
    await held?.store.close()
    // Taken away and assigned again meanwhile.
    if (held?.isTaken === false) this.#openMissing(Infinity)
  }

  async changed(signal: AbortSignal): Promise<void> {
    await Promise.race([this.#news.promise, aborted(signal)])
  }

  #storeOf(partition: number): PartitionState {
    const held = this.#held.get(partition)
    if (held !== undefined) return held.store
    throw new Outage('LOG_FENCED', `Partition ${partition} of the jobs is another process's now.`, { retryable: false })
  }

  #copy(partition: number) {
    const { kafka, local } = this.#options
    return { log: kafka.log, local, partition }
  }

  /** Who was expelled does not know what others have since. */
  #claims(isKnown: boolean): Claims {
    const all = [...Array(this.#partitions).keys()]
    return {
      running: all.filter((partition) => isKnown && this.#held.get(partition)?.isTaken === false),
      warm: all.filter((partition) => isCurrent(this.#copy(partition))),
    }
  }

  /** Members by the ids that the broker gave them; their order is that of the ids. */
  #shareOut(members: ReadonlyMap<string, Buffer>): ReadonlyMap<string, Buffer> {
    const claims = new Map([...members].map(([id, about]) => [id, parseClaims(about)]))
    const shares = shareOut(claims, this.#partitions)
    return new Map([...shares].map(([id, partitions]) => [id, partitionsText(partitions)]))
  }

  #assign(partitions: readonly number[]): void {
    const before = this.#assigned
    this.#assigned = new Set(partitions)
    if (partitions.length !== before.size || partitions.some((partition) => !before.has(partition)))
      this.#options.logger.info({ partitions }, 'the partitions of the jobs are shared: these are ours')
    this.#openMissing(Infinity)
    this.#tell()
    this.#assignedFirst.resolve()
  }

  /** Opens what is ours and not at hand. Where another was found to have it since `askedAt`, the
   *  group is to say again first that it is ours. */
  #openMissing(askedAt: number): void {
    for (const partition of this.#assigned) {
      if (this.#held.has(partition) || (this.#takenAt.get(partition) ?? -Infinity) >= askedAt) continue
      void this.#inTurn(partition, () => this.#open(partition)).catch((error: unknown) => this.#fail(error))
    }
  }

  async #open(partition: number): Promise<void> {
    const { kafka, local, logger } = this.#options
    const isOurs = (): boolean => this.#assigned.has(partition) && !this.#held.has(partition)
    if (!isOurs()) return
    const began = performance.now()
    const taken = (): void => {
      held.isTaken = true
      this.#takenAt.set(partition, performance.now())
      logger.info({ partition }, 'another process has taken a partition of the jobs')
      this.#tell()
    }
    const open = async (): Promise<PartitionState | undefined> => {
      if (!isOurs()) return undefined
      try {
        return await openPartitionState({ kafka, partition, local, logger, taken })
      } catch (error) {
        // Another one opened it at the same moment; the group says whose it is.
        if (error instanceof Outage && isTaken(error)) throw new Outage(error.code, error.message, { retryable: true })
        throw this.#isOpen ? waitedFor(error) : error
      }
    }
    const who = `the state of partition ${partition}`
    const store = await waitOut(open, retrying, kafka.closed, (outage) =>
      kafka.outages.met(who, outage, 'The jobs of a partition wait for their state.'),
    )
    kafka.outages.over(who)
    if (store === undefined) return
    const held: Held = { turn: (this.#turns += 1), store, isTaken: false }
    this.#held.set(partition, held)
    this.#takenAt.delete(partition)
    const restoredMs = Math.round(performance.now() - began)
    logger.debug({ partition, restoredMs }, 'the state of a partition of the jobs is at hand')
    this.#tell()
  }

  /** Keeps up with the changelog of partitions that others have. */
  async #standBy(): Promise<void> {
    const { kafka, logger } = this.#options
    const isOthers = (partition: number): boolean => !this.#assigned.has(partition) && !this.#held.has(partition)
    const follow = async (partition: number): Promise<void> => {
      if (!isOthers(partition)) return
      await openLocal(this.#copy(partition))
      await restoreLocal(this.#copy(partition))
    }
    const behind = onceAnOutage(({ code }) =>
      logger.warn({ code }, 'standby copies of partitions cannot be kept up to date'),
    )
    const keepUp = (partition: number): Promise<void> =>
      waitOut(() => this.#inTurn(partition, () => follow(partition)), retrying, kafka.closed, behind)
    await this.#assignedFirst.promise
    while (!kafka.closed.aborted) {
      const appended = kafka.log.appended([changelogTopic.name], kafka.closed, standbyMs)
      await Promise.all([...Array(this.#partitions).keys()].filter(isOthers).map(keepUp))
      await appended
      // Records that come one by one are taken together.
      await pause(standbyMs / 10, kafka.closed)
    }
  }

  #inTurn<Value>(partition: number, work: () => Promise<Value>): Promise<Value> {
    const before = this.#queues.get(partition) ?? Promise.resolve()
    const done = before.then(work)
    this.#queues.set(
      partition,
      done.catch(() => {}),
    )
    return done
  }

  #tell(): void {
    this.#news.resolve()
    this.#news = Promise.withResolvers()
  }

  #fail(error: unknown): void {
    if (this.#options.kafka.closed.aborted) return
    this.#failure ??= error ?? closedLog()
    this.#assignedFirst.resolve()
    this.#tell()
  }
}

/** The name by which a process is known that was given none. */
export const newInstance = (): string => `jobs-${randomBytes(6).toString('hex')}`
