// What begins and ends with a session, beside the handlers: its client comes or goes, and it waits, is forgotten or ends. Invariant: all that one such
// moment changes is stored in one transaction, in the order of everything else, and so a crash finds it before or after.
import type { StateChange } from '../../eventlog/state-store.ts'
import { addOwn, type Broker } from '../broker.ts'
import type { Will } from '../../mqtt/packet.ts'
import type { IngestStep } from '../../ingest/ingest.ts'
import type { Routing } from '../routing/deliveries-of.ts'
import { messageBytes } from '../routing/routed-message.ts'
import type { Delivery } from './delivery-queue.ts'
import { changeBytes } from './session-journal.ts'
import type { Session, SessionLink } from './session.ts'
import { noWill, willMessage } from './will-message.ts'

/** The session's client has come, or gone. */
export function linkSession(broker: Broker, session: Session, link: SessionLink | undefined): void {
  session.link = link
  broker.router.linked(session)
}

/** The session's connection is gone and left a will, if any: the session ends now, or lives on for its expiry. [MQTT-3.1.2-8], [MQTT-3.1.3-9] the will goes
 *  out now, or after its delay unless the session is taken up again or ends before. */
export function parkSession(broker: Broker, session: Session, will: Will | undefined): void {
  linkSession(broker, session, undefined)
  if (session.expiryMs === 0) {
    session.will = will
    endSession(broker, session)
    return
  }
  const now = broker.clock.now()
  session.endsAt = now + session.expiryMs
  const delayMs = (will?.properties.willDelayS ?? 0) * 1000
  if (delayMs > 0) {
    session.will = will
    session.willAt = now + delayMs
  }
  const changes = session.journal === undefined ? [] : [session.journal.changes.session(session)]
  takeOwn(broker, { will: delayMs > 0 ? undefined : will, session, changes })
}

/** A will that waited for its delay is due. */
export function releaseWill(broker: Broker, session: Session): void {
  const { will } = session
  session.will = undefined
  session.willAt = Number.POSITIVE_INFINITY
  takeOwn(broker, { will, session, changes: session.journal === undefined ? [] : [session.journal.changes.session(session)] })
}

/** From now on the session is in memory only. */
export function forgetStored(broker: Broker, session: Session): void {
  takeOwn(broker, { session, ...forgetting(broker, session) })
}

/** What takes the session out of the store, if it is there. Until that is durable whoever comes by its client id has to wait (enter-session.ts). */
function forgetting({ ending }: Broker, session: Session): Pick<Own, 'changes' | 'done'> {
  const { journal, clientId } = session
  if (journal === undefined) return { changes: [] }
  session.journal = undefined
  ending.set(clientId, session)
  const done = (): void => {
    if (ending.get(clientId) === session) ending.delete(clientId)
  }
  return { changes: journal.changes.forgotten(session), done }
}

/** [MQTT-3.1.2-10] a will that waits for its delay goes out when the session ends. */
export function endSession(broker: Broker, session: Session): void {
  broker.router.unsubscribeAll(session)
  broker.sessions.delete(session.clientId)
  const forgotten = forgetting(broker, session)
  const left = [...session.transferable()]
  const { will } = session
  session.will = undefined
  session.clear(broker)
  takeOwn(broker, { will, session, ...forgotten, left })
  broker.peers?.ended(session.clientId)
}

/** A session that was to end with a connection which did not wait for it has ended. */
export function parkUnclaimed(broker: Broker, clientId: string): void {
  const session = broker.sessions.get(clientId)
  if (session !== undefined && session.link === undefined && session.journal === undefined) endSession(broker, session)
}

/** Another connection of the client id comes after the one that waits to come in, if any. */
export function turnAway(broker: Broker, clientId: string): void {
  const waiting = broker.arriving.get(clientId)
  if (waiting === undefined) return
  waiting.finish('taken-over')
  parkUnclaimed(broker, clientId)
}

/** A delivery that has become durable after the session it is for ended, or is no longer stored. */
export function settleStray(broker: Broker, session: Session, delivery: Delivery): void {
  const changes = delivery.order > 0 ? [broker.journal.changes.delivered(session.clientId, delivery)] : []
  const left = session.isEnded && delivery.shared !== undefined && delivery.qos > 0 ? [delivery] : []
  takeOwn(broker, { session, changes, left })
}

/** A delivery by a shared subscription that a crash left to a session which is gone: it goes to another member, if there is any. */
export function passOn(broker: Broker, clientId: string, delivery: Delivery): void {
  takeOwn(broker, { changes: [broker.journal.changes.delivered(clientId, delivery)], left: [delivery] })
}

type Own = {
  /** Whose will it is. */
  readonly session?: Session
  readonly changes: readonly StateChange[]
  readonly will?: Will | undefined
  /** Deliveries of shared subscriptions that go to other members. */
  readonly left?: readonly Delivery[]
  /** When all of it is durable. */
  readonly done?: () => void
}

/** All of it in one transaction: a crash finds the session as it was, or its will sent and its messages with others. */
function takeOwn(broker: Broker, { session, changes, will, left = [], done }: Own): void {
  if (changes.length === 0 && left.length === 0 && will === undefined) return
  const routings: Routing[] = []
  let bytes = 0
  for (const change of changes) bytes += changeBytes(change)
  for (const { message } of left) bytes += messageBytes(message)
  const step: IngestStep = {
    changes(into) {
      for (const change of changes) into.push(change)
      for (const delivery of left) {
        const routing = broker.router.routeToGroup(delivery, into)
        if (routing !== undefined) routings.push(routing)
      }
    },
    done:
      left.length === 0
        ? done
        : () => {
            for (const routing of routings) broker.router.deliver(routing)
            done?.()
          },
  }
  const { message, record } =
    will === undefined || session === undefined ? noWill : willMessage(broker, session.clientId, session.principal, will)
  addOwn(broker, { bytes, message, record, step })
}
