// One client's connection, from its first packet to its end: why it is not read, what it is sent,
// and how it ends. A class of few fields and no closures or timers, because there are tens of
// thousands of them: what comes is read by the class that extends it (packet-reader.ts), for a
// field would be one object more; what it is sent leaves at the end of a tick (unsent.ts); its
// deadlines are looked at by the sweep (sweep.ts). Its methods are `private` and not `#`: V8 gives
// every object of a class with `#` methods one more field.
// Invariant: the socket is paused exactly while there is a reason not to read it.
//
//   awaiting-connect ──CONNECT──► connected ──DISCONNECT, fault, takeover, silence, loss──► closed
import type { Principal } from './admission/admission.ts'
import { encodeAcknowledgement, encodeDisconnect } from '../mqtt/encode-packet.ts'
import { withReason, type ReasonTaker } from '../mqtt/explanation.ts'
import { packetType, type ProtocolVersion, type Will } from '../mqtt/packet.ts'
import { noProperties, type Properties } from '../mqtt/properties.ts'
import { reasonCode, type ReasonCode } from '../mqtt/reason-code.ts'
import type { RateClient, TenantRate } from '../tcp/rate-limit.ts'
import type { DoorClient } from './door.ts'
import type { GatewayParts } from './gateway-parts.ts'
import type { KnownTopic } from './handlers/known-topic.ts'
import type { IngestOwner } from '../ingest/ingest.ts'
import type { Delivery } from './session/delivery-queue.ts'
import { deliveryPacket, payloadApart, type DeliveryTaker } from './session/delivery-packet.ts'
import type { Session, SessionLink } from './session/session.ts'
import type { ClientStream } from './transport/client-stream.ts'
import { Unsent } from './unsent.ts'

/** Why a client is not read: the log is behind; its own answers are not taken; it or its tenant
 *  sends faster than it may; before CONNECT it is not its turn (connection-guard.ts,
 *  failed-connects.ts); its session is on its way from another thread, or the one before is not
 *  durably gone. */
export type PauseReason = keyof typeof bitOf

/** Reasons as bits of one small integer, which costs a connection no object. */
const bitOf = { log: 1, answers: 2, rate: 4, turn: 8, session: 16 } as const

export abstract class Connection
  implements SessionLink, IngestOwner, ReasonTaker, DeliveryTaker, DoorClient, RateClient
{
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
  version: ProtocolVersion = 4
  /** Undefined until CONNECT is accepted. */
  session: Session | undefined
  principal: Principal | undefined
  will: Will | undefined
  /** Whole seconds of the gateway's clock when CONNECT was accepted: a small integer costs no
   *  object of its own. */
  connectedS = 0
  /** Topics it publishes to, by name and by the aliases it gave. */
  topics: KnownTopic[] | undefined
  aliases: Map<number, KnownTopic> | undefined
  /** QoS 1 and 2 PUBLISHes whose exchange has not ended (counted for MQTT 5). */
  unacknowledged = 0
  ackBytes = 0
  ackAt = -1
  /** PUBLISHes to it, for operators. */
  messagesSent = 0
  /** Limits that the client named in CONNECT. */
  deliveryWindow = 0
  clientPacketBytesMax = Number.POSITIVE_INFINITY
  clientAliasMax = 0
  /** Reason strings: false when the client asked for no problem information. */
  wantsReasons = true
  deliveryAliases: Map<string, number> | undefined
  #unsent: Unsent | undefined
  #paused = 0

  constructor(gateway: GatewayParts, socket: ClientStream) {
    this.gateway = gateway
    this.socket = socket
    this.silenceMaxMs = gateway.limits.connectTimeoutMs
    this.heardAt = gateway.clock.now()
  }

  /** Reads what came behind a CONNECT whose session was on its way. */
  protected abstract readKept(): void
  /** Lets go of the part of a packet that has come. */
  protected abstract dropCarry(): void

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

  // --- Writing

  get isWritable(): boolean {
    return this.isOpen && this.socket.writableLength + (this.#unsent?.bytes ?? 0) < this.gateway.limits.outboundBytes
  }

  /** Written at the end of this tick, in one piece with whatever else is sent until then. */
  send(packet: Buffer): void {
    if (!this.isOpen) return
    if (packet.length > this.clientPacketBytesMax) {
      // [MQTT-3.1.2-24] an answer it has no room for: without it the client would wait for ever.
      // DISCONNECT always fits (see enter-session.ts).
      this.close('packet-too-large', reasonCode.packetTooLarge)
      return
    }
    if (this.#unsent === undefined) {
      this.#unsent = new Unsent()
      this.gateway.flushes.add(this)
    }
    this.#unsent.add(packet)
  }

  flush(): number {
    const unsent = this.#unsent
    this.#unsent = undefined
    if (unsent === undefined || !this.isOpen) return 0
    unsent.writeTo(this.socket)
    this.written(unsent.bytes)
    return unsent.bytes
  }

  writeAcknowledgements(bytes: Buffer): void {
    this.socket.write(bytes)
    this.written(bytes.length)
  }

  private written(bytes: number): void {
    this.gateway.metrics.countSent(bytes)
    if (this.socket.writableLength > this.gateway.limits.outboundBytes) this.pause('answers')
  }

  onDrain(): void {
    this.resume('answers')
    this.session?.pump(this.gateway)
  }

  exchangeCompleted(): void {
    if (this.unacknowledged > 0) this.unacknowledged--
  }

  sendDelivery(delivery: Delivery): boolean {
    const packet = deliveryPacket(this, delivery, this.gateway.clock)
    if (packet === undefined) {
      this.gateway.metrics.countDropped('packet-too-large')
      return false
    }
    this.messagesSent++
    this.send(packet)
    const payload = payloadApart(delivery)
    if (payload !== undefined) this.send(payload)
    return true
  }

  sendRelease(packetId: number): void {
    this.gateway.metrics.reasonCodes.countSent(packetType.pubrel, reasonCode.success)
    this.send(encodeAcknowledgement(packetType.pubrel, this.version, packetId))
  }

  // --- The end

  /** Ends the connection from our side. `reason` is a metric label; MQTT 5 clients are told the
   *  code, and in words what it is about. [MQTT-3.14.0-1], [MQTT-4.13.2-1] */
  close(
    reason: string,
    code: ReasonCode = reasonCode.unspecified,
    properties: Properties = noProperties,
    detail?: string,
  ): void {
    if (!this.isOpen) return
    if (this.session === undefined || this.version === 4) {
      this.end(reason)
      return
    }
    this.gateway.metrics.reasonCodes.countSent(packetType.disconnect, code)
    this.send(
      withReason(this, code, detail, properties, (each) => encodeDisconnect(5, { reason: code, properties: each })),
    )
    this.endSpeaking(reason)
  }

  /** Ends the connection for a fault in what the client sent. */
  fault(code: ReasonCode, detail?: string): void {
    this.close(code === reasonCode.malformedPacket ? 'malformed' : 'protocol-error', code, noProperties, detail)
  }

  /** The client said goodbye, or nothing can be said to it. */
  finish(reason: string): void {
    if (this.isOpen) this.end(reason)
  }

  /** Its CONNECT was refused. */
  refuse(connack: Buffer, reason: string): void {
    if (!this.isOpen) return
    this.send(connack)
    this.endSpeaking(reason)
  }

  private end(reason: string): void {
    this.flush()
    this.onClosed(reason)
    this.socket.destroySoon()
  }

  /** Ends it after words the client should hear. A socket that is destroyed with bytes unread, or
   *  that gets more, is reset, and what the client has not read by then is lost to it; so its bytes
   *  are taken and thrown away until it closes too, or `closeTimeoutMs` are over. */
  private endSpeaking(reason: string): void {
    this.flush()
    this.onClosed(reason)
    this.socket.end()
    this.socket.resume()
  }

  /** The socket is gone or going. The will goes out unless a DISCONNECT has taken it away. */
  onClosed(reason: string): void {
    if (!this.isOpen) return
    this.stopReading()
    const { gateway, session, will } = this
    gateway.door.guard.leave(this)
    gateway.metrics.countDisconnect(reason)
    if (session === undefined) return
    gateway.logger.debug({ client: session.clientId, reason }, 'disconnected')
    gateway.door.rates.leave(this, session.clientId)
    this.session = undefined
    this.will = undefined
    if (session.link === this) gateway.sessions.park(session, will)
  }

  /** From now on what comes is thrown away. The sweep gives the socket `closeTimeoutMs` to take its
   *  last bytes. */
  private stopReading(): void {
    this.isOpen = false
    this.gateway.door.paused.delete(this)
    this.heardAt = this.gateway.clock.now()
    this.hasSpoken = false
    this.dropCarry()
  }
}
