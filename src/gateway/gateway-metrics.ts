// The gateway's figures for Prometheus. What is counted for each message goes into plain arrays and is handed to prom-client when it is
// scraped: its own counters look labels up in a hash on every call.
import { Counter, Histogram, type Registry } from 'prom-client'
import { pulledMetrics } from '../base/pulled-metrics.ts'
import type { Clock } from '../base/clock.ts'
import { LatencyWindow, type Percentiles } from '../base/latency-window.ts'
import { uplinkStreams } from '../model/topic.ts'
import type { Qos } from './codec/packet.ts'
import { ReasonCodeCounts } from './reason-code-counts.ts'

const ackBucketsS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const streams = [...uplinkStreams, 'other'] as const
export type CountedStream = (typeof streams)[number]

/** A histogram whose counts are added many at a time. */
class BatchHistogram extends Histogram {
  readonly #name: string
  readonly #help: string
  readonly #bounds: readonly number[]
  readonly #counts: Float64Array
  #sum = 0

  constructor(registry: Registry, name: string, help: string, bounds: readonly number[]) {
    super({ name, help, buckets: [...bounds], registers: [registry] })
    this.#name = name
    this.#help = help
    this.#bounds = bounds
    this.#counts = new Float64Array(bounds.length + 1)
  }

  observeMany(value: number, count: number): void {
    let index = 0
    while (index < this.#bounds.length && value > this.#bounds[index]!) index++
    this.#counts[index]! += count
    this.#sum += value * count
  }

  /** What both ways of reading a histogram, as text and as values, ask for; prom-client's types leave it out. */
  getForPromString() {
    const values: { metricName: string; labels: { le?: number | string }; sharedLabels: object; value: number }[] = []
    const put = (suffix: string, labels: { le?: number | string }, value: number): void =>
      void values.push({ metricName: `${this.#name}_${suffix}`, labels, sharedLabels: {}, value })
    let cumulative = 0
    for (const [index, count] of this.#counts.entries()) {
      cumulative += count
      put('bucket', { le: this.#bounds[index] ?? '+Inf' }, cumulative)
    }
    put('sum', {}, this.#sum)
    put('count', {}, cumulative)
    return Promise.resolve({ name: this.#name, help: this.#help, type: 'histogram', aggregator: 'sum', values })
  }
}

export type GatewayMetrics = {
  readonly reasonCodes: ReasonCodeCounts
  observeAck(ms: number, count: number): void
  /** From PUBLISH read to acknowledgement written, over the last minute. */
  ackLatency(): Percentiles | null
  countMessage(stream: CountedStream, qos: Qos): void
  countReceived(bytes: number): void
  countSent(bytes: number): void
  countCommit(records: number): void
  /** `reason`: of the dead letter, or `not-authorised`, `topic`. */
  countRefused(reason: string): void
  countDisconnect(reason: string): void
  /** Connections ended since the start, by reason. */
  disconnects(): Readonly<Record<string, number>>
  /** An administrator did this to a session. */
  countAdministrative(action: 'disconnect' | 'end-session'): void
  /** A connection is not read for a while. */
  countHeld(reason: 'connection-rate' | 'tenant-rate' | 'connect-rate' | 'credentials'): void
  /** Deliveries to subscribers that were given up, and messages that were delivered but not retained. */
  countDropped(reason: 'queue-full' | 'slow-reader' | 'packet-too-large' | 'retained-full', count?: number): void
}

/** What the gauges show when they are scraped. */
export type GatewayGauges = {
  readonly connections: () => number
  readonly sessions: () => number
  readonly retained: () => number
  readonly pendingBytes: () => number
  readonly queuedBytes: () => number
  readonly held: () => number
  readonly halfOpen: () => number
  readonly waiting: () => number
}

const none = (): number => 0
/** Of an ingest without clients of its own. */
export const noGauges: GatewayGauges = {
  connections: none,
  sessions: none,
  retained: none,
  pendingBytes: none,
  queuedBytes: none,
  held: none,
  halfOpen: none,
  waiting: none,
}

export function openMetrics(registry: Registry, clock: Clock, now: GatewayGauges): GatewayMetrics {
  const registers = [registry]
  const name = (suffix: string): string => `roadstream_gateway_${suffix}`
  const messages = new Float64Array(streams.length * 3)
  const totals = { received: 0, sent: 0, commits: 0, records: 0 }
  const { gauge, total } = pulledMetrics(registry, name(''))

  const ackSeconds = new BatchHistogram(registry, name('ack_seconds'), 'From PUBLISH read to acknowledgement written.', ackBucketsS)
  const ackWindow = new LatencyWindow(clock)

  gauge('connections', 'Clients connected.', now.connections)
  gauge('sessions', 'Sessions kept, connected or not.', now.sessions)
  gauge('retained', 'Messages retained.', now.retained)
  gauge('queued_bytes', 'On its way to clients, connected or not.', now.queuedBytes)
  gauge('pending_bytes', 'Received and not yet durable in the log.', now.pendingBytes)
  gauge('half_open', 'Connections that have not said CONNECT.', now.halfOpen)
  gauge('waiting', 'Connections before CONNECT that are not read yet, because many came at once.', now.waiting)
  gauge('held', 'Connections not read for a while, because they or their tenant send faster than they may.', now.held)
  total('received_bytes_total', 'Bytes read from clients.', () => totals.received)
  total('sent_bytes_total', 'Bytes written to clients.', () => totals.sent)
  total('commits_total', 'Appends to the log that succeeded.', () => totals.commits)
  total('records_total', 'Records in those appends.', () => totals.records)
  void new Counter({
    name: name('messages_total'),
    help: 'PUBLISHes received, by uplink stream ("other": not an uplink topic) and QoS.',
    labelNames: ['stream', 'qos'],
    registers,
    collect() {
      this.reset()
      for (const [index, count] of messages.entries())
        if (count > 0) this.inc({ stream: streams[Math.floor(index / 3)]!, qos: String(index % 3) }, count)
    },
  })
  const refused = new Counter({ name: name('refused_total'), help: 'Messages refused, by reason.', labelNames: ['reason'], registers })
  const disconnects = new Map<string, number>()
  void new Counter({
    name: name('disconnects_total'),
    help: 'Connections ended, by reason.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset()
      for (const [reason, count] of disconnects) this.inc({ reason }, count)
    },
  })
  const administrative = new Counter({
    name: name('administrative_actions_total'),
    help: 'What administrators did to sessions.',
    labelNames: ['action'],
    registers,
  })
  const dropped = new Counter({
    name: name('dropped_total'),
    help: 'Deliveries to subscribers given up and messages not retained, by reason.',
    labelNames: ['reason'],
    registers,
  })
  const held = new Counter({
    name: name('held_total'),
    help: "Times a connection was not read for a while: its rate, its tenant's, CONNECTs in all, refused credentials of its address.",
    labelNames: ['reason'],
    registers,
  })
  return {
    reasonCodes: new ReasonCodeCounts().register(registry, name('reason_codes_total')),
    observeAck(ms, count) {
      ackSeconds.observeMany(ms / 1000, count)
      ackWindow.record(ms, count)
    },
    ackLatency: () => ackWindow.percentiles(),
    countMessage: (stream, qos) => void messages[streams.indexOf(stream) * 3 + qos]!++,
    countReceived: (bytes) => void (totals.received += bytes),
    countSent: (bytes) => void (totals.sent += bytes),
    countCommit(records) {
      totals.commits++
      totals.records += records
    },
    countRefused: (reason) => refused.inc({ reason }),
    countDisconnect: (reason) => void disconnects.set(reason, (disconnects.get(reason) ?? 0) + 1),
    disconnects: () => Object.fromEntries(disconnects),
    countAdministrative: (action) => administrative.inc({ action }),
    countHeld: (reason) => held.inc({ reason }),
    countDropped: (reason, count = 1) => dropped.inc({ reason }, count),
  }
}
