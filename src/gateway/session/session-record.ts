// Records of a session, of a message on its way to it and of a retained message, as bytes: a
// line of JSON, and the payload after it. Instants are epoch milliseconds by the log's clock, since
// the steady clock of a process ends with it; 0 and Infinity stay what they mean (Infinity as
// null).
import type { Clock } from '../../base/clock.ts'
import type { Principal } from '../admission/admission.ts'
import type { Delivery } from './delivery-queue.ts'
import type { Will } from '../../mqtt/packet.ts'
import { noProperties, type Properties } from '../../mqtt/properties.ts'
import type { RoutedMessage } from './routed-message.ts'
import type { Subscription } from './subscription.ts'
import { parseTopicFilter, parseTopicName, type TopicFilter } from '../../mqtt/topic-filter.ts'

export type Clocks = { readonly clock: Clock; readonly logClock: Clock }

/** A session as it is kept, without what has entries of its own: its deliveries, and the QoS 2
 *  identifiers it knows. */
export type SessionRecord = {
  readonly clientId: string
  readonly principal: Principal
  /** How long it outlives its connection. */
  readonly expiryMs: number
  /** When it ends, by the steady clock; Infinity while its client is connected. */
  readonly endsAt: number
  /** A will that waits for its delay, and when it is due. */
  readonly will: Will | undefined
  readonly willAt: number
  readonly firstOrder: number
  readonly subscriptions: Map<string, Subscription> | undefined
}

type StoredWill = Omit<Will, 'payload' | 'properties'> & { readonly payload: string; readonly properties: object }
type SessionHead = {
  readonly principal: Principal
  readonly expiryMs: number
  readonly endsAt: number | null
  readonly willAt: number | null
  readonly firstOrder?: number
  readonly will?: StoredWill
  readonly subscriptions: Readonly<Record<string, Omit<Subscription, 'parsed'>>>
}
type MessageHead = Omit<RoutedMessage, 'levels' | 'payload' | 'properties' | 'holders'> & {
  readonly properties: object
}
type DeliveryHead = Pick<Delivery, 'packetId' | 'qos' | 'retain' | 'subscriptionIds' | 'released'> & {
  /** Undefined when it has an entry of its own. */
  readonly message: MessageHead | undefined
  readonly shared: TopicFilter | undefined
}

const newline = 0x0a
const noPayload = Buffer.alloc(0)

const withPayload = (head: object, payload: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), payload])

/** The bytes of a payload of this size or more stay where they were read, with the line before
 *  them; smaller ones are copied out of it. */
const payloadKeptBytes = 4096

const asBuffer = (bytes: Uint8Array): Buffer =>
  bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

function split<Head>(bytes: Uint8Array): { readonly head: Head; readonly payload: Buffer } {
  const all = asBuffer(bytes)
  const end = all.indexOf(newline)
  const head = JSON.parse(all.toString('utf8', 0, end)) as Head
  if (end + 1 === all.length) return { head, payload: noPayload }
  const payload = all.subarray(end + 1)
  return { head, payload: payload.length < payloadKeptBytes ? Buffer.from(payload) : payload }
}

const toLog = (at: number, { clock, logClock }: Clocks): number | null =>
  at === Number.POSITIVE_INFINITY ? null : at === 0 ? 0 : Math.round(at - clock.now() + logClock.now())

const toSteady = (at: number | null, { clock, logClock }: Clocks): number =>
  at === null ? Number.POSITIVE_INFINITY : at === 0 ? 0 : at - logClock.now() + clock.now()

const storedProperties = ({ correlationData, ...rest }: Properties): object =>
  correlationData === undefined ? rest : { ...rest, correlationData: correlationData.toString('base64') }

function readProperties(stored: object): Properties {
  if (Object.keys(stored).length === 0) return noProperties
  const { correlationData, ...rest } = stored as Omit<Properties, 'correlationData'> & {
    readonly correlationData?: string
  }
  return correlationData === undefined ? rest : { ...rest, correlationData: Buffer.from(correlationData, 'base64') }
}

/** The session itself: its deliveries and the QoS 2 identifiers it knows have entries of their own.
 *  `will` is that of its connection, or the one that waits. */
export function encodeSession(session: SessionRecord, will: Will | undefined, clocks: Clocks): Buffer {
  const subscriptions: Record<string, Omit<Subscription, 'parsed'>> = Object.create(null) as Record<
    string,
    Omit<Subscription, 'parsed'>
  >
  for (const [filter, { parsed: _parsed, ...kept }] of session.subscriptions ?? []) subscriptions[filter] = kept
  const head: SessionHead = {
    principal: session.principal,
    expiryMs: session.expiryMs,
    endsAt: toLog(session.endsAt, clocks),
    willAt: toLog(session.willAt, clocks),
    firstOrder: session.firstOrder,
    ...(will === undefined
      ? {}
      : { will: { ...will, payload: will.payload.toString('base64'), properties: storedProperties(will.properties) } }),
    subscriptions,
  }
  return Buffer.from(JSON.stringify(head))
}

/** A session whose `endsAt` is Infinity was connected when it was last written. Throws when the
 *  bytes are none. */
export function decodeSession(clientId: string, bytes: Uint8Array, clocks: Clocks): SessionRecord {
  const head = JSON.parse(asBuffer(bytes).toString()) as SessionHead
  const { principal, expiryMs, will } = head
  if (typeof principal.id !== 'string' || !Number.isFinite(expiryMs)) throw new TypeError('This is not a session.')
  let subscriptions: Map<string, Subscription> | undefined
  for (const [filter, kept] of Object.entries(head.subscriptions)) {
    const parsed = parseTopicFilter(filter)
    if (parsed !== undefined) (subscriptions ??= new Map<string, Subscription>()).set(filter, { ...kept, parsed })
  }
  return {
    clientId,
    principal,
    expiryMs,
    // No later than its expiry allows: the system's clock may have been ahead when this was
    // written, or be behind now.
    endsAt:
      head.endsAt === null
        ? Number.POSITIVE_INFINITY
        : Math.min(toSteady(head.endsAt, clocks), clocks.clock.now() + expiryMs),
    willAt: toSteady(head.willAt, clocks),
    will: will === undefined ? undefined : readWill(will),
    firstOrder: head.firstOrder ?? 0,
    subscriptions,
  }
}

const readWill = (will: StoredWill): Will => ({
  ...will,
  payload: Buffer.from(will.payload, 'base64'),
  properties: readProperties(will.properties),
})

function messageHead(
  { levels: _levels, payload: _payload, holders: _holders, ...message }: RoutedMessage,
  clocks: Clocks,
): MessageHead {
  return {
    ...message,
    expiresAt: toLog(message.expiresAt, clocks) ?? 0,
    properties: storedProperties(message.properties),
  }
}

/** `like`: another message; its topic is shared when it is the same. */
function readMessage(head: MessageHead, payload: Buffer, clocks: Clocks, like?: RoutedMessage): RoutedMessage {
  const { topic, levels } =
    head.topic === like?.topic ? like : { topic: head.topic, levels: parseTopicName(head.topic) }
  if (levels === undefined) throw new TypeError('This is not a message.')
  const { qos, retain, publisher } = head
  const properties = readProperties(head.properties)
  return {
    topic,
    levels,
    payload,
    qos,
    retain,
    properties,
    expiresAt: toSteady(head.expiresAt, clocks),
    publisher,
    holders: 0,
  }
}

export const encodeMessage = (message: RoutedMessage, clocks: Clocks): Buffer =>
  withPayload(messageHead(message, clocks), message.payload)

export function decodeMessage(bytes: Uint8Array, clocks: Clocks): RoutedMessage {
  const { head, payload } = split<MessageHead>(bytes)
  return readMessage(head, payload, clocks)
}

/** With its message, unless that has an entry of its own. Of a released delivery only the
 *  identifier matters: the client has the message. */
export function encodeDelivery(delivery: Delivery, clocks: Clocks): Buffer {
  const { message, packetId, qos, retain, subscriptionIds, shared, released, body } = delivery
  const head = { packetId, qos, retain, subscriptionIds, shared, released, message: undefined } satisfies DeliveryHead
  if (body !== undefined) return withPayload(head, noPayload)
  const kept = released ? { ...message, payload: noPayload, properties: noProperties, expiresAt: 0 } : message
  return withPayload({ ...head, message: messageHead(kept, clocks) }, kept.payload)
}

export type DeliverySource = Clocks & {
  /** Gives the message of the entry that is called so. */
  readonly messageOf: (body: string) => RoutedMessage
}

/** Whether it was sent is not kept. `like`: the message of another delivery of the session, many of
 *  which are by one topic. */
export function decodeDelivery(
  { order, body }: Pick<Delivery, 'order' | 'body'>,
  bytes: Uint8Array,
  source: DeliverySource,
  wasSent: Delivery['wasSent'],
  like?: RoutedMessage,
): Delivery {
  const { head, payload } = split<DeliveryHead>(bytes)
  const { packetId, qos, retain, released, subscriptionIds, shared } = head
  const message = body === undefined ? readMessage(head.message!, payload, source, like) : source.messageOf(body)
  return { message, qos, retain, subscriptionIds, shared, packetId, order, wasSent, released, body }
}
