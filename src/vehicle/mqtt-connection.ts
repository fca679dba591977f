// One MQTT 5 connection of a vehicle over one TCP or TLS socket, from CONNECT to its end; it never
// connects again by itself.
//
//   opening --CONNACK 0--> open --close() or the peer--> closed        any --destroy(), timeout, bad packet--> closed
//
// Why not MQTT.js: with 4,000 cars in one process, one 250 B message a second each, a 2-core
// machine and Mosquitto at the other end, its 5.16 client took 51 to 56 µs a message and 45 to 53
// KB a car, with a timer and a second message store for each; the whole vehicle of this folder,
// outbox and JSON included, takes 25 to 28 µs, half of it in the kernel, and 10 to 14 KB.
// Invariant: `closed` is told to the owner exactly once.
import { connect, isIP, type Socket, type TcpNetConnectOpts } from 'node:net'
import { connect as connectTls, type SecureContext } from 'node:tls'
import { clearDeadline, newDeadline, setDeadline } from './deadlines.ts'
import {
  encodePacket,
  encodePuback,
  frameEnd,
  normalDisconnect,
  packetTypes,
  parsePacket,
  pingRequest,
} from './mqtt-packets.ts'

export type ConnectOptions = {
  readonly host: string
  readonly port: number
  /** Undefined: plain TCP. */
  readonly tls: TlsEndpoint | undefined
  readonly clientId: string
  /** Undefined: the certificate is the proof. */
  readonly password: string | undefined
  /** Topic filter to subscribe to with QoS 1, if any. */
  readonly subscribe: string | undefined
  readonly keepAliveSeconds: number
  readonly answerTimeoutMs: number
  readonly sessionExpirySeconds: number
  readonly downlinkBytesMax: number
}

/** The credentials TLS needs of a vehicle, for all its connections. */
export type TlsEndpoint = {
  readonly context: SecureContext
  /** The name in the server's certificate, when it is not the host. */
  readonly servername: string | undefined
  /** The last one, with which the next handshake is a short one. */
  session: Buffer | undefined
}

/** The limits the server said in CONNACK. */
export type ServerLimits = { readonly receiveMaximum: number; readonly packetBytesMax: number }

/** Why a connection ended: a code for metrics and logs, with the MQTT reason where there is one. */
export type CloseReason = {
  readonly code: 'unreachable' | 'lost' | 'refused' | 'timeout' | 'protocol' | 'server' | 'closed'
  readonly mqttReason?: number
  readonly cause?: Error
}

/** News that a connection tells its vehicle. */
export interface ConnectionOwner {
  connected(limits: ServerLimits): void
  acknowledged(packetId: number, reason: number): void
  /** A message from the server; the result is the reason code of its acknowledgement. */
  delivered(topic: string, payload: Uint8Array): number
  /** The socket takes more again after `write` gave false. */
  writable(): void
  subscriptionRefused(reason: number): void
  closed(reason: CloseReason): void
}

/** On Unix a read fills its buffer and is handled in one step, so all sockets share one. Windows
 *  reads ahead into it. */
const sharedReadBuffer = Buffer.allocUnsafeSlow(64 * 1024)
const readBuffer = (): Buffer => (process.platform === 'win32' ? Buffer.allocUnsafeSlow(4096) : sharedReadBuffer)

/** QoS 1 messages the server may have in flight to a car. */
const downlinkReceiveMaximum = 16

function openSocket({ tls, host }: ConnectOptions, to: TcpNetConnectOpts): Socket {
  if (tls === undefined) return connect(to)
  // A name for the server to choose its certificate by: an address is none (RFC 6066, 3).
  const servername = tls.servername ?? (isIP(host) === 0 ? host : undefined)
  const socket = connectTls({
    ...to,
    secureContext: tls.context,
    ...(servername === undefined ? {} : { servername }),
    ...(tls.session === undefined ? {} : { session: tls.session }),
  })
  return socket.on('session', (session) => (tls.session = session))
}

export class MqttConnection {
  readonly #owner: ConnectionOwner
  readonly #options: ConnectOptions
  readonly #socket: Socket
  #state: 'opening' | 'open' | 'closed' = 'opening'
  #keepAliveMs: number
  /** Start of a frame whose rest has not come yet. */
  #partial: Buffer | undefined
  #heard = false
  #spoke = false
  #pinged = false
  #ended: (() => void) | undefined
  readonly #deadline = newDeadline(() => this.#check())

  constructor(owner: ConnectionOwner, options: ConnectOptions) {
    this.#owner = owner
    this.#options = options
    this.#keepAliveMs = options.keepAliveSeconds * 1000
    const socket = openSocket(options, {
      host: options.host,
      port: options.port,
      noDelay: true,
      onread: {
        buffer: readBuffer(),
        callback: (length, buffer) => {
          this.#read(Buffer.from(buffer.buffer, buffer.byteOffset, length))
          return true
        },
      },
    })
    this.#socket = socket
    socket.on(options.tls === undefined ? 'connect' : 'secureConnect', () => this.#sendConnect())
    socket.on('drain', () => this.#owner.writable())
    socket.on('error', (cause: Error) =>
      this.#close({ code: this.#state === 'opening' ? 'unreachable' : 'lost', cause }),
    )
    socket.on('close', () => {
      this.#close({ code: 'lost' })
      this.#ended?.()
    })
    setDeadline(this.#deadline, options.answerTimeoutMs)
  }

  /** Hands bytes to the socket; false when it has enough for now and will say `writable`. */
  write(bytes: Uint8Array): boolean {
    this.#spoke = true
    return this.#socket.write(bytes)
  }

  /** Ends the connection as MQTT wants it, and resolves when the socket is gone. Nothing is told to
   *  the owner any more. */
  async close(): Promise<void> {
    const wasOpen = this.#state === 'open'
    this.#state = 'closed'
    const socket = this.#socket
    if (!wasOpen || socket.destroyed) {
      clearDeadline(this.#deadline)
      socket.destroy()
      return
    }
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#ended = resolve
    socket.end(normalDisconnect)
    setDeadline(this.#deadline, Math.min(this.#options.answerTimeoutMs, 2000))
    await promise
    clearDeadline(this.#deadline)
  }

  /** Cuts the connection without a word, as a tunnel does. The owner is told nothing. */
  destroy(): void {
    this.#state = 'closed'
    clearDeadline(this.#deadline)
    this.#socket.destroy()
  }

  #close(reason: CloseReason): void {
    if (this.#state === 'closed') return
    this.destroy()
    this.#owner.closed(reason)
  }

  #sendConnect(): void {
    const { clientId, password, keepAliveSeconds, sessionExpirySeconds, downlinkBytesMax } = this.#options
    this.write(
      encodePacket({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 5,
        clientId,
        username: clientId,
        ...(password === undefined ? {} : { password: Buffer.from(password) }),
        keepalive: keepAliveSeconds,
        // A QoS 1 publisher has no session state but its unacknowledged messages, and the outbox
        // holds those: so the server's half of the session (what is queued for the car) is resumed
        // even by a new process.
        clean: false,
        properties: {
          sessionExpiryInterval: sessionExpirySeconds,
          receiveMaximum: downlinkReceiveMaximum,
          maximumPacketSize: downlinkBytesMax,
        },
      }),
    )
  }

  /** The deadline has come: no answer in time, or time to see whether the link is alive. */
  #check(): void {
    if (this.#state === 'closed') {
      this.#socket.destroy()
      return
    }
    if (this.#state === 'opening' || (this.#pinged && !this.#heard)) return this.#close({ code: 'timeout' })
    this.#pinged = !this.#pinged && (!this.#heard || !this.#spoke)
    this.#heard = this.#spoke = false
    if (this.#pinged) this.#socket.write(pingRequest)
    setDeadline(
      this.#deadline,
      this.#pinged ? Math.min(this.#options.answerTimeoutMs, this.#keepAliveMs / 2) : this.#keepAliveMs * 0.4,
    )
  }

  #read(chunk: Buffer): void {
    this.#heard = true
    let bytes = chunk
    if (this.#partial !== undefined) {
      bytes = Buffer.concat([this.#partial, bytes])
      this.#partial = undefined
    }
    let at = 0
    while (at < bytes.length && this.#state !== 'closed') {
      const end = frameEnd(bytes, at, this.#options.downlinkBytesMax)
      if (end === 'malformed') return this.#close({ code: 'protocol' })
      if (end === 'incomplete') {
        this.#partial = Buffer.from(bytes.subarray(at))
        return
      }
      this.#frame(bytes, at, end)
      at = end
    }
  }

  #frame(bytes: Buffer, at: number, end: number): void {
    const type = bytes.readUInt8(at) >>> 4
    if (type === packetTypes.puback && this.#state === 'open') {
      // Remaining length 2 means reason 0 [3.4.2.1]; a PUBACK is never so long that its length
      // takes two bytes here.
      if (end - at < 4) return this.#close({ code: 'protocol' })
      const body = bytes.readUInt8(at + 1) < 0x80 ? at + 2 : at + 3
      this.#owner.acknowledged(bytes.readUInt16BE(body), end - body > 2 ? bytes.readUInt8(body + 2) : 0)
      return
    }
    if (type === packetTypes.pingresp) return
    const packet = parsePacket(bytes.subarray(at, end))
    if (packet?.cmd === 'connack' && this.#state === 'opening') {
      const reason = packet.reasonCode ?? 0
      if (reason !== 0) return this.#close({ code: 'refused', mqttReason: reason })
      return this.#open(packet.properties ?? {})
    }
    if (packet?.cmd === 'disconnect') return this.#close({ code: 'server', mqttReason: packet.reasonCode ?? 0 })
    if (packet === undefined || this.#state !== 'open') return this.#close({ code: 'protocol' })
    if (packet.cmd === 'publish') return this.#delivered(packet.topic, packet.payload, packet.qos, packet.messageId)
    if (packet.cmd !== 'suback') return this.#close({ code: 'protocol' })
    const reason = Number(packet.granted[0] ?? 0)
    if (reason >= 0x80) this.#owner.subscriptionRefused(reason)
  }

  #open(server: {
    readonly receiveMaximum?: number
    readonly maximumPacketSize?: number
    readonly serverKeepAlive?: number
  }): void {
    this.#state = 'open'
    if (server.serverKeepAlive !== undefined) this.#keepAliveMs = server.serverKeepAlive * 1000
    // Silence from us lasts at most two checks of 0.4 of the keep-alive, or one and the wait for a
    // PINGRESP of at most 0.5: never more than we promised.
    if (this.#keepAliveMs > 0) setDeadline(this.#deadline, this.#keepAliveMs * 0.4)
    else clearDeadline(this.#deadline)
    if (this.#options.subscribe !== undefined)
      this.write(
        encodePacket({
          cmd: 'subscribe',
          // No PUBLISH of ours has this identifier (outbox.ts).
          messageId: 65_535,
          // rh 1: retained messages only when the subscription is new, not with every reconnect
          // [3.8.3.1].
          subscriptions: [{ topic: this.#options.subscribe, qos: 1, rh: 1 }],
        }),
      )
    this.#owner.connected({
      receiveMaximum: server.receiveMaximum ?? 65_535,
      packetBytesMax: server.maximumPacketSize ?? Number.MAX_SAFE_INTEGER,
    })
  }

  #delivered(topic: string, payload: string | Buffer, qos: number, packetId: number | undefined): void {
    // The payload may lie in the shared read buffer.
    const reason = this.#owner.delivered(topic, Uint8Array.from(Buffer.from(payload)))
    if (qos === 1 && packetId !== undefined && this.#state === 'open') this.write(encodePuback(packetId, reason))
    else if (qos === 2) this.#close({ code: 'protocol' })
  }
}
