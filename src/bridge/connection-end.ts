// Why a connection to the broker ended, and what to do about it. `reason` is a metric label;
// `remedy` is for the person who reads the log.
import type { ProtocolVersion } from '../mqtt/packet.ts'

export type EndReason =
  | 'unreachable'
  | 'tls'
  | 'lost'
  | 'timeout'
  | 'version'
  | 'credentials'
  | 'not-authorised'
  | 'client-id'
  | 'refused'
  | 'subscription'
  | 'taken-over'
  | 'server'
  | 'protocol'
  | 'drain'

export type ConnectionEnd = {
  readonly reason: EndReason
  /** One sentence or two: what happened, and the setting or the rule of the broker that mends
   *  it. */
  readonly remedy: string
  /** The broker's reason code, or the system's error code. */
  readonly code?: number | string
  /** The broker's own words, cut. */
  readonly said?: string
}

const saidChars = 200

/** An error of the socket. Its text is left out: TLS puts names and certificates there. */
export function socketEnd(error: NodeJS.ErrnoException, wasConnected: boolean): ConnectionEnd {
  const code = error.code ?? 'UNKNOWN'
  if (/CERT|SELF_SIGNED|UNABLE_TO|ALTNAME|^ERR_TLS|^ERR_SSL|EPROTO/.test(code))
    return { reason: 'tls', code, remedy: tlsRemedy(code) }
  if (wasConnected) return { reason: 'lost', code, remedy: 'The connection to the broker broke.' }
  return {
    reason: 'unreachable',
    code,
    remedy: 'The broker cannot be reached: is it running, and does ROADSTREAM_BRIDGE name its host and port?',
  }
}

function tlsRemedy(code: string): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return "The broker's certificate is for another name: set ROADSTREAM_BRIDGE_SERVERNAME to the name in it."
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID')
    return `The certificate of the broker in ROADSTREAM_BRIDGE ${code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet'}: renew it there, or set the clock of this machine right.`
  if (code === 'EPROTO' || code.startsWith('ERR_SSL'))
    return 'TLS could not be agreed on: is this the TLS port of the broker, and does it ask for a client certificate (ROADSTREAM_BRIDGE_CERT and _KEY)?'
  return "The broker's certificate is not trusted: name its authority in ROADSTREAM_BRIDGE_CA."
}

/** The socket closed with nothing said; `isAnswered`: after CONNACK. */
export function lostEnd(isAnswered: boolean, isTls: boolean): ConnectionEnd {
  if (isAnswered)
    return {
      reason: 'lost',
      remedy:
        'The broker closed the connection without a word. If it goes on, is another one connected under this client id (ROADSTREAM_BRIDGE_CLIENT_ID)?',
    }
  const hint = isTls
    ? 'does it ask for a certificate of ours (ROADSTREAM_BRIDGE_CERT and _KEY)?'
    : 'is this its port for TLS (then ROADSTREAM_BRIDGE begins with mqtts://)?'
  return { reason: 'lost', remedy: `The broker closed the connection before it answered: ${hint}` }
}
export const drained: ConnectionEnd = { reason: 'drain', remedy: '' }
export const protocolEnd = (what: string): ConnectionEnd => ({
  reason: 'protocol',
  remedy: `The broker broke the protocol: ${what}.`,
})
export const timedOut = (what: string): ConnectionEnd => ({
  reason: 'timeout',
  remedy: `The broker did not answer ${what} in time.`,
})

const words = (said: string | undefined): { said?: string } =>
  said === undefined ? {} : { said: said.slice(0, saidChars) }

const connackEnds: Readonly<Record<number, readonly [EndReason, string]>> = {
  0x84: ['version', 'The broker speaks neither MQTT 5 nor 3.1.1.'],
  0x85: ['client-id', 'The broker does not take this client id: set ROADSTREAM_BRIDGE_CLIENT_ID to one it does.'],
  0x86: [
    'credentials',
    'The broker refuses the user name or password: see ROADSTREAM_BRIDGE_USER and ROADSTREAM_BRIDGE_PASSWORD.',
  ],
  0x87: [
    'not-authorised',
    'The broker does not let this client connect: allow its user and client id there, or set ROADSTREAM_BRIDGE_USER and ROADSTREAM_BRIDGE_PASSWORD.',
  ],
  0x8a: ['not-authorised', 'The broker has banned this client: lift the ban there.'],
  0x9c: ['refused', 'The broker sends us to another one: let ROADSTREAM_BRIDGE name that.'],
  0x9d: ['refused', 'The broker has moved: let ROADSTREAM_BRIDGE name the new one.'],
}
/** The return codes of 3.1.1 as reason codes of MQTT 5. */
const returnCodes: readonly number[] = [0, 0x84, 0x85, 0x88, 0x86, 0x87]

export function refusedEnd(version: ProtocolVersion, given: number, said: string | undefined): ConnectionEnd {
  const code = version === 4 || given < 0x80 ? (returnCodes[given] ?? given) : given
  const [reason, remedy] = connackEnds[code] ?? ['refused', 'The broker takes no connections now, or not this one.']
  return { reason, remedy, code, ...words(said) }
}

export function subscriptionEnd(filter: string, code: number, said: string | undefined): ConnectionEnd {
  return { reason: 'subscription', code, remedy: subscriptionRemedy(filter, code), ...words(said) }
}

function subscriptionRemedy(filter: string, code: number): string {
  if (code === 0)
    return `The broker grants ${filter} at QoS 0 only, at which messages are lost: allow QoS 1 for it there.`
  if (code === 0x9e)
    return `The broker has no shared subscriptions: give ROADSTREAM_BRIDGE_GROUP an empty value, or turn them on there.`
  if (code === 0xa2) return `The broker allows no wildcards in ${filter}: allow them there.`
  if (code === 0x97) return 'The broker allows no more subscriptions: raise its quota.'
  return `The broker does not let this client subscribe to ${filter}: its access rules (ACL) must allow that for the user of the bridge.`
}

export function disconnectEnd(
  code: number,
  said: string | undefined,
  clientId: string,
  filters: readonly string[],
): ConnectionEnd {
  return { ...disconnectEnds(code, clientId, filters), code, ...words(said) }
}

function disconnectEnds(
  code: number,
  clientId: string,
  filters: readonly string[],
): Pick<ConnectionEnd, 'reason' | 'remedy'> {
  if (code === 0x8e)
    return {
      reason: 'taken-over',
      remedy: `Another client took over the client id ${clientId}: give each bridge its own ROADSTREAM_BRIDGE_CLIENT_ID.`,
    }
  // HiveMQ says so of a PUBLISH as well, behind its PUBACK.
  if (code === 0x87)
    return {
      reason: 'not-authorised',
      remedy: `The broker does not let this client do something: its access rules (ACL) must let it subscribe to ${filters.join(', ')} and publish to v1/{tenant}/+/down/+.`,
    }
  if (code === 0x8b) return { reason: 'server', remedy: 'The broker is shutting down.' }
  return { reason: 'server', remedy: 'The broker ended the connection.' }
}
