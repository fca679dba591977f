// What waits to be sent to one session. Bounded by count and bytes; when full the oldest goes, for a car wants the newest word,
// and a message with an expiry is better lost early than obeyed late. The loss is counted by the caller.
import type { Qos } from './packet.ts'
import type { RoutedMessage } from './routed-message.ts'

/** A message for one session, with what its subscription makes of it. */
export type Delivery = {
  readonly message: RoutedMessage
  readonly qos: Qos
  readonly retain: boolean
  readonly subscriptionIds: number[] | undefined
  /** At QoS 2: PUBREC has come, so PUBREL is what is resent. */
  released: boolean
}

/** A message's share of the bound: its payload, and what the objects around it cost. */
export const deliveryBytes = (delivery: Delivery): number => delivery.message.payload.length + 200

export class DeliveryQueue {
  #items: Delivery[] = []
  #head = 0
  bytes = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  /** Gives how many older deliveries had to go. */
  push(delivery: Delivery, limits: { readonly queueMessages: number; readonly queueBytes: number }): number {
    this.#items.push(delivery)
    this.bytes += deliveryBytes(delivery)
    let dropped = 0
    while (this.length > limits.queueMessages || (this.bytes > limits.queueBytes && this.length > 1)) {
      this.shift()
      dropped++
    }
    return dropped
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
}
