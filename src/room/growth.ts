// Growth of a store, as bytes that a day adds, by its sizes from time to time.

export type Sized = {
  readonly bytes: number
  /** Of a log: records it was given ever, and those it keeps. */
  readonly records?: { readonly appended: number; readonly kept: number }
}

/** A size at an instant of a clock that nobody sets. */
export type SizeSample = Sized & { readonly atMs: number }

export const dayMs = 86_400_000

/** Growth of less is chance: records wait to be packed, pages are filled, writers gather. And a day
 *  is told by the day before it. */
export const measuring = { leastMs: 15 * 60_000, mostMs: dayMs } as const

/** Bytes that a day adds; null where that is not known yet. The order of the samples is no matter.
 *
 *  Of a log it is by records: how many came, and how large those are that are kept, so that neither
 *  retention nor packing changes what a day is found to add. Of anything else it is by bytes, since
 *  the size was least: a step back, when rows are dropped at once, is no growth and hides none. */
export function bytesPerDayOf(samples: readonly SizeSample[]): number | null {
  const newestMs = Math.max(...samples.map(({ atMs }) => atMs))
  const within = samples.filter(({ atMs }) => atMs >= newestMs - measuring.mostMs).sort((a, b) => a.atMs - b.atMs)
  const last = within.at(-1)
  if (last === undefined) return null
  const isLog = last.records !== undefined
  const first = isLog ? within[0]! : within.reduce((least, each) => (each.bytes < least.bytes ? each : least))
  const spanMs = last.atMs - first.atMs
  if (spanMs < measuring.leastMs) return null
  const added = isLog ? bytesAppended(within) : last.bytes - first.bytes
  return added === null ? null : (added / spanMs) * dayMs
}

function bytesAppended(samples: readonly SizeSample[]): number | null {
  const counts = samples.flatMap(({ records, bytes }) => (records === undefined ? [] : [{ ...records, bytes }]))
  const appended = counts.at(-1)!.appended - counts[0]!.appended
  if (appended === 0) return 0
  // Of a log that was emptied meanwhile, as its records were.
  const filled = counts.findLast(({ kept }) => kept > 0)
  return filled === undefined || appended < 0 ? null : (appended * filled.bytes) / filled.kept
}
