// Every bound of the listener for publishers, by name. Memory at worst: `pendingBytes`, and the
// head of a request for each connection.
export const httpLimits = {
  connections: 500,
  /** Bodies on their way in and to the log. Beyond it requests are told to come again. */
  pendingBytes: 16 * 1024 * 1024,
  /** Of one mapping: proven requests, and how many may come at once after a quiet while. */
  requestsPerS: 500,
  requestsAtOnce: 1_000,
  /** Time a client is given to send the head of a request, and all of it. */
  headTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  /** How long a connection may stay without a request. */
  idleTimeoutMs: 60_000,
  /** Time a client is told to wait when there is no room, or the log takes nothing. */
  retryAfterS: 5,
  /** Time those under way are given at the end. */
  drainTimeoutMs: 8_000,
} as const

export type HttpLimits = { readonly [Name in keyof typeof httpLimits]: number }
