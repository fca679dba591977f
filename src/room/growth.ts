// Growth of a store, as bytes that a day adds, by its sizes from time to time.

export type Sized = {
  readonly bytes: number
  /** Of a log: records it was given ever, and those it keeps. */
  readonly records?: { readonly appended: number; readonly kept: number }
}

/** A size at an instant of a clock that nobody sets. */
export type SizeSample = Sized & { readonly atMs: number }

export const dayMs = 86_400_000

/** The beginning of a measure is left out: after a start records wait to be packed, for ten minutes
 *  and at five times their size, and writers catch up. Growth over less than `leastMs` is chance,
 *  and a day is told by the day before it. */
export const measuring = { settleMs: 15 * 60_000, leastMs: 15 * 60_000, mostMs: dayMs } as const

/** From where on a measure that began then is taken. */
export const settledFrom = (beganMs: number): number => beganMs + measuring.settleMs

/** Bytes that a day adds; null where that is not known yet. The order of the samples is no matter.
 *
 *  Of a log it is by records: how many came, and how large those are that are kept, so that neither
 *  retention nor packing, which makes minutes of it smaller than they were, is taken for growth. Of
 *  anything else it is by bytes since the size was least: a step back, when rows are dropped at
 *  once, is no growth and hides none. */
export function bytesPerDayOf(samples: readonly SizeSample[]): number | null {
  const newestMs = Math.max(...samples.map(({ atMs }) => atMs))
  const within = samples
    .filter(({ atMs }) => atMs >= newestMs - measuring.mostMs - measuring.settleMs)
    .sort((one, other) => one.atMs - other.atMs)
  const measured = within.filter(({ atMs }) => atMs >= settledFrom(within[0]?.atMs ?? 0))
  const last = measured.at(-1)
  if (last === undefined) return null
  const first =
    last.records === undefined
      ? measured.reduce((least, each) => (each.bytes < least.bytes ? each : least))
      : measured[0]!
  const spanMs = last.atMs - first.atMs
  if (spanMs < measuring.leastMs) return null
  const added = last.records === undefined ? last.bytes - first.bytes : bytesAppended(measured)
  return added === null ? null : (added / spanMs) * dayMs
}

/** Null where records came and none was there at a look. */
function bytesAppended(samples: readonly SizeSample[]): number | null {
  const counts = samples.flatMap(({ records, bytes }) => (records === undefined ? [] : [{ ...records, bytes }]))
  const appended = counts.at(-1)!.appended - counts[0]!.appended
  if (appended === 0) return 0
  // They are smallest when the fewest of them wait to be packed.
  const recordBytes = Math.min(...counts.flatMap(({ kept, bytes }) => (kept > 0 ? [bytes / kept] : [])))
  return appended < 0 || recordBytes === Infinity ? null : appended * recordBytes
}
