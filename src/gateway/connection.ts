// One client's connection, from its first packet to its end. A class of few fields and no closures
// or timers, because there are tens of thousands of them: what comes is read by the half it
// inherits (packet-reader.ts) and goes to the handlers; what it sends leaves at the end of a tick
// (unsent.ts); its deadlines are looked at by the sweep (sweep.ts), its acknowledgements written by
// ingest.ts.
//
//   awaiting-connect ──CONNECT──► connected ──DISCONNECT, fault, takeover, silence, loss──► closed
import type { Principal } from './admission/admission.ts'
import { encodeAcknowledgement, encodeDisconnect } from '../mqtt/encode-packet.ts'
import { withReason, type ReasonTaker } from '../mqtt/explanation.ts'
import { packetType, type ProtocolVersion, type Will } from '../mqtt/packet.ts'
import { noProperties, type Properties } from '../mqtt/properties.ts'
import { reasonCode, type ReasonCode } from '../mqtt/reason-code.ts'
import { handlePacket } from './handlers/handle-packet.ts'
import { handlePublish } from './handlers/handle-publish.ts'
import type { DoorClient } from './door.ts'
import type { KnownTopic } from './handlers/known-topic.ts'
import type { IngestOwner } from '../ingest/ingest.ts'
import { PacketReader } from './packet-reader.ts'
import type { Delivery } from './session/delivery-queue.ts'
import { deliveryPacket, payloadApart, type DeliveryTaker } from './session/delivery-packet.ts'
import type { Session, SessionLink } from './session/session.ts'
import { Unsent } from './unsent.ts'

export class Connection
  extends PacketReader
  implements SessionLink, IngestOwner, ReasonTaker, DeliveryTaker, DoorClient
{
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

  get packetBytesMax(): number {
    const { limits } = this.gateway
    return this.session === undefined ? limits.connectPacketBytes : limits.packetBytes
  }

  get keptBytesMax(): number {
    return this.gateway.limits.keptPacketBytes
  }

  /** PUBLISH goes straight to its handler. Six arguments and no object, here and behind it: a
   *  packet costs no allocation before its record. */
  onFrame(first: number, bytes: Buffer, start: number, end: number, passed: number): boolean {
    this.hasSpoken = true
    if (first >> 4 === packetType.publish && this.session !== undefined)
      handlePublish(this, first, bytes, start, end, passed)
    else handlePacket(this, first, bytes, start, end, passed)
    return this.isReadOn
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
}
