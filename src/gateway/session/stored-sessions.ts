// What a start finds of the time before (session-journal.ts writes it): each kind of entry is read in one pass, and what a crash left behind of sessions
// that are gone, or cannot be read, is told apart from the rest: one damaged entry must not keep a whole fleet out.
import type { StateStore } from '../../stream/state-store.ts'
import type { Admission } from '../admission/admission.ts'
import type { Delivery } from './delivery-queue.ts'
import type { RoutedMessage } from '../routing/routed-message.ts'
import { deliveryPrefix, journalTask, ownerEnd, receivedPrefix, retainedPrefix, sessionPrefix } from './session-journal.ts'
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

export type Whose = { readonly isOurs: (clientId: string) => boolean; readonly admission: Pick<Admission, 'maySubscribe'> }

/** Reads the sessions of the client ids that are ours, and all retained messages. A session with a subscription that is not allowed any more has ended, with
 *  what it was sent by it: another policy may be in force now. */
export function readStored(state: StateStore, clocks: Clocks, context: DeliveryContext, { isOurs, admission }: Whose): Stored {
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
  const readOwned = (prefix: string, read: (session: Session, number: number, value: Uint8Array) => boolean): void =>
    readAll(prefix, (rest, value) => {
      const end = rest.indexOf(ownerEnd)
      const clientId = rest.slice(0, end)
      const session = sessions.get(clientId)
      return session === undefined ? !isOurs(clientId) : read(session, Number(rest.slice(end + 1)), value)
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
  readOwned(deliveryPrefix, (session, order, value) => {
    if (order < session.firstOrder) return false
    if (session !== owner) {
      owner?.restore(deliveries, context)
      owner = session
      deliveries = []
    }
    deliveries.push({ ...decodeDelivery(order, value, clocks), wasSent: 'perhaps' })
    return true
  })
  owner?.restore(deliveries, context)
  readOwned(receivedPrefix, (session, packetId) => {
    ;(session.received ??= new Set<number>()).add(packetId)
    return true
  })
  readAll(retainedPrefix, (_hash, value) => {
    retained.push(decodeMessage(value, clocks))
    return true
  })
  return { sessions, retained, orphans, damaged }
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
  for (const [name, value] of state.range(journalTask, prefix)) {
    const order = Number(name.slice(prefix.length))
    if (order < session.firstOrder) context.journal.removeDelivery(session.clientId, order)
    else if (order <= lastOrder) found.push({ ...decodeDelivery(order, value, context), wasSent: wasSent(order) })
  }
  session.restore(found, context)
  const received = receivedPrefix + session.clientId + ownerEnd
  for (const [name] of state.range(journalTask, received)) (session.received ??= new Set<number>()).add(Number(name.slice(received.length)))
}
