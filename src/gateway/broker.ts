// What all connections share, and what ends or begins with a session.
import { randomBytes } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { NewRecord } from '../eventlog/event-log.ts'
import { parseUplinkTopic } from '../model/topic.ts'
import { vehicleKey } from '../model/vehicle-id.ts'
import type { StateChange } from '../stream/state-store.ts'
import type { Admission, Principal } from './admission/admission.ts'
import type { Connection } from './connection.ts'
import type { ConnectionGuard } from './guard/connection-guard.ts'
import type { Delivery } from './session/delivery-queue.ts'
import type { EndOfTick } from './end-of-tick.ts'
import type { FailedConnects } from './guard/failed-connects.ts'
import type { GatewayMetrics } from './gateway-metrics.ts'
import { itemOverheadBytes, type Ingest, type IngestOwner, type IngestStep } from './ingest.ts'
import type { Will } from './codec/packet.ts'
import type { MessageBodies } from './session/message-bodies.ts'
import type { Peers } from './peers/peers.ts'
import type { PacketReader } from './packet-reader.ts'
import type { RateLimit } from './guard/rate-limit.ts'
import { forwardedProperties, messageBytes, type RoutedMessage } from './routing/routed-message.ts'
import type { Routing } from './routing/deliveries-of.ts'
import type { Router } from './routing/router.ts'
import type { DeliveryContext, Session, SessionLink } from './session/session.ts'
import { changeBytes, type SessionJournal } from './session/session-journal.ts'
import { parseTopicName } from './routing/topic-filter.ts'
import { uplinkRecord } from './uplink.ts'

/** Its `clock` is that of deadlines and expiries, which a correction of the system's time must not make due. */
export type Broker = DeliveryContext &
  EndOfTick & {
    readonly admission: Admission
    /** Of instants that are kept. */
    readonly wallClock: Clock
    readonly logger: Logger
    readonly metrics: GatewayMetrics
    /** By client id, connected or not. */
    readonly sessions: Map<string, Session>
    readonly journal: SessionJournal
    readonly router: Router
    readonly bodies: MessageBodies
    readonly ingest: Ingest
    readonly rates: RateLimit
    readonly guard: ConnectionGuard
    readonly failedConnects: FailedConnects
    /** The other gateway threads, when there are any. */
    readonly peers: Peers | undefined
    readonly connections: Set<Connection>
    /** By client id, the connection that waits until the session before its own is durably gone, or has come from another thread. */
    readonly arriving: Map<string, Connection>
    /** By client id, the stored session that has ended and is not durably gone. */
    readonly ending: Map<string, Session>
    /** Connections that are not read until the log has taken more. */
    readonly paused: Set<PacketReader>
    /** `performance.now()` of the read under way. */
    readAt: number
    /** What the packets of the read under way cost beyond their count and their bytes (rate-limit.ts). */
    extraMessages: number
    extraBytes: number
    /** A drain is under way: no one else comes in. */
    isDraining: boolean
    /** Where a new session's deliveries are numbered from. */
    newLife(): number
  }

export const newClientId = (): string => `auto-${randomBytes(12).toString('hex')}`

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

/** What takes the session out of the store, if it is there. Until that is durable whoever comes by its client id has to wait (handle-connect.ts). */
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
    will === undefined || session === undefined ? noWill : willOf(broker, session.clientId, session.principal, will)
  addOwn(broker, { bytes, message, record, step })
}

const noWill = { message: undefined, record: undefined }

/** On an uplink topic a will is a record like any other; it may be routed too. */
function willOf(
  broker: Broker,
  clientId: string,
  principal: Principal,
  will: Will,
): { readonly message: RoutedMessage | undefined; readonly record: NewRecord | undefined } {
  const levels = parseTopicName(will.topic)
  if (levels === undefined) return noWill
  const expiryS = will.properties.messageExpiryS
  const { willDelayS: _delay, ...properties } = forwardedProperties(will.properties)
  const message: RoutedMessage = {
    topic: will.topic,
    levels,
    payload: will.payload,
    qos: will.qos,
    retain: will.retain && broker.admission.mayRetain(principal, will.topic),
    properties,
    expiresAt: expiryS === undefined ? 0 : broker.clock.now() + expiryS * 1000,
    publisher: clientId,
    holders: 0,
  }
  const uplink = parseUplinkTopic(will.topic)
  if (!uplink.ok) return { message, record: undefined }
  const { record, refusal } = uplinkRecord(uplink.value.stream, vehicleKey(uplink.value), will.payload, broker.wallClock)
  if (refusal === undefined) return { message, record }
  broker.metrics.countRefused(refusal)
  return { message: undefined, record }
}

/** Takes in what the server itself says. `done` is called when it is durable, in the queues of those that are away too. */
export function publishOwn(broker: Broker, message: RoutedMessage, done: () => void): void {
  addOwn(broker, { bytes: 0, message, record: undefined, step: { changes: () => undefined, done } })
}

function addOwn(
  broker: Broker,
  { bytes, message, record, step }: { bytes: number; message: RoutedMessage | undefined; record: NewRecord | undefined; step: IngestStep },
): void {
  const ownBytes = message === undefined ? (record?.value.byteLength ?? 0) : messageBytes(message)
  broker.ingest.add({ ...ownItem, bytes: bytes + ownBytes + itemOverheadBytes, record, message, step })
  broker.wake()
}

/** Takes a step in the order of everything else that is stored. `owner` is the connection that asked for it, which is held back for it when the log is slow. */
export function perform({ ingest, wake }: Pick<Broker, 'ingest' | 'wake'>, bytes: number, step: IngestStep, owner?: IngestOwner): void {
  ingest.add({ ...ownItem, owner, bytes, record: undefined, message: undefined, step })
  wake()
}

const ownItem = { owner: undefined, ackFirst: 0, packetId: 0, reason: 0, readAt: 0 } as const
