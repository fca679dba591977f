// What the system page and /metrics say of the whole process: the roles' own reports, and rates read off the ends of the log, which are
// right whichever process appended.
import { readFileSync } from 'node:fs'
import { AggregatorRegistry, type Registry } from 'prom-client'
import type { SystemParts } from './api/api-options.ts'
import { Outage } from './base/errors.ts'
import type { Percentiles } from './base/latency-window.ts'
import type { EventLog, LogTopic } from './eventlog/event-log.ts'
import { uplinkStreams } from './model/topic.ts'
import { describeReasonCodes } from './model/reason-code-words.ts'
import { addUpReports } from './gateways.ts'
import { createRolePeers, type RolePeers } from './role-peers.ts'
import type { RoleMetrics } from './role-question.ts'
import type { RoleThread } from './role-thread.ts'

/** The roles in threads of this process, as far as they are started. */
export type Threads = { gateway?: RoleThread<'gateway'>; jobs?: RoleThread<'jobs'>; city?: RoleThread<'city'> }

const rateWindowMs = 10_000
const sampleEveryMs = 1000

const ends = (log: EventLog, topics: readonly LogTopic[]): number =>
  topics.reduce(
    (sum, topic) =>
      sum + Array.from({ length: log.partitions }, (_, partition) => log.boundsSync(topic, partition).end).reduce((a, b) => a + b, 0),
    0,
  )

/** Messages a second, stored and refused, over the last ten seconds. */
export function openRates(uplink: EventLog): Disposable & { now(): SystemParts['rates'] } {
  // Not the wall clock, which may be set back.
  const sample = () => ({ at: performance.now(), stored: ends(uplink, uplinkStreams), refused: ends(uplink, ['dead-letter']) })
  const samples = [sample()]
  const timer = setInterval(() => {
    samples.push(sample())
    while (samples.length > rateWindowMs / sampleEveryMs + 1) samples.shift()
  }, sampleEveryMs)
  timer.unref()
  return {
    now() {
      const [first] = samples
      const last = samples.at(-1)
      const seconds = first === undefined || last === undefined ? 0 : (last.at - first.at) / 1000
      if (first === undefined || last === undefined || seconds === 0) return { received: 0, stored: 0, refused: 0 }
      const stored = (last.stored - first.stored) / seconds
      const refused = (last.refused - first.refused) / seconds
      return { received: stored + refused, stored, refused }
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

/** Who is asked for the system page and about sessions. */
export type SystemPeers = { readonly gateway: RolePeers<'gateway'>; readonly jobs: RolePeers<'jobs'> }

export const systemPeers = (dataDir: string, threads: Threads): SystemPeers => ({
  gateway: createRolePeers('gateway', dataDir, () => (threads.gateway === undefined ? [] : [threads.gateway])),
  jobs: createRolePeers('jobs', dataDir, () => (threads.jobs === undefined ? [] : [threads.jobs])),
})

export type SystemSources = {
  readonly peers: SystemPeers
  readonly rates: { now(): SystemParts['rates'] }
  readonly rowLatency: () => Percentiles | null
  readonly lag: () => Promise<SystemParts['lag']>
  readonly startedAt: number
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { readonly version: string }

/** What the jobs have not read, off the gauge that Prometheus sees. */
const jobsLag = (metrics: RoleMetrics): SystemParts['lag'] =>
  metrics
    .filter(({ name }) => name === 'roadstream_jobs_lag_records')
    .flatMap(({ values }) => values.map(({ labels, value }) => ({ consumer: 'jobs', topic: String(labels['topic']), records: value })))

async function ifReachable<Value>(answers: Promise<Value[]>): Promise<Value[]> {
  try {
    return await answers
  } catch (error) {
    if (error instanceof Outage && error.code === 'ROLE_UNREACHABLE') return []
    throw error
  }
}

/** One answer for GET /system. What cannot be asked is left out. */
export async function systemParts({ peers, rates, rowLatency, lag, startedAt }: SystemSources): Promise<SystemParts> {
  const [reports, metrics] = await Promise.all([
    ifReachable(peers.gateway.all((gateway) => gateway.ask('report'))),
    ifReachable(peers.jobs.all((jobs) => jobs.ask('metrics'))),
  ])
  const gateway = reports.length === 0 ? undefined : addUpReports(reports)
  return {
    version,
    startedAt,
    rates: rates.now(),
    lag: [...jobsLag(metrics.flat()), ...(await lag())],
    connected: gateway?.connections ?? null,
    bridge: gateway?.bridge ?? null,
    latencyMs: { ack: gateway?.ack ?? null, row: rowLatency() },
    disconnects: Object.entries(gateway?.disconnects ?? {})
      .map(([reason, count]) => ({ reason, count }))
      .sort((one, other) => other.count - one.count),
    reasonCodes: describeReasonCodes(gateway?.reasonCodes ?? []),
    memoryBytes: process.memoryUsage.rss(),
  }
}

/** The figures of this thread and of all others in Prometheus' text format. */
export async function metricsText(own: Registry, threads: Threads): Promise<string> {
  const others: RoleMetrics[] = await Promise.all(
    [threads.gateway, threads.jobs, threads.city].map(async (thread) => (await thread?.ask('metrics')) ?? []),
  )
  return AggregatorRegistry.aggregate([await own.getMetricsAsJSON(), ...others.map((metrics) => [...metrics])]).metrics()
}
