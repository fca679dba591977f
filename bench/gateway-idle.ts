// The cost to the server's process of a connection that says nothing, plain and with a client
// certificate (mTLS): the processes' resident memory once all are in, less what it was before, for
// each connection. The kernel's memory for a socket is not the server's to save and is not in it. A
// process may open 20,000 files on many machines, so several gateways share one port (reusePort)
// and several generators come from addresses of their own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { issueServer, issueVehicle, makeAuthority } from '../src/certificates/authority.ts'
import { canMeasure, memoryBytes, pause, startNode, type MeasuredProcess } from './support/measured-process.ts'
import {
  absenceOf,
  startMqttServer,
  type MqttServer,
  type ServerKind,
  type TlsFilesOfBoth,
} from './support/mqtt-servers.ts'

export const title = 'Gateway: process memory of an idle connection, plain and mTLS'

const settleMs = 5000
/** Of one process: below what it may open, with room for an uneven spread. */
const connectionsOfProcess = 17_000
type Run = { readonly kind: ServerKind; readonly connections: number; readonly mtls: boolean }
const runs: readonly Run[] = [
  { kind: 'ours', connections: 50_000, mtls: false },
  { kind: 'aedes', connections: 15_000, mtls: false },
  { kind: 'mosquitto', connections: 15_000, mtls: false },
  { kind: 'ours', connections: 5000, mtls: true },
  { kind: 'aedes', connections: 5000, mtls: true },
  { kind: 'mosquitto', connections: 5000, mtls: true },
]

type Certificates = Disposable & TlsFilesOfBoth

function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), 'roadstream-bench-certificates-'))
  const validity = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) }
  const authority = makeAuthority('Bench', validity)
  const server = issueServer(authority, ['localhost', '127.0.0.1'], validity)
  const client = issueVehicle(authority, { tenant: 'bench', vehicle: 'car' }, validity)
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  return {
    caFile: write('ca.pem', authority.cert),
    certFile: write('server.pem', server.cert),
    keyFile: write('server.key', server.key),
    clientCertFile: write('client.pem', client.cert),
    clientKeyFile: write('client.key', client.key),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

const sumOf = (servers: readonly MqttServer[]): number =>
  servers.reduce((sum, { process: { pid } }) => sum + memoryBytes(pid), 0)

async function measure({ kind, connections, mtls }: Run, certificates: Certificates): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const processes = Math.ceil(connections / connectionsOfProcess)
  const tls = mtls ? certificates : undefined
  const servers: MqttServer[] = []
  for (let index = 0; index < processes; index++)
    servers.push(
      stack.use(await startMqttServer(kind, undefined, { tls, reusePort: processes > 1, port: servers[0]?.port })),
    )
  const { port } = servers[0]!
  await pause(settleMs)
  const before = sumOf(servers)
  const generators: MeasuredProcess[] = []
  for (let index = 0, from = 0; index < processes; index++) {
    const count = Math.min(connectionsOfProcess, connections - from)
    const idlers = { port, count, from, localAddress: `127.0.0.${2 + index}`, tls }
    generators.push(stack.use(startNode(undefined, 'gateway.idlers.ts', [JSON.stringify(idlers)])))
    from += count
  }
  for (const generator of generators) await generator.report()
  await pause(settleMs)
  for (const generator of generators)
    if (generator.exitCode() !== null) throw new Error('A connection did not last until it was measured.')
  const each = (sumOf(servers) - before) / connections
  const shared = processes > 1 ? ` on ${processes} processes that share a port` : ''
  console.log(
    `  ${kind.padEnd(10)} ${mtls ? 'mTLS ' : 'plain'} ${connections.toLocaleString('en').padStart(6)} connections${shared}: ${(each / 1000).toFixed(1)} kB each`,
  )
}

/** Prints one line for each server. */
export async function run(): Promise<void> {
  if (!canMeasure) {
    console.log('  skipped: memory of the servers is read from /proc, which is not here')
    return
  }
  using certificates = makeCertificates()
  for (const one of runs) {
    const absence = absenceOf(one.kind)
    if (absence !== undefined) console.log(`  ${one.kind}: no figure, ${absence}`)
    else await measure(one, certificates)
  }
}
