// The gateway's figures for Prometheus: those of its ingest, and what becomes of connections,
// sessions and deliveries.
import { Counter, type Registry } from 'prom-client'
import type { Clock } from '../base/clock.ts'
import { pulledMetrics } from '../base/pulled-metrics.ts'
import { metricName, openIngestMetrics, type IngestMetrics } from '../ingest/ingest-metrics.ts'

export type GatewayMetrics = IngestMetrics & {
  countDisconnect(reason: string): void
  /** Connections ended since the start, by reason. */
  disconnects(): Readonly<Record<string, number>>
  /** An administrator did this to a session. */
  countAdministrative(action: 'disconnect' | 'end-session'): void
  /** A connection is not read for a while. */
  countHeld(reason: 'connection-rate' | 'tenant-rate' | 'connect-rate' | 'credentials'): void
  /** A filter was refused with 0x97: its session, or all together, have as much as they may. */
  countSubscriptionRefused(reason: 'session' | 'all'): void
  /** Deliveries to subscribers that were given up, messages that were delivered but not retained,
   *  and new QoS 2 messages under an identifier that their client has not released. */
  countDropped(
    reason: 'queue-full' | 'slow-reader' | 'packet-too-large' | 'retained-full' | 'identifier-held',
    count?: number,
  ): void
}

/** Values of the gauges, read when they are scraped. */
export type GatewayGauges = {
  readonly connections: () => number
  readonly sessions: () => number
  readonly retained: () => number
  readonly retainedBytes: () => number
  readonly subscriptionBytes: () => number
  readonly pendingBytes: () => number
  readonly queuedBytes: () => number
  readonly held: () => number
  readonly halfOpen: () => number
  readonly waiting: () => number
}

export function openGatewayMetrics(registry: Registry, clock: Clock, now: GatewayGauges): GatewayMetrics {
  const { gauge } = pulledMetrics(registry, metricName(''))
  gauge('connections', 'Clients connected.', now.connections)
  gauge('sessions', 'Sessions kept, connected or not.', now.sessions)
  gauge('retained', 'Messages retained.', now.retained)
  gauge('retained_bytes', 'What retained messages take in memory, about.', now.retainedBytes)
  gauge('subscription_bytes', 'What the subscriptions of all sessions take in memory, about.', now.subscriptionBytes)
  gauge('queued_bytes', 'On its way to clients, connected or not.', now.queuedBytes)
  gauge('half_open', 'Connections that have not said CONNECT.', now.halfOpen)
  gauge('waiting', 'Connections before CONNECT that are not read yet, because many came at once.', now.waiting)
  gauge('held', 'Connections not read for a while, because they or their tenant send faster than they may.', now.held)
  const disconnects = new Map<string, number>()
  void new Counter({
    name: metricName('disconnects_total'),
    help: 'Connections ended, by reason.',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [reason, count] of disconnects) this.inc({ reason }, count)
    },
  })
  const counter = <Label extends string>(suffix: string, help: string, label: Label): Counter<Label> =>
    new Counter({ name: metricName(suffix), help, labelNames: [label], registers: [registry] })
  const administrative = counter('administrative_actions_total', 'What administrators did to sessions.', 'action')
  const dropped = counter(
    'dropped_total',
    'Deliveries to subscribers given up, messages not retained, and messages taken for one that is known, by reason.',
    'reason',
  )
  const refusedHelp = 'Filters refused with 0x97, by whose limit is reached: "session" or "all".'
  const subscriptionsRefused = counter('subscriptions_refused_total', refusedHelp, 'reason')
  const heldHelp =
    "Times a connection was not read for a while: its rate, its tenant's, CONNECTs in all, refused credentials of its address."
  const held = counter('held_total', heldHelp, 'reason')
  return {
    ...openIngestMetrics(registry, clock, now.pendingBytes),
    countDisconnect: (reason) => void disconnects.set(reason, (disconnects.get(reason) ?? 0) + 1),
    disconnects: () => Object.fromEntries(disconnects),
    countAdministrative: (action) => administrative.inc({ action }),
    countHeld: (reason) => held.inc({ reason }),
    countSubscriptionRefused: (reason) => subscriptionsRefused.inc({ reason }),
    countDropped: (reason, count = 1) => dropped.inc({ reason }, count),
  }
}
