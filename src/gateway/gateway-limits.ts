// Every bound of the gateway, by name. Memory at worst: `pendingBytes`, and for each connection
// `heldBytes` with one chunk (64 KiB) while the log is slow, a packet that is not whole
// (`keptPacketBytes`; over WebSocket a frame that is not, `packetBytes`), `outboundBytes` unsent,
// and `queueBytes` queued.
import { defaultIngestLimits } from '../ingest/ingest-limits.ts'
import { defaultRates } from '../tcp/rate-limit.ts'

export const defaultLimits = {
  ...defaultIngestLimits,
  ...defaultRates,
  connections: 50_000,
  /** New connections of which reading is begun, in all and for an address (an IPv6 network of 64
   *  bits); the rest waits unread for its turn. */
  connectsPerS: 4000,
  addressConnectsPerS: 2000,
  /** Connections that have not said CONNECT, in all and for an address; more are turned away. */
  halfOpen: 20_000,
  addressHalfOpen: 10_000,
  /** Refused credentials of an address before it gets its refusals `failureDelayMs` late; one is
   *  forgiven every `failureForgiveMs`. */
  addressFailures: 60,
  failureForgiveMs: 1000,
  failureDelayMs: 5000,
  /** Addresses with refused credentials that are remembered. */
  failureAddresses: 10_000,
  /** From TCP connect to CONNECT with whatever comes between (PROXY header, TLS handshake,
   *  WebSocket upgrade), but without the time it waits for its turn. */
  connectTimeoutMs: 10_000,
  /** Clients between TCP connect and the end of those; a TLS handshake takes some 100 KiB while it
   *  goes on. */
  handshakes: 2000,
  /** The same of one address: slow handshakes from one place must leave room for others'. */
  addressHandshakes: 1000,
  /** How often the certificate files are looked at. Changed ones are in use once they have stayed
   *  the same from one look to the next. */
  tlsReloadMs: 10_000,
  /** The whole of one packet, which CONNACK tells (Maximum Packet Size). Above `keptPacketBytes` it
   *  is read and answered, so that its client does not send it for ever. */
  packetBytes: 1024 * 1024,
  /** Before authentication a packet is a CONNECT, and small. */
  connectPacketBytes: 16 * 1024,
  /** Server Keep Alive (MQTT 5), for clients that ask for none or a longer one. MQTT 3.1.1 has no
   *  way to set it. */
  keepAliveMaxS: 3600,
  /** PUBLISHes at QoS 1 and 2 a client may have unacknowledged (Receive Maximum; MQTT 5 tells
   *  it). */
  receiveMaximum: 256,
  /** QoS 2 messages of a session that are stored and not released, over all its connections; 3.1.1
   *  clients are told of no maximum. */
  unreleasedMessages: 1024,
  /** Bytes received and not yet in the log, of one connection, while the log keeps up. */
  connectionPendingBytes: 1024 * 1024,
  /** The same of one connection while the log is slow: room for its window, so that the PINGREQ
   *  behind it is still read. */
  heldBytes: 32 * 1024,
  /** A filter in SUBSCRIBE or UNSUBSCRIBE counts as so many messages. */
  filterCost: 20,
  /** Unsent bytes of a socket: above it QoS 0 deliveries are dropped, others stay queued, and its
   *  requests are not read. */
  outboundBytes: 256 * 1024,
  /** Unacknowledged deliveries of a 3.1.1 client; MQTT 5 clients name theirs, and no more than this
   *  is used. */
  deliveryWindow: 64,
  queueMessages: 1000,
  queueBytes: 1024 * 1024,
  /** Changes of sessions and wills that wait for the log; above it nobody else comes in. */
  journalBytes: 16 * 1024 * 1024,
  /** Queued and in flight, of all sessions together. Above half of it each may have an equal share
   *  of what is left. */
  queuedBytes: 256 * 1024 * 1024,
  sessions: 200_000,
  /** MQTT 5 clients are told; a 3.1.1 session that is not clean lives as long. */
  sessionExpiryMaxS: 7 * 24 * 3600,
  /** Time that the will of a client that was connected when the last process ended waits at least:
   *  it has not left us, we left it. */
  willGraceMs: 30_000,
  subscriptionsPerSession: 100,
  /** Subscriptions of all sessions together, connected or away, as they take memory: one with
   *  levels of its own some 700 bytes to 1 kB, one of 24 long levels 8 kB. Three of their own for
   *  each of 200,000 sessions are 400 MB. */
  subscriptionBytes: 512 * 1024 * 1024,
  retainedMessages: 100_000,
  retainedBytes: 64 * 1024 * 1024,
  topicAliases: 16,
  /** How often deadlines are looked at: keep-alive, connect timeout, session expiry, delayed
   *  wills. */
  sweepMs: 1000,
  /** Time a closing connection has to take its last bytes. */
  closeTimeoutMs: 5000,
} as const

export type GatewayLimits = { readonly [Name in keyof typeof defaultLimits]: number }

/** Of the whole gateway, whatever number of threads it has. */
const sharedLimits = [
  'connections',
  'connectsPerS',
  'addressConnectsPerS',
  'halfOpen',
  'addressHalfOpen',
  'handshakes',
  'addressFailures',
  'failureAddresses',
  'addressHandshakes',
  'pendingBytes',
  'tenantMessagesPerS',
  'tenantBytesPerS',
  'journalBytes',
  'queuedBytes',
  'sessions',
  'subscriptionBytes',
] as const satisfies readonly (keyof GatewayLimits)[]

/** The share of each limit that one of so many threads has: the system spreads connections evenly
 *  over them. */
export function shareOf(limits: GatewayLimits, threads: number): GatewayLimits {
  if (threads === 1) return limits
  const shares = sharedLimits.map((name) => [name, Math.ceil(limits[name] / threads)] as const)
  return { ...limits, ...Object.fromEntries(shares) }
}
