// Metrics of the event log on Kafka.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { KafkaCounts } from './kafka-counts.ts'

const recordBuckets = [1, 10, 100, 1_000, 10_000]
const secondBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export function kafkaMetrics(registry: Registry): KafkaCounts {
  const registers = [registry]
  const requests = new Histogram({
    name: 'roadstream_kafka_request_records',
    help: 'Records in a produce request',
    buckets: recordBuckets,
    registers,
  })
  const batches = new Counter({
    name: 'roadstream_kafka_batches_total',
    help: 'Batches that brokers answered for, each of one partition',
    registers,
  })
  const retries = new Counter({
    name: 'roadstream_kafka_retries_total',
    help: 'Batches that were sent again because a broker refused them or did not answer',
    registers,
  })
  const latency = new Histogram({
    name: 'roadstream_kafka_request_seconds',
    help: 'Time until a produce request was answered: all in-sync replicas have its records',
    buckets: secondBuckets,
    registers,
  })
  const withheld = new Gauge({
    name: 'roadstream_kafka_withheld_records',
    help: 'Records of transactions that are not ended, which nobody is given, as of the last read',
    labelNames: ['place'],
    registers,
  })
  return {
    answered: (count, records, ms) => {
      batches.inc(count)
      requests.observe(records)
      latency.observe(ms / 1_000)
    },
    retried: (count) => retries.inc(count),
    withheld: (place, records) => withheld.set({ place }, records),
  }
}
