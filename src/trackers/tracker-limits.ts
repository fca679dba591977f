// Every bound of the listener for trackers, by name. Memory at worst, for each connection:
// `packetBytes`, and one chunk of its socket (64 KiB).
export const trackerLimits = {
  connections: 10_000,
  /** Of them, those that have not said who they are. */
  strangers: 1_000,
  /** A whole packet of a tracker. The maker's send up to 1,280 bytes. */
  packetBytes: 16_384,
  /** From its connection to the end of its IMEI. */
  loginTimeoutMs: 10_000,
  /** From the first byte of a packet to the last, whatever comes between. */
  packetTimeoutMs: 30_000,
  /** Time a tracker may be silent for between two packets. */
  silenceTimeoutMs: 3_600_000,
  /** How long a packet waits for a log that takes nothing; its tracker comes again. */
  storeTimeoutMs: 60_000,
  storeRetryMinMs: 100,
  storeRetryMaxMs: 5_000,
  /** Answers that a tracker has not taken. It waits for each, so it has four of these bytes at
   *  most. */
  unreadAnswerBytes: 1_024,
  /** How often these times are looked at. */
  lookMs: 1_000,
  /** Time a closing connection is given to take its last answer. */
  closeTimeoutMs: 5_000,
  /** Time those whose packet is on its way to the log are given at the end. */
  drainTimeoutMs: 8_000,
} as const

export type TrackerLimits = { readonly [Name in keyof typeof trackerLimits]: number }
