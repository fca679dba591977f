// Metrics of the writers for Prometheus.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { shared } from '../base/wait-out.ts'
import type { Lag } from './writers.ts'

export type WriterMetrics = {
  readonly rows: Counter<'store'>
  readonly skipped: Counter<'store' | 'reason'>
  readonly lost: Counter<'store'>
  readonly damaged: Counter<'store'>
  readonly restarted: Counter<'store'>
  readonly retries: Counter<'store'>
  readonly expired: Counter<'store'>
  readonly batchSeconds: Histogram<'store'>
  readonly latencySeconds: Histogram<'store'>
}

export function createWriterMetrics(registry: Registry, lag: () => Promise<readonly Lag[]>): WriterMetrics {
  const registers = [registry]
  // The gauges of a scrape are collected together, and each asks for the same.
  const lags = shared(lag)
  for (const [name, of, help] of [
    ['lag_records', 'records', 'Records of the log not yet written.'],
    [
      'withheld_records',
      'withheld',
      'Records after those of the lag that nobody is given yet, of transactions that are not ended.',
    ],
  ] as const)
    // oxlint-disable-next-line eslint/no-new -- it registers itself and collects when it is asked
    new Gauge({
      name: `roadstream_writer_${name}`,
      help,
      labelNames: ['store', 'topic'],
      registers,
      async collect() {
        for (const each of await lags()) this.set({ store: each.consumer, topic: each.topic }, each[of])
      },
    })
  const labelNames = ['store'] as const
  return {
    rows: new Counter({ name: 'roadstream_writer_rows_total', help: 'Rows put or deleted.', labelNames, registers }),
    skipped: new Counter({
      name: 'roadstream_writer_skipped_total',
      help: 'Records that were not written, by reason.',
      labelNames: ['store', 'reason'],
      registers,
    }),
    lost: new Counter({
      name: 'roadstream_writer_lost_total',
      help: 'Records that retention dropped before they were written: offsets passed over.',
      labelNames,
      registers,
    }),
    damaged: new Counter({
      name: 'roadstream_writer_damaged_total',
      help: 'Records that cannot be read as their block is damaged: offsets passed over.',
      labelNames,
      registers,
    }),
    restarted: new Counter({
      name: 'roadstream_writer_restarted_total',
      help: 'Partitions read again from their oldest record, as the rows came from another log or a later one.',
      labelNames,
      registers,
    }),
    retries: new Counter({
      name: 'roadstream_writer_retries_total',
      help: 'Tries after an outage of the store or the log.',
      labelNames,
      registers,
    }),
    expired: new Counter({
      name: 'roadstream_writer_expired_total',
      help: 'Rows forgotten because they have had their time. Raw messages go by the hour and are not counted.',
      labelNames,
      registers,
    }),
    batchSeconds: new Histogram({
      name: 'roadstream_writer_batch_seconds',
      help: 'Storing a batch, retries included.',
      labelNames,
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 5],
      registers,
    }),
    latencySeconds: new Histogram({
      name: 'roadstream_writer_latency_seconds',
      help: 'From the append of a record to the commit of its row; the newest and the oldest record of each batch.',
      labelNames,
      buckets: [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 30],
      registers,
    }),
  }
}
