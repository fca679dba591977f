// What all connections share, and what ends or begins with a session.
import { randomBytes } from 'node:crypto'
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import { parseUplinkTopic } from '../model/topic.ts'
import { vehicleKey } from '../model/vehicle-id.ts'
import type { Admission, Principal } from './admission.ts'
import type { Connection } from './connection.ts'
import type { ConnectionGuard } from './connection-guard.ts'
import type { FailedConnects } from './failed-connects.ts'
import type { GatewayLimits } from './gateway-limits.ts'
import type { GatewayMetrics } from './gateway-metrics.ts'
import { itemOverheadBytes, type Ingest } from './ingest.ts'
import type { Will } from './packet.ts'
import type { RateLimit } from './rate-limit.ts'
import { forwardedProperties, type RoutedMessage } from './routed-message.ts'
import type { Router } from './router.ts'
import type { Session } from './session.ts'
import type { SessionStore } from './session-store.ts'
import { parseTopicName } from './topic-filter.ts'
import { uplinkRecord } from './uplink.ts'

export type Broker = {
  readonly limits: GatewayLimits
  readonly admission: Admission
  /** Of deadlines and expiries, which a correction of the system's time must not make due. */
  readonly clock: Clock
  /** Of instants that are kept. */
  readonly wallClock: Clock
  readonly logger: Logger
  readonly metrics: GatewayMetrics
  readonly sessions: SessionStore
  readonly router: Router
  readonly ingest: Ingest
  readonly rates: RateLimit
  readonly guard: ConnectionGuard
  readonly failedConnects: FailedConnects
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
  /** At the end of this tick, starts an append and writes what is unsent. */
  wake(): void
  /** The same, for a connection that has something unsent. */
  wakeFor(connection: Connection): void
}

export const newClientId = (): string => `auto-${randomBytes(12).toString('hex')}`

/** The session's connection is gone: it ends now, or lives on for its expiry. */
export function parkSession(broker: Broker, session: Session): void {
  session.link = undefined
  if (session.expiryMs === 0) {
    endSession(broker, session)
    return
  }
  session.endsAt = broker.clock.now() + session.expiryMs
  broker.sessions.put(session)
}

/** [MQTT-3.1.2-10] a will that waits for its delay goes out when the session ends. */
export function endSession(broker: Broker, session: Session): void {
  broker.router.unsubscribeAll(session)
  broker.sessions.delete(session.clientId)
  const { will } = session
  session.will = undefined
  if (will !== undefined) publishWill(broker, session.clientId, session.principal, will)
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
    broker.router.route(message)
    return
  }
  const { record, reason, refusal } = uplinkRecord(uplink.value.stream, vehicleKey(uplink.value), will.payload, broker.wallClock)
  if (refusal !== undefined) broker.metrics.countRefused(refusal)
  broker.ingest.add({
    owner: undefined,
    ackFirst: 0,
    packetId: 0,
    reason,
    record,
    bytes: will.payload.length + itemOverheadBytes,
    readAt: 0,
    message: refusal === undefined ? message : undefined,
  })
  broker.wake()
}
