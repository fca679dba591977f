// Answers for the system page and /metrics about the whole process: the roles' own reports, rates
// and lags.
import { AggregatorRegistry, type Registry } from 'prom-client'
import type { SystemParts } from '../api/api-options.ts'
import { Outage } from '../base/errors.ts'
import type { OutageReport } from '../base/placeless.ts'
import type { Percentiles } from '../base/latency-window.ts'
import { version } from '../base/version.ts'
import { foreignTopic } from '../eventlog/topics.ts'
import { describeReasonCodes } from '../model/reason-code-words.ts'
import { addUpReports } from './gateways.ts'
import type { Refusing, RoleMetrics } from './questions.ts'
import { createRolePeers, type RolePeers } from './role-peers.ts'
import type { RoleThread } from './role-thread.ts'

/** The roles in threads of this process, as far as they are started. */
export type Threads = { gateway?: RoleThread<'gateway'>; jobs?: RoleThread<'jobs'>; city?: RoleThread<'city'> }

/** The roles that are asked for the system page and about sessions. */
export type SystemPeers = { readonly gateway: RolePeers<'gateway'>; readonly jobs: RolePeers<'jobs'> }

export const systemPeers = (dataDir: string, threads: Threads): SystemPeers => ({
  gateway: createRolePeers('gateway', dataDir, () => (threads.gateway === undefined ? [] : [threads.gateway.ask])),
  jobs: createRolePeers('jobs', dataDir, () => (threads.jobs === undefined ? [] : [threads.jobs.ask])),
})

export type SystemSources = {
  readonly peers: SystemPeers
  readonly rates: { now(): SystemParts['rates'] }
  readonly rowLatency: () => Percentiles | null
  readonly lag: () => Promise<SystemParts['lag']>
  readonly startedAt: number
}

/** Records that the jobs and the translator have not read, off the gauge that Prometheus sees. */
const jobsLag = (metrics: RoleMetrics): SystemParts['lag'] =>
  metrics.flatMap(({ name, values }) => {
    if (name === 'roadstream_jobs_lag_records')
      return values.map(({ labels, value }) => ({
        consumer: 'jobs',
        topic: String(labels['topic']),
        records: value,
        gathers: 0,
      }))
    if (name === 'roadstream_publishers_lag_records')
      return values.map(({ value }) => ({ consumer: 'translator', topic: foreignTopic, records: value, gathers: 0 }))
    return []
  })

async function ifReachable<Value>(answers: Promise<Value[]>): Promise<Value[]> {
  try {
    return await answers
  } catch (error) {
    if (error instanceof Outage && error.code === 'ROLE_UNREACHABLE') return []
    throw error
  }
}

/** Why the logs store nothing of the gateways and the jobs that can be asked. */
export async function reportedRefusals({ gateway, jobs }: SystemPeers): Promise<readonly OutageReport[]> {
  const reports = await Promise.all([
    ifReachable(gateway.all<Refusing>((each) => each.report())),
    ifReachable(jobs.all<Refusing>((each) => each.report())),
  ])
  return reports.flat().flatMap(({ refusal }) => refusal ?? [])
}

/** One answer for GET /system. Figures of roles that cannot be asked are left out. */
export async function systemParts({ peers, rates, rowLatency, lag, startedAt }: SystemSources): Promise<SystemParts> {
  const [reports, jobsReports, metrics] = await Promise.all([
    ifReachable(peers.gateway.all((gateway) => gateway.report())),
    ifReachable(peers.jobs.all((jobs) => jobs.report())),
    ifReachable(peers.jobs.all((jobs) => jobs.metrics())),
  ])
  const gateway = reports.length === 0 ? undefined : addUpReports(reports)
  return {
    version,
    startedAt,
    rates: rates.now(),
    lag: [
      ...jobsLag(metrics.flat()),
      ...(await lag()).map(({ consumer, topic, records, gathers }) => ({ consumer, topic, records, gathers })),
    ],
    connected: gateway?.connections ?? null,
    bridge: gateway?.bridge ?? null,
    publishers: jobsReports.length === 0 ? null : jobsReports.flatMap(({ publishers }) => publishers),
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
    [threads.gateway, threads.jobs, threads.city].map(async (thread) => (await thread?.ask.metrics()) ?? []),
  )
  return AggregatorRegistry.aggregate([
    await own.getMetricsAsJSON(),
    ...others.map((metrics) => [...metrics]),
  ]).metrics()
}
