// The session of one client id, connected or not: subscriptions, what is on its way to
// the client, and which QoS 2 messages of the client are known. Invariant: a QoS 1 or 2 delivery is
// in `queue` or in `inflight` until the client has acknowledged it; and a session that outlives its
// connection has all of that in its journal too, before anyone is told that it was taken.
import type { Clock } from '../../base/clock.ts'
import type { Principal } from '../admission/admission.ts'
import { deliveryBytes, deliveryOverheadBytes, DeliveryQueue, type Delivery } from './delivery-queue.ts'
import type { GatewayLimits } from '../gateway-limits.ts'
import type { Will } from '../../mqtt/packet.ts'
import { isExpired } from './routed-message.ts'
import type { ReasonCode } from '../../mqtt/reason-code.ts'
import type { SessionJournal } from './session-journal.ts'
import type { SessionRecord } from './session-record.ts'
import type { Subscription } from './subscription.ts'

/** A connection, as far as its session needs it. */
export interface SessionLink {
  /** Unacknowledged QoS 1 and 2 deliveries the client takes. */
  readonly deliveryWindow: number
  /** False while too much is unsent. */
  readonly isWritable: boolean
  /** The will that goes out when the connection is lost. */
  readonly will: Will | undefined
  /** Gives false when the packet is larger than the client takes: it counts as delivered.
   *  [MQTT-3.1.2-25] */
  sendDelivery(delivery: Delivery): boolean
  sendRelease(packetId: number): void
  /** Ends the connection; `reason` is a metric label. */
  close(reason: string, code: ReasonCode): void
}

/** Bounds of deliveries: their limits, and what all sessions together have on their way. */
export type DeliveryContext = {
  readonly limits: GatewayLimits
  readonly clock: Clock
  /** A message counts once, however many sessions it is for. `holders`: sessions that have
   *  something on its way. */
  readonly budget: { usedBytes: number; holders: number }
}

/** Deliveries that the old owner of a session may still number while the session moves: at most two
 *  batches for each thread. The new owner begins this far ahead. The number stays small, because
 *  orders must not overtake the clock that numbers new sessions (`lifeCounter`). */
const numbersKept = 20_000

export class Session {
  readonly clientId: string
  principal: Principal
  link: SessionLink | undefined
  /** Where its changes are stored; undefined for a session that ends with its connection, or has
   *  ended. */
  journal: SessionJournal | undefined
  /** How long it outlives its connection; 0 means not at all. */
  expiryMs: number
  /** When it ends, by the steady clock; Infinity while connected. */
  endsAt = Number.POSITIVE_INFINITY
  /** A will that waits for its delay, and when it is due. */
  will: Will | undefined
  willAt = Number.POSITIVE_INFINITY
  subscriptions: Map<string, Subscription> | undefined
  /** Packet identifiers of the client's QoS 2 messages that are stored and not yet released. */
  received: Set<number> | undefined
  isEnded = false
  /** Whose requests are to be stored with the next batch. */
  savedFor: SessionLink | undefined
  /** Bytes queued and in flight. */
  bytes = 0
  /** Deliveries are numbered from here on: higher than any of an earlier session of this client
   *  id. */
  readonly firstOrder: number
  #inflight: Map<number, Delivery> | undefined
  #queue: DeliveryQueue | undefined
  #lastPacketId = 0
  #lastOrder: number

  constructor(clientId: string, principal: Principal, expiryMs: number, firstOrder: number) {
    this.clientId = clientId
    this.principal = principal
    this.expiryMs = expiryMs
    this.firstOrder = firstOrder
    this.#lastOrder = firstOrder
  }

  /** The session of a record, which has no deliveries yet. */
  static of({
    clientId,
    principal,
    expiryMs,
    firstOrder,
    endsAt,
    willAt,
    will,
    subscriptions,
  }: SessionRecord): Session {
    const session = new Session(clientId, principal, expiryMs, firstOrder)
    session.endsAt = endsAt
    session.willAt = willAt
    session.will = will
    session.subscriptions = subscriptions
    return session
  }

  get queued(): number {
    return this.#queue?.length ?? 0
  }

  get inflight(): number {
    return this.#inflight?.size ?? 0
  }

  /** A packet identifier for a delivery to come. None that is in use: the queue is far shorter than
   *  65,535, so only what is in flight, or was and waits to be sent again, can have been given one
   *  that long ago. */
  nextPacketId(): number {
    do this.#lastPacketId = this.#lastPacketId === 0xffff ? 1 : this.#lastPacketId + 1
    while (this.#inflight?.has(this.#lastPacketId) === true || this.#queue?.hasSent(this.#lastPacketId) === true)
    return this.#lastPacketId
  }

  nextOrder(): number {
    return ++this.#lastOrder
  }

  get lastOrder(): number {
    return this.#lastOrder
  }

  /** Takes a QoS 1 or 2 delivery and sends what can be sent. Over the limits the oldest that waits
   *  goes, for a car wants the newest word, and a message with an expiry is better lost early than
   *  obeyed late. Gives how many had to go. */
  take(delivery: Delivery, context: DeliveryContext): number {
    const queue = (this.#queue ??= new DeliveryQueue())
    queue.push(delivery)
    this.#account(delivery, 1, context)
    // A delivery that can be sent now does not wait: who takes its messages loses none for those
    // who do not.
    this.pump(context)
    let dropped = 0
    while (queue.length > 0 && this.#isOver(queue, context)) {
      const oldest = queue.giveUp(context.limits.deliveryWindow)
      if (oldest === undefined) break
      this.#gone(oldest, context)
      dropped++
    }
    if (queue.length === 0) this.#queue = undefined
    return dropped
  }

  /** Over its own limits; or all sessions together have more than half of theirs, and this one more
   *  than an equal share of what is left. So a few with much take nothing from the many with
   *  little, and the whole is bounded. */
  #isOver(queue: DeliveryQueue, { limits, budget }: DeliveryContext): boolean {
    if (queue.length > limits.queueMessages || queue.bytes > limits.queueBytes) return true
    const { usedBytes, holders } = budget
    return usedBytes > limits.queuedBytes / 2 && this.bytes > (limits.queuedBytes - usedBytes) / holders
  }

  /** Puts back deliveries as they were stored, in their order, before all it has been given
   *  since. */
  restore(deliveries: readonly Delivery[], context: DeliveryContext): void {
    const waiting: Delivery[] = []
    for (const delivery of deliveries) {
      if (delivery.released) (this.#inflight ??= new Map<number, Delivery>()).set(delivery.packetId, delivery)
      else waiting.push(delivery)
      this.#account(delivery, 1, context)
    }
    if (waiting.length > 0) (this.#queue ??= new DeliveryQueue()).putBack(waiting)
    const last = deliveries.at(-1)
    if (last === undefined || last.order < this.#lastOrder) return
    this.#lastPacketId = last.packetId
    this.#lastOrder = last.order
  }

  /** Where another thread goes on numbering deliveries while this one still numbers some: at the
   *  longest run of packet identifiers that are not in use and do not come next here. */
  successor(): { readonly packetId: number; readonly order: number } {
    const from = this.#lastPacketId + numbersKept
    const end = 0xffff - numbersKept
    const marks = [0, end]
    for (const { packetId } of this.deliveries()) {
      const distance = (packetId - from + 2 * 0xffff) % 0xffff
      if (distance < end) marks.push(distance)
    }
    marks.sort((one, other) => one - other)
    let start = 0
    let longest = 0
    for (const [index, mark] of marks.entries()) {
      const run = (marks[index + 1] ?? mark) - mark
      if (run > longest) [start, longest] = [mark, run]
    }
    return { packetId: (from + start) % 0xffff || 0xffff, order: this.#lastOrder + numbersKept }
  }

  /** The orders of stored deliveries that were sent, or perhaps were. */
  ordersSent(): { readonly sent: readonly number[]; readonly perhapsSent: readonly number[] } {
    const sent = [...(this.#inflight?.values() ?? [])].map(({ order }) => order)
    const perhapsSent: number[] = []
    for (const { wasSent, order } of this.#queue ?? [])
      if (wasSent !== 'no') (wasSent === 'yes' ? sent : perhapsSent).push(order)
    return { sent, perhapsSent }
  }

  /** Goes on where `successor` said. */
  succeed(packetId: number, order: number): void {
    this.#lastPacketId = packetId
    this.#lastOrder = order
  }

  #account(delivery: Delivery, sign: 1 | -1, { budget }: DeliveryContext): void {
    const { message } = delivery
    const isShared = message.holders > (sign === 1 ? 0 : 1)
    message.holders += sign
    budget.usedBytes += sign * (isShared ? deliveryOverheadBytes : deliveryBytes(delivery))
    if (this.bytes === 0) budget.holders++
    this.bytes += sign * deliveryBytes(delivery)
    if (this.bytes === 0) budget.holders--
  }

  /** The delivery is over, one way or the other. */
  #gone(delivery: Delivery, context: DeliveryContext): void {
    this.#account(delivery, -1, context)
    this.journal?.removeDelivery(this.clientId, delivery)
  }

  /** Sends what the client's window and the socket allow. While all sessions together have too much
   *  on its way, one at a time. */
  pump(context: DeliveryContext): void {
    const { link } = this
    const queue = this.#queue
    if (link === undefined || queue === undefined) return
    const now = context.clock.now()
    const { limits, budget } = context
    while (queue.length > 0 && this.inflight < link.deliveryWindow && link.isWritable) {
      if (this.inflight > 0 && budget.usedBytes > limits.queuedBytes) break
      const delivery = queue.shift()!
      if ((delivery.wasSent !== 'yes' && isExpired(delivery.message, now)) || !link.sendDelivery(delivery))
        this.#gone(delivery, context)
      else (this.#inflight ??= new Map<number, Delivery>()).set(delivery.packetId, delivery)
    }
    if (queue.length === 0) this.#queue = undefined
  }

  /** [MQTT-4.4.0-1] on a resumed session the unacknowledged go again, first and in order, with DUP
   *  and their identifiers; no more at a time than the client takes now. [MQTT-3.3.4-9] */
  resume(context: DeliveryContext): void {
    const { link } = this
    if (link === undefined) return
    const again: Delivery[] = []
    for (const delivery of this.#inflight?.values() ?? []) {
      if (delivery.released) link.sendRelease(delivery.packetId)
      else again.push(delivery)
    }
    for (const delivery of again) {
      delivery.wasSent = 'yes'
      this.#inflight!.delete(delivery.packetId)
    }
    if (again.length > 0) (this.#queue ??= new DeliveryQueue()).putBack(again)
    this.pump(context)
  }

  /** PUBACK, PUBCOMP, or a PUBREC that refuses. Gives false when nothing is known by that
   *  identifier. */
  complete(packetId: number, context: DeliveryContext): boolean {
    const delivery = this.sent(packetId)
    if (delivery === undefined) return false
    this.#inflight!.delete(packetId)
    if (this.#inflight!.size === 0) this.#inflight = undefined
    this.#gone(delivery, context)
    this.pump(context)
    return true
  }

  /** The delivery that was sent by this identifier and is not acknowledged: in flight, also when it
   *  was about to be sent again. */
  sent(packetId: number): Delivery | undefined {
    const inflight = this.#inflight?.get(packetId)
    if (inflight !== undefined) return inflight
    const delivery = this.#queue?.takeSent(packetId)
    if (delivery !== undefined) (this.#inflight ??= new Map<number, Delivery>()).set(packetId, delivery)
    return delivery
  }

  /** Everything on its way, oldest first. */
  *deliveries(): Iterable<Delivery> {
    if (this.#inflight !== undefined) yield* this.#inflight.values()
    if (this.#queue !== undefined) yield* this.#queue
  }

  /** Deliveries that another member of a share group may have when this session ends: all but what
   *  was sent at QoS 2, which nobody else may get. [MQTT-4.8.2-5] */
  *transferable(): Iterable<Delivery> {
    for (const delivery of this.#inflight?.values() ?? [])
      if (delivery.shared !== undefined && delivery.qos === 1) yield delivery
    for (const delivery of this.#queue ?? [])
      if (delivery.shared !== undefined && (delivery.qos === 1 || delivery.wasSent === 'no')) yield delivery
  }

  /** Its end: lets go of everything that was on its way. */
  clear(context: DeliveryContext): void {
    for (const delivery of this.deliveries()) this.#account(delivery, -1, context)
    this.isEnded = true
    this.#inflight = undefined
    this.#queue = undefined
    this.received = undefined
  }
}
