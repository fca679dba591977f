// Limits to what the translator holds, by name.
export const translatorLimits = {
  /** Of one round over all partitions, before it is committed. At least one record of each
   *  partition is read, however large. */
  roundRecords: 2_000,
  roundBytes: 8 * 1024 * 1024,
  /** Senders remembered, of all mappings. Above it those go that were not heard for longest, of
   *  them first those that never spoke of a vehicle in the table: so nobody who makes up senders
   *  drives out those that are known. */
  senders: 20_000,
  /** The memory of one sender, as JSON; a larger one is forgotten as a whole. */
  memoryChars: 64 * 1024,
  /** The memory of all senders. */
  memoriesChars: 64 * 1024 * 1024,
  /** Reasons of refusals told apart by mapping; the rest is `other`. */
  reasons: 40,
  /** Ids that are not in the table, told apart by mapping; of the rest only the number is known. */
  unknownIds: 100,
  /** An edge node of Sparkplug B is asked for its births at most so often, by receipt: they are all
   *  it has, at once, and a node that does not answer is not helped by more. */
  rebirthEveryMs: 300_000,
} as const

export type TranslatorLimits = { readonly [Name in keyof typeof translatorLimits]: number }
