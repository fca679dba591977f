// What a start finds of the time before (session-journal.ts writes it): each kind of entry is read in one pass, and what a crash left behind of sessions
// that are gone, or cannot be read, is told apart from the rest: one damaged entry must not keep a whole fleet out.
import type { StateStore } from '../../stream/state-store.ts'
import type { Admission } from '../admission/admission.ts'
import type { Delivery } from './delivery-queue.ts'
import type { MessageBodies } from './message-bodies.ts'
import type { RoutedMessage } from '../routing/routed-message.ts'
import {
  bodyKey,
  bodyPrefix,
  deliveryPrefix,
  journalTask,
  ownerEnd,
  readPlace,
  receivedPrefix,
  retainedPrefix,
  sessionPrefix,
} from './session-journal.ts'
import type { SessionJournal } from './session-journal.ts'
import { decodeDelivery, decodeMessage, decodeSession, type Clocks } from './session-record.ts'
import type { DeliveryContext, Session } from './session.ts'

export type Stored = {
  /** By client id, with all of their own. Deliveries count towards the budget of the context. */
  readonly sessions: ReadonlyMap<string, Session>
  readonly retained: readonly RoutedMessage[]
  /** Keys of entries that belong to no session there is, or to an earlier one of its client id, and of sessions that are not allowed any more. */
  readonly orphans: readonly string[]
  /** Keys of entries that cannot be read. */
  readonly damaged: readonly string[]
}

export type StoredOptions = {
  readonly isOurs: (clientId: string) => boolean
  readonly admission: Pick<Admission, 'maySubscribe'>
  /** Told of all deliveries that name a body, those of other threads' sessions too. */
  readonly bodies: Pick<MessageBodies, 'found' | 'isNeeded'>
}

/** Reads the sessions of the client ids that are ours, and all retained messages. A session with a subscription that is not allowed any more has ended, with
 *  what it was sent by it: another policy may be in force now. */
export function readStored(state: StateStore, clocks: Clocks, context: DeliveryContext, options: StoredOptions): Stored {
  const { isOurs, admission, bodies } = options
  const sessions = new Map<string, Session>()
  const retained: RoutedMessage[] = []
  const orphans: string[] = []
  const damaged: string[] = []
  const readAll = (prefix: string, read: (rest: string, value: Uint8Array) => boolean): void => {
    for (const [key, value] of state.range(journalTask, prefix)) {
      try {
        if (!read(key.slice(prefix.length), value)) orphans.push(key)
      } catch {
        damaged.push(key)
      }
    }
  }
  /** `read` is given the session that the entry is of, and what the key says besides; it says whether that session wants it. */
  const readOwned = (
    prefix: string,
    read: (session: Session, place: string, value: Uint8Array) => boolean,
    see?: (place: string) => void,
  ): void =>
    readAll(prefix, (rest, value) => {
      const end = rest.indexOf(ownerEnd)
      const clientId = rest.slice(0, end)
      const place = rest.slice(end + 1)
      see?.(place)
      const session = sessions.get(clientId)
      return session === undefined ? !isOurs(clientId) : read(session, place, value)
    })

  readAll(sessionPrefix, (clientId, value) => {
    if (!isOurs(clientId)) return true
    const session = decodeSession(clientId, value, clocks)
    for (const { parsed } of session.subscriptions?.values() ?? [])
      if (!admission.maySubscribe(session.principal, parsed.levels.join('/'))) return false
    sessions.set(clientId, session)
    return true
  })
  // The entries of a session are side by side.
  let owner: Session | undefined
  let deliveries: Delivery[] = []
  const messageOf = readBodies(state, clocks)
  readOwned(
    deliveryPrefix,
    (session, text, value) => {
      const place = readPlace(text)
      if (place.order < session.firstOrder) return false
      if (session !== owner) {
        owner?.restore(deliveries, context)
        owner = session
        deliveries = []
      }
      deliveries.push({ ...decodeDelivery(place, value, clocks, messageOf), wasSent: 'perhaps' })
      return true
    },
    (place) => {
      const { body } = readPlace(place)
      if (body !== undefined) bodies.found(body)
    },
  )
  owner?.restore(deliveries, context)
  readAll(bodyPrefix, (name) => bodies.isNeeded(name))
  readOwned(receivedPrefix, (session, packetId) => {
    ;(session.received ??= new Set<number>()).add(Number(packetId))
    return true
  })
  readAll(retainedPrefix, (_hash, value) => {
    retained.push(decodeMessage(value, clocks))
    return true
  })
  return { sessions, retained, orphans, damaged }
}

/** Gives the messages of bodies, one object for each. Throws TypeError when there is no such body. */
function readBodies(state: StateStore, clocks: Clocks): (name: string) => RoutedMessage {
  const messages = new Map<string, RoutedMessage>()
  return (name) => {
    const known = messages.get(name)
    if (known !== undefined) return known
    const value = state.get(journalTask, bodyKey(name))
    if (value === undefined) throw new TypeError('The message of this delivery is not there.')
    const message = decodeMessage(value, clocks)
    messages.set(name, message)
    return message
  }
}

type LoadContext = DeliveryContext & Clocks & { readonly journal: Pick<SessionJournal, 'removeDelivery'> }

/** Takes up what is on its way to the session, as far as `lastOrder`, before what it has been given since; and the QoS 2 messages of the client that
 *  are known. A delivery from before the session's time is one its predecessor by that client id did not live to get: it is forgotten. */
export function loadDeliveries(
  session: Session,
  state: StateStore,
  context: LoadContext,
  lastOrder: number,
  wasSent: (order: number) => Delivery['wasSent'],
): void {
  const prefix = deliveryPrefix + session.clientId + ownerEnd
  const found: Delivery[] = []
  const messageOf = readBodies(state, context)
  for (const [key, value] of state.range(journalTask, prefix)) {
    const place = readPlace(key.slice(prefix.length))
    const { order } = place
    if (order < session.firstOrder) context.journal.removeDelivery(session.clientId, place)
    else if (order <= lastOrder) found.push({ ...decodeDelivery(place, value, context, messageOf), wasSent: wasSent(order) })
  }
  session.restore(found, context)
  const received = receivedPrefix + session.clientId + ownerEnd
  for (const [name] of state.range(journalTask, received)) (session.received ??= new Set<number>()).add(Number(name.slice(received.length)))
}
