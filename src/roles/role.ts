// A role is a part of the system that can run alone in a process or beside others in a thread: the
// gateway, the jobs, the API with its writers, and the simulated city of a demonstration.
import type { Registry } from 'prom-client'
import type { Questions, ThreadRole } from './questions.ts'

/** Disposing drains the role: what it took is finished, nothing new is begun. */
export interface Role<Name extends ThreadRole> extends AsyncDisposable {
  /** Resolves when the role ended by itself; rejects when it cannot go on. */
  readonly ended: Promise<void>
  readonly registry: Pick<Registry, 'metrics' | 'contentType'>
  readonly answers: Questions[Name]
}

export interface ApiRole extends AsyncDisposable {
  readonly ended: Promise<void>
  readonly url: string
  /** Link by which the first administrator is made; undefined once there is one. */
  readonly setupUrl: string | undefined
}
