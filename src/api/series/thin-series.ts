// A long series as few entries that draw the same line: of each stretch of time the first, the
// last, the least and the greatest number, as in the M4 aggregation of Jugel, Jerzak, Hackenbroich
// and Markl (VLDB 2014). Values given were told: nothing is averaged.
import { withBreaks, type Entry } from './told-values.ts'

/** A series of more numbers is thinned, to at most `stretches` × 12 of them and as many breaks. */
export const seriesLimits = { numbers: 2000, stretches: 400 } as const

type Limits = { readonly numbers: number; readonly stretches: number }

type Thinned = {
  readonly entries: readonly Entry[]
  /** The width of a stretch; null where all entries are there. */ readonly thinnedMs: number | null
}

/** `entries` are in order of time, between `from` and `to`. Numbers that are doubted, and those
 *  whose instants are marked, are thinned apart from the rest, so that none of them hides an
 *  extreme of the others. Two numbers that are given have a break between them where there was
 *  one. */
export function thinSeries(
  entries: readonly Entry[],
  from: number,
  to: number,
  limits: Limits = seriesLimits,
): Thinned {
  const numbers = entries.reduce((count, { value }) => (value === null ? count : count + 1), 0)
  if (numbers <= limits.numbers) return { entries, thinnedMs: null }
  const thinnedMs = Math.floor((to - from) / limits.stretches) + 1
  const kept = new Set<Entry>()
  for (const stretch of Map.groupBy(entries, ({ at }) => Math.floor((at - from) / thinnedMs)).values())
    for (const alike of Map.groupBy(stretch, kindOf).values()) for (const entry of outlineOf(alike)) kept.add(entry)
  return { entries: withBreaks(entries.filter((entry) => entry.value === null || kept.has(entry))), thinnedMs }
}

const kindOf = ({ doubt, clockDoubt }: Entry): string => (doubt !== undefined ? 'doubted' : (clockDoubt ?? 'plain'))

function outlineOf(entries: readonly Entry[]): readonly Entry[] {
  const told = entries.filter((entry): entry is Entry & { readonly value: number } => entry.value !== null)
  const [first] = told
  if (first === undefined) return []
  const least = told.reduce((least, entry) => (entry.value < least.value ? entry : least), first)
  const greatest = told.reduce((greatest, entry) => (entry.value > greatest.value ? entry : greatest), first)
  return [first, least, greatest, told.at(-1)!]
}
