// The state of the tasks of one partition beside a log on Kafka: in a local store, with a changelog
// in Kafka from which the local one can be made again. Outputs, changelog and positions are one
// transaction of Kafka, and only then is it put into the local store, with how far that has come:
//
//   commits gather  →  outputs + changelog, one transaction  →  local store  →  all resolve
//
// Invariants: between two transactions the local store is as the changelog is. A transaction of
// which it is not known whether it counts is decided first; when it counts, the changelog has it.
// The transactional id is the partition's: whoever opened it last is the one that commits.
import { Outage } from '../../base/errors.ts'
import type { Logger } from '../../base/logger.ts'
import { onceAnOutage } from '../../base/once-an-outage.ts'
import { pause, waitOut, type Pauses } from '../../base/wait-out.ts'
import { epochKey, positionKey, type NewRecord, type Position, type Positions } from '../event-log.ts'
import { partitionOf } from '../partition.ts'
import { isTaken, type StateChange, type StateStore, type TaskCommit } from '../state-store.ts'
import { changelogOf, changelogPartition, changelogTopic, forgetting } from './changelog.ts'
import { transactionsOf } from './group-words.ts'
import { closedLog, untilMended, waitedFor } from './faults.ts'
import type { KafkaLog } from './kafka-log.ts'
import { comeTo, committing, openLocal, ownTaskOf, restoreLocal, tasksIn } from './restored.ts'

export type PartitionStateOptions = {
  /** Its topics have that of the changelog. */
  readonly kafka: KafkaLog
  /** Of the changelog, and of the tasks. */
  readonly partition: number
  /** For this changelog alone: what else is in it of the partition is removed. */
  readonly local: StateStore
  readonly logger: Logger
  /** Told once another owner has the partition: nothing more is stored. */
  readonly taken?: () => void
}

/** The tasks of the partition alone. */
export type PartitionState = StateStore & {
  /** Takes no more commits; resolves when none is under way. */
  close(): Promise<void>
}

/** Gathered commits become a transaction once none came for `quietMs`, or `longestMs` after the
 *  first, or with so many records: those of a round of the jobs are one. */
const gathering = { quietMs: 10, longestMs: 300, records: 5_000 } as const
const pauses: Pauses = { firstMs: 50, longestMs: 2_000 }
/** How long a transaction is tried again before its commits reject. */
const tryMs = 20_000
/** Entries that one commit of a clear removes. */
const clearStep = 5_000

/** A commit, or a part of a clear. */
type Call = {
  readonly records: readonly NewRecord[]
  readonly commits: readonly TaskCommit[]
  readonly forgotten?: string
  resolve(): void
  reject(error: unknown): void
}
type Work = Omit<Call, 'resolve' | 'reject'>

/** Shuts out whoever had the partition before, decides what was left open, and brings the local
 *  store to where the changelog is. Rejects with the log's outages, and LOG_DAMAGED when the
 *  changelog is not whole. */
export async function openPartitionState(options: PartitionStateOptions): Promise<PartitionState> {
  const { kafka, partition, local, logger, taken = () => {} } = options
  const { log, closed, outages } = kafka
  const copy = { log, local, partition }
  const ownTask = ownTaskOf(partition)
  const who = `commits of partition ${partition}`
  const unput = onceAnOutage(({ code }) =>
    logger.warn({ code }, 'state that Kafka has could not be put into the data folder, and is put there again'),
  )
  const transactions = kafka.openTransactions(transactionsOf(partition), (record) => {
    const partitions = log.partitionsOf(record.topic)
    return record.topic === changelogTopic.name
      ? changelogPartition(record, partitions)
      : partitionOf(record.key, partitions)
  })
  await openLocal(copy)
  await transactions.begin()
  await restoreLocal(copy)
  const epoch = (await log.epochs()).at(-1) ?? 0
  let waiting: Call[] = []
  let running: Promise<void> | undefined
  let isClosing = false
  /** After it nothing is stored any more: the local store may not be as the changelog is. */
  let ended: Outage | undefined

  const refuseEnded = (): void => {
    if (ended !== undefined) throw ended
    if (isClosing) throw closedLog()
  }

  const writeCommits = (commits: readonly TaskCommit[], outputs: readonly NewRecord[] = []): Promise<void> => {
    const logged = commits.map((commit) => changelogOf(commit, log.now()))
    const copied = outputs.map((output) => ({ ...output, value: Buffer.from(output.value) }))
    const records = [...copied, ...logged.flatMap((each) => each.records)]
    return write({ records, commits: logged.map((each) => each.copied) })
  }

  const write = async (work: Work): Promise<void> => {
    refuseEnded()
    await new Promise<void>((resolve, reject) => {
      waiting.push({ ...work, resolve, reject })
      running ??= run().finally(() => {
        running = undefined
      })
    })
  }

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      await gathered()
      const calls = takeCalls()
      try {
        await store(calls)
        for (const { resolve } of calls) resolve()
      } catch (error) {
        for (const { reject } of calls) reject(error)
      }
    }
  }

  const gathered = async (): Promise<void> => {
    const until = performance.now() + gathering.longestMs
    for (let count = 0; count < waiting.length;) {
      count = waiting.length
      if (isClosing || recordsOf(waiting) >= gathering.records || performance.now() >= until) return
      await pause(gathering.quietMs, closed)
    }
  }

  const takeCalls = (): readonly Call[] => {
    let records = 0
    const past = waiting.findIndex((call, index) => {
      records += call.records.length
      return index > 0 && records > gathering.records
    })
    const taken = past === -1 ? waiting : waiting.slice(0, past)
    waiting = past === -1 ? [] : waiting.slice(past)
    return taken
  }

  const store = async (calls: readonly Call[]): Promise<void> => {
    const records = calls.flatMap((call) => call.records)
    for (const until = performance.now() + tryMs; ;) {
      if (ended !== undefined) throw ended
      try {
        const ends = await transactions.commit([...records, committing(partition, log.now())])
        await put(calls, ends)
        outages.over(who)
        return
      } catch (failure) {
        if (ended !== undefined) throw failure
        const error = waitedFor(failure)
        if (await decided()) {
          logger.info('a commit whose answer was lost is stored in Kafka')
          outages.over(who)
          return
        }
        const mayPass = error instanceof Outage && error.retryable && performance.now() < until
        if (error instanceof Outage && error.retryable) outages.met(who, error, 'The commit is tried again.')
        if (!mayPass || isClosing) throw error
      }
    }
  }

  /** Whether the transaction that failed counts after all; then the local store has it. */
  const decided = async (): Promise<boolean> => {
    let found = 0
    await orEnd(
      async () => {
        await transactions.begin()
        await restoreLocal(copy, (records) => {
          found += records
        })
      },
      (outage) => outages.met(who, outage, 'Whether a transaction counts is not known yet, and is asked again.'),
    )
    return found > 0
  }

  const put = async (calls: readonly Call[], ends: readonly Position[]): Promise<void> => {
    const positions: Positions = {
      ...local.positions(ownTask),
      ...Object.fromEntries(
        ends
          .filter(({ topic }) => topic === changelogTopic.name)
          .map(({ topic, partition, offset }) => [positionKey(topic, partition), offset]),
      ),
      [epochKey(log.id)]: epoch,
    }
    await orEnd(() => putLocal(local, calls, comeTo(partition, positions, log.now())), unput)
  }

  /** Until it is done: the local store and the changelog must not part. */
  const orEnd = async <Value>(attempt: () => Promise<Value>, failed: (outage: Outage) => void): Promise<Value> => {
    try {
      const done = await waitOut(async () => ({ value: await untilMended(attempt()) }), pauses, closed, failed)
      if (done === undefined) throw closedLog()
      return done.value
    } catch (error) {
      ended = error instanceof Outage ? error : closedLog()
      if (isTaken(error)) taken()
      throw error
    }
  }

  return {
    positions: (task) => local.positions(task),
    tasks: () => tasksIn(copy),
    get: (task, key) => local.get(task, key),
    range: (task, prefix) => local.range(task, prefix),
    commit: async (commits, outputs) => {
      for (const { topic } of outputs) log.partitionsOf(topic)
      if (commits.length + outputs.length > 0) await writeCommits(commits, outputs)
    },
    clear: async (task) => {
      if (!local.tasks().includes(task)) return
      await writeCommits([{ task, positions: {}, state: [] }])
      for (let keys = firstKeys(local, task); keys.length > 0; keys = firstKeys(local, task))
        await writeCommits([{ task, positions: {}, state: keys }])
      await write({ records: [forgetting(task, log.now())], commits: [], forgotten: task })
    },
    close: async () => {
      isClosing = true
      await running
    },
  }
}

const recordsOf = (calls: readonly Call[]): number => calls.reduce((sum, { records }) => sum + records.length, 0)

/** Some of the entries of a task, as changes that remove them. */
function firstKeys(local: StateStore, task: string): StateChange[] {
  const keys: StateChange[] = []
  for (const [key] of local.range(task, '')) if (keys.push({ key }) === clearStep) break
  return keys
}

/** In the order of the calls, and at last how far the local store has come by them. */
async function putLocal(local: StateStore, calls: readonly Call[], come: TaskCommit): Promise<void> {
  let open: TaskCommit[] = []
  for (const { commits, forgotten } of calls) {
    open.push(...commits)
    if (forgotten === undefined) continue
    await local.commit(open, [])
    await local.clear(forgotten)
    open = []
  }
  await local.commit([...open, come], [])
}
