// The roles of a system, each in a process of its own, to be killed and stopped; and how far their
// readers of the logs are.
import assert from 'node:assert/strict'
import type { SystemState } from '../../src/api/contract.ts'
import { freePort } from '../../src/base/port.testing.ts'
import { signIn } from './api-client.ts'
import type { Followed, Lag } from './followed.ts'
import { setupUrlIn, startProcess, type RunningProcess } from './running-system.ts'
import { byTopicIn, scrape, sumIn } from './scrape.ts'
import { treeOf, type Part } from './strikes.ts'

const announcements = { api: 'Ctrl-C stops it.', jobs: 'running on', gateway: 'running on' } as const

/** A process of a role. The writers are in that of the API, of which there is one. */
export type Member = {
  readonly name: string
  readonly role: keyof typeof announcements
  /** All but where it serves HTTP and metrics. */
  readonly settings: Readonly<Record<string, string>>
}

export type Roles = AsyncDisposable &
  Pick<Followed, 'lag' | 'said'> & {
    /** By the names of the members. */
    readonly parts: Readonly<Record<string, Part>>
    /** Has each drain, the last one first, and looks that they end well. */
    stop(): Promise<void>
  }

const answerWithinMs = 2_000

/** All members, started in their order, the API first; with an administrator made. `partitions`: of
 *  the log. */
export async function startRoles(members: readonly Member[], partitions: number): Promise<Roles> {
  const [{ name: first }] = members as readonly [Member]
  const ports = new Map<string, number>()
  for (const { name } of members) ports.set(name, await freePort())
  const running = new Map<string, RunningProcess>()
  const earlier = new Map<string, string>()
  await using starting = new AsyncDisposableStack()
  starting.defer(async () => {
    for (const process of running.values()) await process[Symbol.asyncDispose]()
  })
  const start = async ({ name, role, settings }: Member): Promise<void> => {
    earlier.set(name, saidBy(name))
    const at = `127.0.0.1:${ports.get(name)}`
    const own = role === 'api' ? { ROADSTREAM_HTTP: at } : { ROADSTREAM_METRICS: at }
    running.set(name, await startProcess([role], announcements[role], { settings: { ...settings, ...own } }))
  }
  const saidBy = (name: string): string => (earlier.get(name) ?? '') + (running.get(name)?.said() ?? '')
  const processOf = (name: string): RunningProcess => running.get(name) ?? assert.fail(`${name} does not run`)
  for (const member of members) await start(member)
  const { url, cookie } = await signIn(setupUrlIn(processOf(first).said()) ?? '')

  /** Of all processes that share the jobs; undefined where not each partition has its one. */
  const jobsLag = async (): Promise<readonly Lag[] | undefined> => {
    const jobs = members.filter(({ role }) => role === 'jobs')
    const texts = await Promise.all(jobs.map(({ name }) => scrape(`http://127.0.0.1:${ports.get(name)}/metrics`)))
    const answers = texts.filter((text) => text !== undefined)
    const taken = answers.reduce((sum, text) => sum + sumIn(text, 'roadstream_jobs_partitions'), 0)
    if (answers.length < jobs.length || taken !== partitions) return undefined
    const sums = new Map<string, number>()
    for (const text of answers)
      for (const [topic, records] of byTopicIn(text, 'roadstream_jobs_lag_records'))
        sums.set(topic, (sums.get(topic) ?? 0) + records)
    return [...sums].map(([topic, records]) => ({ consumer: 'jobs', topic, records }))
  }
  const writersLag = async (): Promise<readonly Lag[] | undefined> => {
    try {
      const signal = AbortSignal.timeout(answerWithinMs)
      const answer = await fetch(`${url}/api/v1/system`, { headers: { cookie }, signal })
      if (!answer.ok) return undefined
      return ((await answer.json()) as SystemState).lag.filter(({ consumer }) => consumer !== 'jobs')
    } catch {
      return undefined
    }
  }
  const partOf = (member: Member): Part => ({
    pids: () => treeOf(processOf(member.name).process.pid ?? 0),
    kill: () => processOf(member.name).kill(),
    start: () => start(member),
  })
  const started = starting.move()
  return {
    parts: Object.fromEntries(members.map((member) => [member.name, partOf(member)])),
    async lag() {
      const [jobs, writers] = await Promise.all([jobsLag(), writersLag()])
      return jobs && writers && [...jobs, ...writers]
    },
    said: () => members.map(({ name }) => `${name}:\n${saidBy(name)}`).join('\n'),
    async stop() {
      for (const { name } of members.toReversed())
        assert.equal(await processOf(name).stop(), 0, `${name}:\n${saidBy(name)}`)
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}
