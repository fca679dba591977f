// The servers that are compared: ours and aedes on an LMDB log, Mosquitto with no storage at all.
// Each is a process of its own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startNode, startProgram, type Cores, type MeasuredProcess } from './measured-process.ts'
import { freePort, listens } from '../../src/base/port.testing.ts'
import { mosquittoPath } from '../../test/engines/mosquitto.ts'

export const serverKinds = ['ours', 'aedes', 'mosquitto'] as const
export type ServerKind = (typeof serverKinds)[number]

/** Why a server cannot be measured here; undefined when it can. */
export const absenceOf = (kind: ServerKind): string | undefined =>
  kind === 'mosquitto' && mosquittoPath === undefined ? 'the program mosquitto is not installed' : undefined

export type MqttServer = AsyncDisposable & {
  readonly process: MeasuredProcess
  readonly port: number
  /** Messages in its log so far; undefined for a server that stores none. */
  stored(): Promise<number | undefined>
}

/** PEM files of an authority, the server and a client. */
export type TlsFilesOfBoth = {
  readonly caFile: string
  readonly certFile: string
  readonly keyFile: string
  readonly clientCertFile: string
  readonly clientKeyFile: string
}

export type ServerOptions = {
  /** Only clients with a certificate come in. */
  readonly tls?: TlsFilesOfBoth | undefined
  /** A free one when there is none. */
  readonly port?: number | undefined
  /** Several processes of ours listen on the same port. */
  readonly reusePort?: boolean
  /** Of ours, one when it is not said. */
  readonly threads?: number
  /** Of ours: the checkout it runs from, this one when it is not said. */
  readonly root?: string | undefined
}

/** Starts a server on a fresh log and waits until it listens. `BENCH_DIR` chooses the disk. */
export async function startMqttServer(
  kind: ServerKind,
  core: Cores | undefined,
  options: ServerOptions = {},
): Promise<MqttServer> {
  const dir = mkdtempSync(join(process.env['BENCH_DIR'] ?? tmpdir(), 'roadstream-bench-gateway-'))
  const started =
    kind === 'mosquitto' ? await startMosquitto(dir, core, options) : await startOnLog(kind, dir, core, options)
  return {
    ...started,
    async [Symbol.asyncDispose]() {
      await started.process[Symbol.asyncDispose]()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

type Started = Pick<MqttServer, 'process' | 'port' | 'stored'>

async function startOnLog(
  kind: ServerKind,
  dir: string,
  core: Cores | undefined,
  options: ServerOptions,
): Promise<Started> {
  const { root, ...told } = options
  const server = startNode(core, 'gateway.server.ts', [kind, dir, JSON.stringify(told)], [], root)
  const { port } = await server.report()
  return { process: server, port: port!, stored: async () => (await server.ask('stored'))['stored'] }
}

/** No persistence, no log, no statistics: what it costs to take the messages and nothing else. */
async function startMosquitto(dir: string, core: Cores | undefined, { tls }: ServerOptions): Promise<Started> {
  const port = await freePort()
  const settings = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence false',
    'log_type none',
    'sys_interval 0',
    'set_tcp_nodelay true',
    ...(process.getuid?.() === 0 ? ['user root'] : []),
    ...(tls === undefined
      ? []
      : [`cafile ${tls.caFile}`, `certfile ${tls.certFile}`, `keyfile ${tls.keyFile}`, 'require_certificate true']),
  ]
  const file = join(dir, 'mosquitto.conf')
  writeFileSync(file, `${settings.join('\n')}\n`)
  const server = startProgram(core, mosquittoPath!, ['-c', file], 'ignore')
  const ended = server.report().catch(() => {
    throw new Error('mosquitto ended as soon as it was started')
  })
  await Promise.race([listens(port), ended])
  return { process: server, port, stored: () => Promise.resolve(undefined) }
}
