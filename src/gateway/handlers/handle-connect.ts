// CONNECT: who is it, may it come in, and which session does it get. Answers with CONNACK.
import { randomBytes } from 'node:crypto'
import { parseVehicleKey } from '../../model/vehicle-id.ts'
import type { AdmissionRefusal, Principal } from '../admission/admission.ts'
import { perform, type Broker } from '../broker.ts'
import { endSession, forgetStored, linkSession, parkUnclaimed, turnAway } from '../session/session-end.ts'
import type { Connection } from '../connection.ts'
import type { Cursor } from '../codec/cursor.ts'
import { decodeConnect } from '../codec/decode-packet.ts'
import { encodeConnack } from '../codec/encode-packet.ts'
import { withReason } from '../codec/explanation.ts'
import { itemOverheadBytes } from '../ingest.ts'
import { packetType, type Connect, type ProtocolVersion } from '../codec/packet.ts'
import { noProperties, type Properties } from '../codec/properties.ts'
import { connectReturnCode, reasonCode, type ReasonCode } from '../codec/reason-code.ts'
import { Session } from '../session/session.ts'
import { isTopicName, parseTopicName } from '../routing/topic-filter.ts'

const clientIdChars = 256
const newClientId = (): string => `auto-${randomBytes(12).toString('hex')}`
const refusalCodes: Readonly<Record<AdmissionRefusal, ReasonCode>> = {
  'client-id': reasonCode.clientIdNotValid,
  credentials: reasonCode.badCredentials,
  certificate: reasonCode.notAuthorised,
  'not-authorised': reasonCode.notAuthorised,
}

export function handleConnect(connection: Connection, cursor: Cursor): void {
  const version = claimedVersion(cursor)
  const connect = decodeConnect(cursor)
  if (connect === undefined) {
    // [MQTT-3.1.2-2] answered in the form of the nearest version. By 3.1.1 no other fault is answered [MQTT-3.1.4-1].
    if (cursor.fault === reasonCode.unsupportedVersion) refuse(connection, { version: version > 5 ? 5 : 4 }, cursor.fault, 'version')
    else if (version === 5)
      refuse(
        connection,
        { version: 5 },
        cursor.fault,
        cursor.fault === reasonCode.malformedPacket ? 'malformed' : 'protocol-error',
        cursor.detail,
      )
    else connection.finish('malformed')
    return
  }
  connection.version = connect.version
  connection.clientPacketBytesMax = connect.properties.maximumPacketBytes ?? Number.POSITIVE_INFINITY
  connection.wantsReasons = connect.properties.requestProblemInformation !== 0
  const { broker } = connection
  // Sessions and wills are stored: who comes in must not make more of what the log has not taken.
  const isBusy = broker.ingest.ownBytes > broker.limits.journalBytes
  if (broker.isDraining || isBusy) {
    refuse(connection, connect, reasonCode.serverBusy, broker.isDraining ? 'draining' : 'busy')
    return
  }
  const fault = faultOf(connect)
  if (fault !== undefined) {
    refuse(connection, connect, fault, 'connect-refused')
    return
  }
  const clientId = connect.clientId === '' ? newClientId() : connect.clientId
  const admitted = broker.admission.authenticate({
    clientId,
    username: connect.username,
    password: connect.password,
    certificate: connection.socket.certificate,
  })
  if (!admitted.ok) {
    const { reason, detail } = admitted
    broker.failedConnects.refuse(connection, () => refuse(connection, connect, refusalCodes[reason], reason, detail))
    return
  }
  const willCode = willFault(broker, admitted.value, connect)
  if (willCode !== undefined) refuse(connection, connect, willCode, 'will')
  else enter(connection, connect, clientId, admitted.value, false)
}

/** Two things this connection may have to wait for: that a stored session it does not go on with is durably gone, or else a crash would give it back to a
 *  client that knows nothing of it; and, with several threads, that its session comes from another one, which it may not go on with either. `isClaimed`: no
 *  other thread has one now. Of those who wait for the same client id only the last stays. */
function enter(connection: Connection, connect: Connect, clientId: string, principal: Principal, isClaimed: boolean): void {
  const { broker } = connection
  const { arriving, peers } = broker
  const goOn = (isClaimedNow: boolean): void => {
    if (arriving.get(clientId) === connection) arriving.delete(clientId)
    if (connection.isOpen) enter(connection, connect, clientId, principal, isClaimedNow)
    else parkUnclaimed(broker, clientId)
  }
  const isDiscarded = discard(connection, connect, clientId, principal)
  if (!isDiscarded && (peers === undefined || isClaimed || broker.sessions.has(clientId))) {
    if (broker.isDraining) refuse(connection, connect, reasonCode.serverBusy, 'draining')
    else admit(connection, connect, clientId, principal)
    if (connection.isSuspended) connection.releaseForSession()
    return
  }
  connection.holdForSession()
  arriving.set(clientId, connection)
  if (isDiscarded) perform(broker, itemOverheadBytes, { changes: () => undefined, done: () => goOn(false) })
  else peers!.claim(clientId, connect.cleanStart, () => goOn(true))
}

/** Ends the stored session of the client id, or takes it into memory only, when that is what the client asks for. Gives whether this, or the end of an
 *  earlier one, is not durable yet. */
function discard({ broker }: Connection, connect: Connect, clientId: string, principal: Principal): boolean {
  const waiting = broker.arriving.get(clientId)
  turnAway(broker, clientId)
  const isEnding = waiting !== undefined || broker.ending.has(clientId)
  const held = broker.sessions.get(clientId)
  if (held?.journal === undefined) return isEnding
  const resumes = resumable(broker, held, principal, connect.cleanStart)
  if (resumes && sessionExpiryS(connect, broker.limits.sessionExpiryMaxS) > 0) return isEnding
  held.link?.close('taken-over', reasonCode.sessionTakenOver)
  if (broker.sessions.get(clientId) === held) {
    if (resumes) {
      // It waits for this connection now, and ends with it.
      held.expiryMs = 0
      held.endsAt = Number.POSITIVE_INFINITY
      forgetStored(broker, held)
    } else endSession(broker, held)
  }
  return true
}

/** The byte behind the protocol name, which is `MQTT`, or `MQIsdp` before 3.1.1; 0 when there is none. */
function claimedVersion({ bytes, at, end }: Cursor): number {
  const versionAt = at + 2 + (at + 2 <= end ? bytes.readUInt16BE(at) : 0)
  const isNamed = ['MQTT', 'MQIsdp'].includes(bytes.toString('latin1', at + 2, versionAt))
  return isNamed && versionAt < end ? bytes[versionAt]! : 0
}

function faultOf({ version, clientId, cleanStart, properties }: Connect): ReasonCode | undefined {
  // No enhanced authentication here: [MQTT-4.12.0-1].
  if (properties.authenticationMethod !== undefined) return reasonCode.badAuthenticationMethod
  if (properties.authenticationData !== undefined) return reasonCode.protocolError
  if (clientId.length > clientIdChars) return reasonCode.clientIdNotValid
  // [MQTT-3.1.3-8] of 3.1.1: without a client id there is no session to come back to.
  return clientId === '' && version === 4 && !cleanStart ? reasonCode.clientIdNotValid : undefined
}

function willFault({ admission }: Broker, principal: Principal, { will }: Connect): ReasonCode | undefined {
  if (will === undefined) return undefined
  if (parseTopicName(will.topic) === undefined) return reasonCode.topicNameInvalid
  if (will.properties.responseTopic !== undefined && !isTopicName(will.properties.responseTopic)) return reasonCode.protocolError // [MQTT-3.3.2-14]
  return !admission.mayWill(principal, will.topic) ? reasonCode.notAuthorised : undefined
}

/** What is known of a client that does not come in. */
type Refused = { readonly version: ProtocolVersion; readonly clientId?: string }

/** [MQTT-3.2.2-7] after a refusal the connection is closed. */
function refuse(connection: Connection, { version, clientId }: Refused, code: ReasonCode, reason: string, detail?: string): void {
  if (!connection.isOpen) return
  const sent = version === 5 ? code : connectReturnCode(code)
  const encode = (properties: Properties): Buffer => encodeConnack(version, false, sent, properties)
  const connack = version === 4 ? encode(noProperties) : withReason(connection, code, detail, noProperties, encode)
  if (connack.length > connection.clientPacketBytesMax) {
    connection.finish(reason)
    return
  }
  const { metrics, logger } = connection.broker
  metrics.reasonCodes.countSent(packetType.connack, sent)
  // An id that is no vehicle's may be anything, such as a VIN.
  const client = clientId !== undefined && parseVehicleKey(clientId).ok ? clientId : undefined
  logger.debug({ client, version, reason }, 'refused')
  connection.refuse(connack, reason)
}

function admit(connection: Connection, connect: Connect, clientId: string, principal: Principal): void {
  const { broker } = connection
  const { limits } = broker
  const expiryMs = sessionExpiryS(connect, limits.sessionExpiryMaxS) * 1000
  const held = broker.sessions.get(clientId)
  const resumes = held !== undefined && outlivesLink(held) && resumable(broker, held, principal, connect.cleanStart)
  const answer = connackProperties(broker, connect, clientId, expiryMs / 1000)
  const connack = encodeConnack(connect.version, resumes, reasonCode.success, answer) // [MQTT-3.2.2-2, -3]
  // [MQTT-3.1.2-24] before anything is changed. A client that has room for this CONNACK has room for every answer that is no message or list.
  if (connack.length > connection.clientPacketBytesMax) {
    connection.finish('packet-too-large')
    return
  }
  if (held !== undefined) takeOver(broker, held, resumes)
  if (!resumes && broker.sessions.size >= limits.sessions) {
    refuse(connection, connect, reasonCode.quotaExceeded, 'sessions')
    return
  }
  const session = resumes ? held : new Session(clientId, principal, expiryMs, broker.newLife())
  session.principal = principal
  session.expiryMs = expiryMs
  session.endsAt = Number.POSITIVE_INFINITY
  session.will = undefined // [MQTT-3.1.3-9] taken up again within the delay: no will
  session.willAt = Number.POSITIVE_INFINITY
  linkSession(broker, session, connection)
  broker.sessions.set(clientId, session)
  takeSeat(connection, connect, session, principal)
  if (expiryMs > 0) (session.journal = broker.journal).save(session)
  else forgetStored(broker, session)
  broker.metrics.reasonCodes.countSent(packetType.connack, reasonCode.success)
  connection.send(connack)
  broker.logger.debug({ client: clientId, version: connect.version, resumed: resumes }, 'connected')
  session.resume(broker)
}

/** False when the session ends with the connection that has it now. */
const outlivesLink = ({ link, expiryMs }: Session): boolean => link === undefined || expiryMs > 0

/** Whoever holds the session is sent away, and it ends unless it is gone on with. [MQTT-3.1.4-3], [MQTT-3.1.2-4, -5] */
function takeOver(broker: Broker, held: Session, resumes: boolean): void {
  held.link?.close('taken-over', reasonCode.sessionTakenOver)
  if (!resumes && broker.sessions.get(held.clientId) === held) endSession(broker, held)
}

/** Under another principal it is somebody else's. */
const resumable = ({ clock }: Broker, { principal: owner, endsAt }: Session, principal: Principal, cleanStart: boolean): boolean =>
  !cleanStart && owner.id === principal.id && endsAt > clock.now()

function sessionExpiryS({ version, cleanStart, properties }: Connect, maxS: number): number {
  if (version === 4) return cleanStart ? 0 : maxS
  return Math.min(properties.sessionExpiryS ?? 0, maxS)
}

/** A keep-alive the server sets by MQTT 5: for none, and for one too long to notice a dead car by. */
const serverKeepAliveS = ({ version, keepAliveS }: Connect, maxS: number): number =>
  version === 5 && (keepAliveS === 0 || keepAliveS > maxS) ? maxS : keepAliveS

function takeSeat(connection: Connection, connect: Connect, session: Session, principal: Principal): void {
  const { limits } = connection.broker
  const { properties } = connect
  connection.session = session
  connection.connectedS = Math.floor(connection.broker.clock.now() / 1000)
  connection.principal = principal
  connection.broker.guard.leave(connection)
  connection.broker.rates.admit(connection, session.clientId, principal.tenant)
  connection.will = connect.will
  connection.silenceMaxMs = serverKeepAliveS(connect, limits.keepAliveMaxS) * 1500 // [MQTT-3.1.2-22]
  connection.deliveryWindow = Math.min(properties.receiveMaximum ?? limits.deliveryWindow, limits.deliveryWindow) // [MQTT-3.3.4-9]
  connection.clientAliasMax = Math.min(properties.topicAliasMaximum ?? 0, limits.topicAliases)
}

function connackProperties({ limits }: Broker, connect: Connect, clientId: string, expiryS: number): Properties {
  if (connect.version === 4) return noProperties
  const properties: Properties = {
    receiveMaximum: limits.receiveMaximum,
    maximumPacketBytes: limits.packetBytes,
    topicAliasMaximum: limits.topicAliases,
  }
  if (expiryS !== (connect.properties.sessionExpiryS ?? 0)) properties.sessionExpiryS = expiryS
  if (connect.clientId === '') properties.assignedClientId = clientId // [MQTT-3.2.2-16]
  const keepAliveS = serverKeepAliveS(connect, limits.keepAliveMaxS)
  if (keepAliveS !== connect.keepAliveS) properties.serverKeepAliveS = keepAliveS // [MQTT-3.2.2-21]
  return properties
}
