// The API's own metrics. Labels are route patterns and fixed words, never ids.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

export type ApiMetrics = ReturnType<typeof createApiMetrics>

export function createApiMetrics(registry: Registry) {
  const registers = [registry]
  return {
    requestSeconds: new Histogram({
      name: 'roadstream_api_request_seconds',
      help: 'Time to answer a request, by route pattern, method and class of status.',
      labelNames: ['route', 'method', 'status'],
      buckets: [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    }),
    liveConnections: new Gauge({ name: 'roadstream_live_connections', help: 'Readers of the live feed.', registers }),
    liveEvents: new Counter({
      name: 'roadstream_live_events_total',
      help: 'Events handed to readers of the live feed.',
      labelNames: ['feed'],
      registers,
    }),
    liveDrops: new Counter({
      name: 'roadstream_live_drops_total',
      help: 'Readers of the live feed that were dropped, by reason.',
      labelNames: ['reason'],
      registers,
    }),
    liveSeconds: new Histogram({
      name: 'roadstream_live_latency_seconds',
      help: "Time from the log's append of a record to handing it to readers of the live feed. Positions are sampled.",
      labelNames: ['feed'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    }),
    liveSkipped: new Counter({
      name: 'roadstream_live_unreadable_total',
      help: 'Derived records that the live feed has not: not what their topic holds, damaged, or dropped before they were read.',
      labelNames: ['topic'],
      registers,
    }),
    signIns: new Counter({
      name: 'roadstream_api_sign_ins_total',
      help: 'Attempts to sign in, by outcome.',
      labelNames: ['outcome'],
      registers,
    }),
  }
}
