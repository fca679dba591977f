// A Mosquitto on a free port of 127.0.0.1, in memory: what our gateway is compared with.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort, temporaryFolder } from './running-system.ts'

/** Debian keeps the broker where a user's PATH does not look. */
const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin` }

/** The version that is installed, such as `2.0.11`; undefined when there is none. */
export function mosquittoVersion(): string | undefined {
  // `-h` prints the version and exits with an error, as of any option it has nothing to start for.
  const { stdout, error } = spawnSync('mosquitto', ['-h'], { env, encoding: 'utf8' })
  return error === undefined ? /version (\S+)/.exec(stdout)?.[1] : undefined
}

export type Mosquitto = AsyncDisposable & { readonly port: number }

/** `settings` are lines of its configuration file. Rejects with what it said when it ends before it listens. */
export async function startMosquitto(settings: readonly string[] = []): Promise<Mosquitto> {
  const folder = temporaryFolder()
  const port = await freePort()
  const file = join(folder.path, 'mosquitto.conf')
  // Privileges are not given up: the folder is the caller's own.
  const user = process.getuid?.() === 0 ? ['user root'] : []
  const own = [...user, `listener ${port} 127.0.0.1`, 'allow_anonymous true', 'persistence false', 'sys_interval 0']
  const told = ['log_dest stderr', 'log_type all']
  writeFileSync(file, [...own, ...told, ...settings, ''].join('\n'))
  const child = spawn('mosquitto', ['-c', file], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'exit')
  const said: string[] = []
  const listens = Promise.withResolvers<void>()
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (said.length < 50) said.push(line)
    if (/mosquitto version \S+ running/.test(line)) listens.resolve()
  })
  void exited.then(() => listens.reject(new Error(`mosquitto ended before it listened:\n${said.join('\n')}`)))
  await listens.promise
  return {
    port,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      await exited
      folder[Symbol.dispose]()
    },
  }
}
