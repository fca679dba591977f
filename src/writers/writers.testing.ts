// Writers on a log and a storage of a test: what they wrote, when they have caught up, and stores
// that break.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Registry } from 'prom-client'
import { Outage } from '../base/errors.ts'
import { silentLogger, type Logger } from '../base/logger.ts'
import type { EventLog, Topic, NewRecord } from '../eventlog/event-log.ts'
import { t0, tripRow } from '../read-models/rows.testing.ts'
import type { MessagesStore } from '../raw-messages/message-list.ts'
import type { Projection } from '../storage/projection.ts'
import type { Storage } from '../storage/storage.ts'
import { openWriters, type RowRetention, type Written, type Writers } from './writers.ts'

export const clock = { now: () => t0 + 100 }
const hourMs = 3_600_000

export const derivedRecord = (topic: Topic, id: string, row: object | null, key = 'acme/v1'): NewRecord => ({
  topic,
  key,
  headers: { id },
  at: t0,
  value: row === null ? new Uint8Array() : Buffer.from(JSON.stringify(row)),
})
export const tripRecord = (id: string, samples: number): NewRecord =>
  derivedRecord('trip', id, tripRow(id, { samples }))

export type Running = {
  readonly writers: Writers
  readonly registry: Registry
  readonly written: Written[]
  caughtUp(): Promise<void>
}

export async function start(
  log: EventLog,
  storage: Storage,
  logger: Logger = silentLogger,
  rowRetentionMs: RowRetention = {},
  messagesStore: MessagesStore = 'documents',
): Promise<Running & AsyncDisposable> {
  const written: Written[] = []
  const registry = new Registry()
  const writers = await openWriters({
    uplink: log,
    derived: log,
    storage,
    clock,
    logger,
    registry,
    messages: { retentionMs: hourMs, store: messagesStore },
    rowRetentionMs,
    lingerMs: 0,
    onWritten: (batch) => void written.push(batch),
  })
  return {
    writers,
    registry,
    written,
    async caughtUp() {
      while ((await writers.lag()).some(({ records }) => records > 0)) await nextTurn()
    },
    [Symbol.asyncDispose]: () => writers[Symbol.asyncDispose](),
  }
}

/** The storage, with one store replaced by what `change` makes of it. */
export const withTrips = (
  storage: Storage,
  change: (trips: Storage['trips']) => Partial<Storage['trips']>,
): Storage => ({
  ...storage,
  trips: { ...storage.trips, ...change(storage.trips) },
})

/** Rejects at random, before or after the rows are stored: the caller cannot tell, as when a
 *  connection breaks. */
export const breaking =
  <Row>(store: Projection<Row>, isBroken: () => boolean): Projection<Row>['put'] =>
  async (changes, positions) => {
    if (isBroken()) throw new Outage('STORE_CLOSED', 'stopped before', { retryable: false })
    await store.put(changes, positions)
    if (isBroken()) throw new Outage('STORE_CLOSED', 'stopped after', { retryable: false })
  }
