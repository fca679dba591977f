// CONNECT: who is it, and may it come in. Clients that may enter a session (enter-session.ts); the
// others are told why not.
import { randomBytes } from 'node:crypto'
import type { Admission, AdmissionRefusal, Principal } from '../admission/admission.ts'
import type { Cursor } from '../../mqtt/cursor.ts'
import { decodeConnect } from '../../mqtt/decode-packet.ts'
import type { Connect } from '../../mqtt/packet.ts'
import { reasonCode, type ReasonCode } from '../../mqtt/reason-code.ts'
import type { Connection } from '../connection.ts'
import { isTopicName, parseTopicName } from '../../mqtt/topic-filter.ts'
import { refuse } from './connack.ts'
import { enterSession } from './enter-session.ts'

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
    // [MQTT-3.1.2-2] answered in the form of the nearest version. By 3.1.1 no other fault is
    // answered [MQTT-3.1.4-1].
    if (cursor.fault === reasonCode.unsupportedVersion)
      refuse(connection, { version: version > 5 ? 5 : 4 }, cursor.fault, 'version')
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
  const { door, ingest, limits } = connection.gateway
  // Sessions and wills are stored: who comes in must not make more of what the log has not taken.
  const isBusy = ingest.ownBytes > limits.journalBytes
  if (door.isDraining || isBusy) {
    refuse(connection, connect, reasonCode.serverBusy, door.isDraining ? 'draining' : 'busy')
    return
  }
  const fault = faultOf(connect)
  if (fault !== undefined) {
    refuse(connection, connect, fault, 'connect-refused')
    return
  }
  const clientId = connect.clientId === '' ? newClientId() : connect.clientId
  const admitted = door.admission.authenticate({
    clientId,
    username: connect.username,
    password: connect.password,
    certificate: connection.socket.certificate,
  })
  if (!admitted.ok) {
    const { reason, detail } = admitted
    door.failedConnects.refuse(connection, () => refuse(connection, connect, refusalCodes[reason], reason, detail))
    return
  }
  const willCode = willFault(door.admission, admitted.value, connect)
  if (willCode !== undefined) refuse(connection, connect, willCode, 'will')
  else enterSession(connection, connect, clientId, admitted.value)
}

/** The byte behind the protocol name, which is `MQTT`, or `MQIsdp` before 3.1.1; 0 when there is
 *  none. */
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

function willFault(admission: Admission, principal: Principal, { will }: Connect): ReasonCode | undefined {
  if (will === undefined) return undefined
  if (parseTopicName(will.topic) === undefined) return reasonCode.topicNameInvalid
  if (will.properties.responseTopic !== undefined && !isTopicName(will.properties.responseTopic))
    return reasonCode.protocolError // [MQTT-3.3.2-14]
  return !admission.mayWill(principal, will.topic) ? reasonCode.notAuthorised : undefined
}
