// PUBLISH, the hot path: read in place, its payload a view of the chunk until the log or a
// subscriber's copy takes it. Nothing is acknowledged here: every acknowledgement goes through
// ingest, which keeps the order. [MQTT-4.6.0-2]
import type { Connection } from '../connection.ts'
import { Cursor, isText } from '../../mqtt/cursor.ts'
import { acknowledgementReason } from '../../mqtt/explanation.ts'
import { itemOverheadBytes, type IngestStep } from '../../ingest/ingest.ts'
import { describeTopic, findTopic, knownTopicsMax, type KnownTopic } from './known-topic.ts'
import { isQos, packetType, type Qos } from '../../mqtt/packet.ts'
import { decodeProperties, noProperties, type Properties } from '../../mqtt/properties.ts'
import { reasonCode, type ReasonCode } from '../../mqtt/reason-code.ts'
import { forwardedProperties, messageBytes, type RoutedMessage } from '../session/routed-message.ts'
import type { Session } from '../session/session.ts'
import { isTopicName } from '../../mqtt/topic-filter.ts'
import { uplinkRecord, type UplinkRecord } from '../../ingest/uplink.ts'

/** Of the first byte. */
const retainFlag = 1
const dupFlag = 8
const ackFirsts = [0, packetType.puback << 4, packetType.pubrec << 4] as const

/** The body is the range of `bytes`; `passed` bytes behind it were read past. Six arguments: see
 *  `Connection.onFrame`. */
// oxlint-disable-next-line max-params -- a packet costs no allocation before its record
export function handlePublish(
  connection: Connection,
  first: number,
  bytes: Buffer,
  start: number,
  end: number,
  passed: number,
): void {
  const qos = (first >> 1) & 3
  if (!isQos(qos) || (first & 0x0e) === 8)
    return connection.fault(reasonCode.malformedPacket, 'QoS is 0, 1 or 2, and DUP is 0 at QoS 0.') // [MQTT-3.3.1-4, -2]
  const nameAt = start + 2
  if (nameAt > end) return connection.fault(reasonCode.malformedPacket)
  const nameEnd = nameAt + ((bytes[start]! << 8) | bytes[start + 1]!)
  let at = qos === 0 ? nameEnd : nameEnd + 2
  if (at > end) return connection.fault(reasonCode.malformedPacket)
  const packetId = qos === 0 ? 0 : (bytes[nameEnd]! << 8) | bytes[nameEnd + 1]!
  if (qos > 0 && packetId === 0) return connection.fault(reasonCode.malformedPacket, 'A packet identifier is not 0.') // [MQTT-2.2.1-3]
  let properties = noProperties
  if (connection.version === 5) {
    if (bytes[at] === 0 && at < end) at++
    else {
      const cursor = new Cursor(bytes, at, end)
      properties = decodeProperties(cursor, packetType.publish)
      if (!isUsable(connection, properties, cursor, passed)) return
      at = cursor.at
    }
  }
  const known = topicOf(connection, bytes, nameAt, nameEnd, properties.topicAlias)
  if (typeof known === 'number') return connection.fault(known)
  const { metrics, reading, ingest } = connection.gateway
  connection.messagesReceived++
  metrics.countMessage(known.stream ?? 'other', qos)
  if (!isTaken(connection, known, first, packetId)) return
  const payload = bytes.subarray(at, end)
  let record
  let reason: ReasonCode = reasonCode.success
  if (known.stream !== undefined) {
    const uplink = uplinkRecord(known.stream, known.key, payload, reading.receivedAt, payload.length + passed)
    record = uplink.record
    reason = uplink.reason
    if (uplink.refusal !== undefined) countRefusal(connection, uplink.refusal, payload.length)
  } else if (passed > 0) {
    countRefusal(connection, 'too-large', payload.length)
    reason = reasonCode.quotaExceeded
  }
  const isRouted = reason === reasonCode.success && (isRetained(first, known) || isWanted(connection, known))
  const message = isRouted ? routedMessage(connection, known, first, payload, properties) : undefined
  // By 3.1.1 there is no PUBREC that refuses: the exchange goes on, and its identifier is known
  // until PUBREL.
  const isRemembered = qos === 2 && (reason < 0x80 || connection.version === 4)
  ingest.add({
    owner: connection,
    ackFirst: ackFirsts[qos],
    packetId,
    reason,
    explanation: reason === reasonCode.success || qos === 0 ? undefined : explanationOf(connection, reason, record),
    record,
    bytes: (message === undefined ? payload.length : messageBytes(message)) + itemOverheadBytes,
    readAt: reading.startedAt,
    message,
    step: isRemembered ? remember(connection.session!, packetId) : undefined,
  })
}

/** False for properties that end the connection. */
function isUsable(connection: Connection, properties: Properties, cursor: Cursor, passed: number): boolean {
  if (cursor.fault !== 0 && passed > 0)
    connection.close(
      'packet-too-large',
      reasonCode.implementationSpecific,
      noProperties,
      'Its properties are too long.',
    )
  else if (cursor.fault !== 0) connection.fault(cursor.fault, cursor.detail)
  else if (properties.subscriptionIds !== undefined)
    connection.fault(reasonCode.protocolError, 'A client sends no subscription identifier in PUBLISH.') // [MQTT-3.3.4-6]
  else if (properties.responseTopic !== undefined && !isTopicName(properties.responseTopic))
    connection.fault(reasonCode.protocolError, 'A response topic has at least one character and no + or #.') // [MQTT-3.3.2-14]
  else return true
  return false
}

/** The topic, by name or alias; a reason code when there is none. */
function topicOf(
  connection: Connection,
  bytes: Buffer,
  start: number,
  end: number,
  alias: number | undefined,
): KnownTopic | ReasonCode {
  if (alias !== undefined && (alias === 0 || alias > connection.gateway.limits.topicAliases))
    return reasonCode.topicAliasInvalid // [MQTT-3.3.2-8, -9]
  if (start === end) {
    if (alias === undefined) return connection.version === 5 ? reasonCode.protocolError : reasonCode.malformedPacket
    return connection.aliases?.get(alias) ?? reasonCode.protocolError
  }
  let known = connection.topics === undefined ? undefined : findTopic(connection.topics, bytes, start, end)
  if (known === undefined) {
    known = describeTopic(bytes.subarray(start, end), connection.gateway.door.admission, connection.principal!)
    if (known === undefined)
      return isText(bytes.subarray(start, end)) ? reasonCode.topicNameInvalid : reasonCode.malformedPacket
    const topics = (connection.topics ??= [])
    if (topics.length === knownTopicsMax) topics.shift()
    topics.push(known)
  }
  if (alias !== undefined) (connection.aliases ??= new Map<number, KnownTopic>()).set(alias, known)
  return known
}

/** More unacknowledged than an MQTT 5 client was told of, or more unreleased than a session may
 *  keep identifiers of. */
function isBeyondWindow(connection: Connection, qos: Qos): boolean {
  const { session, version, gateway } = connection
  const { receiveMaximum, unreleasedMessages } = gateway.limits
  if (version === 5 && ++connection.unacknowledged > receiveMaximum) return true
  return qos === 2 && (session!.received?.size ?? 0) >= unreleasedMessages
}

/** False for a PUBLISH that is answered without being taken, or ends its connection. */
function isTaken(connection: Connection, known: KnownTopic, first: number, packetId: number): boolean {
  const qos = ((first >> 1) & 3) as Qos
  if (qos === 2 && connection.session!.received?.has(packetId) === true) {
    // A retransmission has DUP [MQTT-3.3.1-1]. Without it the client has lost its state and uses
    // the identifier anew: it is answered, but counted.
    if ((first & dupFlag) === 0) connection.gateway.metrics.countDropped('identifier-held')
    answerOnly(connection, qos, packetId, reasonCode.success) // [MQTT-4.3.3-10] once is enough
  } else if (qos > 0 && isBeyondWindow(connection, qos))
    connection.close('receive-maximum', reasonCode.receiveMaximumExceeded) // [MQTT-3.3.4-7]
  else if (!known.isAllowed) refuseTopic(connection, qos, packetId)
  else return true
  return false
}

/** [MQTT-4.3.3-8] the identifier is kept until PUBREL; stored with the message, so that a restart
 *  does not take it a second time. */
function remember(session: Session, packetId: number): IngestStep | undefined {
  const received = (session.received ??= new Set<number>())
  received.add(packetId)
  const { journal, clientId } = session
  if (journal === undefined) return undefined
  return { changes: (into) => void into.push(journal.changes.received(clientId, packetId)), done: undefined }
}

/** A refused message costs more than another: what keeps a car that sends nothing else from filling
 *  the dead letters. */
function countRefusal({ gateway }: Connection, reason: string, bytes: number): void {
  gateway.metrics.countRefused(reason)
  const factor = gateway.limits.refusedMessageCost - 1
  gateway.reading.charge(factor, factor * bytes)
}

/** A client that publishes where it may not: by MQTT 5 it is told so. By 3.1.1 there is no way to
 *  say no but to close: an acknowledgement would say the message was taken. [MQTT-3.3.5-2] */
function refuseTopic(connection: Connection, qos: Qos, packetId: number): void {
  countRefusal(connection, 'not-authorised', 0)
  if (connection.version === 4) connection.close('not-authorised', reasonCode.notAuthorised)
  else if (qos > 0) answerOnly(connection, qos, packetId, reasonCode.notAuthorised)
}

const isRetained = (first: number, { isRetainable }: KnownTopic): boolean => (first & retainFlag) !== 0 && isRetainable

function isWanted({ gateway: { router } }: Connection, known: KnownTopic): boolean {
  if (known.treeVersion !== router.version) {
    known.treeVersion = router.version
    known.isWanted = router.hasSubscribers(known.levels)
  }
  return known.isWanted
}

function routedMessage(
  { gateway, session }: Connection,
  known: KnownTopic,
  first: number,
  payload: Buffer,
  properties: Properties,
): RoutedMessage {
  const { topic, levels } = known
  const expiryS = properties.messageExpiryS
  return {
    topic,
    levels,
    payload: Buffer.from(payload),
    qos: ((first >> 1) & 3) as Qos,
    retain: isRetained(first, known),
    properties: forwardedProperties(properties),
    expiresAt: expiryS === undefined ? 0 : gateway.clock.now() + expiryS * 1000,
    publisher: session!.clientId,
    holders: 0,
  }
}

const tooLarge = 'The message is larger than this server takes, whatever its topic: do not send it again.'

function explanationOf(
  connection: Connection,
  reason: ReasonCode,
  record: UplinkRecord['record'] | undefined,
): Buffer | undefined {
  const fault = record?.headers?.['detail']
  const other = reason === reasonCode.quotaExceeded ? tooLarge : undefined
  const detail = fault === undefined ? other : `${fault} It is kept as a dead letter: do not send it again.`
  return acknowledgementReason(connection, reason, detail)
}

/** Takes an acknowledgement alone, which has its place in the order as well. */
function answerOnly(connection: Connection, qos: Qos, packetId: number, reason: ReasonCode): void {
  const { ingest, reading } = connection.gateway
  ingest.add({
    owner: connection,
    ackFirst: ackFirsts[qos],
    packetId,
    reason,
    explanation: reason === reasonCode.success ? undefined : explanationOf(connection, reason, undefined),
    record: undefined,
    bytes: itemOverheadBytes,
    readAt: reading.startedAt,
    message: undefined,
    step: undefined,
  })
}
