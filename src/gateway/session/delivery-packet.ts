// The PUBLISH of a delivery: what its publisher said, what belongs to this delivery alone, and a
// topic alias where the client takes them. The first topics it gets have its aliases for as long as
// it is connected.
import type { Clock } from '../../base/clock.ts'
import { encodePublish, encodePublishHead } from '../../mqtt/encode-packet.ts'
import type { ProtocolVersion } from '../../mqtt/packet.ts'
import { noProperties, type Properties } from '../../mqtt/properties.ts'
import type { Delivery } from './delivery-queue.ts'

/** Packets a client takes, as it said in CONNECT, and which aliases it has been given. */
export interface DeliveryTaker {
  readonly version: ProtocolVersion
  readonly clientPacketBytesMax: number
  readonly clientAliasMax: number
  /** By topic; there when the first is given. */
  deliveryAliases: Map<string, number> | undefined
}

/** A payload from this size on is written as it is: a copy for each of ten thousand clients would
 *  take more memory than the machine has. */
const apartFromBytes = 16 * 1024

/** The payload that is sent right behind the packet of the delivery; undefined when it is in it. */
export function payloadApart({ message: { payload } }: Delivery): Buffer | undefined {
  return payload.length < apartFromBytes ? undefined : payload
}

/** With its payload, unless that goes apart. Undefined when it is larger than the client takes.
 *  [MQTT-3.1.2-24] `clock` is that of expiries. */
export function deliveryPacket(taker: DeliveryTaker, delivery: Delivery, clock: Clock): Buffer | undefined {
  if (taker.version === 4) return encode(4, delivery, delivery.message.topic, noProperties)
  const { topic } = delivery.message
  const given = taker.deliveryAliases?.get(topic)
  const alias = given ?? nextAlias(taker)
  const bytes = encode(5, delivery, given === undefined ? topic : '', deliveryProperties(delivery, alias, clock))
  const roomBytes = taker.clientPacketBytesMax - (payloadApart(delivery)?.length ?? 0)
  if (bytes.length <= roomBytes) {
    if (given === undefined && alias !== undefined)
      (taker.deliveryAliases ??= new Map<string, number>()).set(topic, alias)
    return bytes
  }
  if (alias === undefined) return undefined
  // The alias itself takes three bytes.
  const plain = encode(5, delivery, topic, deliveryProperties(delivery, undefined, clock))
  return plain.length <= roomBytes ? plain : undefined
}

function nextAlias({ clientAliasMax, deliveryAliases }: DeliveryTaker): number | undefined {
  const count = deliveryAliases?.size ?? 0
  return count < clientAliasMax ? count + 1 : undefined // [MQTT-3.1.2-26]
}

function encode(version: ProtocolVersion, delivery: Delivery, topic: string, properties: Properties): Buffer {
  const { message, qos, retain, packetId, wasSent } = delivery
  const publish = { topic, payload: message.payload, qos, dup: wasSent !== 'no', retain, packetId, properties }
  return payloadApart(delivery) === undefined ? encodePublish(version, publish) : encodePublishHead(version, publish)
}

function deliveryProperties(
  { message, subscriptionIds }: Delivery,
  topicAlias: number | undefined,
  clock: Clock,
): Properties {
  const { properties, expiresAt } = message
  if (topicAlias === undefined && subscriptionIds === undefined && expiresAt === 0) return properties
  const own: Properties = { ...properties }
  if (topicAlias !== undefined) own.topicAlias = topicAlias
  if (subscriptionIds !== undefined) own.subscriptionIds = subscriptionIds
  if (expiresAt !== 0) own.messageExpiryS = Math.max(0, Math.ceil((expiresAt - clock.now()) / 1000)) // [MQTT-3.3.2-6]
  return own
}
