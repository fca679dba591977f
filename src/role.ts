// A role is a part of the system that can run alone in a process or beside others in a thread: the gateway, the jobs, the
// API with its writers, and the simulated city of a demonstration.
import type { Registry } from 'prom-client'
import type { Percentiles } from './base/latency-window.ts'

/** What each role tells the system page about itself. */
export type Reports = {
  gateway: { readonly port: number; readonly connections: number; readonly ack: Percentiles | null }
  jobs: null
  city: { readonly cars: number }
}
export type ThreadRole = keyof Reports

/** Disposing drains the role: what it took is finished, nothing new is begun. */
export interface Role<Report> extends AsyncDisposable {
  /** Resolves when the role ended by itself; rejects when it cannot go on. */
  readonly ended: Promise<void>
  readonly registry: Registry
  report(): Report
}
