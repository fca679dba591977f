// The bridge's own figures for Prometheus. Receipts, stores and refusals are counted as the gateway
// counts them (ingest-metrics.ts), under the same names: a dashboard need not know which of the two
// runs.
import { Counter, type Registry } from 'prom-client'
import { pulledMetrics } from '../base/pulled-metrics.ts'
import type { EndReason } from './connection-end.ts'
import type { PublishOutcome } from './outbox.ts'

export type BridgeMetrics = {
  readonly received: number
  readonly acknowledged: number
  countReceived(): void
  countAcknowledged(count: number): void
  countEnd(reason: EndReason): void
  /** The broker no longer had the session it had granted before. */
  countForgotten(): void
  countPublished(outcome: PublishOutcome): void
}

/** `now` gives what the gauges show when they are scraped. */
export function openBridgeMetrics(
  registry: Registry,
  now: { connections: () => number; subscribed: () => number; outbox: () => number },
): BridgeMetrics {
  const registers = [registry]
  const name = (suffix: string): string => `roadstream_bridge_${suffix}`
  const totals = { received: 0, acknowledged: 0, forgotten: 0 }
  const { gauge, total } = pulledMetrics(registry, name(''))
  gauge('connections', 'Connections to the other broker that there should be.', now.connections)
  gauge('subscribed', 'Connections whose subscription the broker has granted.', now.subscribed)
  gauge('outbox_messages', 'Messages for cars that the broker has not taken yet.', now.outbox)
  total('received_total', 'PUBLISHes that came from the broker.', () => totals.received)
  total('acknowledged_total', 'Of them, acknowledged to it.', () => totals.acknowledged)
  total(
    'sessions_forgotten_total',
    'Sessions the broker had granted and no longer had: what it kept in them is lost.',
    () => totals.forgotten,
  )
  const ends = new Counter({
    name: name('disconnects_total'),
    help: 'Connections to the broker that ended, or failed, by reason.',
    labelNames: ['reason'],
    registers,
  })
  const published = new Counter({
    name: name('published_total'),
    help: 'Messages for cars, by what became of them.',
    labelNames: ['outcome'],
    registers,
  })
  return {
    get received() {
      return totals.received
    },
    get acknowledged() {
      return totals.acknowledged
    },
    countReceived: () => void totals.received++,
    countAcknowledged: (count) => void (totals.acknowledged += count),
    countEnd: (reason) => ends.inc({ reason }),
    countForgotten: () => void totals.forgotten++,
    countPublished: (outcome) => published.inc({ outcome }),
  }
}
