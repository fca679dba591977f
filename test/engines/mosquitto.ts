// A Mosquitto of its own on a free port of 127.0.0.1, where it is installed: what our gateway is
// compared with, and our bridge and vehicles connect to.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { freePort } from '../../src/base/port.testing.ts'

/** Debian keeps the broker where a user's PATH does not look. */
const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin']

/** Where the broker is installed; undefined when it is not. */
export const mosquittoPath = folders.map((folder) => join(folder, 'mosquitto')).find((path) => existsSync(path))
/** Why it cannot run here; false when it can. */
export const noMosquitto: string | false =
  mosquittoPath === undefined && 'mosquitto is not installed: `npm run engines -- --install` installs it'

/** Why passwords cannot be made for it here; false when they can. */
export const noPasswords: string | false =
  noMosquitto || (spawnSync('mosquitto_passwd', ['-h']).error !== undefined && 'mosquitto_passwd is not installed')

/** Lines by which these users alone are let in, each with the password `mine`. */
export function withPasswords(folder: string, ...users: readonly string[]): readonly string[] {
  const file = join(folder, 'passwords')
  for (const [index, user] of users.entries())
    spawnSync('mosquitto_passwd', [...(index === 0 ? ['-c'] : []), '-b', file, user, 'mine'])
  return ['allow_anonymous false', `password_file ${file}`]
}

const dynamicSecurity = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib', '/usr/local/lib']
  .map((folder) => join(folder, 'mosquitto_dynamic_security.so'))
  .find((path) => existsSync(path))
/** Why its plugin for access rules cannot run here; false when it can. */
export const noDynamicSecurity: string | false =
  noMosquitto || (dynamicSecurity === undefined && "Mosquitto's dynamic security plugin is not installed")

/** Lines by which everyone may do anything but subscribe, which its `acl_file` cannot refuse. */
export function withoutSubscribing(folder: string): readonly string[] {
  const file = join(folder, 'dynamic-security.json')
  const defaultACLAccess = { publishClientSend: true, publishClientReceive: true, subscribe: false, unsubscribe: true }
  const anonymous = { groupname: 'anonymous', roles: [] }
  writeFileSync(file, JSON.stringify({ defaultACLAccess, groups: [anonymous], anonymousGroup: 'anonymous' }), {
    mode: 0o600,
  })
  return ['allow_anonymous true', `plugin ${dynamicSecurity}`, `plugin_opt_config_file ${file}`]
}

/** Such as `2.0.11`; undefined when it is not installed. */
export function mosquittoVersion(path = mosquittoPath): string | undefined {
  // `-h` prints the version and exits with an error, as of any option it has nothing to start for.
  return path === undefined
    ? undefined
    : /version (\S+)/.exec(spawnSync(path, ['-h'], { encoding: 'utf8' }).stdout)?.[1]
}

export type Mosquitto = AsyncDisposable & {
  readonly port: number
  /** Goes with it. */
  readonly folder: string
  /** Ends it and starts it again on the same port and folder: SIGTERM lets it write its state, and
   *  is lost on one that has answered nobody yet. */
  restart(signal: NodeJS.Signals): Promise<void>
  stop(signal: NodeJS.Signals): Promise<void>
  /** Resolves once it listens; rejects with what it said when it ends before. */
  start(): Promise<void>
}

/** `settings` gives lines of its configuration file. It keeps nothing on disk unless they say so.
 *  `program`: another build than the one that is installed. */
export async function openMosquitto(
  settings: (folder: string) => readonly string[] = () => ['allow_anonymous true'],
  program: string | undefined = mosquittoPath,
): Promise<Mosquitto> {
  const folder = mkdtempSync(join(tmpdir(), 'roadstream-mosquitto-'))
  const port = await freePort()
  // Started by root it would become another user, who may not write here.
  const user = process.getuid?.() === 0 ? ['user root'] : []
  writeFileSync(
    join(folder, 'mosquitto.conf'),
    [`listener ${port} 127.0.0.1`, ...user, ...settings(folder), ''].join('\n'),
  )
  let broker: ChildProcess | undefined
  const it: Mosquitto = {
    port,
    folder,
    async start() {
      const child = spawn(program!, ['-c', join(folder, 'mosquitto.conf')], {
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      broker = child
      const said: string[] = []
      const runs = Promise.withResolvers<void>()
      createInterface({ input: child.stderr }).on('line', (line) => {
        if (said.length < 50) said.push(line)
        // By its own word: another server may have taken the port meanwhile, and would answer there
        // as well.
        if (/mosquitto version \S+ running/.test(line)) runs.resolve()
      })
      child.once('close', () => runs.reject(new Error(`mosquitto ended before it listened:\n${said.join('\n')}`)))
      await runs.promise
    },
    async stop(signal) {
      if (broker === undefined || broker.exitCode !== null || broker.signalCode !== null) return
      const ended = once(broker, 'exit')
      broker.kill(signal)
      await ended
    },
    async restart(signal) {
      await it.stop(signal)
      await it.start()
    },
    async [Symbol.asyncDispose]() {
      await it.stop('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
  try {
    await it.start()
  } catch (error) {
    await it[Symbol.asyncDispose]()
    throw error
  }
  return it
}

/** A Mosquitto that keeps everything for a session that is away, and its state over restarts. */
export const openLastingMosquitto = (
  settings: (folder: string) => readonly string[] = () => ['allow_anonymous true'],
): Promise<Mosquitto> =>
  openMosquitto((folder) => [
    'max_queued_messages 0',
    'max_inflight_messages 0',
    'persistence true',
    `persistence_location ${folder}/`,
    ...settings(folder),
  ])
