// What the server keeps for one client id, connected or not: subscriptions, what is on its way to the client, and which QoS 2 messages of
// the client are known. Invariant: a QoS 1 or 2 delivery is in `queue` or in `inflight` until the client has acknowledged it.
import type { Principal } from './admission.ts'
import { deliveryBytes, DeliveryQueue, type Delivery } from './delivery-queue.ts'
import type { GatewayLimits } from './gateway-limits.ts'
import type { Will } from './packet.ts'
import type { ReasonCode } from './reason-code.ts'
import type { TopicFilter } from './topic-filter.ts'

/** What a session needs of its connection. */
export interface SessionLink {
  /** Unacknowledged QoS 1 and 2 deliveries the client takes. */
  readonly deliveryWindow: number
  /** False while too much is unsent. */
  readonly isWritable: boolean
  /** Gives false when the packet is larger than the client takes: it counts as delivered. [MQTT-3.1.2-25] */
  sendDelivery(delivery: Delivery, packetId: number, dup: boolean): boolean
  sendRelease(packetId: number): void
  /** Ends the connection; `reason` is a metric label. */
  close(reason: string, code: ReasonCode): void
}

export type Subscription = {
  readonly parsed: TopicFilter
  readonly qos: 0 | 1 | 2
  readonly noLocal: boolean
  readonly retainAsPublished: boolean
  readonly subscriptionId: number | undefined
}

export class Session {
  readonly clientId: string
  principal: Principal
  link: SessionLink | undefined
  /** How long it outlives its connection; 0 means not at all. */
  expiryMs: number
  /** When it ends, epoch milliseconds; Infinity while connected. */
  endsAt = Number.POSITIVE_INFINITY
  /** A will that waits for its delay, and when it is due. */
  will: Will | undefined
  willAt = Number.POSITIVE_INFINITY
  subscriptions: Map<string, Subscription> | undefined
  /** Packet identifiers of the client's QoS 2 messages that are stored and not yet released. */
  received: Set<number> | undefined
  #inflight: Map<number, Delivery> | undefined
  /** Of `#inflight`, what was sent on an earlier connection and not yet on this one, the first last. */
  #resend: number[] | undefined
  #queue: DeliveryQueue | undefined
  #lastPacketId = 0

  constructor(clientId: string, principal: Principal, expiryMs: number) {
    this.clientId = clientId
    this.principal = principal
    this.expiryMs = expiryMs
  }

  get queued(): number {
    return this.#queue?.length ?? 0
  }

  get inflight(): number {
    return this.#inflight?.size ?? 0
  }

  /** Bytes queued and in flight. */
  get bytes(): number {
    let bytes = this.#queue?.bytes ?? 0
    for (const delivery of this.#inflight?.values() ?? []) bytes += deliveryBytes(delivery)
    return bytes
  }

  /** Takes a QoS 1 or 2 delivery; gives how many older ones had to go for it. */
  enqueue(delivery: Delivery, limits: GatewayLimits, now: number): number {
    const dropped = (this.#queue ??= new DeliveryQueue()).push(delivery, limits)
    this.pump(now)
    return dropped
  }

  /** Sends what the client's window and the socket allow. */
  pump(now: number): void {
    const { link } = this
    if (link === undefined) return
    if (this.#resend !== undefined) this.#sendAgain(link, this.#resend)
    const queue = this.#queue
    if (queue === undefined || this.#resend !== undefined) return
    while (queue.length > 0 && this.inflight < link.deliveryWindow && link.isWritable) {
      const delivery = queue.shift()!
      if (delivery.message.expiresAt !== 0 && delivery.message.expiresAt <= now) continue // [MQTT-3.3.2-5]
      const packetId = this.#nextPacketId()
      const inflight = (this.#inflight ??= new Map<number, Delivery>())
      inflight.set(packetId, delivery)
      if (!link.sendDelivery(delivery, packetId, false)) inflight.delete(packetId)
    }
    if (queue.length === 0) this.#queue = undefined
  }

  #nextPacketId(): number {
    do this.#lastPacketId = this.#lastPacketId === 0xffff ? 1 : this.#lastPacketId + 1
    while (this.#inflight?.has(this.#lastPacketId) === true)
    return this.#lastPacketId
  }

  /** [MQTT-4.4.0-1] on a resumed session the unacknowledged go again, first and in order, with DUP and their identifiers. PUBREL goes at once
   *  [MQTT-3.3.4-10], PUBLISH as far as the window of the new connection allows, which may be smaller than the last one's [MQTT-3.3.4-9]. */
  resume(now: number): void {
    const { link } = this
    if (link === undefined) return
    const unsent: number[] = []
    for (const [packetId, { released }] of this.#inflight ?? []) {
      if (released) link.sendRelease(packetId)
      else unsent.push(packetId)
    }
    this.#resend = unsent.length === 0 ? undefined : unsent.reverse()
    this.pump(now)
  }

  #sendAgain(link: SessionLink, unsent: number[]): void {
    while (unsent.length > 0 && this.inflight - unsent.length < link.deliveryWindow) {
      const packetId = unsent.pop()!
      if (!link.sendDelivery(this.#inflight!.get(packetId)!, packetId, true)) this.#inflight!.delete(packetId)
    }
    if (unsent.length === 0) this.#resend = undefined
  }

  /** It was acknowledged before it was sent again. */
  #forgetUnsent(packetId: number): void {
    const left = this.#resend?.filter((unsent) => unsent !== packetId)
    this.#resend = left === undefined || left.length === 0 ? undefined : left
  }

  /** PUBACK, PUBCOMP, or a PUBREC that refuses. Gives false when nothing is known by that identifier. */
  complete(packetId: number, now: number): boolean {
    if (this.#inflight?.delete(packetId) !== true) return false
    if (this.#resend !== undefined) this.#forgetUnsent(packetId)
    if (this.#inflight.size === 0) this.#inflight = undefined
    this.pump(now)
    return true
  }

  /** PUBREC: the client has it, from now on only PUBREL is sent. [MQTT-4.3.3-5] */
  release(packetId: number): boolean {
    const delivery = this.#inflight?.get(packetId)
    if (delivery === undefined) return false
    delivery.released = true
    if (this.#resend !== undefined) this.#forgetUnsent(packetId)
    return true
  }
}
