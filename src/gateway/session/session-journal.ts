// The journal of sessions, which a restart must find again: sessions that outlive their connection,
// what is on its way to them, which QoS 2 messages of theirs are known, and retained messages.
// Written as changes of the state store, in the transaction of the records they belong to, in the
// order they came about.
//
//   s/{client}            the session: who it is, its subscriptions, its will, when it ends
//   q/{client} 0 {order}  a delivery on its way to it; of a message that is stored for itself, ends in 0 {body}
//   p/{body}              a message for several sessions
//   r/{client} 0 {id}     a QoS 2 message of the client that is stored and not yet released
//   m/{hash of topic}     a retained message
import { createHash } from 'node:crypto'
import type { StateChange } from '../../eventlog/state-store.ts'
import type { GatewayStore } from '../gateway-store.ts'
import type { Delivery } from './delivery-queue.ts'
import { itemOverheadBytes, type IngestStep } from '../../ingest/ingest.ts'
import type { Will } from '../../mqtt/packet.ts'
import type { RoutedMessage } from './routed-message.ts'
import { encodeDelivery, encodeMessage, encodeSession, type Clocks, type SessionRecord } from './session-record.ts'

export const sessionPrefix = 's/'
export const deliveryPrefix = 'q/'
export const bodyPrefix = 'p/'
export const receivedPrefix = 'r/'
export const retainedPrefix = 'm/'
/** Ends the client id in a key: none has U+0000 in it. [MQTT-1.5.4-2] */
export const ownerEnd = '\0'
const sessionKey = (clientId: string): string => sessionPrefix + clientId
/** Of a delivery, and in which body its message is. */
export type DeliveryPlace = Pick<Delivery, 'order' | 'body'>
const deliveryKey = (clientId: string, { order, body }: DeliveryPlace): string =>
  deliveryPrefix + clientId + ownerEnd + String(order).padStart(16, '0') + (body === undefined ? '' : ownerEnd + body)
/** Of a delivery's key, what comes after the client id. */
export function readPlace(place: string): DeliveryPlace {
  const end = place.indexOf(ownerEnd)
  return end < 0
    ? { order: Number(place), body: undefined }
    : { order: Number(place.slice(0, end)), body: place.slice(end + 1) }
}
export const bodyKey = (body: string): string => bodyPrefix + body
const receivedKey = (clientId: string, packetId: number): string =>
  receivedPrefix + clientId + ownerEnd + String(packetId)
/** A topic may be longer than a key. */
const retainedKey = (topic: string): string => retainedPrefix + createHash('sha256').update(topic).digest('base64url')
const present = Buffer.of(1)

/** A session, as far as it is stored. */
export type JournaledSession = SessionRecord & {
  readonly link: { readonly will: Will | undefined } | undefined
  readonly received: ReadonlySet<number> | undefined
  deliveries(): Iterable<Delivery>
}

/** A change that rides with the record or the message it belongs to. */
export type JournalChanges = {
  delivery(clientId: string, delivery: Delivery): StateChange
  body(name: string, message: RoutedMessage): StateChange
  received(clientId: string, packetId: number): StateChange
  released(clientId: string, packetId: number): StateChange
  retained(message: RoutedMessage): StateChange
  expired(topic: string): StateChange
  /** The session as it is now. */
  session(session: JournaledSession): StateChange
  /** The end of a session and of all of its own. */
  forgotten(session: JournaledSession): StateChange[]
  /** The end of a delivery. */
  delivered(clientId: string, delivery: DeliveryPlace): StateChange
}

export interface SessionJournal {
  readonly changes: JournalChanges
  /** Stores the session as it is now. */
  save(session: JournaledSession): void
  removeDelivery(clientId: string, delivery: DeliveryPlace): void
  removeRetained(topic: string): void
  /** Forgets entries that a start found to be of no use. */
  remove(keys: readonly string[]): void
}

/** Bytes a change takes until it is durable. */
export const changeBytes = ({ value }: StateChange): number => (value?.byteLength ?? 0) + itemOverheadBytes

export type JournalOptions = {
  /** Takes a step in the order of everything else that is stored. */
  readonly perform: (bytes: number, step: IngestStep) => void
  readonly clocks: Clocks
}

export function createJournal({ perform, clocks }: JournalOptions): SessionJournal {
  const changes: JournalChanges = {
    delivery: (clientId, delivery) => ({
      key: deliveryKey(clientId, delivery),
      value: encodeDelivery(delivery, clocks),
    }),
    body: (name, message) => ({ key: bodyKey(name), value: encodeMessage(message, clocks) }),
    received: (clientId, packetId) => ({ key: receivedKey(clientId, packetId), value: present }),
    released: (clientId, packetId) => ({ key: receivedKey(clientId, packetId) }),
    retained: (message) =>
      message.payload.length === 0
        ? { key: retainedKey(message.topic) }
        : { key: retainedKey(message.topic), value: encodeMessage(message, clocks) },
    expired: (topic) => ({ key: retainedKey(topic) }),
    session(session) {
      const will: Will | undefined = session.link?.will ?? session.will
      return { key: sessionKey(session.clientId), value: encodeSession(session, will, clocks) }
    },
    forgotten(session) {
      const { clientId } = session
      const list: StateChange[] = [{ key: sessionKey(clientId) }]
      for (const delivery of session.deliveries()) list.push(changes.delivered(clientId, delivery))
      for (const packetId of session.received ?? []) list.push(changes.released(clientId, packetId))
      return list
    },
    delivered: (clientId, delivery) => ({ key: deliveryKey(clientId, delivery) }),
  }

  const write = (change: StateChange): void =>
    perform(changeBytes(change), { changes: (into) => void into.push(change), done: undefined })

  return {
    changes,
    save: (session) => write(changes.session(session)),
    removeDelivery: (clientId, delivery) => write(changes.delivered(clientId, delivery)),
    removeRetained: (topic) => write(changes.expired(topic)),
    remove(keys) {
      for (const key of keys) write({ key })
    },
  }
}

/** Commits to the store. `letGo` is told of each body that has lost a delivery, which is durable:
 *  were the body gone first, a crash could leave a session without the messages that it is owed. */
export const commitTo =
  (store: Pick<GatewayStore, 'commit'>, letGo: (body: string) => void): GatewayStore['commit'] =>
  async (records, changes) => {
    await store.commit(records, changes)
    for (const { key, value } of changes) {
      if (value !== undefined || !key.startsWith(deliveryPrefix)) continue
      const { body } = readPlace(key.slice(key.indexOf(ownerEnd) + 1))
      if (body !== undefined) letGo(body)
    }
  }
