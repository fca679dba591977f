// A role is a part of the system that can run alone in a process or beside others in a thread: the gateway, the jobs, the
// API with its writers, and the simulated city of a demonstration.
import type { Registry } from 'prom-client'
import type { Percentiles } from './base/latency-window.ts'
import type { RebuildProgress } from './engine/progress.ts'
import type { SessionDesk } from './gateway/desk/session-desk.ts'
import type { ClientTransport } from './model/client-session.ts'
import type { ReasonCodeCount } from './model/reason-code-count.ts'
import type { RoleMetrics } from './role-question.ts'
import type { PublisherReport } from './model/publisher-report.ts'

/** How the bridge to another broker is doing. */
export type BridgeReport = {
  /** `mqtt://host:port` */
  readonly broker: string
  readonly connections: number
  /** Of them, how many have their subscription. */
  readonly subscribed: number
  /** What keeps the others from it, for people. */
  readonly trouble: string | null
}

/** What each role tells the system page about itself. */
export type Reports = {
  gateway: {
    /** Where it listens for plain MQTT; null when it does not. */
    readonly port: number | null
    /** All of where it listens; empty when it bridges. */
    readonly addresses: readonly { readonly kind: ClientTransport; readonly host: string; readonly port: number }[]
    /** Cars connected; null when another broker holds their connections. */
    readonly connections: number | null
    readonly ack: Percentiles | null
    readonly bridge: BridgeReport | null
    /** Connections of cars ended since the start, by reason. */
    readonly disconnects: Readonly<Record<string, number>>
    /** Reason codes of MQTT sent and received since the start. */
    readonly reasonCodes: readonly ReasonCodeCount[]
  }
  jobs: {
    /** Jobs that are derived anew beside their earlier results, or catch up. */
    readonly rebuilds: readonly RebuildProgress[]
    /** What became of the messages of publishers, by mapping. */
    readonly publishers: readonly PublisherReport[]
  }
  city: { readonly cars: number }
}
export type ThreadRole = keyof Reports

/** What one may ask of a role besides. */
type Desks = { gateway: { readonly [Asked in keyof SessionDesk]: Late<SessionDesk[Asked]> }; jobs: object; city: object }

/** What may take its time, because others are asked first. */
type Late<Asked> = Asked extends (...given: infer Given) => infer Value
  ? (...given: Given) => Awaited<Value> | Promise<Awaited<Value>>
  : never

/** Everything a role answers: functions of plain data, since the question may come from another thread or process. */
export type Answers<Name extends ThreadRole> = Desks[Name] & {
  report(): Reports[Name] | Promise<Reports[Name]>
  metrics(): Promise<RoleMetrics>
}

/** Disposing drains the role: what it took is finished, nothing new is begun. */
export interface Role<Name extends ThreadRole> extends AsyncDisposable {
  /** Resolves when the role ended by itself; rejects when it cannot go on. */
  readonly ended: Promise<void>
  readonly registry: Pick<Registry, 'metrics' | 'contentType'>
  readonly answers: Answers<Name>
}
