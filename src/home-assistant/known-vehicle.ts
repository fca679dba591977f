// The memory of a vehicle for Home Assistant: the last value of a few signals, as patches of its
// twin say them. The twin job decides which value is newest: here the later patch stands. A place
// is kept while the vehicle does not know a newer one, as on our own map.
import type { TwinPatch, TwinValue } from '../model/twin.ts'

export const paths = {
  speed: 'Vehicle.Speed',
  odometer: 'Vehicle.TraveledDistance',
  battery: 'Vehicle.Powertrain.TractionBattery.StateOfCharge.Current',
  fuel: 'Vehicle.Powertrain.FuelSystem.RelativeLevel',
  latitude: 'Vehicle.CurrentLocation.Latitude',
  longitude: 'Vehicle.CurrentLocation.Longitude',
  accuracy: 'Vehicle.CurrentLocation.HorizontalAccuracy',
} as const

export type Quantity = keyof typeof paths

/** A figure and its instant; null where it is not known, is doubted, or its instant is not to be
 *  believed. Absent: never told. */
export type KnownVehicle = { readonly [Name in Quantity]?: { readonly value: number | null; readonly at: number } }

const ofPlace: ReadonlySet<Quantity> = new Set(['latitude', 'longitude'])

/** Undefined where the patch says nothing of it. */
export function addPatch(known: KnownVehicle, { signals }: Pick<TwinPatch, 'signals'>): KnownVehicle | undefined {
  const told: { -readonly [Name in Quantity]?: NonNullable<KnownVehicle[Name]> } = {}
  for (const [name, path] of Object.entries(paths) as [Quantity, string][]) {
    const given = signals[path]
    if (given === undefined) continue
    const value = figureOf(given)
    if (value !== null || !ofPlace.has(name)) told[name] = { value, at: given.at }
  }
  return Object.keys(told).length === 0 ? undefined : { ...known, ...told }
}

function figureOf({ value, doubt, clockDoubt }: TwinValue): number | null {
  if (doubt !== undefined || clockDoubt !== undefined) return null
  // JSON can hold 1e999, which is Infinity once parsed.
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}
