// What follows from a trip's figures, and its state in words.
import type { Trip } from '../../../src/api/contract.ts'

/** Over the whole duration, idling included. Null for a trip of no time. */
export const averageSpeedKmh = ({ distanceM, durationMs }: Pick<Trip, 'distanceM' | 'durationMs'>): number | null =>
  durationMs <= 0 ? null : (distanceM / durationMs) * 3600

/** Per 100 km; null under 1 km, where it says nothing. */
export const consumption = (used: number, distanceM: number): number | null => (distanceM < 1000 ? null : (used / distanceM) * 100_000)

export function tripState({ status, endedBy }: Pick<Trip, 'status' | 'endedBy'>): string {
  if (status === 'open') return 'Under way'
  if (endedBy === 'ignition') return 'Ended, ignition off'
  return endedBy === 'silence' ? 'Ended, car fell silent' : 'Ended'
}
