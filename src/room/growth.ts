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
 *  Of a log it is by how much larger it is, and what was dropped meanwhile, so that retention does
 *  not change what a day is found to add. Of anything else it is since the size was least: a step
 *  back, when rows are dropped at once, is no growth and hides none. */
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
  const dropped = bytesDropped(measured)
  return dropped === null ? null : (Math.max(0, last.bytes - first.bytes + dropped) / spanMs) * dayMs
}

/** Records that were dropped were as large as those that are kept. */
function bytesDropped(samples: readonly SizeSample[]): number | null {
  const counts = samples.flatMap(({ records, bytes }) => (records === undefined ? [] : [{ ...records, bytes }]))
  const [first, last] = [counts[0], counts.at(-1)]
  if (first === undefined || last === undefined) return 0
  const dropped = last.appended - first.appended - (last.kept - first.kept)
  if (dropped <= 0) return 0
  // Of a log that was emptied meanwhile, as its records were.
  const filled = counts.findLast(({ kept }) => kept > 0)
  return filled === undefined ? null : (dropped * filled.bytes) / filled.kept
}
