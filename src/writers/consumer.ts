// One consumer of the log: reads on from where its store is, puts what it read and the new positions in one transaction, and
// does so until it is stopped.
import { performance } from 'node:perf_hooks'
import type { Clock } from '../base/clock.ts'
import { Outage } from '../base/errors.ts'
import type { LatencyWindow } from '../base/latency-window.ts'
import type { Logger } from '../base/logger.ts'
import { positionKey, type EventLog, type LogTopic, type Positions, type StoredRecord } from '../eventlog/event-log.ts'
import type { Change, Projection } from '../storage/projection.ts'
import { putBatch } from './put-batch.ts'
import type { ReadChange } from './read-change.ts'
import { readBatch, type BatchLimits, type ReadBatch } from './read-batch.ts'
import type { RowRefusal } from './row-refusal.ts'
import type { WriterMetrics } from './writer-metrics.ts'
import type { Lag, Written } from './writers.ts'

export type ConsumerPlan<Row> = {
  readonly name: string
  readonly log: EventLog
  readonly topics: readonly LogTopic[]
  readonly store: Projection<Row>
  readonly readChange: ReadChange<Row>
  readonly limits: BatchLimits
  /** Where a later record replaces an earlier one: what they are known by. Only the last of a batch is parsed. */
  readonly replacedBy?: (record: StoredRecord) => string | undefined
  /** Pause after a batch that was not full, so that the next holds more. */
  readonly lingerMs: number
  /** Takes the time from append to row of each record. */
  readonly latency?: LatencyWindow
}

export type ConsumerDeps = {
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: WriterMetrics
  readonly signal: AbortSignal
  readonly delay: (ms: number) => Promise<void>
  readonly onWritten?: (written: Written) => void
}

export type Consumer = { run(): Promise<void>; lag(): readonly Lag[] }

const idleWaitMs = 1_000

export function createConsumer<Row>(plan: ConsumerPlan<Row>, deps: ConsumerDeps): Consumer {
  const { name, log, topics, store, limits } = plan
  const { logger, metrics, signal, delay } = deps
  const labels = { store: name }
  let positions: Positions | undefined

  const retried = (outage: Outage, delayMs: number): void => {
    metrics.retries.inc(labels)
    logger.warn({ store: name, code: outage.code, delayMs }, 'the store failed; the same batch is tried again')
  }

  const loadPositions = async (): Promise<Positions | undefined> => {
    for (let delayMs = 100; !signal.aborted; delayMs = Math.min(delayMs * 2, 5_000)) {
      try {
        return await store.positions()
      } catch (error) {
        if (!(error instanceof Outage) || !error.retryable) throw error
        retried(error, delayMs)
        await delay(delayMs)
      }
    }
    return undefined
  }

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
      if (reason !== 'expired') logger.warn({ store: name, reason, records: count }, 'records of the log were left out of the store')
    }
    return changes
  }

  const write = async (records: readonly StoredRecord[], next: Positions): Promise<boolean> => {
    const changes = readChanges(records)
    const startedAt = performance.now()
    const stored = await putBatch(store, changes, next, {
      delay,
      retried,
      isStopped: () => signal.aborted,
      refusedRow: (id) => {
        metrics.skipped.inc({ ...labels, reason: 'refused-by-store' satisfies RowRefusal })
        logger.warn({ store: name, id, reason: 'refused-by-store' }, 'a row was left out of the store')
      },
    })
    if (!stored) return false
    positions = { ...positions, ...next }
    const batchMs = performance.now() - startedAt
    metrics.rows.inc(labels, changes.length)
    metrics.batchSeconds.observe(labels, batchMs / 1000)
    measure(records)
    deps.onWritten?.({ store: name, records, rows: changes.length, batchMs })
    return true
  }

  const report = ({ lost, restarted }: ReadBatch): void => {
    if (lost > 0) {
      metrics.lost.inc(labels, lost)
      logger.error({ store: name, records: lost }, 'the log dropped records before they were written: its retention is too short')
    }
    if (restarted > 0)
      logger.warn(
        { store: name, partitions: restarted },
        'the log is shorter than what was written from it: it is read again from its start',
      )
  }

  const measure = (records: readonly StoredRecord[]): void => {
    const now = deps.clock.now()
    let [shortest, longest] = [Infinity, 0]
    for (const record of records) {
      const ms = Math.max(0, now - receivedAtOf(record))
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
      positions = await loadPositions()
      for (let turn = 0; !signal.aborted; turn++) {
        if (positions === undefined) return
        const batch = readBatch(log, topics, positions, limits, turn)
        report(batch)
        if (Object.keys(batch.positions).length === 0) {
          await log.appended(topics, signal, idleWaitMs)
          continue
        }
        if (!(await write(batch.records, batch.positions))) return
        if (!batch.isFull && plan.lingerMs > 0) await delay(plan.lingerMs)
      }
    },
    lag: () =>
      topics.map((topic) => {
        let records = 0
        for (let partition = 0; partition < log.partitions; partition++) {
          const { start, end } = log.boundsSync(topic, partition)
          records += Math.max(0, end - Math.max(start, positions?.[positionKey(topic, partition)] ?? 0))
        }
        return { consumer: name, topic, records }
      }),
  }
}

/** In the order of the last record of each; what has no id stays, to be refused. */
function lastOfEach(records: readonly StoredRecord[], idOf: (record: StoredRecord) => string | undefined): StoredRecord[] {
  const last = new Map<string | StoredRecord, StoredRecord>()
  for (const record of records) {
    const id = idOf(record) ?? record
    last.delete(id)
    last.set(id, record)
  }
  return [...last.values()]
}

/** When the platform took what led to the record: jobs tell it in a header, so that the latency is that of the whole way. */
const receivedAtOf = ({ headers, appendedAt }: StoredRecord): number => Number(headers?.['receivedAt'] ?? appendedAt)
