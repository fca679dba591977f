// Decodes the bodies of the packets a client sends, all but PUBLISH (see handle-publish.ts). A
// decoder gives undefined when the cursor has a fault. [MQTT-2.2.1-3] packet identifiers are never
// 0. Bytes left over make a packet malformed.
import type { Cursor } from './cursor.ts'
import { isQos, packetType } from './packet.ts'
import type {
  Acknowledgement,
  Connect,
  Disconnect,
  PacketType,
  ProtocolVersion,
  Qos,
  Subscribe,
  SubscriptionRequest,
  Unsubscribe,
  Will,
} from './packet.ts'
import { decodeProperties, noProperties, type Properties } from './properties.ts'
import { reasonCode } from './reason-code.ts'

/** Topic filters in one SUBSCRIBE or UNSUBSCRIBE: what a car needs is three. */
const filtersMax = 1000

const complete = <Packet>(cursor: Cursor, packet: Packet): Packet | undefined => {
  if (cursor.remaining > 0) cursor.fail(reasonCode.malformedPacket, 'Bytes are left behind the end of the packet.')
  return cursor.fault === 0 ? packet : undefined
}

const packetIdOf = (cursor: Cursor): number => {
  const id = cursor.u16()
  if (id === 0) cursor.fail(reasonCode.malformedPacket, 'A packet identifier is not 0.')
  return id
}

const propertiesOf = (cursor: Cursor, version: ProtocolVersion, packet: PacketType | 'will'): Properties =>
  version === 5 ? decodeProperties(cursor, packet) : noProperties

/** [MQTT-3.1.2-1] the protocol name, [MQTT-3.1.2-2] the version: 0x84 for a name or version this
 *  server does not speak. */
function versionOf(cursor: Cursor): ProtocolVersion {
  const name = cursor.text()
  const version = cursor.u8()
  if (cursor.fault === 0 && (name !== 'MQTT' || (version !== 4 && version !== 5))) {
    if (name === 'MQTT' || name === 'MQIsdp') cursor.fail(reasonCode.unsupportedVersion)
    else cursor.fail()
  }
  return version === 5 ? 5 : 4
}

export function decodeConnect(cursor: Cursor): Connect | undefined {
  const version = versionOf(cursor)
  const flags = cursor.u8()
  const willQos = (flags >> 3) & 3
  const hasWill = (flags & 4) !== 0
  if ((flags & 1) !== 0) cursor.fail(reasonCode.malformedPacket, 'The reserved flag of CONNECT is 0.') // [MQTT-3.1.2-3] the reserved flag
  if (willQos === 3 || (!hasWill && (flags & 0x38) !== 0))
    cursor.fail(
      reasonCode.malformedPacket,
      'The QoS of a will is at most 2; without a will its QoS and retain flag are 0.',
    ) // [MQTT-3.1.2-11, -12, -13]
  if (version === 4 && (flags & 0xc0) === 0x40) cursor.fail() // [MQTT-3.1.2-22] of 3.1.1: a password needs a user name
  const keepAliveS = cursor.u16()
  const properties = propertiesOf(cursor, version, packetType.connect)
  const clientId = cursor.text()
  const will = hasWill ? willOf(cursor, version, isQos(willQos) ? willQos : 0, (flags & 0x20) !== 0) : undefined
  const username = (flags & 0x80) === 0 ? undefined : cursor.text()
  const password = (flags & 0x40) === 0 ? undefined : cursor.binary()
  return complete(cursor, {
    version,
    clientId,
    cleanStart: (flags & 2) !== 0,
    keepAliveS,
    username,
    password,
    will,
    properties,
  })
}

/** The payload is copied: the will outlives the chunk it came in. */
function willOf(cursor: Cursor, version: ProtocolVersion, qos: Qos, retain: boolean): Will {
  const properties = propertiesOf(cursor, version, 'will')
  if (properties.correlationData !== undefined) properties.correlationData = Buffer.from(properties.correlationData)
  return { topic: cursor.text(), payload: Buffer.from(cursor.binary()), qos, retain, properties }
}

export function decodeAcknowledgement(
  cursor: Cursor,
  version: ProtocolVersion,
  packet: PacketType,
): Acknowledgement | undefined {
  const packetId = packetIdOf(cursor)
  const reason = version === 5 && cursor.remaining > 0 ? cursor.u8() : reasonCode.success
  if (version === 5 && cursor.remaining > 0) decodeProperties(cursor, packet)
  return complete(cursor, { packetId, reason })
}

export function decodeSubscribe(cursor: Cursor, version: ProtocolVersion): Subscribe | undefined {
  const packetId = packetIdOf(cursor)
  const ids = propertiesOf(cursor, version, packetType.subscribe).subscriptionIds
  if (ids !== undefined && ids.length > 1)
    cursor.fail(reasonCode.protocolError, 'A SUBSCRIBE has at most one subscription identifier.')
  const subscriptions: SubscriptionRequest[] = []
  while (cursor.remaining > 0 && subscriptions.length < filtersMax) subscriptions.push(subscriptionOf(cursor, version))
  if (cursor.fault === 0 && subscriptions.length === 0)
    cursor.fail(reasonCode.protocolError, 'A SUBSCRIBE names at least one filter.') // [MQTT-3.8.3-2]
  return complete(cursor, { packetId, subscriptions, subscriptionId: ids?.[0] })
}

function subscriptionOf(cursor: Cursor, version: ProtocolVersion): SubscriptionRequest {
  const filter = cursor.text()
  const options = cursor.u8()
  const qos = options & 3
  const retainHandling = (options >> 4) & 3
  if (qos === 3 || (options & (version === 5 ? 0xc0 : 0xfc)) !== 0)
    cursor.fail(reasonCode.malformedPacket, 'Subscription options have a QoS of at most 2 and reserved bits of 0.') // [MQTT-3.8.3-5], 3.1.1 [MQTT-3-8.3-4]
  if (retainHandling === 3) cursor.fail(reasonCode.protocolError, 'Retain Handling is 0, 1 or 2.')
  const noLocal = (options & 4) !== 0
  if (noLocal && filter.startsWith('$share/'))
    cursor.fail(reasonCode.protocolError, 'No Local is no option of a shared subscription.') // [MQTT-3.8.3-4]
  return {
    filter,
    qos: isQos(qos) ? qos : 0,
    noLocal,
    retainAsPublished: (options & 8) !== 0,
    retainHandling: isQos(retainHandling) ? retainHandling : 0,
  }
}

export function decodeUnsubscribe(cursor: Cursor, version: ProtocolVersion): Unsubscribe | undefined {
  const packetId = packetIdOf(cursor)
  propertiesOf(cursor, version, packetType.unsubscribe)
  const filters: string[] = []
  while (cursor.remaining > 0 && filters.length < filtersMax) filters.push(cursor.text())
  if (cursor.fault === 0 && filters.length === 0)
    cursor.fail(reasonCode.protocolError, 'An UNSUBSCRIBE names at least one filter.') // [MQTT-3.10.3-2]
  return complete(cursor, { packetId, filters })
}

export function decodeDisconnect(cursor: Cursor, version: ProtocolVersion): Disconnect | undefined {
  if (version === 4 || cursor.remaining === 0)
    return complete(cursor, { reason: reasonCode.success, properties: noProperties })
  const reason = cursor.u8()
  const properties = cursor.remaining > 0 ? decodeProperties(cursor, packetType.disconnect) : noProperties
  return complete(cursor, { reason, properties })
}
