// From a message to the sessions that subscribed to it: who gets it, at which QoS, with what flags.
// Also keeps the retained messages.
import type { StateChange } from '../../eventlog/state-store.ts'
import type { Delivery } from '../session/delivery-queue.ts'
import { deliveryOf, storeDeliveries, type Routing } from './deliveries-of.ts'
import type { MessageBodies } from '../session/message-bodies.ts'
import type { GatewayMetrics } from '../gateway-metrics.ts'
import type { OtherThreads } from './other-threads.ts'
import type { SubscriptionRequest } from '../../mqtt/packet.ts'
import { RetainedMessages } from './retained-messages.ts'
import { isExpired, type RoutedMessage } from '../session/routed-message.ts'
import type { DeliveryContext, Session } from '../session/session.ts'
import type { Subscription } from '../session/subscription.ts'
import type { SessionJournal } from '../session/session-journal.ts'
import { SubscriptionTree } from './subscription-tree.ts'
import { filterText, type TopicFilter } from '../../mqtt/topic-filter.ts'

/** Who of a thread is to have a message that another one publishes. */
export type WantedHere = {
  /** Ordinary subscribers too, not only groups. */
  readonly isDirect: boolean
  /** Share groups, as filters with `$share/`, of which one of its members is to have it. */
  readonly groups: readonly string[]
}

export interface Router {
  /** Grows with every change of subscriptions: an answer of `hasSubscribers` holds until then. */
  readonly version: number
  readonly retained: RetainedMessages
  /** Bytes that all subscriptions take in memory, about. */
  readonly subscriptionBytes: number
  hasSubscribers(levels: readonly string[]): boolean
  /** Adds or replaces; gives whether it is new to the session. */
  subscribe(
    session: Session,
    request: SubscriptionRequest,
    parsed: TopicFilter,
    subscriptionId: number | undefined,
  ): boolean
  /** Gives whether there was such a subscription. */
  unsubscribe(session: Session, filter: string): boolean
  unsubscribeAll(session: Session): void
  /** Takes up the subscriptions of a session that was stored. */
  restore(session: Session): void
  /** The session's client has come, or gone. */
  linked(session: Session): void
  /** Other threads have subscribers for more or fewer filters than before. */
  changed(): void
  /** The retained messages of a filter, for a session that subscribed to it just now, as
   *  `subscription` has it. */
  routeRetained(
    session: Session,
    filter: string,
    subscription: Subscription,
    changes: StateChange[],
  ): Routing | undefined
  /** Who gets the message. Keeps it when it is retained; adds what must be stored before anyone is
   *  told that it was taken. */
  route(message: RoutedMessage, changes: StateChange[]): Routing | undefined
  /** The same for a delivery by a shared subscription whose member is gone: it goes to another one,
   *  if there is any. */
  routeToGroup(delivery: Delivery, changes: StateChange[]): Routing | undefined
  /** Who of ours gets a message that another thread publishes. Adds to `unserved` the groups it
   *  names that have no member here. */
  routeFrom(
    publisher: number,
    message: RoutedMessage,
    wanted: WantedHere,
    changes: StateChange[],
    unserved: string[],
  ): Routing | undefined
  /** Sends, or queues, what is durable now. */
  deliver(routing: Routing): void
  /** Drops the retained messages that have expired, here and in the store. */
  expireRetained(): void
  /** See `OtherThreads.fence`; absent when this thread is the only one. */
  readonly fence: ((done: () => void) => void) | undefined
}

export type RouterOptions = {
  readonly context: DeliveryContext
  readonly metrics: GatewayMetrics
  /** Asked for once there is something to store. */
  readonly journal: () => SessionJournal
  readonly bodies: MessageBodies
  /** Told of a delivery that is durable and whose session has ended, or is no longer stored. */
  readonly onStray: (session: Session, delivery: Delivery) => void
  /** The other gateway threads; absent when this one is alone. */
  readonly threads: OtherThreads | undefined
}

const noPayload = Buffer.alloc(0)

export function createRouter({ context, metrics, journal, bodies, onStray, threads }: RouterOptions): Router {
  const { limits, clock } = context
  const tree = new SubscriptionTree<Session, Subscription>()
  const retained = new RetainedMessages(limits)
  const stores = { journal, bodies }
  let version = 0
  // Results of the match under way: one pair of arrays for the process, emptied after each
  // message.
  const sessions: Session[] = []
  const subscriptions: Subscription[] = []
  /** With other threads, whose turn it may be: share groups by their filter. */
  const groups = new Map<string, Map<Session, Subscription>>()
  const collect = {
    onMember(session: Session, subscription: Subscription): void {
      sessions.push(session)
      subscriptions.push(subscription)
    },
    onGroup(members: Map<Session, Subscription>): void {
      if (threads === undefined) {
        collect.onNext(members)
        return
      }
      // All members subscribed by the same filter.
      const [any] = members.values()
      if (any !== undefined) groups.set(filterText(any.parsed), members)
    },
    onNext(members: Map<Session, Subscription>): void {
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
    if (session.isEnded || (delivery.order > 0 && session.journal === undefined)) onStray(session, delivery)
    if (session.isEnded) return
    if (delivery.qos > 0) {
      const dropped = session.take(delivery, context)
      if (dropped > 0) metrics.countDropped('queue-full', dropped)
    } else if (link !== undefined) {
      if (isExpired(delivery.message, clock.now())) return // [MQTT-3.3.2-5] while the log was slow
      if (link.isWritable) link.sendDelivery(delivery)
      else metrics.countDropped('slow-reader')
    }
  }

  /** [MQTT-3.3.4-2] filters that overlap: one copy, at the highest QoS, with all their identifiers.
   *  A shared subscription's message is one of its own, at its own QoS. [MQTT-4.8.2-3] */
  function* matchesOf(
    message: RoutedMessage,
    publisher: number,
  ): Iterable<readonly [Session, readonly Subscription[]]> {
    const found = new Map<Session, Subscription[]>()
    for (const [index, session] of sessions.entries()) {
      const subscription = subscriptions[index]!
      if (subscription.noLocal && message.publisher === session.clientId) continue // [MQTT-3.8.3-3]
      if (subscription.parsed.group !== undefined) {
        yield [session, [subscription]]
        continue
      }
      if (threads?.isServedElsewhere(session, publisher) === true) continue
      const list = found.get(session)
      if (list === undefined) found.set(session, [subscription])
      else list.push(subscription)
    }
    yield* found
  }

  /** Addresses the message to what was found, and forgets that. */
  function address(message: RoutedMessage, publisher: number, changes: StateChange[]): Routing | undefined {
    if (sessions.length === 0) return undefined
    const routing = { sessions: [] as Session[], deliveries: [] as Delivery[] }
    for (const [session, matched] of matchesOf(message, publisher)) {
      routing.sessions.push(session)
      routing.deliveries.push(deliveryOf(message, session, matched, false))
    }
    sessions.length = subscriptions.length = 0
    storeDeliveries(routing, stores, changes)
    return routing
  }

  function keep(message: RoutedMessage, changes: StateChange[]): void {
    if (threads !== undefined) threads.remote.keep(message)
    else if (retained.put(message.levels, message)) changes.push(journal().changes.retained(message))
    else {
      metrics.countDropped('retained-full')
      // An earlier one is gone too, and is not to come back with a restart.
      changes.push(journal().changes.retained({ ...message, payload: noPayload }))
    }
  }

  return {
    get version() {
      return version
    },
    retained,
    get subscriptionBytes() {
      return tree.bytes
    },
    hasSubscribers(levels) {
      probe.found = false
      tree.match(levels, probe)
      return probe.found || threads?.remote.hasSubscribers(levels) === true
    },
    subscribe(session, { filter, qos, noLocal, retainAsPublished }, parsed, subscriptionId) {
      const subscription: Subscription = { parsed, qos, noLocal, retainAsPublished, subscriptionId }
      ;(session.subscriptions ??= new Map<string, Subscription>()).set(filter, subscription)
      version++
      const isNew = tree.add(parsed, session, subscription)
      if (isNew) threads?.wants.added(parsed, session.link !== undefined)
      return isNew
    },
    unsubscribe(session, filter) {
      const subscription = session.subscriptions?.get(filter)
      if (subscription === undefined) return false
      session.subscriptions!.delete(filter)
      version++
      threads?.wants.removed(subscription.parsed, session.link !== undefined)
      return tree.remove(subscription.parsed, session)
    },
    unsubscribeAll(session) {
      if (session.subscriptions === undefined) return
      for (const { parsed } of session.subscriptions.values()) {
        tree.remove(parsed, session)
        threads?.wants.removed(parsed, session.link !== undefined)
      }
      session.subscriptions = undefined
      version++
    },
    restore(session) {
      for (const subscription of session.subscriptions?.values() ?? []) {
        tree.add(subscription.parsed, session, subscription)
        threads?.wants.added(subscription.parsed, session.link !== undefined)
      }
      version++
    },
    linked(session) {
      if (threads === undefined) return
      for (const { parsed } of session.subscriptions?.values() ?? [])
        if (parsed.group !== undefined) threads.wants.linked(parsed, session.link !== undefined)
    },
    changed: () => void version++,
    routeRetained(session, filter, subscription, changes) {
      if (session.subscriptions?.has(filter) !== true || subscription.parsed.group !== undefined) return undefined
      const matched = retained
        .match(subscription.parsed.levels, clock.now())
        .filter((message) => !subscription.noLocal || message.publisher !== session.clientId)
      // No more than a session holds: the rest would be dropped all the same, after it was stored,
      // and would run out of packet identifiers.
      const most = limits.queueMessages + limits.deliveryWindow
      if (subscription.qos > 0 && matched.length > most) metrics.countDropped('queue-full', matched.splice(most).length)
      const deliveries = matched.map((message) => deliveryOf(message, session, [subscription], true)) // [MQTT-3.3.1-8]
      for (const each of deliveries) storeDeliveries({ sessions: [session], deliveries: [each] }, stores, changes)
      return { sessions: deliveries.map(() => session), deliveries }
    },
    route(message, changes) {
      if (message.retain) keep(message, changes)
      tree.match(message.levels, collect)
      if (threads !== undefined) {
        for (const group of threads.remote.address(message, [...groups.keys()])) collect.onNext(groups.get(group)!)
        groups.clear()
      }
      return address(message, threads?.self ?? 0, changes)
    },
    routeFrom(publisher, message, wanted, changes, unserved) {
      tree.match(message.levels, collect)
      if (!wanted.isDirect) sessions.length = subscriptions.length = 0
      for (const group of wanted.groups) {
        const members = groups.get(group)
        if (members === undefined) unserved.push(group)
        else collect.onNext(members)
      }
      groups.clear()
      return address(message, publisher, changes)
    },
    routeToGroup({ message, shared }, changes) {
      if (shared === undefined) return undefined
      const members = tree.groupOf(shared)
      if (
        threads?.remote.addressGroup(message, filterText(shared), members !== undefined) === false ||
        members === undefined
      )
        return undefined
      const session = nextOfGroup(members)
      const routing = {
        sessions: [session],
        deliveries: [deliveryOf(message, session, [members.get(session)!], false)],
      }
      storeDeliveries(routing, stores, changes)
      return routing
    },
    expireRetained() {
      for (const { topic } of retained.expire(clock.now())) {
        if (threads === undefined) journal().removeRetained(topic)
        else threads.forgetRetained(topic)
      }
    },
    fence: threads?.fence,
    deliver(routing) {
      for (const [index, session] of routing.sessions.entries()) deliver(session, routing.deliveries[index]!)
    },
  }
}

/** The member whose turn it is: the first that is connected, or else the first. It goes to the end
 *  of the line. */
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
