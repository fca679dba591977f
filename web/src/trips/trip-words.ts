// Conclusions from a trip's figures, and its state in words.
import type { Trip } from '../../../src/api/contract.ts'
import { formatDuration } from '../format/time.ts'
import { formatCount, formatDistance, none } from '../format/units.ts'

/** Over the whole duration, idling included. Null for a trip of no time. */
export const averageSpeedKmh = ({ distanceM, durationMs }: Pick<Trip, 'distanceM' | 'durationMs'>): number | null =>
  durationMs <= 0 ? null : (distanceM / durationMs) * 3600

/** Per 100 km; null under 1 km, where it says nothing. */
export const consumption = (used: number, distanceM: number): number | null =>
  distanceM < 1000 ? null : (used / distanceM) * 100_000

/** A dash where the duration is not known. */
export const durationOr = (durationMs: number | null): string =>
  durationMs === null ? none : formatDuration(durationMs)

const sources = {
  counter: 'by its counter',
  rate: 'by its rate',
  tank: 'by the tank',
  power: 'by its power',
  charge: 'by its charge',
} as const

/** The source of a figure, and for how much of the trip where that is not all; empty where nobody
 *  noted it. */
export function sourceWords(from: keyof typeof sources | null, covered: number | null): string {
  if (from === null) return ''
  return covered === null || covered >= 0.995
    ? sources[from]
    : `${sources[from]}, ${Math.round(covered * 100)} % of the trip read`
}

/** How much of the distance lies in silences; empty where there was none, or nobody noted it. */
export function bridgedWords({ bridgedM, bridgedMs }: Pick<Trip, 'bridgedM' | 'bridgedMs'>): string {
  if (bridgedMs === null || bridgedMs === 0) return ''
  const silence = `${formatDuration(bridgedMs)} of silence`
  return bridgedM === null
    ? `without ${silence}, in which nobody knows how far`
    : `${formatDistance(bridgedM)} of it in ${silence}`
}

/** The way driven just before it was first heard or after it was last heard; empty where that is
 *  nothing, or not known. */
export const unheardWords = (unheardM: number | null): string =>
  unheardM === null || unheardM === 0 ? '' : `and ${formatDistance(unheardM)} unheard at its ends, by the odometer`

/** For how much of the trip speeds were told; empty where that is all of it, or nobody noted it. */
export const speedWords = (covered: number | null): string =>
  covered === null || covered >= 0.995 ? '' : `speed told for ${Math.round(covered * 100)} % of the trip`

/** Samples that were not looked at; empty where there are none. */
export const thinnedWords = (thinned: number | null): string =>
  thinned === null || thinned === 0 ? '' : `${formatCount(thinned)} more left out: over 6,000 a minute`

export function tripState({ status, endedBy }: Pick<Trip, 'status' | 'endedBy'>): string {
  if (status === 'open') return 'Under way'
  if (endedBy === 'ignition') return 'Ended, ignition off'
  return endedBy === 'silence' ? 'Ended, car fell silent' : 'Ended'
}
