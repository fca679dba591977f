// Reason Strings (MQTT 5): a refusal says in words what is wrong and what to do about it. They go
// to clients that want them (Request Problem Information) and have room for them: a packet is never
// larger for them than its client takes. [MQTT-3.1.2-29], [MQTT-3.2.2-19], [MQTT-3.4.2-2], …
import { ByteWriter } from './byte-writer.ts'
import type { ProtocolVersion } from './packet.ts'
import { encodeProperties, noProperties, type Properties } from './properties.ts'
import { reasonCode, type ReasonCode } from './reason-code.ts'

const textChars = 300

/** A client, as far as it said which explanations it takes. */
export interface ReasonTaker {
  readonly version: ProtocolVersion
  readonly wantsReasons: boolean
  readonly clientPacketBytesMax: number
}

/** Meanings of codes, where nothing more is known. */
const texts: ReadonlyMap<ReasonCode, string> = new Map<ReasonCode, string>([
  [reasonCode.malformedPacket, 'The packet does not follow the MQTT specification. Check the library that encodes it.'],
  [
    reasonCode.protocolError,
    'The packet may not come here or holds a value it may not hold. Check the library that sends it.',
  ],
  [reasonCode.implementationSpecific, 'More of something than this server takes in one packet. Send less at once.'],
  [reasonCode.unsupportedVersion, 'This server speaks MQTT 3.1.1 (version 4) and MQTT 5. Choose one of them.'],
  [
    reasonCode.clientIdNotValid,
    'The client id is not valid here: it has at most 256 characters and, by 3.1.1, is empty only with a clean session.',
  ],
  [reasonCode.badCredentials, 'The user name or the password is wrong.'],
  [
    reasonCode.notAuthorised,
    'This client may not do that. Ask the operator for the permission, or use a topic of its own.',
  ],
  [reasonCode.serverBusy, 'The server takes no connections at present. Come back in a while.'],
  [reasonCode.serverShuttingDown, 'The server stops. Connect again in a while.'],
  [
    reasonCode.badAuthenticationMethod,
    'No authentication method is served. Leave it out and use user name and password, or a certificate.',
  ],
  [reasonCode.keepAliveTimeout, 'Nothing came for one and a half times the keep-alive. Send PINGREQ in time.'],
  [reasonCode.sessionTakenOver, 'Another connection came with the same client id. Give each client an id of its own.'],
  [reasonCode.topicNameInvalid, 'A topic name has 1 to 1,024 characters, at most 24 levels and no + or #.'],
  [
    reasonCode.receiveMaximumExceeded,
    'More PUBLISHes are unacknowledged than the Receive Maximum in CONNACK allows. Wait for acknowledgements.',
  ],
  [reasonCode.topicAliasInvalid, 'A topic alias is at least 1 and at most the Topic Alias Maximum in CONNACK.'],
  [
    reasonCode.packetTooLarge,
    'The packet is larger than the Maximum Packet Size: of the server as CONNACK says, or of the client for what it would get.',
  ],
  [reasonCode.quotaExceeded, 'The server has reached a limit of its own. Come back in a while, or ask the operator.'],
  [reasonCode.administrativeAction, 'An administrator ended the connection.'],
  [reasonCode.useAnotherServer, 'This server stops. Connect to the one named in Server Reference.'],
])

/** Encodes a packet with its reason string or, where that is unwanted or makes it too large,
 *  without; with no properties at all if need be. `detail` says more than the code alone. */
export function withReason(
  taker: ReasonTaker,
  code: ReasonCode,
  detail: string | undefined,
  properties: Properties,
  encode: (properties: Properties) => Buffer,
): Buffer {
  const reasonString = (detail ?? texts.get(code))?.slice(0, textChars)
  const fits = (bytes: Buffer): boolean => bytes.length <= taker.clientPacketBytesMax
  const explained =
    taker.wantsReasons && reasonString !== undefined ? encode({ ...properties, reasonString }) : undefined
  if (explained !== undefined && fits(explained)) return explained
  const plain = encode(properties)
  return fits(plain) ? plain : encode(noProperties)
}

/** The same for PUBACK and PUBREC: their properties behind the length of these, or undefined for
 *  none. */
export function acknowledgementReason(
  taker: ReasonTaker,
  code: ReasonCode,
  detail: string | undefined,
): Buffer | undefined {
  if (taker.version === 4) return undefined
  const encoded = withReason(taker, code, detail, noProperties, (properties) => {
    // Five bytes before the properties, and one or two more of remaining length: counted as seven.
    const body = new ByteWriter()
    encodeProperties(body, properties)
    return Buffer.concat([Buffer.alloc(7), new ByteWriter().varint(body.length).raw(body.view()).view()])
  })
  return encoded.length > 8 ? encoded.subarray(7) : undefined
}
