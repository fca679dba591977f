// Keeps one session with the other broker: a connection, and the next one when it ends, for as long
// as it takes. The session (client id and subscription) stays at the broker meanwhile, and with it
// what was not acknowledged.
//
//   connection ──ended──► pause (doubling, with jitter) ──► connection …       stop() ──► no more
import type { Clock } from '../base/clock.ts'
import type { Logger } from '../base/logger.ts'
import type { PacketType, ProtocolVersion, Will } from '../mqtt/packet.ts'
import type { BridgeFilter } from './bridge-filters.ts'
import type { BridgeLimits } from './bridge-limits.ts'
import type { BridgeMetrics } from './bridge-metrics.ts'
import { openConnection, type BridgeConnection, type BridgeServer, type ConnectionEvents } from './connection.ts'
import type { ConnectionEnd } from './connection-end.ts'
import type { OutboxLink } from './outbox.ts'

export type LinkOptions = {
  readonly server: BridgeServer
  readonly clientId: string
  readonly filters: readonly BridgeFilter[]
  readonly will?: Pick<Will, 'topic' | 'payload'> | undefined
  /** It is subscribed, once more. */
  readonly onSubscribed?: (() => void) | undefined
  /** A connection that was subscribed has ended, and not by us. */
  readonly onLost?: (() => void) | undefined
  readonly limits: BridgeLimits
  readonly steady: Clock
  /** From 0 to 1, for the jitter. */
  readonly random: () => number
  readonly logger: Logger
  readonly metrics: BridgeMetrics
  readonly onPublish: ConnectionEvents['onPublish']
  readonly onRead: ConnectionEvents['onRead']
  readonly onWritten: ConnectionEvents['onWritten']
  /** Where messages for cars go out; undefined when this is not the link for them. */
  readonly outbox:
    | {
        attach(to: OutboxLink): void
        detach(): void
        handleAcknowledgement(type: PacketType, packetId: number, reason: number): void
      }
    | undefined
}

export interface Link {
  readonly isSubscribed: boolean
  /** Why it is not subscribed, for people; undefined when it is, or has not tried long enough to
   *  know. */
  readonly trouble: string | undefined
  sweep(): void
  /** Reads again, if it had been told not to. */
  resume(): void
  /** No more connections; says goodbye on the one there is. Resolves when that is gone. */
  stop(): Promise<void>
}

/** An end that is like the one before it is logged again only so often. */
const sayAgainEvery = 20

export function openLink(options: LinkOptions): Link {
  const { clientId, limits, steady, random, logger, metrics, outbox } = options
  let version: ProtocolVersion = 5
  let attempts = 0
  let likeEnds = 0
  let lastEnd: ConnectionEnd | undefined
  let subscribedAt: number | undefined
  let retry: NodeJS.Timeout | undefined
  let isStopped = false
  let hadSession = false
  let saidExpiryS: number | undefined
  let outgoing: OutboxLink | undefined
  let connection = connect()

  function connect(): BridgeConnection {
    subscribedAt = undefined
    outgoing = undefined
    return openConnection({
      ...options,
      version,
      events: {
        onConnected,
        onSubscribed,
        onPublish: options.onPublish,
        onAcknowledgement: (type, packetId, reason) => outbox?.handleAcknowledgement(type, packetId, reason),
        onRead: options.onRead,
        onWritten: options.onWritten,
        onAcknowledged: metrics.countAcknowledged,
        onEnded,
      },
    })
  }

  function onConnected(to: OutboxLink, grantedS: number): void {
    outgoing = to
    if (hadSession && !to.isSessionPresent) {
      metrics.countForgotten()
      logger.warn(
        { clientId },
        'The broker has forgotten the session of the bridge: what it kept for it is lost. See that it stores sessions over restarts, and long enough.',
      )
    }
    if (grantedS < limits.sessionExpiryS && grantedS !== saidExpiryS)
      logger.warn(
        { clientId, grantedS, askedS: limits.sessionExpiryS },
        'The broker keeps the session for less time than was asked for: when the bridge is away for longer, messages are lost. Raise the longest session expiry there.',
      )
    saidExpiryS = grantedS
  }

  function onSubscribed(): void {
    hadSession = true
    // Not before: an end over the subscription would count as one over what was sent.
    if (outgoing !== undefined) outbox?.attach(outgoing)
    options.onSubscribed?.()
    subscribedAt = steady.now()
    logger.info(
      { clientId, version: version === 5 ? '5' : '3.1.1', after: lastEnd?.reason },
      'the bridge is subscribed',
    )
    likeEnds = 0
    lastEnd = undefined
  }

  function onEnded(end: ConnectionEnd): void {
    outbox?.detach()
    metrics.countEnd(end.reason)
    if (isStopped) return
    if (subscribedAt !== undefined) options.onLost?.()
    if (end.reason === 'version' && version === 5) {
      version = 4
      logger.info({ clientId }, 'the broker does not speak MQTT 5; the bridge goes on with 3.1.1')
      retry = setTimeout(reconnect, 0)
      return
    }
    if (subscribedAt !== undefined && steady.now() - subscribedAt >= limits.stableMs) attempts = 0
    const ceilingMs = Math.min(limits.reconnectMaxMs, limits.reconnectMinMs * 2 ** Math.min(attempts++, 20))
    const retryMs = Math.round(ceilingMs * (0.5 + 0.5 * random()))
    say(end, retryMs)
    retry = setTimeout(reconnect, retryMs)
  }

  function reconnect(): void {
    connection = connect()
  }

  function say(end: ConnectionEnd, retryMs: number): void {
    likeEnds = lastEnd?.reason === end.reason && lastEnd.code === end.code ? likeEnds + 1 : 0
    lastEnd = end
    const { reason, code, said, remedy } = end
    if (likeEnds % sayAgainEvery === 0)
      logger.error({ clientId, reason, code, said, retryMs, times: likeEnds + 1 }, remedy)
  }

  return {
    get isSubscribed() {
      return connection.isSubscribed
    },
    get trouble() {
      return connection.isSubscribed ? undefined : lastEnd?.remedy
    },
    sweep: () => connection.sweep(),
    resume: () => connection.resume(),
    stop() {
      isStopped = true
      clearTimeout(retry)
      return connection.close()
    },
  }
}
