// The whole system as a user starts it: `start` in a process of its own, on free loopback ports and
// a folder of its own.
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A command of ours in a process of its own. */
export type RunningProcess = AsyncDisposable & {
  readonly process: ChildProcess
  /** All it has printed. */
  said(): string
  /** SIGKILL: nothing is finished. Resolves when the process is gone. */
  kill(): Promise<void>
  /** SIGTERM: drains. Resolves with the exit code. */
  stop(): Promise<number | null>
}

export type RunningSystem = RunningProcess & {
  readonly dashboardUrl: string
  readonly mqttUrl: string
  /** There while no administrator was made. */
  readonly setupUrl: string | undefined
  /** From spawn to the announcement. */
  readonly startedInMs: number
}

/** A folder that goes when it is disposed. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'roadstream-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** Runs a command to its end; where it listens it takes free loopback ports, unless `settings` name
 *  others. */
export async function runCommand(args: readonly string[], settings: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [join(root, 'src/main.ts'), ...args], {
    env: {
      ...process.env,
      NODE_NO_WARNINGS: '1',
      ROADSTREAM_MQTT: '127.0.0.1:0',
      ROADSTREAM_HTTP: '127.0.0.1:0',
      ...settings,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout, stderr }
}

export type ProcessOptions = {
  readonly settings?: Readonly<Record<string, string>>
  /** Runs before the arguments; `src/main.ts` of this checkout by default. */
  readonly command?: readonly [string, ...string[]]
  /** The present folder of it; this checkout by default. */
  readonly cwd?: string
  /** Only root can start it as another user. */
  readonly user?: { readonly uid: number; readonly gid: number }
}

export type StartOptions = ProcessOptions & {
  readonly dataDir: string
  readonly mqttPort?: number
  readonly httpPort?: number
  readonly args?: readonly string[]
}

/** The link by which the first administrator is made, in what a system has printed. */
export const setupUrlIn = (said: string): string | undefined => /(http:\S+\/setup\?token=\S+)/.exec(said)?.[1]

export async function startSystem({
  dataDir,
  mqttPort = 0,
  httpPort = 0,
  args = [],
  settings = {},
  ...options
}: StartOptions): Promise<RunningSystem> {
  const began = performance.now()
  const running = await startProcess(['start', ...args], 'Ctrl-C stops it.', {
    ...options,
    settings: {
      ...settings,
      ROADSTREAM_DATA: dataDir,
      ROADSTREAM_MQTT: `127.0.0.1:${mqttPort}`,
      ROADSTREAM_HTTP: `127.0.0.1:${httpPort}`,
    },
  })
  const said = running.said()
  const dashboardUrl = /dashboard +(http:\S+)/.exec(said)?.[1]
  const mqttUrl = /cars +(mqtt:\S+)/.exec(said)?.[1]
  assert.ok(dashboardUrl !== undefined && mqttUrl !== undefined, said)
  return { ...running, dashboardUrl, mqttUrl, setupUrl: setupUrlIn(said), startedInMs: performance.now() - began }
}

/** Resolves once it has printed the announcement; rejects with all it said when it ends before. */
export async function startProcess(
  args: readonly string[],
  announcement: string,
  { settings, command = [process.execPath, join(root, 'src/main.ts')], cwd = root, user }: ProcessOptions,
): Promise<RunningProcess> {
  const [program, ...before] = command
  const child = spawn(program, [...before, ...args], {
    cwd,
    ...user,
    env: { ...process.env, UV_THREADPOOL_SIZE: '16', NODE_NO_WARNINGS: '1', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit') as Promise<[number | null]>
  let said = ''
  const announced = Promise.withResolvers<void>()
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.includes(announcement)) announced.resolve()
    })
  void exited.then(([code]) =>
    announced.reject(new Error(`\`${args[0]}\` ended with code ${code} before it ran:\n${said}`)),
  )
  await announced.promise
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal)
    return (await exited)[0]
  }
  return {
    process: child,
    said: () => said,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    [Symbol.asyncDispose]: async () =>
      void (child.exitCode === null && child.signalCode === null && (await end('SIGKILL'))),
  }
}
