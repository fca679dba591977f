// Every bound of what edge nodes of Sparkplug B are asked, by name. How often one node is asked is
// the translator's (translate/limits.ts).
export const rebirthLimits = {
  /** Nodes asked in one round, and how long after it the next begins: all births of a site at once
   *  are a burst that its broker must bear, and so must we. */
  roundNodes: 50,
  roundMs: 1_000,
  /** Later than this after the receipt that needs it nobody is asked: the node may have been born
   *  again since, and its next message says so where it was not. */
  lateMs: 60_000,
  /** So many rounds in a row over which the broker ended the connection are its way to say that we
   *  may not command. */
  endsMax: 3,
  batchBytes: 1024 * 1024,
} as const

export type RebirthLimits = { readonly [Name in keyof typeof rebirthLimits]: number }
