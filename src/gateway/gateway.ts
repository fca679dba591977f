// The gateway: an MQTT 3.1.1 and 5 server whose acknowledgement means stored. This file opens it,
// owns what is shared, and drains.
import type { Registry } from 'prom-client'
import type { Clock } from '../base/clock.ts'
import type { Percentiles } from '../base/latency-window.ts'
import type { Logger } from '../base/logger.ts'
import { openTimeLimit } from '../base/time-limit.ts'
import type { ReasonCodeCount } from '../model/reason-code-count.ts'
import type { GatewayStore } from './gateway-store.ts'
import type { Admission } from './admission/admission.ts'
import type { GatewayParts } from './gateway-parts.ts'
import { defaultLimits, type GatewayLimits } from './gateway-limits.ts'
import { openParts } from './open-parts.ts'
import type { MeshMember } from './peers/mesh.ts'
import { noProperties } from '../mqtt/properties.ts'
import { reasonCode } from '../mqtt/reason-code.ts'
import { createSessionDesk, type SessionDesk } from './desk/session-desk.ts'
import { endRevoked } from './revoke.ts'
import { startSweep } from './sweep.ts'
import { parseTopicName } from '../mqtt/topic-filter.ts'
import { Arrivals } from './transport/arrival.ts'
import { openCertificateMetric } from './transport/certificate-metric.ts'
import { openListeners, type Listener, type ListenerOptions, type ListeningAddress } from './transport/listener.ts'
import { connectionFilesMax } from './transport/open-files.ts'
import { welcome } from './welcome.ts'

export type { ListenerOptions, ListeningAddress } from './transport/listener.ts'

export type GatewayOptions = {
  /** Where clients come in, at least one address. */
  readonly listeners: readonly ListenerOptions[]
  /** The log, with sessions, queues and retained messages beside it. */
  readonly store: GatewayStore
  readonly admission: Admission
  readonly limits?: Partial<GatewayLimits>
  /** The wall clock, of certificates: TLS goes by it. */
  readonly clock: Clock
  /** Of deadlines and expiries. */
  readonly steady: Clock
  readonly logger: Logger
  readonly registry: Registry
  /** Its place among several gateway threads that are one gateway; absent when it is alone. They
   *  start together: none listens before all are there, and none is gone before all have
   *  drained. */
  readonly member?: MeshMember
}

export interface Gateway extends AsyncDisposable {
  /** In the order of `listeners`, with the ports they got. */
  readonly addresses: readonly ListeningAddress[]
  /** Port of the first address. */
  readonly port: number
  connectionCount(): number
  /** Clients that are on their way in: busy with a PROXY header, a TLS handshake or a WebSocket
   *  upgrade. */
  arrivalCount(): number
  /** From PUBLISH read to acknowledgement written, over the last minute; null when there was none.
   *  Milliseconds. */
  ackLatency(): Percentiles | null
  /** Connections ended since the start, by reason. */
  disconnects(): Readonly<Record<string, number>>
  /** Reason codes sent and received since the start: those that have occurred. */
  reasonCodes(): ReasonCodeCount[]
  /** For operators: the sessions there are, and the end of one. */
  readonly sessions: SessionDesk
  /** Sends a message to the clients that subscribed to the topic, and queues it for their sessions
   *  that are away (QoS 1 and 2). Resolves once it is durable in their queues: not when they have
   *  it. `expiryS` bounds how long it may wait anywhere. The payload is copied. Throws RangeError
   *  when `topic` is not a topic name. */
  publish(
    topic: string,
    payload: Uint8Array,
    options: { readonly qos: 0 | 1 | 2; readonly retain?: boolean; readonly expiryS?: number },
  ): Promise<void>
  /** Takes no more connections and reads no more, waits (at most `drainTimeoutMs`) until what was
   *  received is stored and acknowledged, then says goodbye: MQTT 5 clients are told 0x8B, or 0x9C
   *  with `serverReference` when they may go elsewhere. Wills stay unsent: the cars are well. */
  drain(options?: { readonly serverReference?: string }): Promise<void>
}

/** Opens the gateway and listens. Rejects with Outage LISTEN when an address cannot be had. */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { parts, peers, stopClaiming } = await openShared(options)
  const { metrics, sessions, clock } = parts
  const entrance = await openEntrance(options, parts).catch((error: unknown) => {
    peers?.[Symbol.dispose]()
    stopClaiming()
    throw error
  })
  const { arrivals, listeners } = entrance
  openCertificateMetric(options.registry, listeners)
  const sweep = startSweep({ ...parts, arrivals })
  const addresses = listeners.map(({ address }) => address)
  return {
    addresses,
    port: addresses[0]?.port ?? 0,
    connectionCount: () => parts.door.connections.size,
    arrivalCount: () => arrivals.size,
    ackLatency: () => metrics.ackLatency(),
    disconnects: () => metrics.disconnects(),
    reasonCodes: () => metrics.reasonCodes.list(),
    sessions: createSessionDesk(parts),
    publish: (topic, payload, { qos, retain = false, expiryS }) => {
      const levels = parseTopicName(topic)
      if (levels === undefined) throw new RangeError('A topic to publish to has no wildcards and is not empty.')
      const expiresAt = expiryS === undefined ? 0 : clock.now() + expiryS * 1000
      const copy = Buffer.from(payload)
      const message = {
        topic,
        levels,
        payload: copy,
        qos,
        retain,
        properties: noProperties,
        expiresAt,
        publisher: undefined,
        holders: 0,
      }
      return new Promise((resolve) => sessions.publish(message, resolve))
    },
    drain: (drainOptions) => drain(parts, entrance, drainOptions?.serverReference),
    async [Symbol.asyncDispose]() {
      await drain(parts, entrance, undefined)
      await peers?.finish(parts.limits.drainTimeoutMs)
      peers?.[Symbol.dispose]()
      stopClaiming()
      sweep[Symbol.dispose]()
      parts.ingest.stop()
      parts.door[Symbol.dispose]()
    },
  }
}

const threadsOf = ({ member }: GatewayOptions): number => member?.ports.length ?? 1

/** The parts of this thread. With other threads: once they are there too, and all know of each
 *  other's sessions. */
async function openShared(options: GatewayOptions): Promise<ReturnType<typeof openParts>> {
  const { member } = options
  const own = { ...options, limits: { ...defaultLimits, ...options.limits }, threads: threadsOf(options) }
  if (member === undefined) return openParts(own)
  const { openPeers } = await import('./peers/peers.ts')
  const opened = openParts({ ...own, openPeers: (given) => openPeers({ ...given, member }) })
  try {
    await opened.peers!.ready()
  } catch (error) {
    opened.peers![Symbol.dispose]()
    throw error
  }
  return opened
}

type Entrance = { readonly arrivals: Arrivals; readonly listeners: readonly Listener[] }

/** Listens, and makes connections of those who come. */
async function openEntrance(options: GatewayOptions, parts: GatewayParts): Promise<Entrance> {
  const { limits, clock, logger, metrics, door } = parts
  const { connections, guard } = door
  const { handshakes: handshakesMax, addressHandshakes: addressHandshakesMax, connectTimeoutMs: timeoutMs } = limits
  const countTurnedAway = metrics.countDisconnect
  const filesMax = connectionFilesMax() / threadsOf(options)
  const arrivals = new Arrivals({
    handshakesMax,
    addressHandshakesMax,
    timeoutMs,
    guard,
    clock,
    logger,
    countTurnedAway,
  })
  const listeners = await openListeners(options.listeners, {
    limits,
    clock,
    wallClock: options.clock,
    logger,
    arrivals,
    noRoom() {
      const count = connections.size + arrivals.size
      if (count >= limits.connections) return 'connection-limit'
      if (count < filesMax) return undefined
      arrivals.warn('open-files', 'This process may not open more files: raise its limit (ulimit -n).')
      return 'open-files'
    },
    welcome: (stream, arrival) => welcome(parts, stream, arrival),
    revoked: (revocations) => void endRevoked({ door, arrivals, logger }, revocations),
    countTurnedAway,
  })
  return { arrivals, listeners }
}

type DrainPorts = Pick<GatewayParts, 'limits' | 'door' | 'ingest'>

async function drain(
  { limits, door, ingest }: DrainPorts,
  { arrivals, listeners }: Entrance,
  serverReference: string | undefined,
): Promise<void> {
  door.beginDrain()
  for (const listener of listeners) listener.stop()
  arrivals.endAll()
  using limit = openTimeLimit(limits.drainTimeoutMs)
  const settled = (): Promise<void> => {
    ingest.pump()
    return Promise.race([ingest.drained(), limit.passed])
  }
  await settled()
  if (serverReference === undefined) door.endAll(reasonCode.serverShuttingDown, noProperties)
  else door.endAll(reasonCode.useAnotherServer, { serverReference })
  // Their sessions begin to wait now, and that is stored as well.
  await settled()
}
