// SUBSCRIBE and UNSUBSCRIBE. Each filter gets its own code; retained messages follow the SUBACK.
import type { GatewayParts } from '../gateway-parts.ts'
import type { Connection } from '../connection.ts'
import type { Cursor } from '../../mqtt/cursor.ts'
import { decodeSubscribe, decodeUnsubscribe } from '../../mqtt/decode-packet.ts'
import { encodeSubscriptionAnswer } from '../../mqtt/encode-packet.ts'
import { withReason } from '../../mqtt/explanation.ts'
import { itemOverheadBytes, type IngestStep } from '../../ingest/ingest.ts'
import { packetType, type PacketType, type SubscriptionRequest } from '../../mqtt/packet.ts'
import { noProperties, type Properties } from '../../mqtt/properties.ts'
import { reasonCode } from '../../mqtt/reason-code.ts'
import type { Routing } from '../routing/deliveries-of.ts'
import type { Session } from '../session/session.ts'
import type { Subscription } from '../session/subscription.ts'
import { parseTopicFilter } from '../../mqtt/topic-filter.ts'

export function handleSubscribe(connection: Connection, cursor: Cursor): void {
  const { version, gateway, session } = connection
  const packet = decodeSubscribe(cursor, version)
  if (packet === undefined || session === undefined) {
    connection.fault(cursor.fault, cursor.detail)
    return
  }
  gateway.reading.charge(packet.subscriptions.length * gateway.limits.filterCost)
  // With the subscription as it was asked for: of a filter that comes twice the first counts too.
  // [MQTT-3.8.4-5]
  const retainedFor: [filter: string, subscription: Subscription][] = []
  const codes: number[] = []
  for (const request of packet.subscriptions) {
    const { code, sendsRetained } = subscribeOne(connection, request, packet.subscriptionId)
    codes.push(version === 4 && code >= 0x80 ? 0x80 : code)
    if (sendsRetained) retainedFor.push([request.filter, session.subscriptions!.get(request.filter)!])
  }
  whenTaken(connection, session, () => {
    answer(connection, packetType.suback, packet.packetId, codes, refusalText(packet.subscriptions, codes)) // [MQTT-3.8.4-1, -2, -5]
    if (retainedFor.length > 0) sendRetained(connection, session, retainedFor)
  })
}

/** With several threads every other one knows of it too: what is published anywhere from now on
 *  comes. And this one has every message that was retained before, so that those of the filter are
 *  the last ones. */
function whenTaken(connection: Connection, session: Session, next: () => void): void {
  const { sessions, router } = connection.gateway
  if (router.fence === undefined) {
    whenStored(connection, session, next)
    return
  }
  let left = 2
  const one = (): void => {
    if (--left === 0 && sessions.holds(session)) next()
  }
  whenStored(connection, session, one)
  router.fence(one)
}

/** A subscription that is granted outlives a restart, if its session outlives its connection. */
function whenStored(connection: Connection, session: Session, next: () => void): void {
  const { journal } = session
  if (journal === undefined) {
    next()
    return
  }
  // All that a client asks for until then is written once: a session has far more bytes than the
  // request that changes it. When the connection is gone by then, its end has been stored behind
  // this, with what was subscribed to.
  session.savedFor = connection
  const step: IngestStep = {
    changes(into) {
      if (session.savedFor !== connection) return
      session.savedFor = undefined
      if (session.link === connection) into.push(journal.changes.session(session))
    },
    done: next,
  }
  connection.gateway.ingest.perform(itemOverheadBytes, step, connection)
}

function sendRetained(connection: Connection, session: Session, retainedFor: readonly [string, Subscription][]): void {
  const { router, ingest } = connection.gateway
  const routings: Routing[] = []
  const step: IngestStep = {
    changes(into) {
      for (const [filter, subscription] of retainedFor) {
        const routing = router.routeRetained(session, filter, subscription, into)
        if (routing !== undefined) routings.push(routing)
      }
    },
    done: () => routings.forEach((routing) => router.deliver(routing)),
  }
  ingest.perform(itemOverheadBytes, step, connection)
}

function subscribeOne(connection: Connection, request: SubscriptionRequest, subscriptionId: number | undefined) {
  const { gateway, session, principal } = connection
  const parsed = parseTopicFilter(request.filter)
  if (parsed === undefined) return { code: reasonCode.topicFilterInvalid, sendsRetained: false }
  const filter = parsed.group === undefined ? request.filter : parsed.levels.join('/')
  if (!gateway.door.admission.maySubscribe(principal!, filter))
    return { code: reasonCode.notAuthorised, sendsRetained: false }
  if (session!.subscriptions?.has(request.filter) !== true && isFull(gateway, session!))
    return { code: reasonCode.quotaExceeded, sendsRetained: false }
  const isNew = gateway.router.subscribe(session!, request, parsed, subscriptionId) // [MQTT-3.8.4-3] replaces
  const sendsRetained = request.retainHandling === 0 || (request.retainHandling === 1 && isNew) // [MQTT-3.3.1-9, -10, -11]
  return { code: request.qos, sendsRetained }
}

/** Whether one more subscription is one too many, of the session's or of all together. A
 *  subscription that is replaced takes no more than it did. */
function isFull(
  { limits, router, metrics }: Pick<GatewayParts, 'limits' | 'router' | 'metrics'>,
  { subscriptions }: Session,
): boolean {
  const isOwn = (subscriptions?.size ?? 0) >= limits.subscriptionsPerSession
  if (!isOwn && router.subscriptionBytes < limits.subscriptionBytes) return false
  metrics.countSubscriptionRefused(isOwn ? 'session' : 'all')
  return true
}

export function handleUnsubscribe(connection: Connection, cursor: Cursor): void {
  const { version, gateway, session } = connection
  const packet = decodeUnsubscribe(cursor, version)
  if (packet === undefined || session === undefined) {
    connection.fault(cursor.fault, cursor.detail)
    return
  }
  gateway.reading.charge(packet.filters.length * gateway.limits.filterCost)
  const codes = packet.filters.map((filter) =>
    gateway.router.unsubscribe(session, filter) ? reasonCode.success : reasonCode.noSubscriptionExisted,
  )
  whenStored(connection, session, () => answer(connection, packetType.unsuback, packet.packetId, codes, undefined)) // [MQTT-3.10.4-4, -5]
}

/** `refusal` says in words which filters were refused, if any were. */
function answer(
  connection: Connection,
  type: PacketType,
  packetId: number,
  codes: readonly number[],
  refusal: string | undefined,
): void {
  const { version, gateway } = connection
  if (!connection.isOpen) return
  const coded = version === 5 || type === packetType.suback ? codes : [reasonCode.success]
  for (const code of coded) gateway.metrics.reasonCodes.countSent(type, code)
  const encode = (properties: Properties): Buffer =>
    encodeSubscriptionAnswer(type, version, packetId, codes, properties)
  if (version === 4 || refusal === undefined) connection.send(encode(noProperties))
  else connection.send(withReason(connection, reasonCode.unspecified, refusal, noProperties, encode))
}

const filterChars = 60
const refusalTexts: ReadonlyMap<number, string> = new Map([
  [
    reasonCode.topicFilterInvalid,
    'no topic filter: # stands alone and last, + alone, $share/ needs a group and a filter, and there are at most 24 levels',
  ],
  [reasonCode.notAuthorised, "not this client's to subscribe to"],
  [
    reasonCode.quotaExceeded,
    'one more subscription than a session, or all sessions together, may have; unsubscribe from others first, or ask the operator',
  ],
])

function refusalText(requests: readonly SubscriptionRequest[], codes: readonly number[]): string | undefined {
  const at = codes.findIndex((code) => code >= 0x80)
  if (at < 0) return undefined
  const others = codes.filter((code) => code >= 0x80).length - 1
  const first = `"${requests[at]!.filter.slice(0, filterChars)}" is ${refusalTexts.get(codes[at]!)}.`
  return others === 0 ? first : `${first} Refused as well: ${others} more.`
}
