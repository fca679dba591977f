// Metrics that are asked for their value when they are scraped: what is counted stays a plain
// number where it is counted.
import { Counter, Gauge, type Registry } from 'prom-client'

export type PulledMetrics = {
  gauge(suffix: string, help: string, value: () => number): void
  /** `value` gives the count since the start; it only grows. */
  total(suffix: string, help: string, value: () => number): void
}

/** Their names are `prefix` and the suffix. */
export function pulledMetrics(registry: Registry, prefix: string): PulledMetrics {
  const registers = [registry]
  return {
    gauge: (suffix, help, value) =>
      void new Gauge({
        name: prefix + suffix,
        help,
        registers,
        collect() {
          this.set(value())
        },
      }),
    total: (suffix, help, value) =>
      void new Counter({
        name: prefix + suffix,
        help,
        registers,
        collect() {
          this.reset()
          this.inc(value())
        },
      }),
  }
}
