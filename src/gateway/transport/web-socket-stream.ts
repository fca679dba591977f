// A WebSocket seen as a stream of bytes. MQTT packets may share a frame or span several
// [MQTT-6.0.0-2]; what is unsent is what the socket below has unsent, and when reading is paused
// that socket is not read, so back-pressure holds through the WebSocket both ways.
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { ClientTransport } from '../../model/client-session.ts'
import type { ClientStream } from './client-stream.ts'
import type { VehicleCertificate } from './vehicle-certificate.ts'

const binary = { binary: true, compress: false, mask: false, fin: true }
/** RFC 6455, 7.4.1. */
const normalClosure = 1000

export class WebSocketStream implements ClientStream {
  readonly webSocket: WebSocket
  readonly socket: Socket
  readonly transport: ClientTransport
  readonly certificate: VehicleCertificate | undefined
  /** Bytes that came and were neither MQTT nor paid for: frames' heads, pings, and a message that
   *  has not come to its end. */
  unpaidBytes = 0

  constructor(
    webSocket: WebSocket,
    socket: Socket,
    transport: ClientTransport,
    certificate: VehicleCertificate | undefined,
  ) {
    this.webSocket = webSocket
    this.socket = socket
    this.transport = transport
    this.certificate = certificate
  }

  get writableLength(): number {
    return this.socket.writableLength
  }

  get remoteAddress(): string | undefined {
    return this.socket.remoteAddress
  }

  get remotePort(): number | undefined {
    return this.socket.remotePort
  }

  get bytesRead(): number {
    return this.socket.bytesRead
  }

  get bytesWritten(): number {
    return this.socket.bytesWritten
  }

  pause(): void {
    this.webSocket.pause()
  }

  resume(): void {
    this.webSocket.resume()
  }

  write(bytes: Buffer): void {
    this.webSocket.send(bytes, binary)
  }

  cork(): void {
    this.socket.cork()
  }

  uncork(): void {
    this.socket.uncork()
  }

  /** Says goodbye; the goodbye of the client ends it, and the sweep a client that says none. */
  end(): void {
    this.webSocket.close(normalClosure)
  }

  destroySoon(): void {
    this.end()
    this.resume()
  }

  destroy(): void {
    this.webSocket.terminate()
  }
}
