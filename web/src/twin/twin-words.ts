// Reads single facts out of a vehicle's signals, and says them in words.
import type { VehicleSignal } from '../../../src/api/contract.ts'
import { none } from '../format/units.ts'

type Signals = readonly VehicleSignal[]

export function numberSignal(signals: Signals, path: string): number | null {
  const value = signals.find((signal) => signal.path === path)?.value
  return typeof value === 'number' ? value : null
}

export function textSignal(signals: Signals, path: string): string | null {
  const value = signals.find((signal) => signal.path === path)?.value
  return typeof value === 'string' ? value : null
}

/** Fuel or charge in percent, whichever the car has; a plug-in hybrid's charge comes after its fuel. */
export const energyOf = (signals: Signals): number | null =>
  numberSignal(signals, 'Vehicle.Powertrain.FuelSystem.RelativeLevel') ??
  numberSignal(signals, 'Vehicle.Powertrain.TractionBattery.StateOfCharge.Displayed') ??
  numberSignal(signals, 'Vehicle.Powertrain.TractionBattery.StateOfCharge.Current')

const powertrains: Readonly<Record<string, string>> = { COMBUSTION: 'Combustion', HYBRID: 'Hybrid', ELECTRIC: 'Electric' }

export const powertrainName = (powertrain: string | null): string => (powertrain === null ? none : (powertrains[powertrain] ?? powertrain))

const points = ['N', 'NE', 'E', 'SE', 'S', 'SW', 'W', 'NW'] as const

/** `NE 47°`. */
export const compass = (degrees: number): string => {
  const whole = Math.round(((degrees % 360) + 360) % 360) % 360
  return `${points[Math.round(whole / 45) % 8] ?? 'N'} ${whole}°`
}
