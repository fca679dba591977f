// Metrics of the jobs for Prometheus.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { shared } from '../base/wait-out.ts'
import type { AnyJob } from './job.ts'
import type { Lane, LaneTold } from './lane.ts'
import type { Lanes } from './lanes.ts'
import { isMark } from './marks.ts'
import type { Progress } from './progress.ts'

export type JobMetrics = {
  /** Of a step that took `computedMs` and was stored at `committedAt`. */
  committed(told: LaneTold, computedMs: number, committedAt: number): void
  restarted(lane: Lane): void
}

type MetricsOptions = {
  readonly jobs: readonly AnyJob[]
  readonly lanes: Lanes
  readonly progress: Progress
  /** Commits tried again so far. */
  readonly retries: () => number
  /** How often a partition was taken so far. */
  readonly taken: () => number
}

/** Of each batch every so many records' latencies are taken: enough for percentiles, and cheap. */
const latencySampleEvery = 16

export function createJobMetrics(registry: Registry, options: MetricsOptions): JobMetrics {
  const counters = createCounters(registry)
  const { batchSeconds, latencySeconds } = createHistograms(registry)
  registerGauges(registry, options)
  registerCounts(registry, options)

  return {
    committed(told, computedMs, committedAt) {
      for (const { job, ran } of told.ran) {
        if (ran.read > 0) counters.records.inc({ job }, ran.read)
        if (ran.late.length > 0) counters.late.inc({ job }, ran.late.length)
        for (const [bound, count] of ran.leftOut) counters.leftOut.inc({ job, bound }, count)
        for (const [topic, count] of countBy(ran.outputs)) counters.outputs.inc({ topic }, count)
      }
      for (const { job } of told.failures) counters.poison.inc({ job })
      if (told.unreadable > 0) counters.unreadable.inc(told.unreadable)
      if (told.marked > 0) counters.ahead.inc(told.marked)
      for (const { topic, from, to, why } of told.gaps) counters.lost.inc({ topic, why }, to - from)
      batchSeconds.observe(computedMs / 1000)
      for (let index = 0; index < told.records.length; index += latencySampleEvery)
        latencySeconds.observe(Math.max(0, committedAt - told.records[index]!.appendedAt) / 1000)
    },
    restarted(lane) {
      for (const { topic } of lane.restarted) counters.restarts.inc({ topic })
    },
  }
}

function createCounters(registry: Registry) {
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]): Counter<Label> =>
    new Counter({ name: `roadstream_jobs_${name}_total`, help, labelNames, registers: [registry] })
  return {
    records: counter('records', 'Records applied.', 'job'),
    outputs: counter('outputs', 'Outputs derived.', 'topic'),
    late: counter('late', 'Records that came too late for their window.', 'job'),
    leftOut: counter(
      'left_out',
      'Things that a bound of a job left out; docs/limits.md has the bounds.',
      'job',
      'bound',
    ),
    poison: counter('poison', 'Records on which a job threw.', 'job'),
    unreadable: counter('unreadable', 'Records in the log that are no message.'),
    ahead: counter(
      'clock_ahead',
      'Messages with an instant further ahead of their receipt than ROADSTREAM_CLOCK_AHEAD.',
    ),
    lost: counter(
      'lost',
      'Records that were passed over: dropped by retention before they were read, or damaged.',
      'topic',
      'why',
    ),
    restarts: counter('restarts', 'Partitions read from their start since the log is another one.', 'topic'),
  }
}

function createHistograms(registry: Registry) {
  const registers = [registry]
  return {
    batchSeconds: new Histogram({
      name: 'roadstream_jobs_batch_seconds',
      help: 'Computing a batch.',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5],
      registers,
    }),
    latencySeconds: new Histogram({
      name: 'roadstream_jobs_latency_seconds',
      help: 'From the append of a record to the commit of what it led to; a sample of the records.',
      buckets: [0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 5, 30],
      registers,
    }),
  }
}

function registerCounts(registry: Registry, { retries, taken }: MetricsOptions): void {
  for (const [name, help, count] of [
    ['commit_retries', 'Commits tried again after an outage.', retries],
    ['partitions_taken', 'Partitions whose jobs began to run in this process.', taken],
  ] as const)
    registry.registerMetric(
      new Counter({
        name: `roadstream_jobs_${name}_total`,
        help,
        registers: [],
        collect() {
          this.reset()
          this.inc(count())
        },
      }),
    )
}

function registerGauges(registry: Registry, { jobs, lanes, progress }: MetricsOptions): void {
  const gauge = (
    name: string,
    help: string,
    labelNames: string[],
    collect: (gauge: Gauge) => Promise<void> | void,
  ): void => {
    registry.registerMetric(
      new Gauge({
        name: `roadstream_jobs_${name}`,
        help,
        labelNames,
        registers: [],
        async collect() {
          this.reset()
          await collect(this)
        },
      }),
    )
  }
  // The gauges of a scrape are collected together, and each asks for the same.
  const lags = shared(() => lagsOf(lanes.all))
  gauge('lag_records', 'Records not yet read, by whoever has read furthest.', ['topic'], async (lag) => {
    for (const [topic, { records }] of lagByTopic(await lags())) lag.set({ topic }, records)
  })
  const withheldHelp = 'Records after those of the lag that nobody is given yet, of transactions that are not ended.'
  gauge('withheld_records', withheldHelp, ['topic'], async (gap) => {
    for (const [topic, { withheld }] of lagByTopic(await lags())) gap.set({ topic }, withheld)
  })
  gauge('job_lag_records', 'Records that a job has yet to read.', ['job'], async (lag) => {
    const found = await lags()
    for (const { name } of jobs) lag.set({ job: name }, lagOfJob(found, name))
  })
  gauge('partitions', 'Partitions whose jobs run in this process.', [], (partitions) => {
    partitions.set(new Set(lanes.all.map(({ partition }) => partition)).size)
  })
  gauge('state_parts', 'Decoded parts of state in memory.', [], (parts) => {
    parts.set(lanes.all.reduce((sum, lane) => sum + lane.size(), 0))
  })
  gauge('rebuild_percent', 'How far a job that is derived anew has come.', ['job', 'from', 'to'], (rebuild) => {
    for (const { job, from, to, percent } of progress.now()) rebuild.set({ job, from: from ?? 'none', to }, percent)
  })
}

type Lags = ReadonlyMap<Lane, Awaited<ReturnType<Lane['reader']['lag']>>>

async function lagsOf(lanes: readonly Lane[]): Promise<Lags> {
  const lags = new Map<Lane, Awaited<ReturnType<Lane['reader']['lag']>>>()
  for (const lane of lanes) lags.set(lane, await lane.reader.lag())
  return lags
}

/** Of the main lanes. */
function lagByTopic(lags: Lags) {
  const sums = new Map<string, { records: number; withheld: number }>()
  for (const [{ isMain }, topics] of lags)
    for (const [topic, { records, withheld }] of topics) {
      if (!isMain || isMark(topic)) continue
      const known = sums.get(topic)
      sums.set(topic, { records: records + (known?.records ?? 0), withheld: withheld + (known?.withheld ?? 0) })
    }
  return sums
}

function lagOfJob(lags: Lags, name: string): number {
  let sum = 0
  for (const [{ tasks }, topics] of lags) {
    const task = tasks.find(({ job }) => job.name === name)
    if (task !== undefined)
      for (const [topic, { records }] of topics) if (task.job.reads.includes(topic)) sum += records
  }
  return sum
}

function countBy(items: readonly { readonly topic: string }[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { topic } of items) counts.set(topic, (counts.get(topic) ?? 0) + 1)
  return counts
}
