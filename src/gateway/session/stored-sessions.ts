// Entries that a start finds of the time before (session-journal.ts writes it): each kind of entry
// is read in one pass, and what a crash left behind of sessions that are gone, or cannot be read,
// is told apart from the rest: one damaged entry must not keep a whole fleet out.
import type { Clock } from '../../base/clock.ts'
import type { GatewayStore } from '../gateway-store.ts'
import type { Admission } from '../admission/admission.ts'
import type { Delivery } from './delivery-queue.ts'
import type { MessageBodies } from './message-bodies.ts'
import type { RoutedMessage } from './routed-message.ts'
import {
  bodyKey,
  bodyPrefix,
  deliveryPrefix,
  ownerEnd,
  readPlace,
  receivedPrefix,
  retainedPrefix,
  sessionPrefix,
} from './session-journal.ts'
import type { SessionJournal } from './session-journal.ts'
import { decodeDelivery, decodeMessage, decodeSession, type Clocks } from './session-record.ts'
import { Session, type DeliveryContext } from './session.ts'

export type Stored = {
  /** By client id, with all of their own. Deliveries count towards the budget of the context. */
  readonly sessions: ReadonlyMap<string, Session>
  readonly retained: readonly RoutedMessage[]
  /** Keys of entries that belong to no session there is, or to an earlier one of its client id, and
   *  of sessions that are not allowed any more. */
  readonly orphans: readonly string[]
  /** Deliveries by shared subscriptions of sessions that are gone, which other members may have. */
  readonly strays: readonly Stray[]
  /** Keys of entries that cannot be read. */
  readonly damaged: readonly string[]
}

export type Stray = { readonly clientId: string; readonly delivery: Delivery }

export type StoredOptions = {
  readonly isOurs: (clientId: string) => boolean
  readonly admission: Pick<Admission, 'maySubscribe'>
  /** Told of all deliveries that name a body, those of other threads' sessions too. */
  readonly bodies: Pick<MessageBodies, 'found' | 'isNeeded'>
}

/** Reads the sessions of the client ids that are ours, and all retained messages. A session with a
 *  subscription that is not allowed any more has ended, with what it was sent by it: another policy
 *  may be in force now. */
export function readStored(
  store: GatewayStore,
  given: Clocks,
  context: DeliveryContext,
  options: StoredOptions,
): Stored {
  const { isOurs, admission, bodies } = options
  const clocks = { clock: stopped(given.clock), logClock: stopped(given.logClock) }
  const sessions = new Map<string, Session>()
  const retained: RoutedMessage[] = []
  const orphans: string[] = []
  const strays: Stray[] = []
  const damaged: string[] = []
  const readAll = (prefix: string, read: (rest: string, value: Uint8Array) => boolean): void => {
    for (const [key, value] of store.entries(prefix)) {
      try {
        if (!read(key.slice(prefix.length), value)) orphans.push(key)
      } catch {
        damaged.push(key)
      }
    }
  }
  /** `read` is given whose the entry is, with the session if there is one, and what the key says
   *  besides; it says whether the entry is of use. */
  const readOwned = (
    prefix: string,
    read: (clientId: string, session: Session | undefined, place: string, value: Uint8Array) => boolean,
  ): void => {
    // The entries of a session are side by side.
    let owner = ownerEnd
    let session: Session | undefined
    readAll(prefix, (rest, value) => {
      if (!rest.startsWith(owner)) {
        const end = rest.indexOf(ownerEnd)
        if (end < 0) throw new TypeError('This is not the key of an entry of a session.')
        owner = rest.slice(0, end + 1)
        session = sessions.get(owner.slice(0, -1))
      }
      return read(session?.clientId ?? owner.slice(0, -1), session, rest.slice(owner.length), value)
    })
  }

  readAll(sessionPrefix, (clientId, value) => {
    if (!isOurs(clientId)) return true
    const session = Session.of(decodeSession(clientId, value, clocks))
    for (const { parsed } of session.subscriptions?.values() ?? [])
      if (!admission.maySubscribe(session.principal, parsed.levels.join('/'))) return false
    sessions.set(clientId, session)
    return true
  })
  const endedHere = new Set([...orphans, ...damaged])
  let owner: Session | undefined
  let deliveries: Delivery[] = []
  const source = { ...clocks, messageOf: readBodies(store, clocks) }
  readOwned(deliveryPrefix, (clientId, session, text, value) => {
    const place = readPlace(text)
    if (place.body !== undefined) bodies.found(place.body)
    if (session === undefined && !isOurs(clientId)) return true
    if (session === undefined || place.order < session.firstOrder) {
      const delivery = decodeDelivery(place, value, source, 'perhaps')
      // One of a session that ended before the crash was durable too late to be sent.
      // [MQTT-4.8.2-5]
      const isFree = delivery.qos === 1 || !endedHere.has(sessionPrefix + clientId)
      if (delivery.shared === undefined || !isFree) return false
      strays.push({ clientId, delivery })
      return true
    }
    if (session !== owner) {
      owner?.restore(deliveries, context)
      owner = session
      deliveries = []
    }
    deliveries.push(decodeDelivery(place, value, source, 'perhaps', deliveries.at(-1)?.message))
    return true
  })
  owner?.restore(deliveries, context)
  readAll(bodyPrefix, (name) => bodies.isNeeded(name))
  readOwned(receivedPrefix, (clientId, session, packetId) => {
    if (session === undefined) return !isOurs(clientId)
    ;(session.received ??= new Set<number>()).add(Number(packetId))
    return true
  })
  readAll(retainedPrefix, (_hash, value) => {
    retained.push(decodeMessage(value, clocks))
    return true
  })
  return { sessions, retained, orphans, strays, damaged }
}

/** All that is read together is read at one instant. */
function stopped(clock: Clock): Clock {
  const now = clock.now()
  return { now: () => now }
}

/** Gives the messages of bodies, one object for each. Throws TypeError when there is no such
 *  body. */
function readBodies(store: GatewayStore, clocks: Clocks): (name: string) => RoutedMessage {
  const messages = new Map<string, RoutedMessage>()
  return (name) => {
    const known = messages.get(name)
    if (known !== undefined) return known
    const value = store.get(bodyKey(name))
    if (value === undefined) throw new TypeError('The message of this delivery is not there.')
    const message = decodeMessage(value, clocks)
    messages.set(name, message)
    return message
  }
}

type LoadContext = DeliveryContext & Clocks & { readonly journal: Pick<SessionJournal, 'removeDelivery'> }

/** Takes up what is on its way to the session, as far as `lastOrder`, before what it has been given
 *  since; and the QoS 2 messages of the client that are known. A delivery from before the session's
 *  time is one its predecessor by that client id did not live to get: it is forgotten. */
export function loadDeliveries(
  session: Session,
  store: GatewayStore,
  context: LoadContext,
  lastOrder: number,
  wasSent: (order: number) => Delivery['wasSent'],
): void {
  const prefix = deliveryPrefix + session.clientId + ownerEnd
  const found: Delivery[] = []
  const source = { clock: context.clock, logClock: context.logClock, messageOf: readBodies(store, context) }
  for (const [key, value] of store.entries(prefix)) {
    const place = readPlace(key.slice(prefix.length))
    const { order } = place
    if (order < session.firstOrder) context.journal.removeDelivery(session.clientId, place)
    else if (order <= lastOrder) found.push(decodeDelivery(place, value, source, wasSent(order), found.at(-1)?.message))
  }
  session.restore(found, context)
  const received = receivedPrefix + session.clientId + ownerEnd
  for (const [name] of store.entries(received))
    (session.received ??= new Set<number>()).add(Number(name.slice(received.length)))
}
