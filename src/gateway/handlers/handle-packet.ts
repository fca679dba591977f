// The handler of a packet, by its type and the state of the connection, and the packets that may
// never come from a client. PUBLISH on a session does not come here: packet-reader.ts sends it
// straight on.
import type { Connection } from '../connection.ts'
import { Cursor } from '../../mqtt/cursor.ts'
import { decodeDisconnect } from '../../mqtt/decode-packet.ts'
import { pingResponse } from '../../mqtt/encode-packet.ts'
import { handleAcknowledgement } from './handle-acknowledgement.ts'
import { handleConnect } from './handle-connect.ts'
import { handleSubscribe, handleUnsubscribe } from './handle-subscribe.ts'
import { packetType } from '../../mqtt/packet.ts'
import { noProperties } from '../../mqtt/properties.ts'
import { isListedReason, reasonCode, unlistedReason } from '../../mqtt/reason-code.ts'

/** The body is the range of `bytes`; `passed` bytes behind it were read past. Six arguments: see
 *  `Connection.onFrame`. */
// oxlint-disable-next-line max-params -- a packet costs no allocation before its record
export function handlePacket(
  connection: Connection,
  first: number,
  bytes: Buffer,
  start: number,
  end: number,
  passed: number,
): void {
  const type = first >> 4
  // [MQTT-3.1.0-1] the first packet is CONNECT, [MQTT-3.1.0-2] and no other is.
  if ((connection.session === undefined) !== (type === packetType.connect))
    connection.fault(reasonCode.protocolError, 'CONNECT comes first, and once.')
  else if (passed > 0)
    connection.close(
      'packet-too-large',
      reasonCode.implementationSpecific,
      noProperties,
      'Only PUBLISH may have more than 264 KiB here.',
    )
  // [MQTT-2.1.3-1] the other types have fixed flags.
  else if ((first & 15) !== flagsOf(type))
    connection.fault(reasonCode.malformedPacket, 'The flags of the fixed header are not those of this packet type.')
  else handleRarePacket(connection, type, new Cursor(bytes, start, end))
}

const flagsOf = (type: number): number =>
  type === packetType.pubrel || type === packetType.subscribe || type === packetType.unsubscribe ? 2 : 0

/** Of a message's cost: a client acknowledges what it is sent, however much that is, and is not to
 *  be slowed for it. */
const rarePacketCost = 0.1

function handleRarePacket(connection: Connection, type: number, cursor: Cursor): void {
  connection.gateway.reading.charge(rarePacketCost)
  switch (type) {
    case packetType.connect:
      handleConnect(connection, cursor)
      return
    case packetType.puback:
    case packetType.pubrec:
    case packetType.pubrel:
    case packetType.pubcomp:
      handleAcknowledgement(connection, type, cursor)
      return
    case packetType.subscribe:
      handleSubscribe(connection, cursor)
      return
    case packetType.unsubscribe:
      handleUnsubscribe(connection, cursor)
      return
    case packetType.pingreq:
      if (cursor.remaining > 0) connection.fault(reasonCode.malformedPacket)
      else connection.send(pingResponse) // [MQTT-3.12.4-1]
      return
    case packetType.disconnect:
      handleDisconnect(connection, cursor)
      return
    default:
      // The server's own packets, AUTH without a method agreed on at CONNECT, type 0.
      connection.fault(
        reasonCode.protocolError,
        'This packet does not come from a client, or not without an authentication method.',
      )
  }
}

function handleDisconnect(connection: Connection, cursor: Cursor): void {
  const { session, version, gateway } = connection
  const packet = decodeDisconnect(cursor, version)
  if (packet === undefined) {
    connection.fault(cursor.fault, cursor.detail)
    return
  }
  if (!isListedReason(packetType.disconnect, packet.reason)) {
    connection.fault(reasonCode.protocolError, unlistedReason)
    return
  }
  gateway.metrics.reasonCodes.countReceived(packetType.disconnect, packet.reason)
  const { sessionExpiryS } = packet.properties
  if (sessionExpiryS !== undefined && session !== undefined) {
    // [MQTT-3.14.2-2] and section 3.14.2.2.2: an expiry of zero at CONNECT cannot be raised now.
    if (session.expiryMs === 0 && sessionExpiryS > 0) {
      connection.fault(reasonCode.protocolError, 'A session expiry that was 0 in CONNECT stays 0.')
      return
    }
    session.expiryMs = Math.min(sessionExpiryS, gateway.limits.sessionExpiryMaxS) * 1000
  }
  // [MQTT-3.14.4-3] a normal goodbye takes the will away.
  if (packet.reason === reasonCode.success) connection.will = undefined
  connection.finish('client')
}
