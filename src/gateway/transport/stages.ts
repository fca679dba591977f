// Stages a client goes through on a listener before MQTT begins, by the listener's kind:
//
//   accepted ──► [PROXY header] ──► [TLS] ──► [WebSocket upgrade] ──► welcome
import type { Socket } from 'node:net'
import type { Arrival, Stage } from './arrival.ts'
import type { ListenerOptions, ListenerPorts } from './listener.ts'
import { parseNetworks } from '../../tcp/networks.ts'
import { appearFrom, readProxyHeader } from './read-proxy-header.ts'
import { openTls } from './secure.ts'
import { openUpgrade } from './upgrade.ts'
import type { WebSocketStream } from './web-socket-stream.ts'

export interface Stages extends Disposable {
  begin(socket: Socket): void
  /** Of TLS: when the server's certificate that is in use ends, epoch milliseconds. */
  certificateEndsAt?(): number
}

/** A handshake takes about a millisecond of this thread, a CONNECT a tenth of it. */
const tlsTurnCost = 8

type Next = (arrival: Arrival, socket: Socket) => void

/** Throws Outage TLS_FILES when they cannot be used, RangeError when a proxy is no address. */
export function openStages(options: ListenerOptions, ports: ListenerPorts): Stages {
  const { arrivals, welcome } = ports
  const isPlain = options.kind === 'tcp' && options.proxyFrom === undefined
  if (isPlain) return { begin: (socket) => welcome(socket, undefined), [Symbol.dispose]: () => undefined }

  const finish = (arrival: Arrival, stream: Socket | WebSocketStream): void => {
    if (arrival.finish()) welcome(stream, arrival)
    else stream.destroy()
  }
  const upgrade: Next =
    options.kind === 'ws' || options.kind === 'wss'
      ? openWeb(options, ports, finish)
      : (arrival, socket) => {
          Object.assign(socket, { transport: options.kind, certificate: arrival.certificate })
          finish(arrival, socket)
        }
  const tls = options.kind === 'tls' || options.kind === 'wss' ? openSecure(options, ports, upgrade) : undefined
  const afterProxy: Next = tls?.begin ?? upgrade
  const first = stageOf(options)
  const trusted = options.proxyFrom === undefined ? undefined : parseNetworks(options.proxyFrom)
  if (options.proxyFrom !== undefined && trusted === undefined)
    throw new RangeError('proxyFrom: addresses or networks (CIDR) only')
  return {
    begin(socket) {
      const arrival = arrivals.begin(socket, first, tls === undefined ? 1 : tlsTurnCost)
      const begin = (): void => afterProxy(arrival, socket)
      if (trusted === undefined) arrival.takeTurn(begin)
      // Its address is the proxy's until the header is read, and the proxy does not wait for its
      // turn.
      else readProxyHeader(arrival, trusted, () => arrival.takeTurn(begin))
    },
    ...(tls === undefined ? {} : { certificateEndsAt: tls.certificateEndsAt }),
    [Symbol.dispose]: () => tls?.[Symbol.dispose](),
  }
}

const stageOf = ({ kind, proxyFrom }: ListenerOptions): Stage =>
  proxyFrom !== undefined ? 'proxy' : kind === 'tls' || kind === 'wss' ? 'tls' : 'web-socket'

function openWeb(
  options: Extract<ListenerOptions, { kind: 'ws' | 'wss' }>,
  { limits }: ListenerPorts,
  finish: FinishWeb,
): Next {
  const upgrade = openUpgrade({
    transport: options.kind,
    frameBytesMax: limits.packetBytes,
    origins: options.origins,
    upgraded: finish,
  })
  return (arrival, socket) => {
    arrival.stage = 'web-socket'
    upgrade.begin(arrival, socket)
  }
}
type FinishWeb = (arrival: Arrival, stream: WebSocketStream) => void

function openSecure(
  { tls }: Extract<ListenerOptions, { kind: 'tls' | 'wss' }>,
  { limits, wallClock, logger, revoked }: ListenerPorts,
  then: Next,
): Disposable & { readonly begin: Next; readonly certificateEndsAt: () => number } {
  const stage = openTls(tls, {
    reloadMs: limits.tlsReloadMs,
    wallClock,
    logger,
    revoked,
    secured(arrival, socket) {
      const { remoteAddress, remotePort } = arrival.socket
      if (Object.hasOwn(arrival.socket, 'remoteAddress'))
        appearFrom(socket, { address: remoteAddress!, port: remotePort! })
      then(arrival, socket)
    },
  })
  return {
    certificateEndsAt: () => stage.certificateEndsAt(),
    begin(arrival) {
      arrival.stage = 'tls'
      stage.begin(arrival)
    },
    [Symbol.dispose]: () => stage[Symbol.dispose](),
  }
}
