// What all connections share, and how what the server does of itself takes its place among what clients do.
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { NewRecord } from '../eventlog/event-log.ts'
import type { Admission } from './admission/admission.ts'
import type { Connection } from './connection.ts'
import type { ConnectionGuard } from './guard/connection-guard.ts'
import type { EndOfTick } from '../ingest/end-of-tick.ts'
import type { FailedConnects } from './guard/failed-connects.ts'
import type { GatewayMetrics } from './gateway-metrics.ts'
import { itemOverheadBytes, type Ingest, type IngestStep } from '../ingest/ingest.ts'
import type { MessageBodies } from './session/message-bodies.ts'
import type { Peers } from './peers/peers.ts'
import type { PacketReader } from './packet-reader.ts'
import type { RateLimit } from '../tcp/rate-limit.ts'
import { messageBytes, type RoutedMessage } from './routing/routed-message.ts'
import type { Router } from './routing/router.ts'
import type { DeliveryContext, Session } from './session/session.ts'
import type { SessionJournal } from './session/session-journal.ts'

/** Its `clock` is that of deadlines and expiries, which a correction of the system's time must not make due. */
export type Broker = DeliveryContext &
  Pick<EndOfTick, 'wakeFor'> & {
    readonly admission: Admission
    /** Of instants that are kept: the log's, which a wall clock that is set wrong does not move. */
    readonly logClock: Clock
    readonly logger: Logger
    readonly metrics: GatewayMetrics
    /** By client id, connected or not. */
    readonly sessions: Map<string, Session>
    readonly journal: SessionJournal
    readonly router: Router
    readonly bodies: MessageBodies
    readonly ingest: Ingest<RoutedMessage>
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
    /** Of the read under way, `performance.now()` and the log's time: what is read in one go is received at one time. */
    readAt: number
    receivedAt: number
    /** What the packets of the read under way cost beyond their count and their bytes (rate-limit.ts). */
    extraMessages: number
    extraBytes: number
    /** A drain is under way: no one else comes in. */
    isDraining: boolean
    /** Where a new session's deliveries are numbered from. */
    newLife(): number
  }

/** Takes in what the server itself says. `done` is called when it is durable, in the queues of those that are away too. */
export function publishOwn(broker: Broker, message: RoutedMessage, done: () => void): void {
  addOwn(broker, { bytes: 0, message, record: undefined, step: { changes: () => undefined, done } })
}

/** Takes in what the server does of itself; `bytes` is what it costs beside the message or record. */
export function addOwn(
  broker: Broker,
  { bytes, message, record, step }: { bytes: number; message: RoutedMessage | undefined; record: NewRecord | undefined; step: IngestStep },
): void {
  const ownBytes = message === undefined ? (record?.value.byteLength ?? 0) : messageBytes(message)
  broker.ingest.add({
    owner: undefined,
    ackFirst: 0,
    packetId: 0,
    reason: 0,
    explanation: undefined,
    record,
    bytes: bytes + ownBytes + itemOverheadBytes,
    readAt: 0,
    message,
    step,
  })
}
