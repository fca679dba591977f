// From a message to the sessions that subscribed to it: who gets it, at which QoS, with what flags. Also keeps the retained messages.
import type { Clock } from '../base/clock.ts'
import type { Delivery } from './delivery-queue.ts'
import type { GatewayLimits } from './gateway-limits.ts'
import type { GatewayMetrics } from './gateway-metrics.ts'
import type { SubscriptionRequest } from './packet.ts'
import { RetainedMessages } from './retained-messages.ts'
import type { RoutedMessage } from './routed-message.ts'
import type { Session, Subscription } from './session.ts'
import { SubscriptionTree } from './subscription-tree.ts'
import type { TopicFilter } from './topic-filter.ts'

export interface Router {
  /** Grows with every change of subscriptions: an answer of `hasSubscribers` holds until then. */
  readonly version: number
  readonly retained: RetainedMessages
  hasSubscribers(levels: readonly string[]): boolean
  /** Adds or replaces; gives whether it is new to the session. */
  subscribe(session: Session, request: SubscriptionRequest, parsed: TopicFilter, subscriptionId: number | undefined): boolean
  /** Gives whether there was such a subscription. */
  unsubscribe(session: Session, filter: string): boolean
  unsubscribeAll(session: Session): void
  /** Sends the retained messages of a filter to a session that subscribed to it just now. */
  sendRetained(session: Session, filter: string): void
  /** Delivers to subscribers, and keeps the message when it is retained. */
  route(message: RoutedMessage): void
}

export type RouterOptions = { readonly limits: GatewayLimits; readonly metrics: GatewayMetrics; readonly clock: Clock }

export function createRouter({ limits, metrics, clock }: RouterOptions): Router {
  const tree = new SubscriptionTree<Session, Subscription>()
  const retained = new RetainedMessages(limits)
  let version = 0
  // What the match under way has found: one pair of arrays for the process, emptied after each message.
  const sessions: Session[] = []
  const subscriptions: Subscription[] = []
  const collect = {
    onMember(session: Session, subscription: Subscription): void {
      sessions.push(session)
      subscriptions.push(subscription)
    },
    onGroup(members: Map<Session, Subscription>): void {
      const session = nextOfGroup(members)
      collect.onMember(session, members.get(session)!)
    },
  }

  const probe = {
    found: false,
    onMember: (): void => void (probe.found = true),
    onGroup: (): void => void (probe.found = true),
  }

  function deliver(session: Session, delivery: Delivery): void {
    const { link } = session
    if (delivery.qos > 0) {
      const dropped = session.enqueue(delivery, limits, clock.now())
      if (dropped > 0) metrics.countDropped('queue-full', dropped)
    } else if (link !== undefined) {
      if (isExpired(delivery.message, clock.now())) return // [MQTT-3.3.2-5] while the log was slow
      if (link.isWritable) link.sendDelivery(delivery, 0, false)
      else metrics.countDropped('slow-reader')
    }
  }

  function deliverMatches(message: RoutedMessage): void {
    const seen = sessions.length > 1 ? new Map<Session, Subscription[]>() : undefined
    for (const [index, session] of sessions.entries()) {
      const subscription = subscriptions[index]!
      if (subscription.noLocal && message.publisher === session.clientId) continue // [MQTT-3.8.3-3]
      // A shared subscription's message is one of its own, at its own QoS. [MQTT-4.8.2-3]
      if (seen === undefined || subscription.parsed.group !== undefined) deliver(session, deliveryOf(message, [subscription]))
      else {
        const list = seen.get(session)
        if (list === undefined) seen.set(session, [subscription])
        else list.push(subscription)
      }
    }
    // [MQTT-3.3.4-2] filters that overlap: one copy, at the highest QoS, with all their identifiers.
    for (const [session, list] of seen ?? []) deliver(session, deliveryOf(message, list))
  }

  return {
    get version() {
      return version
    },
    retained,
    hasSubscribers(levels) {
      probe.found = false
      tree.match(levels, probe)
      return probe.found
    },
    subscribe(session, { filter, qos, noLocal, retainAsPublished }, parsed, subscriptionId) {
      const subscription: Subscription = { parsed, qos, noLocal, retainAsPublished, subscriptionId }
      ;(session.subscriptions ??= new Map<string, Subscription>()).set(filter, subscription)
      version++
      return tree.add(parsed, session, subscription)
    },
    unsubscribe(session, filter) {
      const subscription = session.subscriptions?.get(filter)
      if (subscription === undefined) return false
      session.subscriptions!.delete(filter)
      version++
      return tree.remove(subscription.parsed, session)
    },
    unsubscribeAll(session) {
      if (session.subscriptions === undefined) return
      for (const { parsed } of session.subscriptions.values()) tree.remove(parsed, session)
      session.subscriptions = undefined
      version++
    },
    sendRetained(session, filter) {
      const subscription = session.subscriptions?.get(filter)
      if (subscription === undefined || subscription.parsed.group !== undefined) return
      for (const message of retained.match(subscription.parsed.levels, clock.now()))
        if (!subscription.noLocal || message.publisher !== session.clientId)
          deliver(session, { ...deliveryOf(message, [subscription]), retain: true }) // [MQTT-3.3.1-8]
    },
    route(message) {
      if (message.retain && !retained.put(message.levels, message)) metrics.countDropped('retained-full')
      tree.match(message.levels, collect)
      if (sessions.length > 0) deliverMatches(message)
      sessions.length = subscriptions.length = 0
    },
  }
}

const isExpired = ({ expiresAt }: RoutedMessage, now: number): boolean => expiresAt !== 0 && expiresAt <= now

function deliveryOf(message: RoutedMessage, subscriptions: readonly Subscription[]): Delivery {
  let qos: 0 | 1 | 2 = 0
  let retainAsPublished = false
  let subscriptionIds: number[] | undefined
  for (const subscription of subscriptions) {
    if (subscription.qos > qos) qos = subscription.qos
    if (subscription.retainAsPublished) retainAsPublished = true
    if (subscription.subscriptionId !== undefined) (subscriptionIds ??= []).push(subscription.subscriptionId)
  }
  return {
    message,
    qos: qos < message.qos ? qos : message.qos,
    retain: retainAsPublished && message.retain, // [MQTT-3.3.1-12, -13]
    subscriptionIds,
    released: false,
  }
}

/** The member whose turn it is: the first that is connected, or else the first. It goes to the end of the line. */
function nextOfGroup(members: Map<Session, Subscription>): Session {
  let chosen: Session | undefined
  for (const session of members.keys()) {
    chosen ??= session
    if (session.link !== undefined) {
      chosen = session
      break
    }
  }
  const subscription = members.get(chosen!)!
  members.delete(chosen!)
  members.set(chosen!, subscription)
  return chosen!
}
