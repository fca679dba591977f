// Listens on one address. Whatever happens while it accepts (no file descriptors left, a connection
// gone before it was taken) is counted and survived: a gateway that ends because a client comes in
// would take everyone else with it.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Clock } from '../../base/clock.ts'
import { Outage } from '../../base/errors.ts'
import type { Logger } from '../../base/logger.ts'
import { surviveAcceptErrors } from '../../tcp/accept-errors.ts'
import type { GatewayLimits } from '../gateway-limits.ts'
import type { Arrival, Arrivals } from './arrival.ts'
import type { Revocations } from './revocation-list.ts'
import type { TlsOptions } from './secure.ts'
import { openStages } from './stages.ts'
import type { WebSocketStream } from './web-socket-stream.ts'

type Place = {
  readonly host: string
  /** Port 0 takes a free one. */
  readonly port: number
  /** Lets several processes or threads listen on the same port; the system spreads the clients over
   *  them. Linux and the BSDs only. */
  readonly reusePort?: boolean
  /** Proxies, by address or network (CIDR), that begin each connection with a PROXY header of
   *  version 2. With it nobody else comes in here. */
  readonly proxyFrom?: readonly string[]
}
type Web = {
  /** Of pages that may connect; without it pages of any origin. */
  readonly origins?: readonly string[]
}

export type ListenerOptions =
  | (Place & { readonly kind: 'tcp' })
  | (Place & { readonly kind: 'tls'; readonly tls: TlsOptions })
  | (Place & Web & { readonly kind: 'ws' })
  | (Place & Web & { readonly kind: 'wss'; readonly tls: TlsOptions })

export type ListeningAddress = { readonly kind: ListenerOptions['kind']; readonly host: string; readonly port: number }

export interface Listener {
  readonly address: ListeningAddress
  /** Of TLS: when the server's certificate that is in use ends, epoch milliseconds. */
  certificateEndsAt?(): number
  /** Takes no one in any more; whoever is in stays. */
  stop(): void
}

export type ListenerPorts = {
  readonly limits: Pick<GatewayLimits, 'connections' | 'packetBytes' | 'tlsReloadMs'>
  readonly clock: Clock
  readonly wallClock: Clock
  readonly logger: Logger
  readonly arrivals: Arrivals
  /** Why no client may come in now, a metric label; asked before anything is read. */
  noRoom(): string | undefined
  /** A client is through all that comes before MQTT; as what it arrived, if there was anything. */
  welcome(stream: Socket | WebSocketStream, arrival: Arrival | undefined): void
  /** There is a new list of revoked certificates. */
  revoked(revocations: Revocations): void
  /** A client was turned away, or could not be taken; the reason is a metric label. */
  countTurnedAway(reason: string): void
}

/** Connections the system takes for us until we come to them: a fleet that reconnects at once must
 *  not see SYN drops. */
const backlog = 4096
const silentProbeMs = 60_000

const remedies: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program has it; end that or choose another port',
  EADDRNOTAVAIL: 'this machine does not have that address; choose one of its own, or 0.0.0.0 for all',
  EACCES: 'ports below 1024 need a privilege; choose a higher one',
  ENOTSUP: 'this system cannot share a port between processes (reusePort)',
  ENOTFOUND: 'there is no host of that name',
}

/** Opens all or none. Rejects with Outage LISTEN, which names the address that cannot be had. */
export async function openListeners(wanted: readonly ListenerOptions[], ports: ListenerPorts): Promise<Listener[]> {
  const opened: Listener[] = []
  try {
    for (const options of wanted) opened.push(await openListener(options, ports))
  } catch (error) {
    for (const listener of opened) listener.stop()
    throw error
  }
  return opened
}

/** The ports of listeners that will share theirs: those that are given, which nobody else may have
 *  now, and free ones for 0. Rejects with Outage LISTEN. */
export async function freePortsFor(wanted: readonly ListenerOptions[]): Promise<number[]> {
  const servers: Server[] = []
  try {
    for (const { host, port } of wanted) {
      const server = createServer()
      await listen(server, { kind: 'tcp', host, port })
      servers.push(server)
    }
    return servers.map((server) => (server.address() as AddressInfo).port)
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  }
}

async function openListener(options: ListenerOptions, ports: ListenerPorts): Promise<Listener> {
  const { kind, host } = options
  const stages = openStages(options, ports)
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: silentProbeMs }, (socket) => {
    const reason = ports.noRoom()
    if (reason === undefined) stages.begin(socket)
    else {
      ports.countTurnedAway(reason)
      socket.destroy()
    }
  })
  server.maxConnections = ports.limits.connections
  server.on('drop', () => ports.countTurnedAway('connection-limit'))
  try {
    await listen(server, options)
  } catch (error) {
    stages[Symbol.dispose]()
    throw error
  }
  surviveAcceptErrors(server, ports)
  const bound = server.address()
  const port = bound !== null && typeof bound === 'object' ? bound.port : options.port
  ports.logger.info({ kind, host, port }, 'the gateway listens for MQTT')
  return {
    address: { kind, host, port },
    ...(stages.certificateEndsAt === undefined ? {} : { certificateEndsAt: () => stages.certificateEndsAt!() }),
    stop() {
      if (server.listening) server.close()
      stages[Symbol.dispose]()
    },
  }
}

function listen(server: Server, { host, port, reusePort = false }: ListenerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException): void => {
      const remedy = remedies[cause.code ?? ''] ?? 'choose another host or port'
      reject(
        new Outage('LISTEN', `The gateway cannot listen on ${host}:${port}: ${remedy}.`, { retryable: true, cause }),
      )
    }
    server.once('error', refuse)
    server.listen({ host, port, backlog, reusePort }, () => {
      server.off('error', refuse)
      resolve()
    })
  })
}
