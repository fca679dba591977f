// One client's connection: bytes in, packets to their handlers, bytes out. A class of few fields and no closures or timers, because there
// are tens of thousands of them; its deadlines are looked at by the sweep (sweep.ts), its acknowledgements written by ingest.ts.
//
//   awaiting-connect ──CONNECT──► connected ──DISCONNECT, fault, takeover, silence, loss──► closed
import type { Principal } from './admission/admission.ts'
import type { Broker } from './broker.ts'
import { parkSession } from './broker.ts'
import { deliveryProperties } from './session/delivery-properties.ts'
import type { Delivery } from './session/delivery-queue.ts'
import { encodeAcknowledgement, encodeDisconnect, encodePublish } from './codec/encode-packet.ts'
import { withReason, type Reader } from './codec/explanation.ts'
import { cutFrames, type Carry, type FrameSink } from './codec/frames.ts'
import { handlePacket } from './handlers/handle-packet.ts'
import type { IngestOwner } from './ingest.ts'
import type { KnownTopic } from './handlers/known-topic.ts'
import { packetType, type ProtocolVersion, type Will } from './codec/packet.ts'
import { noProperties, type Properties } from './codec/properties.ts'
import { reasonCode, type ReasonCode } from './codec/reason-code.ts'
import type { RateClient, TenantRate } from './guard/rate-limit.ts'
import type { Session, SessionLink } from './session/session.ts'
import type { ClientStream } from './transport/client-stream.ts'

/** Why a connection is not read: the log is behind, its own answers are not taken, it or its tenant sends faster than it may,
 *  before CONNECT it is not its turn (connection-guard.ts, failed-connects.ts), or its session comes from another thread. */
const pausedForLog = 1
const pausedForReader = 2
const pausedForRate = 4
const pausedForTurn = 8
const pausedForSession = 16

/** Unsent packets up to this size are joined into one write. */
const joinBytesMax = 64 * 1024

export class Connection implements FrameSink, SessionLink, IngestOwner, RateClient, Reader {
  readonly broker: Broker
  readonly socket: ClientStream
  version: ProtocolVersion = 4
  /** Undefined until CONNECT is accepted. */
  session: Session | undefined
  principal: Principal | undefined
  isOpen = true
  /** 1.5 times the keep-alive, or the connect timeout; 0 means no deadline. */
  silenceMaxMs: number
  hasSpoken = false
  /** As of the last sweep after it spoke. */
  heardAt: number
  will: Will | undefined
  topics: KnownTopic[] | undefined
  aliases: Map<number, KnownTopic> | undefined
  /** QoS 1 and 2 PUBLISHes whose exchange has not ended (counted for MQTT 5). */
  unacknowledged = 0
  pendingBytes = 0
  /** Whole seconds of the broker's clock when CONNECT was accepted: a small integer costs no object of its own. */
  connectedS = 0
  /** PUBLISHes of this connection, for operators. */
  messagesReceived = 0
  messagesSent = 0
  paidUntil = 0
  tenantRate: TenantRate | undefined
  ackBytes = 0
  ackAt = -1
  deliveryWindow = 0
  /** What the client said it takes. */
  clientPacketBytesMax = Number.POSITIVE_INFINITY
  clientAliasMax = 0
  /** Reason strings: false when the client asked for no problem information. */
  wantsReasons = true
  #carry: Carry | undefined
  #outboundAliases: Map<string, number> | undefined
  #unsent: Buffer[] | undefined
  /** Of `#unsent`; once it is closed, of what has come since. */
  #unsentBytes = 0
  #paused = 0

  constructor(broker: Broker, socket: ClientStream) {
    this.broker = broker
    this.socket = socket
    this.silenceMaxMs = broker.limits.connectTimeoutMs
    this.heardAt = broker.clock.now()
  }

  /** Of the client; undefined once it is gone. */
  get remoteAddress(): string | undefined {
    return this.socket.remoteAddress
  }

  get packetBytesMax(): number {
    const { limits } = this.broker
    return this.session === undefined ? limits.connectPacketBytes : limits.packetBytes
  }

  /** False while its silence is our doing, because we do not read: the log is behind, its rate too high, its turn not come. */
  get isJudgedBySilence(): boolean {
    return this.silenceMaxMs > 0 && (this.#paused & ~(pausedForReader | pausedForSession)) === 0
  }

  onData(chunk: Buffer): void {
    if (!this.isOpen) {
      this.#discard(chunk)
      return
    }
    this.hasSpoken = true
    this.broker.metrics.countReceived(chunk.length)
    if ((this.#paused & pausedForSession) === 0) this.#read(chunk)
    else this.#keep(chunk)
  }

  #read(chunk: Buffer): void {
    const { broker } = this
    broker.readAt = performance.now()
    broker.extraMessages = broker.extraBytes = 0
    const before = this.messagesReceived
    this.#carry = cutFrames(this.#carry, chunk, this)
    broker.rates.charge(this, this.messagesReceived - before + broker.extraMessages, chunk.length + broker.extraBytes)
    this.pauseIfAhead()
  }

  onFrame(first: number, bytes: Buffer, start: number, end: number): boolean {
    handlePacket(this, first, bytes, start, end)
    // A CONNECT whose refusal is late: nothing behind it counts. One whose session is on its way: what is behind it comes later.
    return this.isOpen && (this.#paused & (pausedForTurn | pausedForSession)) === 0
  }

  get isSuspended(): boolean {
    return (this.#paused & pausedForSession) !== 0
  }

  /** What comes although it is not read: frames of a WebSocket that were read with the one before. */
  #keep(chunk: Buffer): void {
    const { bytes, filled } = this.#carry ?? { bytes: chunk, filled: 0 }
    if (filled + chunk.length > this.broker.limits.connectionPendingBytes) {
      this.finish('packet-too-large')
      return
    }
    this.#carry = { bytes: Buffer.concat([bytes.subarray(0, filled), chunk]), filled: filled + chunk.length }
  }

  onFrameFault(code: ReasonCode): void {
    this.close(code === reasonCode.packetTooLarge ? 'packet-too-large' : 'malformed', code)
  }

  // --- Reading, and not reading

  /** Stops reading when this connection has more on the way to the log than it may: little while the log is slow, more while it keeps up. */
  pauseIfAhead(): void {
    const { limits, ingest } = this.broker
    if (this.pendingBytes > (ingest.isSaturated ? limits.heldBytes : limits.connectionPendingBytes)) this.#pause(pausedForLog)
  }

  /** Reads again once half of what is allowed is free. */
  resumeIfCaughtUp(): void {
    const { limits, ingest } = this.broker
    if (this.pendingBytes <= (ingest.isSaturated ? limits.heldBytes : limits.connectionPendingBytes) / 2) this.#resume(pausedForLog)
  }

  holdForRate(): void {
    this.#pause(pausedForRate)
  }

  releaseFromRate(): void {
    this.#resume(pausedForRate)
  }

  holdForTurn(): void {
    this.#pause(pausedForTurn)
  }

  releaseForTurn(): void {
    this.#resume(pausedForTurn)
  }

  holdForSession(): void {
    this.#pause(pausedForSession)
  }

  /** Goes on with what came behind the CONNECT. */
  releaseForSession(): void {
    this.#resume(pausedForSession)
    const rest = this.#carry
    this.#carry = undefined
    if (rest !== undefined && this.isOpen && !this.broker.isDraining) this.#read(rest.bytes.subarray(0, rest.filled))
  }

  #pause(why: number): void {
    if (!this.isOpen) return
    if (this.#paused === 0) this.socket.pause()
    if (why === pausedForLog) this.broker.paused.add(this)
    this.#paused |= why
  }

  #resume(why: number): void {
    if ((this.#paused & why) === 0) return
    this.#paused &= ~why
    // What it sent meanwhile is not read yet: its silence begins now.
    this.hasSpoken = true
    if (why === pausedForLog) this.broker.paused.delete(this)
    if (this.#paused !== 0) return
    if (this.isOpen && !this.broker.isDraining) this.socket.resume()
  }

  // --- Writing

  get isWritable(): boolean {
    return this.isOpen && this.socket.writableLength + this.#unsentBytes < this.broker.limits.outboundBytes
  }

  /** Written at the end of this tick, in one piece with whatever else is sent until then. */
  send(bytes: Buffer): void {
    if (!this.isOpen) return
    if (bytes.length > this.clientPacketBytesMax) {
      // [MQTT-3.1.2-24] an answer it has no room for: without it the client would wait for ever. DISCONNECT always fits (see handle-connect.ts).
      this.close('packet-too-large', reasonCode.packetTooLarge)
      return
    }
    if (this.#unsent === undefined) {
      this.#unsent = []
      this.broker.wakeFor(this)
    }
    this.#unsent.push(bytes)
    this.#unsentBytes += bytes.length
  }

  flush(): void {
    const unsent = this.#unsent
    if (unsent === undefined) return
    this.#unsent = undefined
    const count = this.#unsentBytes
    this.#unsentBytes = 0
    if (!this.isOpen) return
    if (unsent.length === 1) this.#write(unsent[0]!)
    else if (count <= joinBytesMax) this.#write(Buffer.concat(unsent, count))
    else {
      this.socket.cork()
      for (const bytes of unsent) this.#write(bytes)
      this.socket.uncork()
    }
  }

  #write(bytes: Buffer): void {
    this.broker.metrics.countSent(bytes.length)
    this.socket.write(bytes)
    // A client that asks and does not take the answers is not asked for more.
    if (this.socket.writableLength > this.broker.limits.outboundBytes) this.#pause(pausedForReader)
  }

  onDrain(): void {
    this.#resume(pausedForReader)
    this.session?.pump(this.broker)
  }

  writeAcknowledgements(bytes: Buffer): void {
    this.#write(bytes)
  }

  exchangeCompleted(): void {
    if (this.unacknowledged > 0) this.unacknowledged--
  }

  sendDelivery(delivery: Delivery): boolean {
    const { message, qos, retain, packetId } = delivery
    const dup = delivery.wasSent !== 'no'
    const { payload, topic } = message
    if (this.version === 4) {
      this.messagesSent++
      this.send(encodePublish(4, { topic, payload, qos, dup, retain, packetId, properties: noProperties }))
      return true
    }
    const alias = this.clientAliasMax === 0 ? undefined : this.#outboundAliases?.get(topic)
    const isNewAlias = alias === undefined && (this.#outboundAliases?.size ?? 0) < this.clientAliasMax
    let topicAlias = isNewAlias ? (this.#outboundAliases?.size ?? 0) + 1 : alias
    let properties = deliveryProperties(delivery, topicAlias, this.broker.clock.now())
    let bytes = encodePublish(5, { topic: alias === undefined ? topic : '', payload, qos, dup, retain, packetId, properties })
    if (bytes.length > this.clientPacketBytesMax && topicAlias !== undefined) {
      // The alias itself takes three bytes.
      topicAlias = undefined
      properties = deliveryProperties(delivery, undefined, this.broker.clock.now())
      bytes = encodePublish(5, { topic, payload, qos, dup, retain, packetId, properties })
    }
    if (bytes.length > this.clientPacketBytesMax) {
      this.broker.metrics.countDropped('packet-too-large') // [MQTT-3.1.2-24]
      return false
    }
    if (isNewAlias && topicAlias !== undefined) (this.#outboundAliases ??= new Map<string, number>()).set(topic, topicAlias)
    this.messagesSent++
    this.send(bytes)
    return true
  }

  sendRelease(packetId: number): void {
    this.broker.metrics.reasonCodes.countSent(packetType.pubrel, reasonCode.success)
    this.send(encodeAcknowledgement(packetType.pubrel, this.version, packetId))
  }

  // --- The end

  /** Ends the connection from our side. `reason` is a metric label; MQTT 5 clients are told the code, and in words what it is
   *  about. [MQTT-3.14.0-1], [MQTT-4.13.2-1] */
  close(reason: string, code: ReasonCode = reasonCode.unspecified, properties: Properties = noProperties, detail?: string): void {
    if (!this.isOpen) return
    if (this.session === undefined || this.version === 4) {
      this.#end(reason)
      return
    }
    this.broker.metrics.reasonCodes.countSent(packetType.disconnect, code)
    this.send(withReason(this, code, detail, properties, (each) => encodeDisconnect(5, { reason: code, properties: each })))
    this.#endSpeaking(reason)
  }

  /** Ends the connection for a fault in what the client sent. */
  fault(code: ReasonCode, detail?: string): void {
    this.close(code === reasonCode.malformedPacket ? 'malformed' : 'protocol-error', code, noProperties, detail)
  }

  /** The client said goodbye, or nothing can be said to it. */
  finish(reason: string): void {
    if (this.isOpen) this.#end(reason)
  }

  /** Its CONNECT was refused. */
  refuse(connack: Buffer, reason: string): void {
    if (!this.isOpen) return
    this.send(connack)
    this.#endSpeaking(reason)
  }

  #end(reason: string): void {
    this.flush()
    this.onClosed(reason)
    this.socket.destroySoon()
  }

  /** Ends it after words the client should hear. A socket that is destroyed with bytes unread, or that gets more, is reset, and what the
   *  client has not read by then is lost to it; so its bytes are taken and thrown away until it closes too, or `closeTimeoutMs` are over. */
  #endSpeaking(reason: string): void {
    this.flush()
    this.onClosed(reason)
    this.socket.end()
    this.socket.resume()
  }

  #discard(chunk: Buffer): void {
    this.#unsentBytes += chunk.length
    if (this.#unsentBytes > this.broker.limits.connectionPendingBytes) this.socket.destroy()
  }

  /** The socket is gone or going. The will goes out unless a DISCONNECT has taken it away. */
  onClosed(reason: string): void {
    if (!this.isOpen) return
    this.isOpen = false
    const { broker, session, will } = this
    broker.paused.delete(this)
    broker.guard.leave(this)
    broker.metrics.countDisconnect(reason)
    // The sweep gives the socket `closeTimeoutMs` to take its last bytes.
    this.heardAt = broker.clock.now()
    this.hasSpoken = false
    this.#carry = undefined
    if (session === undefined) return
    broker.logger.debug({ client: session.clientId, reason }, 'disconnected')
    broker.rates.leave(this, session.clientId)
    this.session = undefined
    this.will = undefined
    if (session.link === this) parkSession(broker, session, will)
  }
}
