// The properties of MQTT 5 (section 2.2.2), as one table: identifier, name, form, and the packets
// that may carry it.
import type { ByteWriter } from './byte-writer.ts'
import type { Cursor } from './cursor.ts'
import { packetType, type PacketType } from './packet.ts'
import { reasonCode } from './reason-code.ts'

export type Properties = {
  payloadFormat?: number
  messageExpiryS?: number
  contentType?: string
  responseTopic?: string
  correlationData?: Buffer
  subscriptionIds?: number[]
  sessionExpiryS?: number
  assignedClientId?: string
  serverKeepAliveS?: number
  authenticationMethod?: string
  authenticationData?: Buffer
  requestProblemInformation?: number
  willDelayS?: number
  requestResponseInformation?: number
  responseInformation?: string
  serverReference?: string
  reasonString?: string
  receiveMaximum?: number
  topicAliasMaximum?: number
  topicAlias?: number
  maximumQos?: number
  retainAvailable?: number
  userProperties?: [string, string][]
  maximumPacketBytes?: number
  wildcardSubscriptionAvailable?: number
  subscriptionIdsAvailable?: number
  sharedSubscriptionAvailable?: number
}

type Form = 'flag' | 'u16' | 'u16+' | 'u32' | 'u32+' | 'varint+' | 'text' | 'binary' | 'pair'
type Property = readonly [id: number, name: keyof Properties, form: Form, packets: readonly (PacketType | 'will')[]]

const {
  connect,
  connack,
  publish,
  puback,
  pubrec,
  pubrel,
  pubcomp,
  subscribe,
  suback,
  unsubscribe,
  unsuback,
  disconnect,
  auth,
} = packetType
const answers = [connack, puback, pubrec, pubrel, pubcomp, suback, unsuback, disconnect, auth]

/** A form with `+` must not be zero, a `flag` is 0 or 1. */
const table: readonly Property[] = [
  [0x01, 'payloadFormat', 'flag', [publish, 'will']],
  [0x02, 'messageExpiryS', 'u32', [publish, 'will']],
  [0x03, 'contentType', 'text', [publish, 'will']],
  [0x08, 'responseTopic', 'text', [publish, 'will']],
  [0x09, 'correlationData', 'binary', [publish, 'will']],
  [0x0b, 'subscriptionIds', 'varint+', [publish, subscribe]],
  [0x11, 'sessionExpiryS', 'u32', [connect, connack, disconnect]],
  [0x12, 'assignedClientId', 'text', [connack]],
  [0x13, 'serverKeepAliveS', 'u16', [connack]],
  [0x15, 'authenticationMethod', 'text', [connect, connack, auth]],
  [0x16, 'authenticationData', 'binary', [connect, connack, auth]],
  [0x17, 'requestProblemInformation', 'flag', [connect]],
  [0x18, 'willDelayS', 'u32', ['will']],
  [0x19, 'requestResponseInformation', 'flag', [connect]],
  [0x1a, 'responseInformation', 'text', [connack]],
  [0x1c, 'serverReference', 'text', [connack, disconnect]],
  [0x1f, 'reasonString', 'text', answers],
  [0x21, 'receiveMaximum', 'u16+', [connect, connack]],
  [0x22, 'topicAliasMaximum', 'u16', [connect, connack]],
  [0x23, 'topicAlias', 'u16', [publish]],
  [0x24, 'maximumQos', 'flag', [connack]],
  [0x25, 'retainAvailable', 'flag', [connack]],
  [0x26, 'userProperties', 'pair', [connect, publish, subscribe, unsubscribe, 'will', ...answers]],
  [0x27, 'maximumPacketBytes', 'u32+', [connect, connack]],
  [0x28, 'wildcardSubscriptionAvailable', 'flag', [connack]],
  [0x29, 'subscriptionIdsAvailable', 'flag', [connack]],
  [0x2a, 'sharedSubscriptionAvailable', 'flag', [connack]],
]
const byId: ReadonlyMap<number, Property> = new Map(table.map((property) => [property[0], property]))

/** For packets without properties: shared, never changed. */
export const noProperties: Properties = Object.freeze({})

/** User properties of one packet at most: a million of them, five bytes each, would cost far more
 *  memory than their bytes. */
const repeatedMax = 100

/** Decodes the property length and the properties. Faults: 0x81 unknown or misplaced, 0x82 repeated
 *  or out of range. */
export function decodeProperties(cursor: Cursor, packet: PacketType | 'will'): Properties {
  const length = cursor.varint()
  if (length === 0) return noProperties
  const end = cursor.at + length
  if (end > cursor.end) cursor.fail()
  const found: Record<string, unknown> = {}
  while (cursor.fault === 0 && cursor.at < end) {
    const property = byId.get(cursor.varint())
    if (property === undefined)
      cursor.fail(reasonCode.malformedPacket, 'A property has an identifier that MQTT 5 does not know.')
    else if (!property[3].includes(packet))
      cursor.fail(reasonCode.malformedPacket, `The property ${property[1]} has no place in this packet.`)
    else decodeProperty(cursor, property, found)
  }
  if (cursor.at !== end) cursor.fail()
  return found
}

function decodeProperty(cursor: Cursor, [, name, form]: Property, found: Record<string, unknown>): void {
  const value = decodeForm(cursor, form)
  if ((form === 'flag' && Number(value) > 1) || (form.endsWith('+') && value === 0))
    cursor.fail(reasonCode.protocolError, `The property ${name} has a value that is not allowed.`)
  const earlier = found[name]
  if (Array.isArray(earlier)) {
    earlier.push(value)
    if (earlier.length > repeatedMax)
      cursor.fail(reasonCode.implementationSpecific, `At most ${repeatedMax} user properties in one packet.`)
  } else if (earlier !== undefined) cursor.fail(reasonCode.protocolError, `The property ${name} comes twice.`)
  else found[name] = isRepeated(name) ? [value] : value
}

const isRepeated = (name: keyof Properties): boolean => name === 'userProperties' || name === 'subscriptionIds'

function decodeForm(cursor: Cursor, form: Form): number | string | Buffer | [string, string] {
  if (form === 'text') return cursor.text()
  if (form === 'binary') return cursor.binary()
  if (form === 'pair') return [cursor.text(), cursor.text()]
  if (form === 'varint+') return cursor.varint()
  if (form === 'u32' || form === 'u32+') return cursor.u32()
  return form === 'flag' ? cursor.u8() : cursor.u16()
}

/** Writes the properties without their length. */
export function encodeProperties(writer: ByteWriter, properties: Properties): void {
  for (const [id, name, form] of table) {
    const value = properties[name]
    if (value === undefined) continue
    if (Array.isArray(value)) for (const each of value) encodeForm(writer.u8(id), form, each)
    else encodeForm(writer.u8(id), form, value)
  }
}

function encodeForm(writer: ByteWriter, form: Form, value: number | string | Buffer | [string, string]): void {
  if (typeof value === 'string') writer.text(value)
  else if (Array.isArray(value)) writer.text(value[0]).text(value[1])
  else if (typeof value !== 'number') writer.binary(value)
  else if (form === 'varint+') writer.varint(value)
  else if (form.startsWith('u32')) writer.u32(value)
  else if (form.startsWith('u16')) writer.u16(value)
  else writer.u8(value)
}
