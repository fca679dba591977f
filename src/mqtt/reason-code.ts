// The reason codes of MQTT 5 (section 2.4) that this server sends or understands, and their MQTT
// 3.1.1 CONNACK forms.
import { packetType, type PacketType } from './packet.ts'

export const reasonCode = {
  success: 0x00,
  disconnectWithWill: 0x04,
  noSubscriptionExisted: 0x11,
  unspecified: 0x80,
  malformedPacket: 0x81,
  protocolError: 0x82,
  implementationSpecific: 0x83,
  unsupportedVersion: 0x84,
  clientIdNotValid: 0x85,
  badCredentials: 0x86,
  notAuthorised: 0x87,
  serverBusy: 0x89,
  serverShuttingDown: 0x8b,
  badAuthenticationMethod: 0x8c,
  keepAliveTimeout: 0x8d,
  sessionTakenOver: 0x8e,
  topicFilterInvalid: 0x8f,
  topicNameInvalid: 0x90,
  packetIdInUse: 0x91,
  packetIdNotFound: 0x92,
  receiveMaximumExceeded: 0x93,
  topicAliasInvalid: 0x94,
  packetTooLarge: 0x95,
  quotaExceeded: 0x97,
  administrativeAction: 0x98,
  payloadFormatInvalid: 0x99,
  useAnotherServer: 0x9c,
} as const
export type ReasonCode = (typeof reasonCode)[keyof typeof reasonCode]

const ofMessage = new Set([0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99])
const ofRelease = new Set<number>([reasonCode.packetIdNotFound])
const ofDisconnect = new Set([
  0x04, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
  0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
])
const listed: ReadonlyMap<PacketType, ReadonlySet<number>> = new Map([
  [packetType.puback, ofMessage],
  [packetType.pubrec, ofMessage],
  [packetType.pubrel, ofRelease],
  [packetType.pubcomp, ofRelease],
  [packetType.disconnect, ofDisconnect],
])

/** Whether the standard lists the code for the packet, which is one that clients send.
 *  [MQTT-3.4.2-1], [MQTT-3.5.2-1], [MQTT-3.6.2-1], [MQTT-3.7.2-1], [MQTT-3.14.2-1]; a DISCONNECT of
 *  a client may have those of a server too: it goes anyway. */
export const isListedReason = (packet: PacketType, code: number): boolean =>
  code === reasonCode.success || listed.get(packet)?.has(code) === true

export const unlistedReason = 'The reason code is none that MQTT lists for this packet.'

/** The CONNACK return code of MQTT 3.1.1 (table 3.1) that says the same, as nearly as its five
 *  codes can. */
export function connectReturnCode(code: ReasonCode): number {
  if (code === reasonCode.success) return 0
  if (code === reasonCode.unsupportedVersion) return 1
  if (code === reasonCode.clientIdNotValid) return 2
  if (code === reasonCode.badCredentials) return 4
  if (code === reasonCode.serverBusy || code === reasonCode.quotaExceeded || code === reasonCode.useAnotherServer)
    return 3
  return 5
}
