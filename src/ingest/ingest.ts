// From PUBLISH to acknowledgement: what all connections send goes through one queue, is appended to
// the log in batches, one at a time, and is acknowledged when its append has resolved. Invariants:
// nothing is acknowledged before it is durable; records of a key are in the log in the order of the
// PUBLISHes (when an append that failed had stored some, they come again, from there on in order);
// acknowledgements leave in that order too, one write a socket a commit.
//
//   connections ──add──► waiting ──append──► under way ──durable──► the next append begins; acknowledge, route
//                                           ▲    │ outage
//                                           └────┘ the same batch again after a pause, for as long as it takes
//
// One append at a time is what makes the order strict: of two, the first could fail while the
// second is stored. It costs no throughput that could be measured, because a batch takes all that
// came during the one before, and the disk works on while that one is acknowledged.
import { Outage } from '../base/errors.ts'
import { onceATick } from '../base/once-a-tick.ts'
import type { Logger } from '../base/logger.ts'
import type { NewRecord } from '../eventlog/event-log.ts'
import type { StateChange } from '../eventlog/state-store.ts'
import { acknowledge, type AcknowledgedClient, type AcknowledgedPacket } from '../mqtt/acknowledgement.ts'
import type { IngestLimits } from './ingest-limits.ts'
import type { IngestMetrics } from './ingest-metrics.ts'

/** The connection an item came from. */
export interface IngestOwner extends AcknowledgedClient {
  /** Bytes of this connection that are received and not durable. */
  pendingBytes: number
}

/** One packet, or one thing the server does of itself, in the order of everything that is stored.
 *  Every item is written with all its fields in this order, so that the loops over a batch see one
 *  shape. */
export type IngestItem<Message> = AcknowledgedPacket & {
  /** Undefined for the server's own, such as a will. */
  readonly owner: IngestOwner | undefined
  /** Undefined when there is nothing to store, only an acknowledgement that must keep its place in
   *  the order. */
  readonly record: NewRecord | undefined
  readonly bytes: number
  /** `performance.now()` when its bytes were read; 0 when it is no PUBLISH. */
  readonly readAt: number
  /** The message for subscribers once it is durable, in the log and in the queues of those that are
   *  away. */
  readonly message: Message | undefined
  /** The step that rare packets take besides. */
  readonly step: IngestStep | undefined
}

export type IngestStep = {
  /** Adds what is stored in the same transaction. Called once, when the item is taken into a
   *  batch. */
  changes(into: StateChange[]): void
  /** When that is durable. */
  readonly done: (() => void) | undefined
}

/** Bytes an item costs beyond its payload, for the bounds. */
export const itemOverheadBytes = 256

export interface Ingest<Message> {
  readonly pendingBytes: number
  /** The part of it that no connection is held back for: wills, changes of sessions. */
  readonly ownBytes: number
  /** The log does not keep up, or refuses: connections are read only as far as `heldBytes`. */
  readonly isSaturated: boolean
  add(item: IngestItem<Message>): void
  /** Adds a step that acknowledges nothing. `owner` is the connection that asked for it, which is
   *  held back for it when the log is slow. */
  perform(bytes: number, step: IngestStep, owner?: IngestOwner): void
  /** Asks for a `pump` at the end of this tick, after all sockets that had something to read were
   *  read, and for what comes after it. */
  wake(): void
  /** Begins an append when there is something and none is under way. */
  pump(): void
  /** Resolves when nothing is pending. */
  drained(): Promise<void>
  /** Stops retrying: what is pending is never acknowledged. */
  stop(): void
}

/** The subscribers of messages. Called for items with a message alone. */
export interface MessageRouter<Message, Routing> {
  /** Who gets the message: decided when its batch is taken, so that what must last is stored with
   *  it. */
  route(message: Message, changes: StateChange[]): Routing | undefined
  /** Takes what was routed to other threads since the last time. Absent when there are none. */
  takeRemote?: (() => RemotePart<Routing> | undefined) | undefined
  /** Sends, or queues, what is durable now. */
  deliver(routing: Routing): void
}

/** The part that other threads have in a batch. */
export interface RemotePart<Routing> {
  /** Others are to add to what it stores, or to hear what was said before: `whenPlanned` before it
   *  is stored. */
  readonly isPlanned: boolean
  /** Called in the turn the batch is taken. `ready` once everything is in `changes` and
   *  `routings`. */
  whenPlanned(changes: StateChange[], routings: Routing[], ready: () => void): void
  /** The batch is durable: they may have their messages. */
  deliver(): void
}

type Batch<Message, Routing> = {
  readonly items: readonly IngestItem<Message>[]
  readonly records: readonly NewRecord[]
  readonly changes: StateChange[]
  readonly routings: Routing[]
  readonly remote: RemotePart<Routing> | undefined
}

/** Both resolve when all is durable, and reject with an Outage when it cannot be made so now. */
export interface Store {
  append(records: readonly NewRecord[]): Promise<unknown>
  /** Makes records and changes durable together. Absent where nothing is routed and no step changes
   *  anything. */
  commit?(records: readonly NewRecord[], changes: readonly StateChange[]): Promise<unknown>
}

export type IngestOptions<Message, Routing> = {
  readonly store: Store
  readonly limits: IngestLimits
  readonly metrics: IngestMetrics
  readonly logger: Logger
  /** Called at the end of a tick, after the `pump`. */
  readonly atTickEnd?: () => void
  /** Runs a function at the end of this tick, or of the next when it is asked at the end of one. */
  readonly nextTick?: (run: () => void) => unknown
  /** Absent where nobody subscribes. */
  readonly router?: MessageRouter<Message, Routing>
  /** After each batch that is durable: paused connections are looked at. */
  readonly onDurable: () => void
}

export function openIngest<Message = never, Routing = never>(
  options: IngestOptions<Message, Routing>,
): Ingest<Message> {
  const { store, limits, metrics, logger, router, onDurable } = options
  const wake = onceATick(() => {
    pump()
    options.atTickEnd?.()
  }, options.nextTick)
  let waiting: IngestItem<Message>[] = []
  let pendingBytes = 0
  let ownBytes = 0
  /** An append is under way, or waits to be tried again: nothing newer may go to the log. */
  let isUnderWay = false
  let isStopped = false
  let failures = 0
  let retry: NodeJS.Timeout | undefined
  let onDrained: (() => void)[] = []

  function takeBatch(): Batch<Message, Routing> {
    let count = 0
    let bytes = 0
    const records: NewRecord[] = []
    const changes: StateChange[] = []
    const routings: Routing[] = []
    const { batchRecords, batchBytes, batchChanges } = limits
    while (count < waiting.length && count < batchRecords && bytes < batchBytes && changes.length < batchChanges) {
      const { record, message, step, bytes: itemBytes } = waiting[count++]!
      bytes += itemBytes
      if (record !== undefined) records.push(record)
      if (step !== undefined) step.changes(changes)
      const routing = message === undefined ? undefined : router?.route(message, changes)
      if (routing !== undefined) routings.push(routing)
    }
    const items = count === waiting.length ? waiting : waiting.slice(0, count)
    waiting = count === waiting.length ? [] : waiting.slice(count)
    return { items, records, changes, routings, remote: router?.takeRemote?.() }
  }

  const isEmpty = ({ records, changes, remote }: Batch<Message, Routing>): boolean =>
    records.length === 0 && changes.length === 0 && remote?.isPlanned !== true

  function pump(): void {
    if (isStopped) return
    while (!isUnderWay && waiting.length > 0) {
      const batch = takeBatch()
      // Nothing to store: it is as durable as what came before it, which is all durable.
      if (isEmpty(batch)) settle(batch)
      else begin(batch)
    }
  }

  /** Other threads may have something to add to what is stored with it. */
  function begin(batch: Batch<Message, Routing>): void {
    isUnderWay = true
    if (batch.remote?.isPlanned === true) batch.remote.whenPlanned(batch.changes, batch.routings, () => append(batch))
    else append(batch)
  }

  function append(batch: Batch<Message, Routing>): void {
    if (isStopped) return
    const { records, changes } = batch
    const stored = changes.length === 0 ? store.append(records) : store.commit!(records, changes)
    stored.then(
      () => {
        metrics.countCommit(batch.records.length)
        if (failures > 0) logger.warn({ failures }, 'the log takes records again')
        failures = 0
        onDurableBatch(batch)
      },
      (error: unknown) => {
        // Not an outage: a bug in the log or here. It must not pass for a slow disk.
        if (!(error instanceof Outage)) throw error
        onOutage(error, batch)
      },
    )
  }

  /** The next append begins before this batch is acknowledged, so that the disk does not wait for
   *  the sockets. */
  function onDurableBatch(batch: Batch<Message, Routing>): void {
    isUnderWay = false
    const next = isStopped || waiting.length === 0 ? undefined : takeBatch()
    if (next !== undefined && !isEmpty(next)) begin(next)
    settle(batch)
    if (next !== undefined && isEmpty(next)) settle(next)
    pump()
  }

  function onOutage({ code, message }: Outage, batch: Batch<Message, Routing>): void {
    failures++
    if (isStopped) return
    // Once for an outage, however long it is.
    logger[failures === 1 ? 'error' : 'debug'](
      { code, reason: message, failures },
      'the log does not take records; nothing is acknowledged until it does',
    )
    const delayMs = Math.min(limits.appendRetryMaxMs, limits.appendRetryMinMs * 2 ** Math.min(failures, 10))
    retry = setTimeout(() => append(batch), delayMs)
  }

  function settle({ items, routings, remote }: Batch<Message, Routing>): void {
    let settledBytes = 0
    for (const { bytes, owner } of items) {
      settledBytes += bytes
      if (owner === undefined) ownBytes -= bytes
      else owner.pendingBytes -= bytes
    }
    pendingBytes -= settledBytes
    if (acknowledge(items, metrics.reasonCodes)) observeLatency(items, metrics)
    for (const { step } of items) step?.done?.()
    if (router !== undefined) for (const routing of routings) router.deliver(routing)
    onDurable()
    remote?.deliver()
    if (pendingBytes === 0 && waiting.length === 0) {
      for (const resolve of onDrained) resolve()
      onDrained = []
    }
  }

  function add(item: IngestItem<Message>): void {
    waiting.push(item)
    pendingBytes += item.bytes
    if (item.owner === undefined) ownBytes += item.bytes
    else item.owner.pendingBytes += item.bytes
    wake()
  }

  return {
    get pendingBytes() {
      return pendingBytes
    },
    get ownBytes() {
      return ownBytes
    },
    get isSaturated() {
      return failures > 0 || pendingBytes > limits.pendingBytes
    },
    add,
    perform(bytes, step, owner) {
      const none = undefined
      add({
        owner,
        ackFirst: 0,
        packetId: 0,
        reason: 0,
        explanation: none,
        record: none,
        bytes,
        readAt: 0,
        message: none,
        step,
      })
    },
    wake,
    pump,
    drained: () => (pendingBytes === 0 ? Promise.resolve() : new Promise((resolve) => onDrained.push(resolve))),
    stop() {
      isStopped = true
      clearTimeout(retry)
    },
  }
}

/** Items read in one go have one time: they are counted together. */
function observeLatency(items: readonly IngestItem<unknown>[], metrics: IngestMetrics): void {
  const now = performance.now()
  let readAt = 0
  let count = 0
  for (const item of items) {
    if (item.ackFirst === 0 || item.readAt === 0) continue
    if (item.readAt !== readAt) {
      if (count > 0) metrics.observeAck(now - readAt, count)
      readAt = item.readAt
      count = 0
    }
    count++
  }
  if (count > 0) metrics.observeAck(now - readAt, count)
}
