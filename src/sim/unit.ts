// The words of a car's unit on what the car does: units differ in what they can read and in how
// often they do. The happenings are the same, and so is their truth.
import type { Utterance } from './life.ts'

/**
 * full     all of it
 * sparse   place and speed every second, the rest every 16 to 60 s, and no counter and no litres of the tank
 * tracker positions every second while the ignition is on, and the ignition, to whose wire it is
 * bound
 */
export type UnitKind = 'full' | 'sparse' | 'tracker'

export const unitKinds: readonly UnitKind[] = ['full', 'sparse', 'tracker']

/** Seconds between two readings of engine and battery. Sparse units have each their own. */
export const readEveryS = (kind: UnitKind, index: number): number => (kind === 'sparse' ? 16 + ((index * 7) % 45) : 5)

const uncounted: ReadonlySet<string> = new Set([
  'Vehicle.Powertrain.FuelSystem.ConsumptionSinceStart',
  'Vehicle.Powertrain.FuelSystem.AbsoluteLevel',
  'Vehicle.Powertrain.TractionBattery.AccumulatedConsumedEnergy',
])
const tracked: ReadonlySet<string> = new Set([
  'Vehicle.CurrentLocation.Latitude',
  'Vehicle.CurrentLocation.Longitude',
  'Vehicle.LowVoltageSystemState',
])
const trackedEvents: ReadonlySet<string> = new Set(['ignition-on', 'ignition-off'])

/** The unit's word on it; undefined when that is nothing. */
export function toldBy(kind: UnitKind, utterance: Utterance): Utterance | undefined {
  if (kind === 'full') return utterance
  if ('event' in utterance) return kind === 'sparse' || trackedEvents.has(utterance.event) ? utterance : undefined
  const [{ at, signals }] = utterance.samples
  const tells = kind === 'sparse' ? (path: string) => !uncounted.has(path) : (path: string) => tracked.has(path)
  const told = Object.entries(signals).filter(([path]) => tells(path))
  return told.length === 0 ? undefined : { samples: [{ at, signals: Object.fromEntries(told) }] }
}
