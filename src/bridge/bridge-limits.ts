// Every bound of the bridge, by name. Memory at worst: the gateway's `pendingBytes` with one chunk
// (64 KiB) and one packet for each connection, and `outboxBytes`. Messages on the way to the log
// are bounded by those of the ingest (ingest-limits.ts).

export const defaultBridgeLimits = {
  /** QoS 1 messages the broker may send before the first of them is acknowledged. Large, so that
   *  what is read between two commits is bounded by the commits and not by round trips. A broker
   *  that keeps to it stops by itself while the log is away, without our having to stop reading;
   *  some do not (docs/bridge.md), so that the bound is `pendingBytes` of the ingest. */
  receiveMaximum: 16_384,
  /** How long the broker keeps our session, and so the messages, while we are away. */
  sessionExpiryS: 7 * 24 * 3600,
  /** The largest packet the broker may send (MQTT 5). It drops larger ones without a word, so this
   *  is far above what a message may be: those in between come, and are refused with a trace. */
  packetBytes: 16 * 1024 * 1024,
  /** How long what comes is left to gather once all that had come was read; 0 for not at all. Less
   *  than any log takes to store it. */
  gatherMs: 1,
  keepAliveS: 60,
  /** Time the broker is given to take a connection, to answer CONNECT and SUBSCRIBE, and to answer
   *  PINGREQ. */
  answerTimeoutMs: 10_000,
  /** Time a closing connection is given to take its last bytes. */
  closeTimeoutMs: 2000,
  reconnectMinMs: 500,
  reconnectMaxMs: 30_000,
  /** A connection that lived this long was a good one: the next attempt comes soon. */
  stableMs: 30_000,
  /** Topics whose meaning is remembered; twice as many at most. */
  knownTopics: 20_000,
  /** Messages for cars that the broker has not taken yet. */
  outboxMessages: 10_000,
  outboxBytes: 16 * 1024 * 1024,
  /** Of them, unacknowledged at a time; fewer when the broker says so. */
  outboxWindow: 64,
  /** Connections that may end while a message is unanswered, before it counts as refused: a broker
   *  that ends them over it would else never be heard. */
  outboxTries: 5,
  /** How often deadlines are looked at. */
  sweepMs: 1000,
} as const

export type BridgeLimits = { readonly [Name in keyof typeof defaultBridgeLimits]: number }
