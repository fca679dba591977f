// Encodes packets. Packets that the server sends on its hot path (PUBLISH, acknowledgements) are
// written into exactly sized bytes; the client's packets are here too, for the load generator and
// the tests.
import { acknowledgementBytes, writeAcknowledgement } from './acknowledgement.ts'
import { ByteWriter, varintBytes, writeVarint } from './byte-writer.ts'
import {
  packetType,
  type Connect,
  type Disconnect,
  type PacketType,
  type ProtocolVersion,
  type Publish,
  type Subscribe,
  type Unsubscribe,
} from './packet.ts'
import { encodeProperties, noProperties, type Properties } from './properties.ts'
import { reasonCode } from './reason-code.ts'

export const pingRequest: Buffer = Buffer.from([packetType.pingreq << 4, 0])
export const pingResponse: Buffer = Buffer.from([packetType.pingresp << 4, 0])

const writeProperties = (writer: ByteWriter, version: ProtocolVersion, properties: Properties): ByteWriter => {
  if (version === 4) return writer
  if (properties === noProperties) return writer.u8(0)
  const body = new ByteWriter()
  encodeProperties(body, properties)
  return writer.varint(body.length).raw(body.view())
}

export function encodeConnack(
  version: ProtocolVersion,
  sessionPresent: boolean,
  code: number,
  properties: Properties,
): Buffer {
  const writer = new ByteWriter().u8(sessionPresent ? 1 : 0).u8(code)
  return writeProperties(writer, version, properties).packet(packetType.connack << 4)
}

export function encodeAcknowledgement(
  type: PacketType,
  version: ProtocolVersion,
  packetId: number,
  reason: number = reasonCode.success,
): Buffer {
  const bytes = Buffer.allocUnsafe(acknowledgementBytes(version, reason))
  const ackFirst = (type << 4) | (type === packetType.pubrel ? 2 : 0)
  writeAcknowledgement(bytes, 0, version, { ackFirst, packetId, reason, explanation: undefined })
  return bytes
}

/** SUBACK and UNSUBACK. The UNSUBACK of 3.1.1 has no codes. */
export function encodeSubscriptionAnswer(
  type: PacketType,
  version: ProtocolVersion,
  packetId: number,
  codes: readonly number[],
  properties: Properties = noProperties,
): Buffer {
  const writer = writeProperties(new ByteWriter().u16(packetId), version, properties)
  if (version === 5 || type === packetType.suback) for (const code of codes) writer.u8(code)
  return writer.packet(type << 4)
}

export const encodeDisconnect = (version: ProtocolVersion, { reason, properties }: Disconnect): Buffer =>
  version === 4
    ? Buffer.from([packetType.disconnect << 4, 0])
    : writeProperties(new ByteWriter().u8(reason), version, properties).packet(packetType.disconnect << 4)

export const encodePublish = (version: ProtocolVersion, publish: Publish): Buffer =>
  writePublish(version, publish, publish.payload)

/** All of a PUBLISH but its payload, which is to be sent right behind it. */
export const encodePublishHead = (version: ProtocolVersion, publish: Publish): Buffer =>
  writePublish(version, publish, undefined)

function writePublish(version: ProtocolVersion, publish: Publish, written: Buffer | undefined): Buffer {
  const { topic, payload, qos, properties } = publish
  const topicBytes = Buffer.byteLength(topic)
  let encoded: Buffer | undefined
  if (version === 5 && properties !== noProperties) {
    const writer = new ByteWriter()
    encodeProperties(writer, properties)
    encoded = writer.view()
  }
  const propertyBytes = version === 4 ? 0 : encoded === undefined ? 1 : varintBytes(encoded.length) + encoded.length
  const length = 2 + topicBytes + (qos > 0 ? 2 : 0) + propertyBytes + payload.length
  const bytes = Buffer.allocUnsafe(1 + varintBytes(length) + length - (written === undefined ? payload.length : 0))
  bytes[0] = (packetType.publish << 4) | (publish.dup ? 8 : 0) | (qos << 1) | (publish.retain ? 1 : 0)
  let at = bytes.writeUInt16BE(topicBytes, writeVarint(bytes, length, 1))
  at += bytes.write(topic, at)
  if (qos > 0) at = bytes.writeUInt16BE(publish.packetId, at)
  if (version === 5) {
    at = writeVarint(bytes, encoded === undefined ? 0 : encoded.length, at)
    if (encoded !== undefined) at += encoded.copy(bytes, at)
  }
  if (written !== undefined) bytes.set(written, at)
  return bytes
}

export function encodeConnect(connect: Connect): Buffer {
  const { version, will, username, password } = connect
  const flags =
    (connect.cleanStart ? 2 : 0) |
    (will === undefined ? 0 : 4 | (will.qos << 3) | (will.retain ? 0x20 : 0)) |
    (password === undefined ? 0 : 0x40) |
    (username === undefined ? 0 : 0x80)
  const writer = new ByteWriter().text('MQTT').u8(version).u8(flags).u16(connect.keepAliveS)
  writeProperties(writer, version, connect.properties).text(connect.clientId)
  if (will !== undefined) writeProperties(writer, version, will.properties).text(will.topic).binary(will.payload)
  if (username !== undefined) writer.text(username)
  if (password !== undefined) writer.binary(password)
  return writer.packet(packetType.connect << 4)
}

export function encodeSubscribe(
  version: ProtocolVersion,
  { packetId, subscriptions, subscriptionId }: Subscribe,
): Buffer {
  const properties = subscriptionId === undefined ? noProperties : { subscriptionIds: [subscriptionId] }
  const writer = writeProperties(new ByteWriter().u16(packetId), version, properties)
  for (const { filter, qos, noLocal, retainAsPublished, retainHandling } of subscriptions) {
    const options = version === 4 ? 0 : (noLocal ? 4 : 0) | (retainAsPublished ? 8 : 0) | (retainHandling << 4)
    writer.text(filter).u8(qos | options)
  }
  return writer.packet((packetType.subscribe << 4) | 2)
}

export function encodeUnsubscribe(version: ProtocolVersion, { packetId, filters }: Unsubscribe): Buffer {
  const writer = writeProperties(new ByteWriter().u16(packetId), version, noProperties)
  for (const filter of filters) writer.text(filter)
  return writer.packet((packetType.unsubscribe << 4) | 2)
}
