// The roles of a system, each in a process of its own, to be killed and stopped; and when the
// tables have what the log had at a moment.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { SystemState } from '../../src/api/contract.ts'
import type { Config } from '../../src/config/config.ts'
import type { EventLog, TopicSpec } from '../../src/eventlog/event-log.ts'
import { openLmdbLog } from '../../src/eventlog/lmdb/lmdb-log.ts'
import { derivedTopics, derivedLogTopics, uplinkTopics } from '../../src/eventlog/topics.ts'
import { freeLowPort } from '../engines/free-port.ts'
import { signIn } from './api-client.ts'
import { setupUrlIn, startProcess, type RunningProcess } from './running-system.ts'

const announcements = { api: 'Ctrl-C stops it.', jobs: 'running on', gateway: 'running on' } as const
type RoleName = keyof typeof announcements
/** In the order in which they start. The writers are in the API's process. */
export const roleNames = ['api', 'jobs', 'gateway'] as const satisfies readonly RoleName[]

export type Roles = AsyncDisposable & {
  readonly mqttPort: number
  /** Starts the role, or says why it did not start. */
  start(role: RoleName): Promise<void>
  kill(role: RoleName): Promise<void>
  pid(role: RoleName): number
  /** The exit code of each once it has drained, the gateway first. */
  stop(): Promise<readonly (number | null)[]>
  /** Records that each reader of the logs has yet to read; undefined where the API does not say. */
  lag(): Promise<SystemState['lag'] | undefined>
  /** All that the role's processes have printed. */
  said(role: RoleName): string
}

const answerWithinMs = 2_000

/** All roles on the folder, with an administrator made. */
export async function startRoles(dataDir: string, settings: Readonly<Record<string, string>>): Promise<Roles> {
  const [mqttPort, httpPort, ...metricsPorts] = [
    await freeLowPort(),
    await freeLowPort(),
    await freeLowPort(),
    await freeLowPort(),
  ]
  const running = new Map<RoleName, RunningProcess>()
  const earlier: Record<RoleName, string> = { api: '', jobs: '', gateway: '' }
  await using starting = new AsyncDisposableStack()
  starting.defer(async () => {
    for (const process of running.values()) await process[Symbol.asyncDispose]()
  })
  const start = async (role: RoleName): Promise<void> => {
    earlier[role] += running.get(role)?.said() ?? ''
    const process = await startProcess([role], announcements[role], {
      settings: {
        ...settings,
        ROADSTREAM_DATA: dataDir,
        ROADSTREAM_MQTT: `127.0.0.1:${mqttPort}`,
        ROADSTREAM_HTTP: `127.0.0.1:${httpPort}`,
        ROADSTREAM_METRICS: `127.0.0.1:${metricsPorts[role === 'jobs' ? 0 : 1]}`,
      },
    })
    running.set(role, process)
  }
  const processOf = (role: RoleName): RunningProcess => {
    const process = running.get(role)
    assert.ok(process !== undefined, `${role} does not run`)
    return process
  }
  for (const role of roleNames) await start(role)
  const { url, cookie } = await signIn(setupUrlIn(processOf('api').said()) ?? '')
  const started = starting.move()
  return {
    mqttPort,
    start,
    kill: (role) => processOf(role).kill(),
    pid: (role) => processOf(role).process.pid ?? 0,
    async stop() {
      const codes = []
      for (const role of roleNames.toReversed()) codes.push(await processOf(role).stop())
      return codes
    },
    async lag() {
      try {
        const signal = AbortSignal.timeout(answerWithinMs)
        const answer = await fetch(`${url}/api/v1/system`, { headers: { cookie }, signal })
        return answer.ok ? ((await answer.json()) as SystemState).lag : undefined
      } catch {
        return undefined
      }
    },
    said: (role) => earlier[role] + (running.get(role)?.said() ?? ''),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

type Ends = ReadonlyMap<string, number>
type Lag = SystemState['lag'][number]

/** Longer than all time limits of a connection together; a writer that has not gone on by then
 *  hangs. */
const followWithinMs = 120_000
const lookEveryMs = 20

/** Resolves once the tables have all that the logs hold now, and what the jobs make of it. */
export async function untilFollowed(config: Config, roles: Roles): Promise<void> {
  await using uplink = openReader(config, 'log', uplinkTopics)
  await using derived = openReader(config, 'derived', derivedLogTopics)
  const ends = async (): Promise<Ends> =>
    new Map([
      ...(await endsOf(
        uplink.log,
        uplinkTopics.map(({ name }) => name),
      )),
      ...(await endsOf(derived.log, derivedTopics)),
    ])
  const began = performance.now()
  /** Partitions are taken together: a reader that hangs does so in all of them. */
  const untilPast = async (wanted: Ends, isMeant: (lag: Lag) => boolean): Promise<void> => {
    for (;;) {
      // Read before the lags are, so that they may only be further by then.
      const now = await ends()
      const lags = (await roles.lag())?.filter(isMeant) ?? []
      const behind = lags.filter(({ topic, records }) => (now.get(topic) ?? 0) - records < (wanted.get(topic) ?? 0))
      if (lags.length > 0 && behind.length === 0) return
      assert.ok(
        performance.now() - began < followWithinMs,
        `the tables do not follow the log: ${JSON.stringify(behind)}\n${roles.said('api')}`,
      )
      await wait(lookEveryMs)
    }
  }
  await untilPast(await ends(), ({ consumer }) => consumer === 'jobs')
  await untilPast(await ends(), ({ consumer }) => consumer !== 'jobs' && consumer !== 'translator')
}

const openReader = (config: Config, folder: string, topics: readonly TopicSpec[]) =>
  openLmdbLog({ dir: join(config.dataDir, folder), partitions: config.log.partitions, topics, sweepEveryMs: 0 })

async function endsOf(log: EventLog, topics: readonly string[]): Promise<Ends> {
  const ends = new Map<string, number>()
  for (const topic of topics)
    for (let partition = 0; partition < log.partitions; partition++)
      ends.set(topic, (ends.get(topic) ?? 0) + (await log.bounds(topic, partition)).end)
  return ends
}
