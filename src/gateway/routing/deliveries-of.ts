// Deliveries of a message for those who get it: a delivery for each, at the QoS and with the flags
// of its subscriptions, stored before anyone is told that the message was taken.
import type { StateChange } from '../../eventlog/state-store.ts'
import type { Delivery } from '../session/delivery-queue.ts'
import type { MessageBodies } from '../session/message-bodies.ts'
import type { Session } from '../session/session.ts'
import type { Subscription } from '../session/subscription.ts'
import type { SessionJournal } from '../session/session-journal.ts'
import type { RoutedMessage } from '../session/routed-message.ts'

/** Deliveries and, at the same index, whose they are. */
export type Routing = { readonly sessions: readonly Session[]; readonly deliveries: readonly Delivery[] }

/** By filters that overlap: one copy, at the highest QoS, with all their identifiers.
 *  [MQTT-3.3.4-2, -3] */
export function deliveryOf(
  message: RoutedMessage,
  session: Session,
  subscriptions: readonly Subscription[],
  isRetained: boolean,
): Delivery {
  let qos: 0 | 1 | 2 = 0
  let retainAsPublished = false
  let subscriptionIds: number[] | undefined
  for (const subscription of subscriptions) {
    if (subscription.qos > qos) qos = subscription.qos
    if (subscription.retainAsPublished) retainAsPublished = true
    if (subscription.subscriptionId !== undefined) (subscriptionIds ??= []).push(subscription.subscriptionId)
  }
  const delivered = qos < message.qos ? qos : message.qos
  return {
    message,
    qos: delivered,
    retain: isRetained || (retainAsPublished && message.retain), // [MQTT-3.3.1-12, -13]
    subscriptionIds,
    // A shared subscription is never one of several here.
    shared: subscriptions[0]?.parsed.group === undefined ? undefined : subscriptions[0].parsed,
    packetId: delivered === 0 ? 0 : session.nextPacketId(),
    order: delivered > 0 && session.journal !== undefined ? session.nextOrder() : 0,
    wasSent: 'no',
    released: false,
    body: undefined,
  }
}

export type DeliveryStores = { readonly journal: () => SessionJournal; readonly bodies: Pick<MessageBodies, 'add'> }

/** Adds the deliveries of one message that last: with the message in it when there is one, and with
 *  the message for itself when there are several. */
export function storeDeliveries(
  { sessions, deliveries }: Routing,
  { journal, bodies }: DeliveryStores,
  changes: StateChange[],
): void {
  let lasting = 0
  for (const { order } of deliveries) if (order > 0) lasting++
  if (lasting === 0) return
  const stored = journal().changes
  const body = lasting > 1 ? bodies.add(lasting) : undefined
  if (body !== undefined) changes.push(stored.body(body, deliveries[0]!.message))
  for (const [index, delivery] of deliveries.entries()) {
    if (delivery.order === 0) continue
    delivery.body = body
    changes.push(stored.delivery(sessions[index]!.clientId, delivery))
  }
}
