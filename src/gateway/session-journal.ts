// What a restart must find again: sessions that outlive their connection, what is on its way to them, which QoS 2 messages of theirs are known,
// and retained messages. Written as changes of the state store, in the transaction of the records they belong to, in the order they came about.
//
//   s/{client}            the session: who it is, its subscriptions, its will, when it ends
//   q/{client} 0 {order}  a delivery on its way to it
//   r/{client} 0 {id}     a QoS 2 message of the client that is stored and not yet released
//   m/{hash of topic}     a retained message
import { createHash } from 'node:crypto'
import type { LogAndState, StateChange, StateStore } from '../stream/state-store.ts'
import type { Delivery } from './delivery-queue.ts'
import { itemOverheadBytes, type IngestOptions, type IngestStep } from './ingest.ts'
import type { Will } from './packet.ts'
import type { RoutedMessage } from './routed-message.ts'
import type { DeliveryContext, Session } from './session.ts'
import {
  decodeDelivery,
  decodeMessage,
  decodeSession,
  encodeDelivery,
  encodeMessage,
  encodeSession,
  type Clocks,
} from './session-record.ts'

/** The task whose state this is; the number is that of the format. */
const journalTask = 'gateway/1'

const sessionKey = (clientId: string): string => `s/${clientId}`
const deliveryPrefix = (clientId: string): string => `q/${clientId}\0`
const deliveryKey = (clientId: string, order: number): string => deliveryPrefix(clientId) + String(order).padStart(16, '0')
const receivedPrefix = (clientId: string): string => `r/${clientId}\0`
const receivedKey = (clientId: string, packetId: number): string => receivedPrefix(clientId) + String(packetId)
const retainedPrefix = 'm/'
/** A topic may be longer than a key. */
const retainedKey = (topic: string): string => retainedPrefix + createHash('sha256').update(topic).digest('base64url')
const present = Buffer.of(1)

/** A change that rides with the record or the message it belongs to. */
export type JournalChanges = {
  delivery(clientId: string, delivery: Delivery): StateChange
  received(clientId: string, packetId: number): StateChange
  released(clientId: string, packetId: number): StateChange
  retained(message: RoutedMessage): StateChange
  expired(topic: string): StateChange
}

export interface SessionJournal {
  /** Written and not yet durable. */
  readonly pendingBytes: number
  readonly changes: JournalChanges
  /** Stores the session as it is now; `done` when that is durable. */
  save(session: Session, done?: () => void): void
  /** Stores that the client has the message, so that after a restart PUBREL is what is sent. */
  release(session: Session, delivery: Delivery, done: () => void): void
  removeDelivery(clientId: string, order: number): void
  removeRetained(topic: string): void
  /** Forgets the session and all of its own. */
  forget(session: Session): void
}

export type JournalOptions = {
  /** Takes a step in the order of everything else that is stored. */
  readonly perform: (bytes: number, step: IngestStep) => void
  readonly clocks: Clocks
}

export function createJournal({ perform, clocks }: JournalOptions): SessionJournal {
  const changes: JournalChanges = {
    delivery: (clientId, delivery) => ({ key: deliveryKey(clientId, delivery.order), value: encodeDelivery(delivery, clocks) }),
    received: (clientId, packetId) => ({ key: receivedKey(clientId, packetId), value: present }),
    released: (clientId, packetId) => ({ key: receivedKey(clientId, packetId) }),
    retained: (message) =>
      message.payload.length === 0
        ? { key: retainedKey(message.topic) }
        : { key: retainedKey(message.topic), value: encodeMessage(message, clocks) },
    expired: (topic) => ({ key: retainedKey(topic) }),
  }

  let pendingBytes = 0

  function write(list: readonly StateChange[], done: (() => void) | undefined): void {
    const bytes = list.reduce((sum, { value }) => sum + (value?.byteLength ?? 0) + itemOverheadBytes, 0)
    pendingBytes += bytes
    perform(bytes, {
      changes: (into) => void into.push(...list),
      done() {
        pendingBytes -= bytes
        done?.()
      },
    })
  }

  return {
    get pendingBytes() {
      return pendingBytes
    },
    changes,
    save: (session, done) => {
      const will: Will | undefined = session.link?.will ?? session.will
      write([{ key: sessionKey(session.clientId), value: encodeSession(session, will, clocks) }], done)
    },
    release: ({ clientId }, delivery, done) => write([changes.delivery(clientId, { ...delivery, released: true })], done),
    removeDelivery: (clientId, order) => write([{ key: deliveryKey(clientId, order) }], undefined),
    removeRetained: (topic) => write([changes.expired(topic)], undefined),
    forget: (session) => {
      const { clientId } = session
      const list: StateChange[] = [{ key: sessionKey(clientId) }]
      for (const { order } of session.deliveries()) list.push({ key: deliveryKey(clientId, order) })
      for (const packetId of session.received ?? []) list.push(changes.released(clientId, packetId))
      write(list, undefined)
    },
  }
}

/** Stores records and changes in one transaction; the records alone take the shorter way. */
export const storeIn =
  ({ log, state }: Pick<LogAndState, 'log' | 'state'>): IngestOptions['store'] =>
  (records, changes) =>
    changes.length === 0 ? log.append(records) : state.commit(journalTask, { positions: {}, state: changes, outputs: records })

type LoadContext = DeliveryContext & Clocks & { readonly journal: Pick<SessionJournal, 'removeDelivery'> }

/** The sessions as they were stored, with all of their own; of those `isOurs` is true of. Deliveries count towards the budget of the context. */
export function* storedSessions(state: StateStore, context: LoadContext, isOurs: (clientId: string) => boolean): Iterable<Session> {
  for (const [key, bytes] of state.range(journalTask, sessionKey(''))) {
    const clientId = key.slice(sessionKey('').length)
    if (!isOurs(clientId)) continue
    const session = decodeSession(clientId, bytes, context)
    loadDeliveries(session, state, context, Number.POSITIVE_INFINITY, () => 'perhaps')
    yield session
  }
}

/** Takes up what is on its way to the session, as far as `lastOrder`, before what it has been given since; and the QoS 2 messages of the client that
 *  are known. A delivery from before the session's time is one its predecessor by that client id did not live to get: it is forgotten. */
export function loadDeliveries(
  session: Session,
  state: StateStore,
  context: LoadContext,
  lastOrder: number,
  wasSent: (order: number) => Delivery['wasSent'],
): void {
  const prefix = deliveryPrefix(session.clientId)
  const found: Delivery[] = []
  for (const [name, value] of state.range(journalTask, prefix)) {
    const order = Number(name.slice(prefix.length))
    if (order < session.firstOrder) context.journal.removeDelivery(session.clientId, order)
    else if (order <= lastOrder) found.push({ ...decodeDelivery(order, value, context), wasSent: wasSent(order) })
  }
  session.restore(found, context)
  const received = receivedPrefix(session.clientId)
  for (const [name] of state.range(journalTask, received)) (session.received ??= new Set<number>()).add(Number(name.slice(received.length)))
}

export function* storedRetained(state: StateStore, clocks: Clocks): Iterable<RoutedMessage> {
  for (const [, bytes] of state.range(journalTask, retainedPrefix)) yield decodeMessage(bytes, clocks)
}
