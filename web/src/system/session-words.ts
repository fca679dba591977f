// Names for sessions and the ends of connections on the screen.
import type { ClientSession } from '../../../src/api/contract.ts'

const transports: Readonly<Record<NonNullable<ClientSession['transport']>, string>> = {
  tcp: 'TCP',
  tls: 'TLS',
  ws: 'WebSocket',
  wss: 'WebSocket, TLS',
}

/** `MQTT 5, TLS`; null while away. */
export const protocolOf = ({ version, transport }: Pick<ClientSession, 'version' | 'transport'>): string | null =>
  version === null ? null : [`MQTT ${version}`, ...(transport === null ? [] : [transports[transport]])].join(', ')

/** The client id without the tenant, which is the same for all one sees. */
export const shortId = (clientId: string): string => clientId.slice(clientId.indexOf('/') + 1)

type Words = { readonly name: string; readonly trouble: boolean }
const plain = (name: string): Words => ({ name, trouble: false })
const bad = (name: string): Words => ({ name, trouble: true })

const endings: Readonly<Record<string, Words>> = {
  client: plain('The client said goodbye'),
  lost: plain('The connection was lost'),
  'keep-alive': plain('Silent for longer than its keep-alive'),
  'taken-over': plain('The same client connected again'),
  administrative: plain('Disconnected by an administrator'),
  'certificate-revoked': plain('Its certificate was revoked'),
  drain: plain('The gateway stopped'),
  'connect-timeout': bad('Connected and said nothing'),
  credentials: bad('Wrong password or user name'),
  'client-id': bad('Client id that is no vehicle’s'),
  'not-authorised': bad('Used a topic that is not its own'),
  'connection-limit': bad('Too many connections'),
  sessions: bad('Too many sessions'),
  'half-open': bad('Too many connections that had not said who they are'),
  'address-half-open': bad('Too many of those from one address'),
  malformed: bad('Sent what is no MQTT'),
  'web-socket-malformed': bad('Sent what is no WebSocket'),
  'web-socket-text': bad('Sent text over WebSocket, where MQTT is binary'),
  'handshake-limit': bad('Too many TLS handshakes at once'),
  'address-handshake-limit': bad('Too many of those from one address'),
  accept: bad('Could not be taken in'),
  'connect-refused': bad('Its CONNECT was refused'),
  busy: bad('Too much at once for the gateway'),
  draining: plain('Came while the gateway stopped'),
  'protocol-error': bad('Broke the rules of MQTT'),
  'packet-too-large': bad('Sent a packet that is too large'),
  'receive-maximum': bad('Sent more at once than it may'),
  version: bad('MQTT version that is not spoken here'),
  will: bad('A will for a topic that is not its own'),
}

/** Of what happens before a client speaks MQTT: there are too many ways to name each. */
const before: readonly (readonly [start: string, words: Words])[] = [
  ['tls-certificate', bad('Its certificate is not accepted')],
  ['tls-no-certificate', bad('Came without a certificate')],
  ['tls-revocation', bad('The list of revoked certificates cannot be used')],
  ['tls-', bad('TLS could not be agreed on')],
  ['proxy-', bad('The proxy’s header was missing or wrong')],
  ['web-socket-', bad('WebSocket could not be agreed on')],
]

/** Why a connection ended, and whether that is worth a look. */
export function endingWords(reason: string): Words {
  const known = endings[reason]
  if (known !== undefined) return known
  const group = before.find(([start]) => reason.startsWith(start))?.[1]
  return group === undefined ? plain(reason) : { ...group, name: `${group.name} (${reason})` }
}
