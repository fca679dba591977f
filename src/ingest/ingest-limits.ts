// Every bound of an ingest, by name: of a gateway's (gateway-limits.ts) and of the bridge's.

export const defaultIngestLimits = {
  /** Of one packet so many bytes are kept: a message of 256 KiB with its topic and properties. The
   *  rest is read past. */
  keptPacketBytes: 264 * 1024,
  /** Bytes received and not yet in the log, of all connections. Above it only `heldBytes` are taken
   *  of each. Four batches: to be further ahead of the log makes nothing faster, and costs memory
   *  that is no longer in the processor's cache (a fifth more CPU for a message at QoS 0 with 64
   *  MiB). */
  pendingBytes: 16 * 1024 * 1024,
  /** Records and bytes of one append to the log; the next begins when it has ended. */
  batchRecords: 4000,
  batchBytes: 4 * 1024 * 1024,
  /** Entries of sessions that one append changes, beyond which it takes no further message: one for
   *  ten thousand subscribers changes ten thousand. */
  batchChanges: 20_000,
  /** Pauses between attempts while the log refuses. */
  appendRetryMinMs: 100,
  appendRetryMaxMs: 5000,
  /** Time that a drain waits for the log before it closes connections all the same. */
  drainTimeoutMs: 10_000,
} as const

export type IngestLimits = { readonly [Name in keyof typeof defaultIngestLimits]: number }
