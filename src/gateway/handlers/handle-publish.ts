// PUBLISH, the hot path: read in place, its payload a view of the chunk until the log or a subscriber's copy takes it.
// Nothing is acknowledged here: every acknowledgement goes through ingest, which keeps the order. [MQTT-4.6.0-2]
import type { Broker } from '../broker.ts'
import type { Connection } from '../connection.ts'
import { Cursor, isText } from '../../mqtt/cursor.ts'
import { acknowledgementReason } from '../../mqtt/explanation.ts'
import { itemOverheadBytes, type IngestStep } from '../../ingest/ingest.ts'
import { describeTopic, findTopic, knownTopicsMax, type KnownTopic } from './known-topic.ts'
import { isQos, packetType, type Qos } from '../../mqtt/packet.ts'
import { decodeProperties, noProperties, type Properties } from '../../mqtt/properties.ts'
import { reasonCode, type ReasonCode } from '../../mqtt/reason-code.ts'
import { forwardedProperties, messageBytes, type RoutedMessage } from '../routing/routed-message.ts'
import type { Session } from '../session/session.ts'
import { isTopicName } from '../../mqtt/topic-filter.ts'
import { uplinkRecord, type UplinkRecord } from '../../ingest/uplink.ts'

/** Of the first byte. */
const retainFlag = 1
const dupFlag = 8
const ackFirsts = [0, packetType.puback << 4, packetType.pubrec << 4] as const

export function handlePublish(connection: Connection, first: number, bytes: Buffer, start: number, end: number, passed: number): void {
  const qos = (first >> 1) & 3
  if (!isQos(qos) || (first & 0x0e) === 8) return connection.fault(reasonCode.malformedPacket, 'QoS is 0, 1 or 2, and DUP is 0 at QoS 0.') // [MQTT-3.3.1-4, -2]
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
      if (cursor.fault !== 0 && passed > 0)
        return connection.close('packet-too-large', reasonCode.implementationSpecific, noProperties, 'Its properties are too long.')
      if (cursor.fault !== 0) return connection.fault(cursor.fault, cursor.detail)
      if (properties.subscriptionIds !== undefined)
        return connection.fault(reasonCode.protocolError, 'A client sends no subscription identifier in PUBLISH.') // [MQTT-3.3.4-6]
      if (properties.responseTopic !== undefined && !isTopicName(properties.responseTopic))
        return connection.fault(reasonCode.protocolError, 'A response topic has at least one character and no + or #.') // [MQTT-3.3.2-14]
      at = cursor.at
    }
  }
  const known = topicOf(connection, bytes, nameAt, nameEnd, properties.topicAlias)
  if (typeof known === 'number') return connection.fault(known)
  accept(connection, known, first, bytes.subarray(at, end), passed, qos, packetId, properties)
}

/** The topic, by name or alias; a reason code when there is none. */
function topicOf(connection: Connection, bytes: Buffer, start: number, end: number, alias: number | undefined): KnownTopic | ReasonCode {
  if (alias !== undefined && (alias === 0 || alias > connection.broker.limits.topicAliases)) return reasonCode.topicAliasInvalid // [MQTT-3.3.2-8, -9]
  if (start === end) {
    if (alias === undefined) return connection.version === 5 ? reasonCode.protocolError : reasonCode.malformedPacket
    return connection.aliases?.get(alias) ?? reasonCode.protocolError
  }
  let known = connection.topics === undefined ? undefined : findTopic(connection.topics, bytes, start, end)
  if (known === undefined) {
    known = describeTopic(bytes.subarray(start, end), connection.broker.admission, connection.principal!)
    if (known === undefined) return isText(bytes.subarray(start, end)) ? reasonCode.topicNameInvalid : reasonCode.malformedPacket
    const topics = (connection.topics ??= [])
    if (topics.length === knownTopicsMax) topics.shift()
    topics.push(known)
  }
  if (alias !== undefined) (connection.aliases ??= new Map<number, KnownTopic>()).set(alias, known)
  return known
}

/** More unacknowledged than an MQTT 5 client was told of, or more unreleased than a session may keep identifiers of. */
function isBeyondWindow(connection: Connection, qos: Qos): boolean {
  const { session, version, broker } = connection
  const { receiveMaximum, unreleasedMessages } = broker.limits
  if (version === 5 && ++connection.unacknowledged > receiveMaximum) return true
  return qos === 2 && (session!.received?.size ?? 0) >= unreleasedMessages
}

/** Of a payload that was too large to be kept whole, `passed` bytes are left out at its end. */
function accept(
  connection: Connection,
  known: KnownTopic,
  first: number,
  payload: Buffer,
  passed: number,
  qos: Qos,
  packetId: number,
  properties: Properties,
): void {
  const { broker, version } = connection
  connection.messagesReceived++
  broker.metrics.countMessage(known.stream ?? 'other', qos)
  if (qos === 2 && connection.session!.received?.has(packetId) === true) {
    // One that comes again has DUP. [MQTT-3.3.1-1] Another one is of a client that has forgotten what it sent, and is answered all the same.
    if ((first & dupFlag) === 0) broker.metrics.countDropped('identifier-held')
    answerOnly(connection, qos, packetId, reasonCode.success) // [MQTT-4.3.3-10] once is enough
    return
  }
  if (qos > 0 && isBeyondWindow(connection, qos)) {
    connection.close('receive-maximum', reasonCode.receiveMaximumExceeded) // [MQTT-3.3.4-7]
    return
  }
  if (!known.isAllowed) {
    refuseTopic(connection, qos, packetId)
    return
  }
  let record
  let reason: ReasonCode = reasonCode.success
  if (known.stream !== undefined) {
    const uplink = uplinkRecord(known.stream, known.key, payload, broker.receivedAt, payload.length + passed)
    record = uplink.record
    reason = uplink.reason
    if (uplink.refusal !== undefined) countRefusal(broker, uplink.refusal, payload.length)
  } else if (passed > 0) {
    countRefusal(broker, 'too-large', payload.length)
    reason = reasonCode.quotaExceeded
  }
  const isRetained = (first & retainFlag) !== 0 && known.isRetainable
  const isRouted = reason === reasonCode.success && (isRetained || isWanted(connection, known))
  const message = isRouted ? routedMessage(connection, known, payload, qos, isRetained, properties) : undefined
  // By 3.1.1 there is no PUBREC that refuses: the exchange goes on, and its identifier is known until PUBREL.
  const step = qos === 2 && (reason < 0x80 || version === 4) ? remember(connection.session!, packetId) : undefined
  broker.ingest.add({
    owner: connection,
    ackFirst: ackFirsts[qos],
    packetId,
    reason,
    explanation: reason === reasonCode.success || qos === 0 ? undefined : explanationOf(connection, reason, record),
    record,
    bytes: (message === undefined ? payload.length : messageBytes(message)) + itemOverheadBytes,
    readAt: broker.readAt,
    message,
    step,
  })
}

/** [MQTT-4.3.3-8] the identifier is kept until PUBREL; stored with the message, so that a restart does not take it a second time. */
function remember(session: Session, packetId: number): IngestStep | undefined {
  const received = (session.received ??= new Set<number>())
  received.add(packetId)
  const { journal, clientId } = session
  if (journal === undefined) return undefined
  return { changes: (into) => void into.push(journal.changes.received(clientId, packetId)), done: undefined }
}

/** A refused message costs more than another: what keeps a car that sends nothing else from filling the dead letters. */
function countRefusal(broker: Broker, reason: string, bytes: number): void {
  broker.metrics.countRefused(reason)
  const factor = broker.limits.refusedMessageCost - 1
  broker.extraMessages += factor
  broker.extraBytes += factor * bytes
}

/** A client that publishes where it may not: by MQTT 5 it is told so. By 3.1.1 there is no way to say no but to close:
 *  an acknowledgement would say the message was taken. [MQTT-3.3.5-2] */
function refuseTopic(connection: Connection, qos: Qos, packetId: number): void {
  countRefusal(connection.broker, 'not-authorised', 0)
  if (connection.version === 4) connection.close('not-authorised', reasonCode.notAuthorised)
  else if (qos > 0) answerOnly(connection, qos, packetId, reasonCode.notAuthorised)
}

function isWanted({ broker: { router } }: Connection, known: KnownTopic): boolean {
  if (known.treeVersion !== router.version) {
    known.treeVersion = router.version
    known.isWanted = router.hasSubscribers(known.levels)
  }
  return known.isWanted
}

function routedMessage(
  { broker, session }: Connection,
  { topic, levels }: KnownTopic,
  payload: Buffer,
  qos: Qos,
  retain: boolean,
  properties: Properties,
): RoutedMessage {
  return {
    topic,
    levels,
    payload: Buffer.from(payload),
    qos,
    retain,
    properties: forwardedProperties(properties),
    expiresAt: properties.messageExpiryS === undefined ? 0 : broker.clock.now() + properties.messageExpiryS * 1000,
    publisher: session!.clientId,
    holders: 0,
  }
}

const tooLarge = 'The message is larger than this server takes, whatever its topic: do not send it again.'

function explanationOf(connection: Connection, reason: ReasonCode, record: UplinkRecord['record'] | undefined): Buffer | undefined {
  const fault = record?.headers?.['detail']
  const other = reason === reasonCode.quotaExceeded ? tooLarge : undefined
  const detail = fault === undefined ? other : `${fault} It is kept as a dead letter: do not send it again.`
  return acknowledgementReason(connection, reason, detail)
}

/** Takes an acknowledgement alone, which has its place in the order as well. */
function answerOnly(connection: Connection, qos: Qos, packetId: number, reason: ReasonCode): void {
  const { ingest, readAt } = connection.broker
  ingest.add({
    owner: connection,
    ackFirst: ackFirsts[qos],
    packetId,
    reason,
    explanation: reason === reasonCode.success ? undefined : explanationOf(connection, reason, undefined),
    record: undefined,
    bytes: itemOverheadBytes,
    readAt,
    message: undefined,
    step: undefined,
  })
}
