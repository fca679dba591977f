// The limits of links, named in one place.
const dayMs = 86_400_000

export const shareLimits = {
  /** From when it is made. */
  lifeMsMax: 30 * dayMs,
  ofVehicleMax: 50,
  /** A link that ended is listed for this long. */
  keptMs: 30 * dayMs,
  /** A link and its maker as the tables had them are believed for this long. */
  believedMs: 2000,
  cachedMax: 1000,
  /** Uses are noted this often. */
  useNotedMs: 60_000,
} as const
