// Deliveries that wait to be sent to one session, first in, first out.
import type { Qos } from '../../mqtt/packet.ts'
import { messageBytes, type RoutedMessage } from './routed-message.ts'
import type { TopicFilter } from '../../mqtt/topic-filter.ts'

/** A message for one session, with what its subscription makes of it. */
export type Delivery = {
  readonly message: RoutedMessage
  readonly qos: Qos
  readonly retain: boolean
  readonly subscriptionIds: number[] | undefined
  /** The shared subscription it came by. */
  readonly shared: TopicFilter | undefined
  /** Given when it is addressed, not when it is sent, so that a restart finds it under the
   *  identifier the client may know; 0 at QoS 0. */
  readonly packetId: number
  /** Its place among the stored deliveries of its session. */
  readonly order: number
  /** On an earlier connection, so that it does not expire any more [MQTT-4.3.3-7]; or perhaps,
   *  before a restart. Either way it goes with DUP. [MQTT-3.3.1-1] */
  wasSent: 'no' | 'perhaps' | 'yes'
  /** At QoS 2: PUBREC has come, so PUBREL is what is resent. */
  released: boolean
  /** The name of the entry that has the message, when it is stored once for several sessions
   *  (message-bodies.ts); undefined when it is stored with the delivery. */
  body: string | undefined
}

/** Bytes of the objects around a message. */
export const deliveryOverheadBytes = 200

/** Bytes a delivery counts for in the bounds of its session. */
export const deliveryBytes = (delivery: Delivery): number => messageBytes(delivery.message) + deliveryOverheadBytes

const isHeldByClient = ({ qos, wasSent }: Delivery): boolean => qos === 2 && wasSent !== 'no'

export class DeliveryQueue {
  #items: Delivery[] = []
  #head = 0
  bytes = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  push(delivery: Delivery): void {
    this.#items.push(delivery)
    this.bytes += deliveryBytes(delivery)
  }

  /** Puts what was sent and not acknowledged before all that waits. */
  putBack(deliveries: readonly Delivery[]): void {
    this.#items = [...deliveries, ...this]
    this.#head = 0
    for (const delivery of deliveries) this.bytes += deliveryBytes(delivery)
  }

  shift(): Delivery | undefined {
    const delivery = this.#items[this.#head]
    if (delivery === undefined) return undefined
    this.#head++
    this.bytes -= deliveryBytes(delivery)
    if (this.#head === this.#items.length || this.#head > 64) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return delivery
  }

  /** Takes out the oldest that may be given up, if any may. Not one at QoS 2 that was sent, or
   *  perhaps: its client may hold the identifier until PUBREL, and would take the next message that
   *  comes by it for this one. [MQTT-4.3.3-10], [MQTT-4.4.0-1] No more than the first `window` were
   *  sent. */
  giveUp(window: number): Delivery | undefined {
    let index = this.#head
    while (index < Math.min(this.#items.length, this.#head + window) && isHeldByClient(this.#items[index]!)) index++
    if (index === this.#head) return this.shift()
    const [delivery] = this.#items.splice(index, 1)
    if (delivery !== undefined) this.bytes -= deliveryBytes(delivery)
    return delivery
  }

  /** Whether something that was sent before, or perhaps, has this identifier. */
  hasSent(packetId: number): boolean {
    for (let index = this.#head; index < this.#items.length && this.#items[index]!.wasSent !== 'no'; index++)
      if (this.#items[index]!.packetId === packetId) return true
    return false
  }

  /** Takes out what was sent before by this identifier. It is among the first: `putBack` put it
   *  there. */
  takeSent(packetId: number): Delivery | undefined {
    for (let index = this.#head; index < this.#items.length && this.#items[index]!.wasSent !== 'no'; index++) {
      const delivery = this.#items[index]!
      if (delivery.packetId !== packetId) continue
      this.#items.splice(index, 1)
      this.bytes -= deliveryBytes(delivery)
      return delivery
    }
    return undefined
  }

  [Symbol.iterator](): Iterator<Delivery> {
    return this.#items.slice(this.#head)[Symbol.iterator]()
  }
}
