// PUBACK, PUBREC and PUBCOMP for what the server sent; PUBREL for what the client sent at QoS 2.
import type { Connection } from './connection.ts'
import type { Cursor } from './cursor.ts'
import { decodeAcknowledgement } from './decode-packet.ts'
import { encodeAcknowledgement } from './encode-packet.ts'
import { packetType, type PacketType } from './packet.ts'
import { reasonCode } from './reason-code.ts'

export function handleAcknowledgement(connection: Connection, type: PacketType, cursor: Cursor): void {
  const { version, session, broker } = connection
  const packet = decodeAcknowledgement(cursor, version, type)
  if (packet === undefined || session === undefined) {
    connection.fault(cursor.fault)
    return
  }
  const { packetId, reason } = packet
  if (type === packetType.pubrel) release(connection, packetId)
  else if (type === packetType.pubrec && reason < 0x80) {
    // [MQTT-4.3.3-4] of MQTT 5: PUBREL answers every PUBREC; one for an unknown identifier says so.
    const code = session.release(packetId) ? reasonCode.success : reasonCode.packetIdNotFound
    connection.send(encodeAcknowledgement(packetType.pubrel, version, packetId, code))
  } else session.complete(packetId, broker.clock.now())
  broker.sessions.put(session)
}

/** [MQTT-4.3.3-11, -12] the identifier is free again. */
function release(connection: Connection, packetId: number): void {
  const received = connection.session?.received
  const wasKnown = received?.delete(packetId) === true
  if (wasKnown) connection.exchangeCompleted()
  const code = wasKnown ? reasonCode.success : reasonCode.packetIdNotFound
  connection.send(encodeAcknowledgement(packetType.pubcomp, connection.version, packetId, code))
}
