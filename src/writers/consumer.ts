// One consumer of the log: reads on from where its store is, puts what it read and the new
// positions in one transaction, and does so until it is stopped. An outage is waited out with the
// same batch, so order is kept, unless the store is elsewhere after it, as when its server gave way
// to another or came back from a backup: then it is read on from there. A row the database cannot
// hold is found by halving and left out, so that it blocks nothing.
import { performance } from 'node:perf_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '../base/clock.ts'
import { Outage } from '../base/errors.ts'
import type { LatencyWindow } from '../base/latency-window.ts'
import type { Logger } from '../base/logger.ts'
import { onceAnOutage } from '../base/once-an-outage.ts'
import { orPause, passingOutage, pause, waitOut, type Pauses } from '../base/wait-out.ts'
import {
  epochKey,
  epochPrefix,
  type EventLog,
  type Topic,
  type Positions,
  type ReadLimits,
  type StoredRecord,
} from '../eventlog/event-log.ts'
import { restAfter, type BatchLoad } from '../eventlog/gathering.ts'
import { openLogReader, type FollowOptions, type LogReader, type PartitionLag } from '../eventlog/log-reader.ts'
import type { Change, Projection } from '../storage/projection.ts'
import { putTogether, nothing, openWriteRoom, type GatheredRows } from './gathered.ts'
import { tellPassedOver } from './passed-over.ts'
import type { ReadChange, RowRefusal } from './read-change.ts'
import type { WriterMetrics } from './writer-metrics.ts'
import type { Lag, Received, Written } from './writers.ts'

export type ConsumerPlan<Row> = {
  readonly name: string
  readonly log: EventLog
  readonly topics: readonly Topic[]
  readonly store: Projection<Row>
  readonly readChange: ReadChange<Row>
  /** A batch ends after the record that reaches one of them. */
  readonly limits: ReadLimits
  /** Batches are put together in one transaction until one of these is reached, as long as more
   *  waits to be read: what changes often is then written once. Each is one otherwise. */
  readonly together?: ReadLimits
  /** Where a later record replaces an earlier one: what they are known by. Only the last of a batch
   *  is parsed. */
  readonly replacedBy?: (record: StoredRecord) => string | undefined
  /** The longest rest after a batch that was not full, so that the next holds more. One of more
   *  than a second ends when a whole batch has gathered, of which the rest after it goes on. */
  readonly lingerMs: number
  /** A whole batch is so many records of one partition, and partitions are read one after the
   *  other: a batch has then much of few keys. Those that grow alike are not read at once, but each
   *  when half as much has gathered in all of them: the store has its rest between two. */
  readonly ofPartition?: number
  /** Takes the time from receipt to row of each record. */
  readonly latency?: LatencyWindow
}

export type ConsumerDeps = {
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: WriterMetrics
  readonly signal: AbortSignal
  readonly onWritten?: (written: Written) => void
}

export type Consumer = {
  run(): Promise<void>
  /** Of each topic, once the store has said where it is; none when the writers stop before. */
  lag(): Promise<readonly Lag[]>
  /** The outage of its store for which a batch waits. */
  held(): Outage | undefined
}

const idleWaitMs = 1_000
/** Between two looks at what has gathered. */
const gatherLookMs = 1_000
const pauses: Pauses = { firstMs: 100, longestMs: 5_000 }
/** Unlike any epoch, which is never negative. */
const noEpoch = -1

export function createConsumer<Row>(plan: ConsumerPlan<Row>, deps: ConsumerDeps): Consumer {
  const { name, log, topics, store, limits, together = limits, ofPartition } = plan
  const { logger, metrics, signal } = deps
  const labels = { store: name }
  const follow: FollowOptions = { topics, order: ofPartition === undefined ? 'fair' : 'whole' }
  const gathers = plan.lingerMs > gatherLookMs
  const room = openWriteRoom(limits, plan.together)
  /** Batches are put together, but right after some that were failed: the next is put alone, and
   *  waits the outage out. */
  let joins = plan.together !== undefined
  /** Where the store is: what of the log is in its rows. */
  let stored: Positions | undefined
  let held: Outage | undefined
  const begun = Promise.withResolvers<void>()

  const retried = (outage: Outage, delayMs: number, what: string): void => {
    metrics.retries.inc(labels)
    // Once for an outage, however long it is; and for all stores by their server, where it is that.
    const level = held !== undefined || outage.isTold ? 'debug' : 'warn'
    logger[level]({ store: name, code: outage.code, reason: outage.message, delayMs }, what)
    held = outage
  }

  const unread = onceAnOutage((outage) =>
    logger.warn(
      { store: name, code: outage.code, reason: outage.message },
      'the log does not answer; it is read again',
    ),
  )

  /** Undefined once the writers stop. */
  const persist = async <Value>(
    attempt: () => Promise<Value>,
    failed: (outage: Outage, delayMs: number) => void,
  ): Promise<Value | undefined> => (signal.aborted ? undefined : waitOut(attempt, pauses, signal, failed))

  /** The changes of the records; what is refused is counted, and logged in one line. */
  const readChanges = (records: readonly StoredRecord[]): Change<Row>[] => {
    const changes: Change<Row>[] = []
    const refusals = new Map<RowRefusal, number>()
    for (const record of plan.replacedBy === undefined ? records : lastOfEach(records, plan.replacedBy)) {
      const change = plan.readChange(record)
      if (change.ok) changes.push(change.value)
      else refusals.set(change.reason, (refusals.get(change.reason) ?? 0) + 1)
    }
    for (const [reason, count] of refusals) {
      metrics.skipped.inc({ ...labels, reason }, count)
      if (reason !== 'expired')
        logger.warn({ store: name, reason, records: count }, 'records of the log were left out of the store')
    }
    return changes
  }

  const write = async ({ changes, records }: GatheredRows<Row>, to: Positions, isAlone: boolean): Promise<Put> => {
    const startedAt = performance.now()
    const put = await putBatch(store, changes, to, {
      signal,
      isAlone,
      from: stored ?? {},
      retried: (outage, delayMs) => retried(outage, delayMs, 'the store failed; the same batch is tried again'),
      refusedRow: (id) => {
        metrics.skipped.inc({ ...labels, reason: 'refused-by-store' satisfies RowRefusal })
        logger.warn({ store: name, id, reason: 'refused-by-store' }, 'a row was left out of the store')
      },
    })
    if (put === 'given-up') {
      room.failed()
      joins = false
    }
    if (put !== 'stored') return put
    joins = plan.together !== undefined
    held = undefined
    stored = to
    const batchMs = performance.now() - startedAt
    metrics.rows.inc(labels, changes.length)
    metrics.batchSeconds.observe(labels, batchMs / 1000)
    measure(records)
    deps.onWritten?.({ store: name, records, rows: changes.length, batchMs })
    return put
  }

  /** Undefined once the writers stop. */
  const askStored = async (): Promise<Positions | undefined> => {
    const found = await persist(
      () => store.positions(),
      (outage, delayMs) => retried(outage, delayMs, 'the store does not say where it is; it is asked again'),
    )
    if (found !== undefined) {
      stored = found
      held = undefined
    }
    return found
  }

  /** Ends when the writers stop, and when the store is elsewhere. */
  const putAll = async (reader: LogReader): Promise<void> => {
    let gathered: GatheredRows<Row> = nothing
    let isAmple = false
    while (!signal.aborted) {
      const batch = await persist(
        () => reader.next(limits, signal, idleWaitMs),
        (outage) => {
          metrics.retries.inc(labels)
          unread(outage)
        },
      )
      if (batch === undefined) return
      if (!batch.isNews && gathered.records.length === 0) continue
      tellPassedOver(name, batch, metrics, logger)
      const startedAt = performance.now()
      const isAlone = gathered.records.length === 0
      gathered = putTogether(gathered, batch.records, readChanges(batch.records))
      if (joins && batch.behind.length > 0 && !room.isFull(gathered)) {
        await nextTurn()
        continue
      }
      const put = await write(gathered, ofThisLog(batch.to, log.id), isAlone)
      if (put === 'elsewhere')
        logger.warn({ store: name }, 'the store is at another place of the log; it is read from there')
      if (put !== 'stored') return
      const tookMs = performance.now() - startedAt
      // Where records gather on purpose, many are wanted in one transaction.
      room.wrote(tookMs, batch.behind.length > 0 || gathers)
      const load = { fill: gathered.records.length / together.records, tookMs }
      gathered = nothing
      if (batch.behind.length === 0 || isAmple) isAmple = await gather(reader, load)
    }
  }

  /** Gives whether a whole batch has gathered. */
  const gather = async (reader: LogReader, load: BatchLoad): Promise<boolean> => {
    const restMs = gathers ? plan.lingerMs : restAfter(plan.lingerMs, load)
    for (let leftMs = restMs; leftMs > 0 && !signal.aborted; leftMs -= gatherLookMs) {
      if (gathers && (await isBatchUnread(reader))) return true
      await pause(Math.min(leftMs, gatherLookMs), signal)
    }
    return false
  }

  /** Also where the log does not say: it is read, which tells. */
  const isBatchUnread = async (reader: LogReader): Promise<boolean> => {
    try {
      const lags = await reader.lag()
      if (ofPartition === undefined) return recordsOf(lags) >= together.records
      const byPartition = Map.groupBy(lags, ({ partition }) => partition)
      if (recordsOf(lags) >= (ofPartition * byPartition.size) / 2) return true
      return [...byPartition.values()].some((own) => recordsOf(own) >= ofPartition)
    } catch (error) {
      passingOutage(error)
      return true
    }
  }

  const measure = (records: readonly Received[]): void => {
    const now = deps.clock.now()
    let [shortest, longest] = [Infinity, 0]
    for (const record of records) {
      const ms = Math.max(0, now - record.receivedAt)
      plan.latency?.record(ms)
      shortest = Math.min(shortest, ms)
      longest = Math.max(longest, ms)
    }
    if (records.length === 0) return
    metrics.latencySeconds.observe(labels, shortest / 1000)
    metrics.latencySeconds.observe(labels, longest / 1000)
  }

  return {
    async run() {
      try {
        await askStored()
      } finally {
        begun.resolve()
      }
      for (let from = stored; from !== undefined && !signal.aborted; from = await askStored())
        await putAll(openLogReader(log, follow, from))
    },
    held: () => held,
    async lag() {
      await begun.promise
      if (stored === undefined) return []
      const lags = await openLogReader(log, follow, stored).lag()
      return topics.map((topic) => {
        const own = lags.filter((lag) => lag.topic === topic)
        const sum = (of: 'records' | 'withheld'): number => own.reduce((total, lag) => total + lag[of], 0)
        const batch = ofPartition === undefined ? together.records : ofPartition * log.partitionsOf(topic)
        return {
          consumer: name,
          topic,
          records: sum('records'),
          gathers: gathers ? batch : 0,
          withheld: sum('withheld'),
        }
      })
    },
  }
}

const recordsOf = (lags: readonly PartitionLag[]): number => lags.reduce((sum, { records }) => sum + records, 0)

/** Positions as a store keeps them, which follows one log: epochs of a log that this one has
 *  replaced are void, or it would be taken for known when it comes back. */
function ofThisLog(positions: Positions, logId: string): Positions {
  const others = Object.keys(positions).filter((key) => key.startsWith(epochPrefix) && key !== epochKey(logId))
  return others.length === 0 ? positions : { ...positions, ...Object.fromEntries(others.map((key) => [key, noEpoch])) }
}

/** In the order of the last record of each; what has no id stays, to be refused. */
function lastOfEach(
  records: readonly StoredRecord[],
  idOf: (record: StoredRecord) => string | undefined,
): StoredRecord[] {
  const last = new Map<string | StoredRecord, StoredRecord>()
  for (const record of records) {
    const id = idOf(record) ?? record
    last.delete(id)
    last.set(id, record)
  }
  return [...last.values()]
}

/** Of all but `stored` it is for the store to say whether anything is. */
type Put = 'stored' | 'stopped' | 'elsewhere' | 'given-up'

type PutDeps = {
  readonly signal: AbortSignal
  /** A batch that was put together is given up when it fails: it may be too much to get through. */
  readonly isAlone: boolean
  /** Where the store is, as far as is known. */
  readonly from: Positions
  readonly retried: (outage: Outage, delayMs: number) => void
  /** The row under this id is left out. */
  readonly refusedRow: (id: string) => void
}

const areAt = (found: Positions, from: Positions): boolean =>
  Object.entries(from).every(([key, offset]) => found[key] === offset)

/** `stored` when all is but what was refused. After an outage the store is asked where it is before
 *  the batch is put again. Throws what is neither a retryable outage nor a refused row. */
async function putBatch<Row>(
  store: Projection<Row>,
  changes: readonly Change<Row>[],
  positions: Positions,
  deps: PutDeps,
): Promise<Put> {
  if (deps.signal.aborted) return 'stopped'
  let hasFailed = false
  const attempt = async (): Promise<'stored' | 'refused' | 'elsewhere'> => {
    if (hasFailed && !areAt(await store.positions(), deps.from)) return 'elsewhere'
    try {
      await store.put(changes, positions)
      return 'stored'
    } catch (error) {
      if (error instanceof Outage && error.code === 'ROW_REFUSED') return 'refused'
      throw error
    }
  }
  const failed = (outage: Outage, delayMs: number): void => {
    hasFailed = true
    deps.retried(outage, delayMs)
  }
  const end = deps.isAlone
    ? await waitOut(attempt, pauses, deps.signal, failed)
    : ((await orPause(attempt, pauses.firstMs, deps.signal, (outage) => failed(outage, pauses.firstMs))) ?? 'given-up')
  return end === 'refused' ? await putHalves(store, changes, positions, deps) : (end ?? 'stopped')
}

/** The positions move with the last part only: what was stored before is stored again after a
 *  crash, which is the same as once. */
async function putHalves<Row>(
  store: Projection<Row>,
  changes: readonly Change<Row>[],
  positions: Positions,
  deps: PutDeps,
): Promise<Put> {
  const [only, second] = changes
  if (only === undefined) throw new Error('the store refuses the positions of a batch without rows')
  if (second === undefined) {
    deps.refusedRow(only.id)
    return await putBatch(store, [], positions, deps)
  }
  const middle = Math.ceil(changes.length / 2)
  const first = await putBatch(store, changes.slice(0, middle), {}, deps)
  return first === 'stored' ? await putBatch(store, changes.slice(middle), positions, deps) : first
}
