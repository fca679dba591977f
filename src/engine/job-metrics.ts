// What Prometheus sees of the jobs.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { EventLog, LogTopic } from '../eventlog/event-log.ts'
import { positionKey } from '../eventlog/event-log.ts'
import type { AnyJob } from './job.ts'
import { topicsOf, type Batch, type Task } from './task.ts'

export type JobMetrics = {
  /** Of a batch whose checkpoint was committed at `committedAt`. */
  committed(batch: Batch, computedAt: number, committedAt: number): void
  retried(): void
}

/** Of each batch every so many records' latencies are taken: enough for percentiles, and cheap. */
const latencySampleEvery = 16

export function createJobMetrics(registry: Registry, jobs: readonly AnyJob[], uplink: EventLog, tasks: readonly Task[]): JobMetrics {
  const registers = [registry]
  const records = new Counter({ name: 'roadstream_jobs_records_total', help: 'Records applied.', labelNames: ['job'], registers })
  const outputs = new Counter({ name: 'roadstream_jobs_outputs_total', help: 'Outputs derived.', labelNames: ['topic'], registers })
  const poison = new Counter({
    name: 'roadstream_jobs_poison_total',
    help: 'Records on which a job threw.',
    labelNames: ['job'],
    registers,
  })
  const unreadable = new Counter({ name: 'roadstream_jobs_unreadable_total', help: 'Records in the log that are no message.', registers })
  const ahead = new Counter({
    name: 'roadstream_jobs_clock_ahead_total',
    help: 'Messages with an instant more than a day ahead of their append.',
    registers,
  })
  const lost = new Counter({ name: 'roadstream_jobs_lost_total', help: 'Records that retention dropped before they were read.', registers })
  const retries = new Counter({ name: 'roadstream_jobs_commit_retries_total', help: 'Commits tried again after an outage.', registers })
  const batchSeconds = new Histogram({
    name: 'roadstream_jobs_batch_seconds',
    help: 'Computing a batch.',
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5],
    registers,
  })
  const latencySeconds = new Histogram({
    name: 'roadstream_jobs_latency_seconds',
    help: 'From the append of a record to the commit of what it led to; a sample of the records.',
    buckets: [0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 5, 30],
    registers,
  })
  const topics = topicsOf(jobs)
  const lag = new Gauge({
    name: 'roadstream_jobs_lag_records',
    help: 'Records not yet read.',
    labelNames: ['topic'],
    registers: [],
    collect() {
      for (const topic of topics) this.set({ topic }, lagOf(uplink, tasks, topic))
    },
  })
  const parts = new Gauge({
    name: 'roadstream_jobs_state_parts',
    help: 'Decoded parts of state in memory.',
    registers: [],
    collect() {
      this.set(tasks.reduce((sum, task) => sum + task.size(), 0))
    },
  })
  registry.registerMetric(lag)
  registry.registerMetric(parts)
  const readersOf = new Map(topics.map((topic) => [topic, jobs.filter((job) => job.reads.includes(topic)).map((job) => job.name)]))

  return {
    committed(batch, computedAt, committedAt) {
      for (const [topic, count] of countBy(batch.records)) for (const job of readersOf.get(topic) ?? []) records.inc({ job }, count)
      for (const [topic, count] of countBy(batch.outputs)) outputs.inc({ topic }, count)
      for (const failure of batch.failures) poison.inc({ job: failure.job })
      if (batch.unreadable > 0) unreadable.inc(batch.unreadable)
      if (batch.ahead > 0) ahead.inc(batch.ahead)
      if (batch.lost > 0) lost.inc(batch.lost)
      batchSeconds.observe((computedAt - batch.startedAt) / 1000)
      for (let index = 0; index < batch.records.length; index += latencySampleEvery)
        latencySeconds.observe(Math.max(0, committedAt - batch.records[index]!.appendedAt) / 1000)
    },
    retried: () => retries.inc(),
  }
}

/** Records of a topic that the tasks have not read. */
export const lagOf = (uplink: EventLog, tasks: readonly Pick<Task, 'partition' | 'positions'>[], topic: LogTopic): number =>
  tasks.reduce((sum, task) => {
    const { start, end } = uplink.boundsSync(topic, task.partition)
    return sum + end - Math.max(start, task.positions()[positionKey(topic, task.partition)] ?? 0)
  }, 0)

function countBy(items: readonly { readonly topic: string }[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { topic } of items) counts.set(topic, (counts.get(topic) ?? 0) + 1)
  return counts
}
