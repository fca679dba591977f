// The questions that each role answers, to its own thread, another thread or another process alike:
// plain data in, plain data out. A question that a carrier takes there (question-carrier.ts)
// rejects with the Outage the role answered with, or with that of the way to it.
import type { MetricObjectWithValues, MetricValue } from 'prom-client'
import type { ClientSessions } from '../api/api-options.ts'
import type { OutageReport } from '../base/placeless.ts'
import type { Percentiles } from '../base/latency-window.ts'
import type { RebuildProgress } from '../engine/progress.ts'
import type { ClientTransport } from '../model/client-session.ts'
import type { PublisherReport } from '../model/publisher-report.ts'
import type { ReasonCodeCount } from '../model/reason-code-count.ts'
import { askBy, type Carrier } from './question-carrier.ts'

export type RoleMetrics = readonly MetricObjectWithValues<MetricValue<string>>[]

/** How the bridge to another broker is doing. */
export type BridgeReport = {
  /** `mqtt://host:port` */
  readonly broker: string
  readonly connections: number
  /** Of them, how many have their subscription. */
  readonly subscribed: number
  /** Reason for people why the others have none. */
  readonly trouble: string | null
}

/** Why the log stores nothing of this role now; null while it does. */
export type Refusing = { readonly refusal: OutageReport | null }

export type GatewayReport = {
  /** Port for plain MQTT; null when it does not listen for it. */
  readonly port: number | null
  /** All addresses it listens on; empty when it bridges. */
  readonly addresses: readonly { readonly kind: ClientTransport; readonly host: string; readonly port: number }[]
  /** Cars connected; null when another broker holds their connections. */
  readonly connections: number | null
  readonly ack: Percentiles | null
  readonly bridge: BridgeReport | null
  /** Connections of cars ended since the start, by reason. */
  readonly disconnects: Readonly<Record<string, number>>
  /** Reason codes of MQTT sent and received since the start. */
  readonly reasonCodes: readonly ReasonCodeCount[]
} & Refusing

export type JobsReport = {
  /** Jobs that are derived anew beside their earlier results, or catch up. */
  readonly rebuilds: readonly RebuildProgress[]
  /** Fates of the messages of publishers, by mapping. */
  readonly publishers: readonly PublisherReport[]
} & Refusing

/** Questions that every role with a thread answers. */
type Reporting<Report> = {
  report(): Promise<Report>
  metrics(): Promise<RoleMetrics>
}

/** The sessions are those of this gateway: SESSIONS_ELSEWHERE where it bridges. */
export type GatewayQuestions = Reporting<GatewayReport> & ClientSessions

export type ApiQuestions = {
  /** Of each vehicle, `tenant/vehicle`, the newest instant that is not ahead of its receipt,
   *  epoch milliseconds; null of a vehicle that was never heard. The first `vehiclesMax` keys
   *  (held-data.ts) are answered. */
  newestAt(keys: readonly string[]): Promise<readonly (number | null)[]>
}

export type Questions = {
  gateway: GatewayQuestions
  jobs: Reporting<JobsReport>
  city: Reporting<{ readonly cars: number }>
  api: ApiQuestions
}
export type RoleName = keyof Questions
/** The roles that may have a thread. */
export type ThreadRole = Exclude<RoleName, 'api'>

const reporting = <Report>(carry: Carrier): Reporting<Report> => {
  const ask = askBy<Reporting<Report>>(carry)
  return { report: () => ask('report'), metrics: () => ask('metrics') }
}

/** A role's questions, asked through a carrier. */
export const callerOf: { readonly [Name in RoleName]: (carry: Carrier) => Questions[Name] } = {
  gateway(carry) {
    const ask = askBy<ClientSessions>(carry)
    return {
      ...reporting<GatewayReport>(carry),
      list: (query) => ask('list', query),
      inspect: (session) => ask('inspect', session),
      disconnect: (order) => ask('disconnect', order),
    }
  },
  jobs: reporting,
  city: reporting,
  api(carry) {
    const ask = askBy<ApiQuestions>(carry)
    return { newestAt: (keys) => ask('newestAt', keys) }
  },
}
