// The name of a reason code (MQTT 5 section 2.4, MQTT 3.1.1 table 3.1) and, when it is an error,
// what it usually means at this gateway and what an operator does about it.
import { formatReasonCode, type CodeDirection, type CodedPacket, type ReasonCodeCount } from './reason-code-count.ts'

/** For people: a count with its words. */
export type CountedReason = {
  readonly packet: CodedPacket
  readonly direction: CodeDirection
  /** As on the wire, `0x87`. */
  readonly code: string
  /** The standard's. A code that only 3.1.1 has says so. */
  readonly name: string
  readonly isError: boolean
  /** Null of a success, and of an error that this gateway does not send. */
  readonly meaning: string | null
  readonly count: number
}

type Texts = Readonly<Record<number, string>>

const names: Texts = {
  0x00: 'Success',
  0x04: 'Disconnect with Will Message',
  0x10: 'No matching subscribers',
  0x11: 'No subscription existed',
  0x80: 'Unspecified error',
  0x81: 'Malformed Packet',
  0x82: 'Protocol Error',
  0x83: 'Implementation specific error',
  0x84: 'Unsupported Protocol Version',
  0x85: 'Client Identifier not valid',
  0x86: 'Bad User Name or Password',
  0x87: 'Not authorized',
  0x88: 'Server unavailable',
  0x89: 'Server busy',
  0x8a: 'Banned',
  0x8b: 'Server shutting down',
  0x8c: 'Bad authentication method',
  0x8d: 'Keep Alive timeout',
  0x8e: 'Session taken over',
  0x8f: 'Topic Filter invalid',
  0x90: 'Topic Name invalid',
  0x91: 'Packet Identifier in use',
  0x92: 'Packet Identifier not found',
  0x93: 'Receive Maximum exceeded',
  0x94: 'Topic Alias invalid',
  0x95: 'Packet too large',
  0x96: 'Message rate too high',
  0x97: 'Quota exceeded',
  0x98: 'Administrative action',
  0x99: 'Payload format invalid',
  0x9a: 'Retain not supported',
  0x9b: 'QoS not supported',
  0x9c: 'Use another server',
  0x9d: 'Server moved',
  0x9e: 'Shared Subscriptions not supported',
  0x9f: 'Connection rate exceeded',
  0xa0: 'Maximum connect time',
  0xa1: 'Subscription Identifiers not supported',
  0xa2: 'Wildcard Subscriptions not supported',
}

/** Where a code has another name than in the other packets. MQTT 5 SUBACKs of ours never have
 *  0x80. */
const namesIn: Partial<Readonly<Record<CodedPacket, Texts>>> = {
  connack: {
    0x01: 'Unacceptable protocol version (MQTT 3.1.1)',
    0x02: 'Identifier rejected (MQTT 3.1.1)',
    0x03: 'Server unavailable (MQTT 3.1.1)',
    0x04: 'Bad user name or password (MQTT 3.1.1)',
    0x05: 'Not authorized (MQTT 3.1.1)',
  },
  suback: { 0x00: 'Granted QoS 0', 0x01: 'Granted QoS 1', 0x02: 'Granted QoS 2', 0x80: 'Failure (MQTT 3.1.1)' },
  disconnect: { 0x00: 'Normal disconnection' },
}

const version = 'A client speaks neither MQTT 3.1.1 nor 5. Choose one of them in its settings.'
const clientId = 'The client id is not tenant/vehicle. Correct it in the car’s settings.'
const credentials =
  'The password is not the car’s, its tenant is not served here, or the user name is not the client id. "roadstream password tenant/vehicle" prints the right one.'
const certificate =
  'The certificate names another car than the client id, or the will is for a topic that is not the car’s own.'
const busy =
  'The gateway was stopping, or the log was too slow for new sessions. Cars come back by themselves; if it goes on, look at the acknowledgement latency and the disk.'
const sessions =
  'As many sessions are kept as there may be. End those nobody needs, or let cars ask for a shorter session expiry.'
const forgotten = 'One side no longer knew the message, as after a lost connection or session. Harmless now and then.'
const malformed =
  'What came is no valid MQTT. Check the client’s MQTT library, or whether something else calls at this port.'
const rules = 'A client broke the rules of MQTT, and was told in words which. Check its MQTT library.'

const publishing: Texts = {
  0x87: 'A car published to a topic that is not its own: v1/tenant/vehicle/up/… with one of the uplink streams. Correct the topic.',
  0x90: 'A topic that is none: empty, too long, or with + or #. Correct it in the car’s settings.',
  0x97: 'A message of more than 256 KiB; its beginning is kept as a dead letter. Let the car send less at once.',
  0x99: 'The payload is no message. It is kept as a dead letter with what is wrong with it; the ledger shows of which cars.',
}

const sent: Readonly<Record<CodedPacket, Texts>> = {
  connack: {
    0x01: version,
    0x02: clientId,
    0x03: `${busy} Or as many sessions are kept as there may be.`,
    0x04: credentials,
    0x05: certificate,
    0x81: malformed,
    0x82: rules,
    0x83: 'A CONNECT with more than 100 user properties. Let the client send fewer.',
    0x84: version,
    0x85: clientId,
    0x86: credentials,
    0x87: certificate,
    0x89: busy,
    0x8c: 'The client asks for enhanced authentication, which is not served. Let it use its password or a certificate.',
    0x90: 'The topic of the will is none: empty, too long, or with + or #. Correct it in the client’s settings.',
    0x97: sessions,
  },
  puback: publishing,
  pubrec: publishing,
  pubrel: { 0x92: forgotten },
  pubcomp: { 0x92: forgotten },
  suback: {
    0x80: 'A filter was refused, as with 0x87, 0x8f and 0x97, which MQTT 3.1.1 does not tell apart.',
    0x87: 'A car subscribed to what is not its own: v1/tenant/vehicle/down/… Correct the filter.',
    0x8f: 'A filter that is none: empty, too long, or with + or # in the wrong place. Correct it in the client’s settings.',
    0x97: 'More subscriptions than a session may have, or all sessions together. Let the client use wildcards, or unsubscribe first.',
  },
  unsuback: {},
  disconnect: {
    0x81: malformed,
    0x82: rules,
    0x83: 'A packet with more than 100 user properties, or one over 264 KiB that is no message. Let the client send less at once.',
    0x87: 'The certificate of the client was revoked while it was connected. The gateway’s log says whose.',
    0x8b: 'The gateway stopped. Cars connect again by themselves once it runs.',
    0x8d: 'Silent for 1.5 times the keep-alive: out of coverage, asleep or switched off. If it is many at once, look at the network.',
    0x8e: 'The same client id connected again, as after a lost connection. If it goes on, two clients share an id: give each its own.',
    0x90: publishing[0x90]!,
    0x93: 'More messages at once than the Receive Maximum of CONNACK allows. Check the client’s MQTT library.',
    0x94: 'A topic alias above the maximum of CONNACK. Check the client’s MQTT library.',
    0x95: 'A packet larger than CONNACK allows, or an answer larger than the client takes. Let it send less at once, or take more.',
    0x98: 'An administrator disconnected the client: the gateway’s log says who.',
    0x9c: 'The gateway stopped and named another one. Cars connect there by themselves.',
  },
}

const refusedDelivery =
  'A client refused a message that was delivered to it, and does not get it again. Its own log says why.'
const received: Partial<Readonly<Record<CodedPacket, string>>> = {
  puback: refusedDelivery,
  pubrec: refusedDelivery,
  pubrel: forgotten,
  pubcomp: forgotten,
  disconnect: 'A client gave up the connection for this reason, and its will was published. Its own log says more.',
}

const isErrorIn = (packet: CodedPacket, code: number): boolean => code >= 0x80 || (packet === 'connack' && code > 0)

const meaningOf = (packet: CodedPacket, direction: CodeDirection, code: number): string | undefined =>
  direction === 'sent' ? sent[packet][code] : received[packet]

/** Errors first; of these and of the others the most frequent first. */
export const describeReasonCodes = (counts: readonly ReasonCodeCount[]): CountedReason[] =>
  counts.map(describe).sort((one, other) => Number(other.isError) - Number(one.isError) || other.count - one.count)

function describe({ packet, direction, code, count }: ReasonCodeCount): CountedReason {
  const isError = isErrorIn(packet, code)
  return {
    packet,
    direction,
    code: formatReasonCode(code),
    name: namesIn[packet]?.[code] ?? names[code] ?? 'No code of MQTT',
    isError,
    meaning: (isError ? meaningOf(packet, direction, code) : undefined) ?? null,
    count,
  }
}
