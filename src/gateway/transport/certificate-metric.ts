// When the gateway's own certificate ends, as a metric: a certificate that nobody renewed keeps the
// whole fleet out on one day.
import { Gauge, type Registry } from 'prom-client'
import type { Listener } from './listener.ts'

/** The earliest end of those in use; no metric where nothing listens with TLS. */
export function openCertificateMetric(registry: Registry, listeners: readonly Listener[]): void {
  const ends = listeners.flatMap((listener) =>
    listener.certificateEndsAt === undefined ? [] : [() => listener.certificateEndsAt!()],
  )
  if (ends.length === 0) return
  void new Gauge({
    name: 'roadstream_gateway_certificate_expiry_timestamp_seconds',
    help: "When the gateway's own certificate ends.",
    registers: [registry],
    // Of several threads: each has its own look at the same file.
    aggregator: 'min',
    collect() {
      this.set(Math.min(...ends.map((endsAt) => endsAt())) / 1000)
    },
  })
}
