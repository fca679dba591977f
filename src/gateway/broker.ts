// What all connections share, and what ends or begins with a session.
import { randomBytes } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { NewRecord } from '../eventlog/event-log.ts'
import { parseUplinkTopic } from '../model/topic.ts'
import { vehicleKey } from '../model/vehicle-id.ts'
import type { Admission, Principal } from './admission.ts'
import type { Connection } from './connection.ts'
import type { ConnectionGuard } from './connection-guard.ts'
import type { Delivery } from './delivery-queue.ts'
import type { FailedConnects } from './failed-connects.ts'
import type { GatewayMetrics } from './gateway-metrics.ts'
import { itemOverheadBytes, type Ingest, type IngestStep } from './ingest.ts'
import type { Will } from './packet.ts'
import type { Peers } from './peers/peers.ts'
import type { RateLimit } from './rate-limit.ts'
import { forwardedProperties, type RoutedMessage } from './routed-message.ts'
import type { Router, Routing } from './router.ts'
import type { DeliveryContext, Session, SessionLink } from './session.ts'
import type { SessionJournal } from './session-journal.ts'
import { parseTopicName } from './topic-filter.ts'
import { uplinkRecord } from './uplink.ts'

/** Its `clock` is that of deadlines and expiries, which a correction of the system's time must not make due. */
export type Broker = DeliveryContext & {
  readonly admission: Admission
  /** Of instants that are kept. */
  readonly wallClock: Clock
  readonly logger: Logger
  readonly metrics: GatewayMetrics
  /** By client id, connected or not. */
  readonly sessions: Map<string, Session>
  readonly journal: SessionJournal
  readonly router: Router
  readonly ingest: Ingest
  readonly rates: RateLimit
  readonly guard: ConnectionGuard
  readonly failedConnects: FailedConnects
  /** The other gateway threads, when there are any. */
  readonly peers: Peers | undefined
  readonly connections: Set<Connection>
  /** Connections that are not read until the log has taken more. */
  readonly paused: Set<Connection>
  /** `performance.now()` of the read under way. */
  readAt: number
  /** What the packets of the read under way cost beyond their count and their bytes (rate-limit.ts). */
  extraMessages: number
  extraBytes: number
  /** A drain is under way: no one else comes in. */
  isDraining: boolean
  /** Where a new session's deliveries are numbered from. */
  newLife(): number
  /** At the end of this tick, starts an append and writes what is unsent. */
  wake(): void
  /** The same, for a connection that has something unsent. */
  wakeFor(connection: Connection): void
}

export const newClientId = (): string => `auto-${randomBytes(12).toString('hex')}`

/** The session's client has come, or gone. */
export function linkSession(broker: Broker, session: Session, link: SessionLink | undefined): void {
  session.link = link
  broker.router.linked(session)
}

/** The session's connection is gone: it ends now, or lives on for its expiry. */
export function parkSession(broker: Broker, session: Session): void {
  linkSession(broker, session, undefined)
  if (session.expiryMs === 0) {
    endSession(broker, session)
    return
  }
  session.endsAt = broker.clock.now() + session.expiryMs
  session.journal?.save(session)
}

/** From now on the session is in memory only. */
export function forgetStored(session: Session): void {
  session.journal?.forget(session)
  session.journal = undefined
}

/** [MQTT-3.1.2-10] a will that waits for its delay goes out when the session ends. */
export function endSession(broker: Broker, session: Session): void {
  broker.router.unsubscribeAll(session)
  broker.sessions.delete(session.clientId)
  forgetStored(session)
  for (const delivery of session.transferable()) handOver(broker, delivery)
  session.clear(broker)
  const { will } = session
  session.will = undefined
  if (will !== undefined) publishWill(broker, session.clientId, session.principal, will)
  broker.peers?.ended(session.clientId)
}

function handOver(broker: Broker, delivery: Delivery): void {
  let routing: Routing | undefined
  perform(broker, delivery.message.payload.length + itemOverheadBytes, {
    changes: (into) => void (routing = broker.router.routeToGroup(delivery, into)),
    done: () => {
      if (routing !== undefined) broker.router.deliver(routing)
    },
  })
}

/** On an uplink topic a will is a record like any other; it may be routed too. */
export function publishWill(broker: Broker, clientId: string, principal: Principal, will: Will): void {
  const levels = parseTopicName(will.topic)
  if (levels === undefined) return
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
  }
  const uplink = parseUplinkTopic(will.topic)
  if (!uplink.ok) {
    publishOwn(broker, message, undefined, undefined)
    return
  }
  const { record, refusal } = uplinkRecord(uplink.value.stream, vehicleKey(uplink.value), will.payload, broker.wallClock)
  if (refusal !== undefined) broker.metrics.countRefused(refusal)
  publishOwn(broker, refusal === undefined ? message : undefined, record, undefined)
}

/** Takes in what no connection waits for: wills, and what the server itself says. `done` is called when it is durable, in the log and for
 *  those that are away. */
export function publishOwn(
  broker: Broker,
  message: RoutedMessage | undefined,
  record: NewRecord | undefined,
  done: (() => void) | undefined,
): void {
  const bytes = (message?.payload.length ?? record?.value.byteLength ?? 0) + itemOverheadBytes
  const step = done === undefined ? undefined : { changes: () => undefined, done }
  broker.ingest.add({ ...ownItem, bytes, record, message, step })
  broker.wake()
}

/** Takes a step of the server's own in the order of everything else that is stored. */
export function perform({ ingest, wake }: Pick<Broker, 'ingest' | 'wake'>, bytes: number, step: IngestStep): void {
  ingest.add({ ...ownItem, bytes, record: undefined, message: undefined, step })
  wake()
}

const ownItem = { owner: undefined, ackFirst: 0, packetId: 0, reason: 0, readAt: 0 } as const
