// A client whose transport is ready becomes a connection: the events of its stream reach it from
// here.
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { GatewayParts } from './gateway-parts.ts'
import { onSocketData, PacketReader, readerOf } from './packet-reader.ts'
import type { Arrival } from './transport/arrival.ts'
import { readShared } from './transport/shared-read.ts'
import { WebSocketStream } from './transport/web-socket-stream.ts'

type ClientSocket = Socket & { [readerOf]: PacketReader }
type ClientWebSocket = WebSocket & { [readerOf]: PacketReader }

function onDrain(this: ClientSocket): void {
  this[readerOf].onDrain()
}
function onError(this: ClientSocket): void {
  this[readerOf].onClosed('lost')
}
function onClose(this: ClientSocket | ClientWebSocket): void {
  const connection = this[readerOf]
  connection.onClosed('lost')
  connection.gateway.door.connections.delete(connection)
}

/** RFC 6455, 7.4.1: data of a type it does not take. */
const unsupportedData = 1003

function onMessage(this: ClientWebSocket, data: Buffer, isBinary: boolean): void {
  const connection = this[readerOf]
  if (isBinary) {
    ;(connection.socket as WebSocketStream).unpaidBytes -= data.length
    connection.onData(data)
    return
  }
  // [MQTT-6.0.0-1]
  connection.onClosed('web-socket-text')
  this.close(unsupportedData)
}
/** Bytes that are no WebSocket: `ws` tells the client and closes. */
function onWebSocketError(this: ClientWebSocket): void {
  this[readerOf].onClosed('web-socket-malformed')
}
/** Bytes that come by the socket of a WebSocket, after `ws` has taken it. Until CONNECT is accepted
 *  a frame may be no larger than a CONNECT: whoever is not known yet has nothing kept for it. From
 *  then on what is no MQTT is paid for as well. */
function onRawData(this: ClientSocket, chunk: Buffer): void {
  const connection = this[readerOf]
  if (!connection.isOpen) return
  const { limits, door } = connection.gateway
  if (connection.session === undefined && !connection.isSuspended) {
    if (this.bytesRead <= upgradeBytesMax + limits.connectPacketBytes) return
    connection.onClosed('packet-too-large')
    this.destroy()
    return
  }
  const stream = connection.socket as WebSocketStream
  stream.unpaidBytes += chunk.length
  // As much may be the beginning of a message.
  const framing = stream.unpaidBytes - limits.packetBytes
  if (framing <= 0) return
  stream.unpaidBytes = limits.packetBytes
  door.rates.charge(connection, framing / messageFramingBytes, 0)
}
/** The request of the upgrade, with the TLS handshake and the PROXY header before it. */
const upgradeBytesMax = 32 * 1024
/** So many bytes of frames' heads and control frames count as a message: about ten frames. */
const messageFramingBytes = 80

/** Makes the client a connection. The arrival has had its turn, and its deadline runs on. */
export function welcome(gateway: GatewayParts, stream: Socket | WebSocketStream, arrival: Arrival | undefined): void {
  const connection = new PacketReader(gateway, stream)
  if (arrival !== undefined) {
    connection.heardAt = arrival.startedAt
    gateway.door.guard.follow(arrival, connection)
  } else {
    const turnedAway = gateway.door.guard.enter(connection)
    if (turnedAway !== undefined) {
      gateway.metrics.countDisconnect(turnedAway)
      stream.destroy()
      return
    }
  }
  gateway.door.connections.add(connection)
  if (stream instanceof WebSocketStream) {
    const { webSocket, socket } = stream
    Object.assign(socket, { [readerOf]: connection })
    Object.assign(webSocket, { [readerOf]: connection })
    webSocket
      .on('message', onMessage as (this: WebSocket, data: unknown, isBinary: boolean) => void)
      .on('error', onWebSocketError as (this: WebSocket) => void)
      .on('close', onClose as (this: WebSocket) => void)
    socket.on('drain', onDrain).on('data', onRawData)
  } else {
    Object.assign(stream, { [readerOf]: connection })
    stream.on('drain', onDrain).on('error', onError).on('close', onClose)
    // A socket that has arrived may hold bytes it has read already.
    if (arrival !== undefined || !readShared(stream as ClientSocket, onSocketData)) stream.on('data', onSocketData)
    // It was not read while it waited for its turn.
    if (arrival !== undefined && stream.isPaused()) stream.resume()
  }
}
