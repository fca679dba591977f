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

export type RunningSystem = AsyncDisposable & {
  readonly process: ChildProcess
  readonly dashboardUrl: string
  readonly mqttUrl: string
  /** There while no administrator was made. */
  readonly setupUrl: string | undefined
  /** All it has printed. */
  said(): string
  /** From spawn to the announcement. */
  readonly startedInMs: number
  /** SIGKILL: nothing is finished. Resolves when the process is gone. */
  kill(): Promise<void>
  /** SIGTERM: drains. Resolves with the exit code. */
  stop(): Promise<number | null>
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

export type StartOptions = {
  readonly dataDir: string
  readonly mqttPort?: number
  readonly httpPort?: number
  readonly args?: readonly string[]
  readonly settings?: Readonly<Record<string, string>>
  /** Runs before `start`; `src/main.ts` of this checkout by default. */
  readonly command?: readonly [string, ...string[]]
  /** The present folder of it; this checkout by default. */
  readonly cwd?: string
  /** Only root can start it as another user. */
  readonly user?: { readonly uid: number; readonly gid: number }
}

export async function startSystem({
  dataDir,
  mqttPort = 0,
  httpPort = 0,
  args = [],
  settings = {},
  command = [process.execPath, join(root, 'src/main.ts')],
  cwd = root,
  user,
}: StartOptions): Promise<RunningSystem> {
  const began = performance.now()
  const [program, ...before] = command
  const child = spawn(program, [...before, 'start', ...args], {
    cwd,
    ...user,
    env: {
      ...process.env,
      ...settings,
      UV_THREADPOOL_SIZE: '16',
      NODE_NO_WARNINGS: '1',
      ROADSTREAM_DATA: dataDir,
      ROADSTREAM_MQTT: `127.0.0.1:${mqttPort}`,
      ROADSTREAM_HTTP: `127.0.0.1:${httpPort}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit') as Promise<[number | null]>
  let said = ''
  const announced = Promise.withResolvers<void>()
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.includes('Ctrl-C stops it.')) announced.resolve()
    })
  void exited.then(([code]) =>
    announced.reject(new Error(`the system ended with code ${code} before it ran:\n${said}`)),
  )
  await announced.promise
  const found = (pattern: RegExp): string | undefined => pattern.exec(said)?.[1]
  const dashboardUrl = found(/dashboard +(http:\S+)/)
  const mqttUrl = found(/cars +(mqtt:\S+)/)
  assert.ok(dashboardUrl !== undefined && mqttUrl !== undefined, said)
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal)
    return (await exited)[0]
  }
  return {
    process: child,
    said: () => said,
    dashboardUrl,
    mqttUrl,
    setupUrl: found(/(http:\S+\/setup\?token=\S+)/),
    startedInMs: performance.now() - began,
    kill: async () => void (await end('SIGKILL')),
    stop: () => end('SIGTERM'),
    [Symbol.asyncDispose]: async () =>
      void (child.exitCode === null && child.signalCode === null && (await end('SIGKILL'))),
  }
}
