// HiveMQ Community Edition on a free port of 127.0.0.1: a broker of another kind for the bridge.
// test/engines/install.sh has Maven bring its jars.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../src/base/port.testing.ts'
import { temporaryFolder } from '../support/running-system.ts'
import { jarsOf, noServer } from './jars.ts'

export const hivemqVersion = '2025.5'
const home = fileURLToPath(new URL('hivemq/', import.meta.url))
/** The libraries of HiveMQ and of its extensions. */
export const hivemqJars = jarsOf('hivemq', hivemqVersion)

/** Why it cannot run here; false when it can. */
export const noHivemq = noServer(
  'HiveMQ',
  join(hivemqJars, `hivemq-community-edition-embedded-${hivemqVersion}.jar`),
  'javac',
)

export type Hivemq = AsyncDisposable & {
  readonly port: number
  start(): Promise<void>
  /** Ends it as kill -9 does. */
  kill(): Promise<void>
}

/** Flags for a soon start rather than for speed later. */
const quickJava = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx512m']

/** Without TLS. `mqtt` is XML within <mqtt> of its config.xml. */
export const startHivemq = (mqtt: string): Promise<Hivemq> =>
  startHivemqBy((port) => {
    const listener = `<tcp-listener><port>${port}</port><bind-address>127.0.0.1</bind-address></tcp-listener>`
    return `<?xml version="1.0"?>\n<hivemq><listeners>${listener}</listeners><mqtt>${mqtt}</mqtt></hivemq>\n`
  })

/** In a folder of its own, where it finds its state again after a restart. `configuration` gives
 *  its config.xml, and may lay extensions into the folder. Rejects with what it said when it ends
 *  before it listens. */
export async function startHivemqBy(configuration: (port: number, folder: string) => string): Promise<Hivemq> {
  const folder = temporaryFolder()
  const port = await freePort()
  mkdirSync(join(folder.path, 'conf'))
  writeFileSync(join(folder.path, 'conf/config.xml'), configuration(port, folder.path))
  let java: ChildProcess
  let exited: Promise<unknown> = Promise.resolve()
  const it: Hivemq = {
    port,
    async start() {
      const child = spawn(
        'java',
        [...quickJava, '-cp', join(hivemqJars, '*'), join(home, 'Broker.java'), folder.path],
        {
          stdio: ['pipe', 'pipe', 'pipe'],
        },
      )
      java = child
      exited = once(child, 'exit')
      const started = Promise.withResolvers<void>()
      let said = ''
      const hear = (chunk: Buffer): void => {
        said = `${said}${chunk.toString()}`.slice(-8000)
        if (/^started$/m.test(said)) started.resolve()
      }
      child.stdout.on('data', hear)
      child.stderr.on('data', hear)
      void exited.then(() => started.reject(new Error(`HiveMQ ended before it listened:\n${said}`)))
      await started.promise
    },
    async kill() {
      java.kill('SIGKILL')
      await exited
    },
    async [Symbol.asyncDispose]() {
      await it.kill()
      folder[Symbol.dispose]()
    },
  }
  await it.start()
  return it
}
