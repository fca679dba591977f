// Counts of what is received, refused, stored and acknowledged, for Prometheus: the figures of an
// ingest, whether its messages come from clients or by the bridge. Counts for each message go
// into plain arrays and are handed to prom-client when it is scraped: its own counters look
// labels up in a hash on every call.
import { Counter, type Registry } from 'prom-client'
import { BatchHistogram } from '../base/batch-histogram.ts'
import type { Clock } from '../base/clock.ts'
import { LatencyWindow, type Percentiles } from '../base/latency-window.ts'
import { pulledMetrics } from '../base/pulled-metrics.ts'
import { foreignTopic } from '../eventlog/topics.ts'
import { uplinkStreams } from '../model/topic.ts'
import type { Qos } from '../mqtt/packet.ts'
import { ReasonCodeCounts } from './reason-code-counts.ts'

const ackBucketsS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
/** `foreign`: of a publisher with a form of its own. */
const streams = [...uplinkStreams, foreignTopic, 'other'] as const
export type CountedStream = (typeof streams)[number]

export const metricName = (suffix: string): string => `roadstream_gateway_${suffix}`

export type IngestMetrics = {
  /** Of acknowledgements here; a server counts its other packets here too. */
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
}

/** `pendingBytes` gives what the gauge shows when it is scraped. */
export function openIngestMetrics(registry: Registry, clock: Clock, pendingBytes: () => number): IngestMetrics {
  const registers = [registry]
  const messages = new Float64Array(streams.length * 3)
  const totals = { received: 0, sent: 0, commits: 0, records: 0 }
  const { gauge, total } = pulledMetrics(registry, metricName(''))
  const ackSeconds = new BatchHistogram(
    registry,
    metricName('ack_seconds'),
    'From PUBLISH read to acknowledgement written.',
    ackBucketsS,
  )
  const ackWindow = new LatencyWindow(clock)
  gauge('pending_bytes', 'Received and not yet durable in the log.', pendingBytes)
  total('received_bytes_total', 'Bytes read from clients.', () => totals.received)
  total('sent_bytes_total', 'Bytes written to clients.', () => totals.sent)
  total('commits_total', 'Appends to the log that succeeded.', () => totals.commits)
  total('records_total', 'Records in those appends.', () => totals.records)
  void new Counter({
    name: metricName('messages_total'),
    help: 'PUBLISHes received, by uplink stream ("foreign": of a publisher that a mapping reads; "other": of nobody) and QoS.',
    labelNames: ['stream', 'qos'],
    registers,
    collect() {
      this.reset()
      for (const [index, count] of messages.entries())
        if (count > 0) this.inc({ stream: streams[Math.floor(index / 3)]!, qos: String(index % 3) }, count)
    },
  })
  const refused = new Counter({
    name: metricName('refused_total'),
    help: 'Messages refused, by reason.',
    labelNames: ['reason'],
    registers,
  })
  return {
    reasonCodes: new ReasonCodeCounts().register(registry, metricName('reason_codes_total')),
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
  }
}
