// The reason codes of MQTT 5 (section 2.4) that this server sends or understands, and their MQTT 3.1.1 CONNACK forms.

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

/** The CONNACK return code of MQTT 3.1.1 (table 3.1) that says the same, as nearly as its five codes can. */
export function connectReturnCode(code: ReasonCode): number {
  if (code === reasonCode.success) return 0
  if (code === reasonCode.unsupportedVersion) return 1
  if (code === reasonCode.clientIdNotValid) return 2
  if (code === reasonCode.badCredentials) return 4
  if (code === reasonCode.serverBusy || code === reasonCode.quotaExceeded || code === reasonCode.useAnotherServer) return 3
  return 5
}
