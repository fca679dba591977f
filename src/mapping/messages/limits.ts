/** Limits to what a translation takes and remembers, whatever comes. */
export const messageMappingLimits = {
  /** Of a payload: as much as a message of ours may have. */
  payloadBytes: 256 * 1024,
  /** Of a topic, or of a path with its query. */
  addressChars: 8000,
  /** Addresses whose routes are known without being looked for. */
  knownAddresses: 10_000,
  /** Of a foreign id, a sender and a name by which things are told apart. */
  idChars: 200,
  /** Items of a list in a payload. */
  listItems: 1000,
  /** Things of one sender told apart by `each`. */
  parts: 64,
  /** Of a text that is remembered until its window closes, or beyond. */
  keptChars: 500,
  /** Names told of that no rule reads, and the length of each. */
  unreadNames: 100,
  unreadChars: 60,
  /** Vehicles of one sender whose constants are known to have been said. */
  vehicles: 1000,
} as const
