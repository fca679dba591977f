// What sessions and the ends of connections are called on the screen.
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
  'protocol-error': bad('Broke the rules of MQTT'),
  'packet-too-large': bad('Sent a packet that is too large'),
  'receive-maximum': bad('Sent more at once than it may'),
  version: bad('MQTT version that is not spoken here'),
  will: bad('A will for a topic that is not its own'),
}

/** Why a connection ended, and whether that is worth a look. */
export const endingWords = (reason: string): Words => endings[reason] ?? plain(reason)
