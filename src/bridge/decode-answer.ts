// Decodes what only a server sends: CONNACK and SUBACK. A decoder gives undefined when the cursor
// has a fault.
import type { Cursor } from '../mqtt/cursor.ts'
import { packetType, type ProtocolVersion } from '../mqtt/packet.ts'
import { decodeProperties, noProperties, type Properties } from '../mqtt/properties.ts'

export type Connack = { readonly isSessionPresent: boolean; readonly code: number; readonly properties: Properties }

export function decodeConnack(cursor: Cursor, version: ProtocolVersion): Connack | undefined {
  const flags = cursor.u8()
  const code = cursor.u8()
  // A server of 3.1.1 alone answers the CONNECT of MQTT 5 in its own form, which has no properties.
  const properties = version === 5 && cursor.remaining > 0 ? decodeProperties(cursor, packetType.connack) : noProperties
  if (flags > 1 || cursor.remaining > 0) cursor.fail() // [MQTT-3.2.2-1]
  return cursor.fault === 0 ? { isSessionPresent: flags === 1, code, properties } : undefined
}

export type Suback = { readonly packetId: number; readonly codes: readonly number[]; readonly properties: Properties }

export function decodeSuback(cursor: Cursor, version: ProtocolVersion): Suback | undefined {
  const packetId = cursor.u16()
  const properties = version === 5 ? decodeProperties(cursor, packetType.suback) : noProperties
  const codes = [...cursor.rest()]
  return cursor.fault === 0 ? { packetId, codes, properties } : undefined
}
