// PUBACK, PUBREC and PUBCOMP for what the server sent; PUBREL for what the client sent at QoS 2. An
// answer that lets the other side forget goes out only once what it stands for is durable, when the
// session outlives the connection.
import type { Connection } from '../connection.ts'
import type { Cursor } from '../../mqtt/cursor.ts'
import { decodeAcknowledgement } from '../../mqtt/decode-packet.ts'
import type { Delivery } from '../session/delivery-queue.ts'
import { encodeAcknowledgement } from '../../mqtt/encode-packet.ts'
import { itemOverheadBytes, type IngestStep } from '../../ingest/ingest.ts'
import { packetType, type PacketType } from '../../mqtt/packet.ts'
import { isListedReason, reasonCode, unlistedReason, type ReasonCode } from '../../mqtt/reason-code.ts'
import type { Session } from '../session/session.ts'

export function handleAcknowledgement(connection: Connection, type: PacketType, cursor: Cursor): void {
  const { version, session, gateway } = connection
  const packet = decodeAcknowledgement(cursor, version, type)
  if (packet === undefined || session === undefined) {
    connection.fault(cursor.fault, cursor.detail)
    return
  }
  const { packetId, reason } = packet
  if (!isListedReason(type, reason)) {
    connection.fault(reasonCode.protocolError, unlistedReason)
    return
  }
  gateway.metrics.reasonCodes.countReceived(type, reason)
  if (type === packetType.pubrel) {
    handleRelease(connection, session, packetId)
    return
  }
  const delivery = session.sent(packetId)
  if (delivery !== undefined && !isAnswer(type, delivery))
    connection.fault(
      reasonCode.protocolError,
      'This is not the acknowledgement that the message of this packet identifier waits for.',
    )
  else if (type === packetType.pubrec && reason < 0x80) handleReceived(connection, session, packetId)
  else session.complete(packetId, gateway)
}

/** [MQTT-4.3.2-3], [MQTT-4.3.3-3, -5] a delivery is over by its own acknowledgements only. */
const isAnswer = (type: PacketType, { qos, released }: Delivery): boolean =>
  type === packetType.puback ? qos === 1 : qos === 2 && (type === packetType.pubrec || released)

/** PUBREC. [MQTT-4.3.3-4, -5] PUBREL answers each; from the first on the PUBLISH is not sent again.
 *  One for an unknown identifier says so. */
function handleReceived(connection: Connection, session: Session, packetId: number): void {
  const delivery = session.sent(packetId)
  if (delivery === undefined) {
    answer(connection, packetType.pubrel, packetId, reasonCode.packetIdNotFound)
    return
  }
  const release = (): void => {
    delivery.released = true
    connection.sendRelease(packetId)
  }
  const { journal, clientId } = session
  if (delivery.released || journal === undefined) {
    release()
    return
  }
  const step: IngestStep = {
    changes: (into) => void into.push(journal.changes.delivery(clientId, { ...delivery, released: true })),
    done: release,
  }
  connection.gateway.ingest.perform(itemOverheadBytes, step, connection)
}

/** PUBREL. [MQTT-4.3.3-11, -12] the identifier is free again, also after a restart: a message that
 *  comes under it then is a new one. */
function handleRelease(connection: Connection, session: Session, packetId: number): void {
  const { ingest } = connection.gateway
  const { journal, clientId, received } = session
  const isKnown = received?.delete(packetId) === true
  const reason = isKnown ? reasonCode.success : reasonCode.packetIdNotFound
  if (journal === undefined) {
    if (isKnown) connection.exchangeCompleted()
    answer(connection, packetType.pubcomp, packetId, reason)
    return
  }
  // An unknown PUBREL has its place in the order too: it may be the same PUBREL on a new
  // connection, and what the first one changed not stored yet.
  const step: IngestStep = {
    changes: (into) => void into.push(journal.changes.released(clientId, packetId)),
    done: undefined,
  }
  ingest.add({
    owner: connection,
    ackFirst: packetType.pubcomp << 4,
    packetId,
    reason,
    explanation: undefined,
    record: undefined,
    bytes: itemOverheadBytes,
    readAt: 0,
    message: undefined,
    step: isKnown ? step : undefined,
  })
}

function answer(connection: Connection, type: PacketType, packetId: number, code: ReasonCode): void {
  const { gateway, version } = connection
  gateway.metrics.reasonCodes.countSent(type, version === 4 ? 0 : code)
  connection.send(encodeAcknowledgement(type, version, packetId, code))
}
