// The writers: from the log into the tables. One consumer for each store, each at its own pace, so
// that a flood of telemetry never holds up an alert. Rows and positions are one transaction:
// stopped anywhere, nothing is written twice or missed.
import type { Registry } from 'prom-client'
import type { Clock } from '../base/clock.ts'
import { LatencyWindow, type Percentiles } from '../base/latency-window.ts'
import type { Logger } from '../base/logger.ts'
import type { EventLog, Topic, StoredRecord } from '../eventlog/event-log.ts'
import { gatherMs } from '../eventlog/gathering.ts'
import type { AnyModel, AnyRow } from '../read-models/read-model.ts'
import { readModels, type ReadModelName } from '../read-models/read-models.ts'
import type { HeldStore } from '../storage/projection.ts'
import type { Storage } from '../storage/storage.ts'
import { createConsumer, type Consumer, type ConsumerDeps, type ConsumerPlan } from './consumer.ts'
import { followMessages, type MessagesKept } from './message-consumers.ts'
import { keepExpiring, type Aging } from './retention.ts'
import { derivedId, readDerived, readTwin, unlessExpired } from './read-change.ts'
import { createWriterMetrics } from './writer-metrics.ts'

export type WriterOptions = {
  /** The log of what cars publish. */
  readonly uplink: EventLog
  /** The log of what jobs derive; may be the same one. */
  readonly derived: EventLog
  readonly storage: Storage
  readonly clock: Clock
  readonly logger: Logger
  readonly registry: Registry
  readonly messages: MessagesKept
  /** How long rows of read models are kept; for ever where nothing is said. */
  readonly rowRetentionMs?: RowRetention
  /** The pause of every consumer after a batch that was not full, instead of its own; 0 for
   *  tests. */
  readonly lingerMs?: number
  /** Told of each batch once it is committed. */
  readonly onWritten?: (written: Written) => void
}

/** By read model, of those whose rows grow without end, and of the audit. Milliseconds. */
export type RowRetention = { readonly [Name in ReadModelName | 'audit']?: number | undefined }

/** When a record was, by its own instant and by our receipt, and of whom. */
export type Received = Pick<StoredRecord, 'key' | 'at' | 'receivedAt'>

export type Written = {
  readonly store: string
  readonly records: readonly Received[]
  readonly rows: number
  readonly batchMs: number
}
export type Lag = {
  readonly consumer: string
  readonly topic: Topic
  readonly records: number
  /** As many are left to gather on purpose. */
  readonly gathers: number
  /** After those, of transactions that are not ended. */
  readonly withheld: number
}

/** Disposal lets the batches under way finish. */
export interface Writers extends AsyncDisposable {
  /** Milliseconds from the receipt of a car's message to the row of its twin, over the last minute;
   *  null when there were none. */
  readonly latency: () => Percentiles | null
  /** Records not yet written, by consumer and topic. Waits for the stores to say where they are. */
  readonly lag: () => Promise<readonly Lag[]>
  /** The stores that failed and for which a batch waits, with the outage. */
  readonly held: () => readonly HeldStore[]
  /** Resolves on disposal; rejects when a consumer cannot go on, which ends its role. */
  readonly ended: Promise<void>
}

// Where later records replace earlier ones, most of a batch is never parsed.
const replaced = { records: 4_000, bytes: 8e6 }
// Twins that wait are written once each, so that a backlog costs less the longer it is.
const conflated = { limits: { records: 1_000, bytes: 2e6 }, together: { records: 20_000, bytes: 16e6 } }

export async function openWriters(options: WriterOptions): Promise<Writers> {
  const { uplink, derived, storage, clock, logger, registry, rowRetentionMs = {} } = options
  const stop = new AbortController()
  const { signal } = stop
  const latency = new LatencyWindow(clock)
  const consumers = new Map<string, Consumer>()
  const lag = async (): Promise<readonly Lag[]> =>
    (await Promise.all(Array.from(consumers.values(), (consumer) => consumer.lag()))).flat()
  const metrics = createWriterMetrics(registry, lag)
  const deps: ConsumerDeps = {
    clock,
    logger,
    signal,
    metrics,
    ...(options.onWritten === undefined ? {} : { onWritten: options.onWritten }),
  }
  const add = <Row>(plan: ConsumerPlan<Row>): void => {
    consumers.set(plan.name, createConsumer({ ...plan, lingerMs: options.lingerMs ?? plan.lingerMs }, deps))
  }

  const aging: Aging[] = []
  for (const model of Object.values<AnyModel>(readModels)) {
    const name = model.name as ReadModelName
    const keptMs = rowRetentionMs[name]
    const read = readDerived(model)
    if (keptMs !== undefined)
      aging.push({ name, retentionMs: keptMs, expire: (olderThan) => storage[name].expire(olderThan) })
    add<AnyRow>({
      name,
      topics: [model.topic],
      log: derived,
      store: storage[name],
      readChange: keptMs === undefined ? read : unlessExpired(read, model, () => uplink.agedAt(keptMs)),
      limits: replaced,
      replacedBy: derivedId,
      lingerMs: gatherMs[model.wanted],
    })
  }
  add({
    name: 'twins',
    topics: ['twin'],
    log: derived,
    store: storage.twins,
    readChange: readTwin,
    ...conflated,
    lingerMs: gatherMs.row,
    latency,
  })
  if (rowRetentionMs.audit !== undefined)
    aging.push({
      name: 'audit',
      retentionMs: rowRetentionMs.audit,
      expire: (olderThan) => storage.audit.expire(olderThan, clock.now()),
    })
  aging.push(...followMessages(uplink, storage, options.messages, add))
  const running = Promise.all([
    ...Array.from(consumers.values(), (consumer) => consumer.run()),
    keepExpiring(aging, { log: uplink, logger, signal, expired: metrics.expired }),
  ])
  const ended = running.then(() => {})
  ended.catch((error: unknown) => {
    if (!signal.aborted) logger.error({ err: error }, 'a writer cannot go on')
  })
  return {
    latency: () => latency.percentiles(),
    lag,
    held: () =>
      [...consumers].flatMap(([store, consumer]) => {
        const outage = consumer.held()
        return outage === undefined ? [] : [{ store, outage }]
      }),
    ended,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await ended.catch(() => {})
    },
  }
}
