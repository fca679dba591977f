// The bridge: what the gateway does for cars that connect to us, for cars that connect to another
// broker. It subscribes there, and acknowledges a message to the broker when the log has it and not
// before; until then the broker keeps it. Its ingest is the gateway's.
//
//   broker ──PUBLISH──► link ──► intake ──► ingest ──append──► log ──durable──► PUBACK on the connection it came on
//
// At least once: what is stored and not yet acknowledged when a connection ends comes again. The
// jobs know doubles by (boot, seq).
import { openTimeLimit } from '../base/time-limit.ts'
import type { Registry } from 'prom-client'
import type { Clock } from '../base/clock.ts'
import type { Percentiles } from '../base/latency-window.ts'
import type { Logger } from '../base/logger.ts'
import type { EventLog } from '../eventlog/event-log.ts'
import { defaultIngestLimits, type IngestLimits } from '../ingest/ingest-limits.ts'
import { openIngestMetrics } from '../ingest/ingest-metrics.ts'
import { openIngest } from '../ingest/ingest.ts'
import { lookEvery } from '../base/look-every.ts'
import type { Qos } from '../mqtt/packet.ts'
import { parseTopicName } from '../mqtt/topic-filter.ts'
import { bridgeFilters } from './bridge-filters.ts'
import { defaultBridgeLimits, type BridgeLimits } from './bridge-limits.ts'
import { openBridgeMetrics } from './bridge-metrics.ts'
import type { BridgeConnection, BridgeServer } from './connection.ts'
import { createIntake, type Publisher } from './intake.ts'
import { openLink, type Link } from './link.ts'
import { createOutbox, type PublishOutcome } from './outbox.ts'

export type BridgeOptions = {
  readonly server: BridgeServer
  /** The broker keeps our session under this name. The second connection's has -2 behind it, and so
   *  on. */
  readonly clientId: string
  /** Of the shared subscription; empty for a plain one, of which there can be one connection
   *  only. */
  readonly group: string
  readonly tenants: readonly string[]
  /** Others that publish there in forms of their own. Of several that read a topic the first
   *  counts. */
  readonly publishers?: readonly Publisher[]
  /** A kept message there that says whether we are connected: the broker says `offline` when we are
   *  gone without a word. */
  readonly presence?: { readonly topic: string; readonly online: string; readonly offline: string } | undefined
  /** Parallel subscribers of the group. With more than one, a car's messages are in the log in
   *  about the order they were published. */
  readonly connections: number
  readonly log: EventLog
  readonly limits?: Partial<IngestLimits>
  readonly bridgeLimits?: Partial<BridgeLimits>
  /** Of deadlines and expiries. */
  readonly steady: Clock
  readonly random?: () => number
  readonly logger: Logger
  readonly registry: Registry
}

export type BridgeState = {
  readonly connections: number
  /** Of them, how many have their subscription. */
  readonly subscribed: number
  /** How often the first connection got its subscription. Messages the broker had kept before may
   *  be gone each time. */
  readonly subscriptions: number
  /** How often the first connection was lost after that. */
  readonly losses: number
  readonly received: number
  readonly acknowledged: number
  /** The trouble that keeps a connection from it, for people; null when nothing does. */
  readonly trouble: string | null
}

export interface Bridge extends AsyncDisposable {
  state(): BridgeState
  /** From PUBLISH read to acknowledgement written, over the last minute; null when there was none.
   *  Milliseconds. */
  ackLatency(): Percentiles | null
  /** Sends a message to the clients of the other broker that subscribed to the topic. Waits for the
   *  broker in a bounded queue, no longer than `expiryS`. Resolves with what became of it, and
   *  never rejects. The payload is copied. Throws RangeError when `topic` is not a topic name. */
  publish(
    topic: string,
    payload: Uint8Array,
    options: { readonly qos: Qos; readonly retain?: boolean; readonly expiryS?: number },
  ): Promise<PublishOutcome>
  /** Takes no more, waits (at most `drainTimeoutMs`) until what was received is stored and
   *  acknowledged, then says goodbye. Messages the broker sends meanwhile it sends again to the
   *  next connection of the session. */
  drain(): Promise<void>
}

/** Opens the bridge, which connects on its own and for ever: a broker that is away, or refuses, is
 *  logged with the remedy and tried again. */
export function openBridge(options: BridgeOptions): Bridge {
  const { log, logger, registry, steady, random = Math.random } = options
  const limits: IngestLimits = { ...defaultIngestLimits, ...options.limits }
  const bridgeLimits: BridgeLimits = { ...defaultBridgeLimits, ...options.bridgeLimits }
  let links: readonly Link[] = []
  let isDraining = false
  const paused = new Set<BridgeConnection>()
  const metrics = openIngestMetrics(registry, steady, () => ingest.pendingBytes)
  const outbox = createOutbox(bridgeLimits, steady)
  const subscribed = (): number => links.filter((link) => link.isSubscribed).length
  const bridgeMetrics = openBridgeMetrics(registry, {
    connections: () => options.connections,
    subscribed,
    outbox: () => outbox.count,
  })
  const ingest = openIngest({
    store: log,
    limits,
    metrics,
    logger,
    onDurable: resumePaused,
  })
  const intake = createIntake({
    ingest,
    metrics,
    tenants: new Set(options.tenants),
    publishers: options.publishers ?? [],
    clock: log,
    knownTopics: bridgeLimits.knownTopics,
    deadLetterBytes: limits.keptPacketBytes,
  })

  function resumePaused(): void {
    if (ingest.pendingBytes > limits.pendingBytes / 2) return
    for (const connection of paused) connection.resume()
    paused.clear()
  }

  function onRead(connection: BridgeConnection, bytes: number): void {
    metrics.countReceived(bytes)
    // Rare with a broker that stops by itself after `receiveMaximum` messages: it takes QoS 0, or
    // large ones. Others, such as Mosquitto up to 2.0.12, are stopped here alone.
    if (ingest.pendingBytes <= limits.pendingBytes) return
    connection.pause()
    paused.add(connection)
  }

  const { presence } = options
  /** Waits for no one: when the broker is away it says the other by itself. */
  function announce(what: 'online' | 'offline'): void {
    if (presence === undefined) return
    void outbox.put({ topic: presence.topic, payload: Buffer.from(presence[what]), qos: 1, retain: true, expiresAt: 0 })
  }

  let subscriptions = 0
  let losses = 0
  function onSubscribed(): void {
    subscriptions += 1
    announce('online')
  }

  links = Array.from({ length: options.connections }, (_, index) =>
    openLink({
      server: options.server,
      clientId: index === 0 ? options.clientId : `${options.clientId}-${index + 1}`,
      filters: bridgeFilters(options),
      ...(index === 0 &&
        presence !== undefined && { will: { topic: presence.topic, payload: Buffer.from(presence.offline) } }),
      ...(index === 0 && { onSubscribed, onLost: () => void (losses += 1) }),
      limits: bridgeLimits,
      steady,
      random,
      logger,
      metrics: bridgeMetrics,
      onPublish(connection, first, bytes, start, end) {
        // Not taken and not acknowledged: it comes again.
        if (isDraining) return undefined
        bridgeMetrics.countReceived()
        return intake.take(connection, first, bytes, start, end)
      },
      onRead,
      onWritten: metrics.countSent,
      outbox: index === 0 ? outbox : undefined,
    }),
  )
  const sweep = lookEvery(bridgeLimits.sweepMs, steady, () => {
    for (const link of links) link.sweep()
    outbox.expire()
  })

  async function drain(): Promise<void> {
    isDraining = true
    ingest.pump()
    announce('offline')
    using limit = openTimeLimit(limits.drainTimeoutMs)
    await Promise.race([Promise.all([ingest.drained(), outbox.settled()]), limit.passed])
    ingest.stop()
    sweep[Symbol.dispose]()
    await Promise.all(links.map((link) => link.stop()))
    outbox.stop()
  }
  let drained: Promise<void> | undefined

  return {
    state: () => ({
      connections: options.connections,
      subscribed: subscribed(),
      subscriptions,
      losses,
      received: bridgeMetrics.received,
      acknowledged: bridgeMetrics.acknowledged,
      trouble: links.find(({ trouble }) => trouble !== undefined)?.trouble ?? null,
    }),
    ackLatency: () => metrics.ackLatency(),
    publish(topic, payload, { qos, retain = false, expiryS }) {
      if (parseTopicName(topic) === undefined)
        throw new RangeError('A topic to publish to has no wildcards and is not empty.')
      const expiresAt = expiryS === undefined ? 0 : steady.now() + expiryS * 1000
      const sent = outbox.put({ topic, payload: Buffer.from(payload), qos, retain, expiresAt })
      void sent.then(bridgeMetrics.countPublished)
      return sent
    },
    drain: () => (drained ??= drain()),
    [Symbol.asyncDispose]: () => (drained ??= drain()),
  }
}
