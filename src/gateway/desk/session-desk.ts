// The operators' desk: which sessions there are, what one looks like inside, and the end of one.
// Shows no payload.
import { hostText } from '../../base/host-text.ts'
import type {
  ClientSession,
  ClientSessionDetail,
  ClientSubscription,
  Disconnection,
  DisconnectOrder,
  SessionPage,
  SessionQuery,
  SessionRef,
} from '../../model/client-session.ts'
import { parseVehicleKey } from '../../model/vehicle-id.ts'
import type { GatewayParts } from '../gateway-parts.ts'
import { Connection } from '../connection.ts'
import { reasonCode } from '../../mqtt/reason-code.ts'
import type { Session } from '../session/session.ts'
import { belongsTo, createSessionPass } from './session-pass.ts'
import type { ClientStream } from '../transport/client-stream.ts'

/** Questions and answers are plain data, so that they can come from another thread or process. A
 *  session is shown only under its tenant. */
export interface SessionDesk {
  /** A page of sessions. One page costs a pass over all sessions, in slices of less than a
   *  millisecond; a single client id costs a look-up. */
  list(query: SessionQuery): Promise<SessionPage>
  /** Null when there is no such session of the tenant. */
  inspect(session: SessionRef): ClientSessionDetail | null
  /** Closes the connection, by MQTT 5 with 0x98, and with `endSession` drops the session with its
   *  subscriptions and messages. The will goes out as for any lost connection. `by` is who wants
   *  it, for the log. Resolves when a session that was stored is durably gone: a restart does not
   *  bring it back. Null when there is no such session of the tenant. */
  disconnect(order: DisconnectOrder): Promise<Disconnection | null>
}

type DeskPorts = Pick<GatewayParts, 'sessions' | 'logger' | 'metrics' | 'ingest' | 'clock' | 'logClock'>

export function createSessionDesk(gateway: DeskPorts): SessionDesk {
  const { sessions, logger, metrics, ingest } = gateway
  const pass = createSessionPass(sessions)
  const find = (tenant: string, clientId: string): Session | undefined => {
    const session = sessions.get(clientId)
    return session !== undefined && belongsTo(tenant, session) ? session : undefined
  }
  return {
    async list(query) {
      if (query.clientId !== undefined) return onlyOne(gateway, find(query.tenant, query.clientId))
      const { sessions: selected, hasMore, total } = await pass.select(query)
      const last = selected.at(-1)
      // Some may have ended while the pass went on.
      const rows = selected.filter((session) => sessions.holds(session)).map((session) => describe(gateway, session))
      return { rows, total, ...(hasMore && last !== undefined ? { next: last.clientId } : {}) }
    },
    inspect({ tenant, clientId }) {
      const session = find(tenant, clientId)
      return session === undefined ? null : describeWhole(gateway, session)
    },
    async disconnect({ tenant, clientId, endSession: endsSession, by }) {
      const session = find(tenant, clientId)
      if (session === undefined) return null
      const wasConnected = session.link !== undefined
      const messages = session.queued + session.inflight
      const isStored = session.journal !== undefined
      session.link?.close('administrative', reasonCode.administrativeAction)
      // Without an expiry it has ended with its connection.
      if (endsSession && sessions.holds(session)) sessions.end(session)
      const sessionEnded = !sessions.holds(session)
      metrics.countAdministrative(endsSession ? 'end-session' : 'disconnect')
      logger.warn({ client: clientId, by, wasConnected, sessionEnded }, 'an administrator disconnected a client')
      if (sessionEnded && isStored) await stored(ingest)
      return { wasConnected, sessionEnded, messagesDropped: sessionEnded ? messages : 0 }
    },
  }
}

/** Everything that was to be stored until now is durable. */
const stored = (ingest: DeskPorts['ingest']): Promise<void> =>
  new Promise((resolve) => ingest.perform(0, { changes: () => undefined, done: resolve }))

function onlyOne(gateway: DeskPorts, session: Session | undefined): SessionPage {
  if (session === undefined) return { rows: [], total: { connected: 0, away: 0 } }
  const row = describe(gateway, session)
  return { rows: [row], total: { connected: 0, away: 0, [row.state]: 1 } }
}

/** An instant of the gateway's clock as one of the log's. */
const logAt = ({ clock, logClock }: DeskPorts, at: number): number => Math.round(logClock.now() + (at - clock.now()))

const connectionOf = ({ link }: Session): Connection | undefined => (link instanceof Connection ? link : undefined)

function describe(gateway: DeskPorts, session: Session): ClientSession {
  const connection = connectionOf(session)
  const ref = parseVehicleKey(session.clientId)
  return {
    clientId: session.clientId,
    vehicle: ref.ok ? ref.value.vehicle : null,
    state: connection === undefined ? 'away' : 'connected',
    sinceAt: logAt(
      gateway,
      connection === undefined ? session.endsAt - session.expiryMs : connection.connectedS * 1000,
    ),
    version: connection === undefined ? null : connection.version === 5 ? '5' : '3.1.1',
    transport: connection === undefined ? null : (connection.socket.transport ?? 'tcp'),
    address: connection === undefined ? null : addressOf(connection.socket),
    keepAliveS: connection === undefined ? null : connection.silenceMaxMs / 1500,
    expiryS: session.expiryMs / 1000,
    expiresAt: connection === undefined ? logAt(gateway, session.endsAt) : null,
    subscriptions: session.subscriptions?.size ?? 0,
    queued: session.queued,
    inflight: session.inflight,
  }
}

function addressOf({ remoteAddress, remotePort }: ClientStream): string | null {
  if (remoteAddress === undefined) return null
  const host = hostText(remoteAddress)
  return remotePort === undefined ? host : `${host}:${remotePort}`
}

function describeWhole(gateway: DeskPorts, session: Session): ClientSessionDetail {
  const connection = connectionOf(session)
  const will = connection === undefined ? session.will : connection.will
  return {
    ...describe(gateway, session),
    filters: [...(session.subscriptions ?? [])].map(
      ([filter, { qos, noLocal, retainAsPublished, subscriptionId }]): ClientSubscription => ({
        filter,
        qos,
        noLocal,
        retainAsPublished,
        subscriptionId: subscriptionId ?? null,
      }),
    ),
    queuedBytes: session.bytes,
    will:
      will === undefined
        ? null
        : {
            topic: will.topic,
            qos: will.qos,
            retain: will.retain,
            dueAt: connection === undefined ? logAt(gateway, session.willAt) : null,
          },
    limits: connection === undefined ? null : limitsOf(connection),
    traffic: connection === undefined ? null : trafficOf(gateway, connection),
  }
}

const limitsOf = ({
  deliveryWindow,
  clientPacketBytesMax,
  clientAliasMax,
}: Connection): ClientSessionDetail['limits'] => ({
  receiveMaximum: deliveryWindow,
  packetBytes: Number.isFinite(clientPacketBytesMax) ? clientPacketBytesMax : null,
  topicAliases: clientAliasMax,
})

const trafficOf = (gateway: DeskPorts, connection: Connection): ClientSessionDetail['traffic'] => ({
  messagesReceived: connection.messagesReceived,
  messagesSent: connection.messagesSent,
  bytesReceived: connection.socket.bytesRead ?? null,
  bytesSent: connection.socket.bytesWritten ?? null,
  heardAt: connection.hasSpoken ? gateway.logClock.now() : logAt(gateway, connection.heardAt),
})
