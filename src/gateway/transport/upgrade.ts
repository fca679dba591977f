// The WebSocket upgrade of a listener: HTTP until it is one, and then a stream for MQTT. Browsers
// and clients behind proxies come this way.
import { createServer, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import type { ClientTransport } from '../../model/client-session.ts'
import type { Arrival } from './arrival.ts'
import { WebSocketStream } from './web-socket-stream.ts'

export type UpgradePorts = {
  readonly transport: ClientTransport
  /** Of a whole frame, or of the frames of a fragmented message together. */
  readonly frameBytesMax: number
  /** Pages of these origins may connect; undefined means any. Clients that are no browser send no
   *  origin. */
  readonly origins: readonly string[] | undefined
  upgraded(arrival: Arrival, stream: WebSocketStream): void
}

export interface UpgradeStage {
  /** `socket` is that of the arrival, or the TLS socket around it. */
  begin(arrival: Arrival, socket: Socket): void
}

const path = '/mqtt'
const subprotocol = 'mqtt'
const headerBytesMax = 8192
/** Of one message. A fragment of a byte takes a hundred until the last has come, and clients that
 *  fragment at all send large ones. */
const fragmentsMax = 256

const waiting = Symbol('arrival')
type WaitingSocket = Socket & { [waiting]?: Arrival | undefined }

export function openUpgrade({ transport, frameBytesMax, origins, upgraded }: UpgradePorts): UpgradeStage {
  const http = createServer({ maxHeaderSize: headerBytesMax, keepAlive: true, noDelay: true }, (request, response) => {
    const arrival = (request.socket as WaitingSocket)[waiting]
    if (arrival !== undefined) arrival.verdict = 'web-socket-none'
    response
      .writeHead(426, { connection: 'close', upgrade: 'websocket' })
      .end('This is MQTT over WebSocket: connect to ws(s)://…/mqtt.\n')
  })
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // MQTT payloads are sealed or small, and every compressed connection would hold some 100 KiB.
    perMessageDeflate: false,
    maxPayload: frameBytesMax,
    maxFragments: fragmentsMax,
    skipUTF8Validation: true,
    handleProtocols: () => subprotocol, // [MQTT-6.0.0-4]
  })
  http.on('upgrade', (request, socket: WaitingSocket, head) => {
    const arrival = socket[waiting]
    socket[waiting] = undefined
    if (arrival === undefined) return void socket.destroy()
    const fault = upgradeFault(request, origins)
    arrival.verdict = fault?.reason ?? 'web-socket-upgrade'
    if (fault !== undefined) {
      socket.write(`HTTP/1.1 ${fault.status}\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n${fault.text}\n`)
      socket.destroySoon()
      return
    }
    webSockets.handleUpgrade(request, socket, head, (webSocket) =>
      upgraded(arrival, new WebSocketStream(webSocket, socket, transport, arrival.certificate)),
    )
  })
  return {
    begin(arrival, socket: WaitingSocket) {
      socket[waiting] = arrival
      http.emit('connection', socket)
      // It was not read while it waited for its turn.
      if (socket.isPaused()) socket.resume()
    },
  }
}

type UpgradeFault = { readonly status: string; readonly text: string; readonly reason: string }

function upgradeFault(
  { url, headers }: IncomingMessage,
  origins: readonly string[] | undefined,
): UpgradeFault | undefined {
  if (url?.split('?')[0] !== path)
    return { status: '404 Not Found', text: `MQTT is at ${path}.`, reason: 'web-socket-path' }
  const offered = headers['sec-websocket-protocol']?.split(',').map((name) => name.trim())
  // [MQTT-6.0.0-3]
  if (offered?.includes(subprotocol) !== true)
    return { status: '400 Bad Request', text: 'Offer the subprotocol mqtt.', reason: 'web-socket-protocol' }
  if (headers.origin !== undefined && origins !== undefined && !origins.includes(headers.origin))
    return { status: '403 Forbidden', text: 'Pages of this origin may not connect.', reason: 'web-socket-origin' }
  return undefined
}
