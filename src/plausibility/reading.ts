// Readings: the values of a sample that plausibility looks at. NaN = not told.
import { clockRank, type ClockRank, type Sample, type SignalValue } from '../model/message.ts'

export type Reading = {
  /** Epoch milliseconds. */
  readonly at: number
  /** Whose clock that is. */
  readonly clock: ClockRank
  /** Degrees, WGS 84. Both or neither. */
  readonly lat: number
  readonly lon: number
  /** The receiver's own estimate, metres. */
  readonly accuracyM: number
  /** Whether the receiver said that it had a fix; 0 = nothing said. */
  readonly fix: Fix
  readonly speedKmh: number
  readonly odometerM: number
  readonly ignition: Ignition
}

export type Fix = 0 | 1 | 2
export const fix = { unknown: 0, found: 1, none: 2 } as const

export type Ignition = 0 | 1 | 2 | 3
/** `switchedOn` is the instant at which it was, which a state of ON does not tell: until then it
 *  was off. */
export const ignition = { unknown: 0, on: 1, off: 2, switchedOn: 3 } as const

/** A sample of VSS signals as a reading; unavailable and invalid values are not told. */
export function readingOf({ at, signals, clock }: Sample): Reading {
  const lat = numberOf(signals['Vehicle.CurrentLocation.Latitude'])
  const lon = numberOf(signals['Vehicle.CurrentLocation.Longitude'])
  const placed = !Number.isNaN(lat) && !Number.isNaN(lon)
  return {
    at,
    clock: clockRank(clock),
    lat: placed ? lat : NaN,
    lon: placed ? lon : NaN,
    accuracyM: numberOf(signals['Vehicle.CurrentLocation.HorizontalAccuracy']),
    fix: fixOf(signals['Vehicle.CurrentLocation.GNSSReceiver.FixType']),
    speedKmh: numberOf(signals['Vehicle.Speed']),
    odometerM: numberOf(signals['Vehicle.TraveledDistance']),
    ignition: ignitionOf(signals),
  }
}

/** The ignition by a sample. */
export function ignitionOf(signals: Sample['signals']): Ignition {
  const state = signals['Vehicle.LowVoltageSystemState']
  return state === 'ON' || state === 'START'
    ? ignition.on
    : state === 'OFF' || state === 'LOCK'
      ? ignition.off
      : ignition.unknown
}

export const numberOf = (value: SignalValue | undefined): number => (typeof value === 'number' ? value : NaN)

/** The receiver's fix by a sample. */
export const fixOf = (value: SignalValue | undefined): Fix =>
  typeof value !== 'string' ? fix.unknown : value === 'NONE' ? fix.none : fix.found
