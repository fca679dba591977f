// The reading half of a connection: bytes become packets, as fast as the client may send and no
// faster. It is the base class of Connection (connection.ts) and not a field of it, because an
// object more would cost each of a million connections. For the same reason its methods are
// `private` and not `#`: V8 gives every object of a class with `#` methods one more field.
// Invariant: the socket is paused exactly while there is a reason not to read it, and no byte that
// had been read by then is lost.
import type { GatewayParts } from './gateway-parts.ts'
import { cutFrames, type Carry, type FrameSink } from '../mqtt/frames.ts'
import { reasonCode, type ReasonCode } from '../mqtt/reason-code.ts'
import type { RateClient, TenantRate } from '../tcp/rate-limit.ts'
import type { ClientStream } from './transport/client-stream.ts'

/** Why a client is not read: the log is behind; its own answers are not taken; it or its tenant
 *  sends faster than it may; before CONNECT it is not its turn (connection-guard.ts,
 *  failed-connects.ts); its session is on its way from another thread, or the one before is not
 *  durably gone. */
export type PauseReason = keyof typeof bitOf

/** Reasons as bits of one small integer, which costs a connection no object. */
const bitOf = { log: 1, answers: 2, rate: 4, turn: 8, session: 16 } as const

/** A sign of life is a whole packet [MQTT-3.1.2-22], or a good part of one: a slow line is no dead
 *  one, and who dribbles the bytes of a packet that never ends is not kept. Less than the least
 *  that a TCP segment may be limited to. */
const progressBytes = 512

/** A reader hangs on its socket by this name, so that the listeners are a few functions for all
 *  sockets and not as many closures each. */
export const readerOf = Symbol('reader')

/** The listener of a socket's bytes. */
export function onSocketData(this: { readonly [readerOf]: PacketReader }, chunk: Buffer): void {
  this[readerOf].onData(chunk)
}

export abstract class PacketReader implements FrameSink, RateClient {
  readonly gateway: GatewayParts
  readonly socket: ClientStream
  isOpen = true
  /** 1.5 times the keep-alive, or the connect timeout; 0 means no deadline. */
  silenceMaxMs: number
  hasSpoken = false
  /** As of the last sweep after it spoke; of one that is closed, when it was. */
  heardAt: number
  /** Bytes that are received and not durable. */
  pendingBytes = 0
  /** PUBLISHes, for operators. */
  messagesReceived = 0
  paidUntil = 0
  tenantRate: TenantRate | undefined
  #carry: Carry | undefined
  #discardedBytes = 0
  #paused = 0

  constructor(gateway: GatewayParts, socket: ClientStream) {
    this.gateway = gateway
    this.socket = socket
    this.silenceMaxMs = gateway.limits.connectTimeoutMs
    this.heardAt = gateway.clock.now()
  }

  abstract readonly packetBytesMax: number
  abstract readonly keptBytesMax: number
  abstract onFrame(first: number, bytes: Buffer, start: number, end: number, passed: number): boolean
  /** Ends the connection, and tells the client why. `reason` is a metric label. */
  abstract close(reason: string, code: ReasonCode): void
  /** Ends it without a word. */
  abstract finish(reason: string): void

  /** Of the client; undefined once it is gone. */
  get remoteAddress(): string | undefined {
    return this.socket.remoteAddress
  }

  /** False while its silence is our doing, because we do not read: the log is behind, its rate too
   *  high, its turn not come. */
  get isJudgedBySilence(): boolean {
    return this.silenceMaxMs > 0 && (this.#paused & ~bitOf.answers) === 0
  }

  /** Its session is on its way: what is behind the CONNECT waits. */
  get isSuspended(): boolean {
    return (this.#paused & bitOf.session) !== 0
  }

  /** False for a CONNECT whose refusal is late, behind which nothing counts, and for one whose
   *  session is on its way, behind which everything comes later. */
  protected get isReadOn(): boolean {
    return this.isOpen && (this.#paused & (bitOf.turn | bitOf.session)) === 0
  }

  // --- Reading

  onData(chunk: Buffer): void {
    if (!this.isOpen) {
      this.discard(chunk)
      return
    }
    if (chunk.length >= progressBytes) this.hasSpoken = true
    this.gateway.metrics.countReceived(chunk.length)
    if (this.isSuspended) this.keep(chunk)
    else this.read(chunk)
  }

  private read(chunk: Buffer): void {
    const { reading, door } = this.gateway
    reading.begin()
    const before = this.messagesReceived
    this.#carry = cutFrames(this.#carry, chunk, this)
    const messages = this.messagesReceived - before + reading.extraMessages
    door.rates.charge(this, messages, chunk.length + reading.extraBytes)
    this.pauseIfAhead()
  }

  onFrameFault(code: ReasonCode): void {
    this.close(code === reasonCode.packetTooLarge ? 'packet-too-large' : 'malformed', code)
  }

  /** Keeps a chunk that comes although the client is not read: frames of a WebSocket that were read
   *  with the one before. */
  private keep(chunk: Buffer): void {
    const { bytes, filled } = this.#carry ?? { bytes: chunk, filled: 0 }
    if (filled + chunk.length > this.gateway.limits.connectionPendingBytes) {
      this.finish('packet-too-large')
      return
    }
    this.#carry = { bytes: Buffer.concat([bytes.subarray(0, filled), chunk]), filled: filled + chunk.length, passed: 0 }
  }

  /** Throws away a chunk that comes after the end: a socket that is to take our last words is read
   *  on, but not for ever. */
  private discard(chunk: Buffer): void {
    this.#discardedBytes += chunk.length
    if (this.#discardedBytes > this.gateway.limits.connectionPendingBytes) this.socket.destroy()
  }

  /** From now on what comes is thrown away. The sweep gives the socket `closeTimeoutMs` to take its
   *  last bytes. */
  protected stopReading(): void {
    this.isOpen = false
    this.gateway.door.paused.delete(this)
    this.heardAt = this.gateway.clock.now()
    this.hasSpoken = false
    this.#carry = undefined
  }

  // --- Not reading

  /** Stops when this connection has more on the way to the log than it may: little while the log is
   *  slow, more while it keeps up. */
  pauseIfAhead(): void {
    const { limits, ingest } = this.gateway
    if (this.pendingBytes > (ingest.isSaturated ? limits.heldBytes : limits.connectionPendingBytes)) this.pause('log')
  }

  /** Reads again once half of what is allowed is free. */
  resumeIfCaughtUp(): void {
    const { limits, ingest } = this.gateway
    if (this.pendingBytes <= (ingest.isSaturated ? limits.heldBytes : limits.connectionPendingBytes) / 2)
      this.resume('log')
  }

  /** Stops reading, for this reason too. */
  pause(reason: PauseReason): void {
    if (!this.isOpen) return
    if (this.#paused === 0) this.socket.pause()
    if (reason === 'log') this.gateway.door.paused.add(this)
    this.#paused |= bitOf[reason]
  }

  /** Reads on, unless there is another reason not to. Does nothing when it is not paused for this
   *  one. */
  resume(reason: PauseReason): void {
    if ((this.#paused & bitOf[reason]) === 0) return
    this.#paused &= ~bitOf[reason]
    // Bytes it sent meanwhile are not read yet: its silence begins now.
    this.hasSpoken = true
    if (reason === 'log') this.gateway.door.paused.delete(this)
    if (this.#paused === 0 && this.isOpen && !this.gateway.door.isDraining) this.socket.resume()
    if (reason === 'session') this.readKept()
  }

  /** Goes on with what came behind the CONNECT. */
  private readKept(): void {
    const rest = this.#carry
    this.#carry = undefined
    if (rest !== undefined && this.isOpen && !this.gateway.door.isDraining)
      this.read(rest.bytes.subarray(0, rest.filled))
  }
}
