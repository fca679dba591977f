// What trips need of a sample. Values are rounded to what is stored, so that a result does not depend on whether a sample
// was still in memory when it was computed.
import { isInstant } from '../../model/instant.ts'
import type { Message, Sample } from '../../model/message.ts'
import { movingKmh } from './trip-rules.ts'

/** NaN = no value. */
export type DriveSample = {
  readonly at: number
  /** When the instant was first heard of, by our clock. */
  readonly receivedAt: number
  readonly ignition: Ignition
  /** Both or neither. Degrees, 7 decimals. */
  readonly lat: number
  readonly lon: number
  /** 2 decimals. */
  readonly speedKmh: number
  /** Fuel used since the engine was started. */
  readonly usedL: number
  readonly tankL: number
  /** Fuel an hour: what is used on 100 km, times the speed told with it. None at rest, where a use by distance says nothing. */
  readonly fuelLh: number
  /** Energy that left the traction battery, by its counter. */
  readonly usedKwh: number
  /** Into the battery; negative while driving, as VSS has it. */
  readonly powerW: number
}

export type Ignition = 0 | 1 | 2
export const ignition = { unknown: 0, on: 1, off: 2 } as const

const speedKmhMax = 600

/** The samples of a message that say something about driving: a speed, a position or the ignition. */
export function driveSamples(message: Message, receivedAt: number): DriveSample[] {
  if ('event' in message) {
    const state = message.event === 'ignition-on' ? ignition.on : message.event === 'ignition-off' ? ignition.off : ignition.unknown
    return state === ignition.unknown || !isInstant(message.at) ? [] : [{ ...blank, at: message.at, receivedAt, ignition: state }]
  }
  const samples: DriveSample[] = []
  for (const sample of message.samples) {
    const drive = driveSample(sample, receivedAt)
    if (!Number.isNaN(drive.speedKmh) || !Number.isNaN(drive.lat) || drive.ignition !== ignition.unknown) samples.push(drive)
  }
  return samples
}

const blank = { lat: NaN, lon: NaN, speedKmh: NaN, usedL: NaN, tankL: NaN, fuelLh: NaN, usedKwh: NaN, powerW: NaN } as const

function driveSample({ at, signals }: Sample, receivedAt: number): DriveSample {
  const state = signals['Vehicle.LowVoltageSystemState']
  const lat = numberOf(signals['Vehicle.CurrentLocation.Latitude'])
  const lon = numberOf(signals['Vehicle.CurrentLocation.Longitude'])
  const placed = !Number.isNaN(lat) && !Number.isNaN(lon)
  const toldKmh = Math.abs(numberOf(signals['Vehicle.Speed']))
  const speedKmh = toldKmh <= speedKmhMax ? Math.round(toldKmh * 100) / 100 : NaN
  return {
    at,
    receivedAt,
    ignition: state === 'ON' || state === 'START' ? ignition.on : state === 'OFF' || state === 'LOCK' ? ignition.off : ignition.unknown,
    lat: placed ? Math.round(lat * 1e7) / 1e7 : NaN,
    lon: placed ? Math.round(lon * 1e7) / 1e7 : NaN,
    speedKmh,
    usedL: numberOf(signals['Vehicle.Powertrain.FuelSystem.ConsumptionSinceStart']),
    tankL: numberOf(signals['Vehicle.Powertrain.FuelSystem.AbsoluteLevel']),
    fuelLh: speedKmh >= movingKmh ? (numberOf(signals['Vehicle.Powertrain.FuelSystem.InstantConsumption']) * speedKmh) / 100 : NaN,
    usedKwh: numberOf(signals['Vehicle.Powertrain.TractionBattery.AccumulatedConsumedEnergy']),
    powerW: numberOf(signals['Vehicle.Powertrain.TractionBattery.CurrentPower']),
  }
}

const numberOf = (value: unknown): number => (typeof value === 'number' ? value : NaN)

/** Two samples of one instant as one: the greater value of each, which is arbitrary but the same in every order. */
export function mergeSamples(a: DriveSample, b: DriveSample): DriveSample {
  const place = Number.isNaN(a.lat) || b.lat > a.lat || (b.lat === a.lat && b.lon > a.lon) ? b : a
  return {
    at: a.at,
    receivedAt: Math.min(a.receivedAt, b.receivedAt),
    ignition: a.ignition > b.ignition ? a.ignition : b.ignition,
    lat: place.lat,
    lon: place.lon,
    speedKmh: greater(a.speedKmh, b.speedKmh),
    usedL: greater(a.usedL, b.usedL),
    tankL: greater(a.tankL, b.tankL),
    fuelLh: greater(a.fuelLh, b.fuelLh),
    usedKwh: greater(a.usedKwh, b.usedKwh),
    powerW: greater(a.powerW, b.powerW),
  }
}

const greater = (a: number, b: number): number => (Number.isNaN(a) || b > a ? b : a)

export const sameSample = (a: DriveSample, b: DriveSample): boolean =>
  a.receivedAt === b.receivedAt &&
  a.ignition === b.ignition &&
  Object.is(a.lat, b.lat) &&
  Object.is(a.lon, b.lon) &&
  Object.is(a.speedKmh, b.speedKmh) &&
  Object.is(a.usedL, b.usedL) &&
  Object.is(a.tankL, b.tankL) &&
  Object.is(a.fuelLh, b.fuelLh) &&
  Object.is(a.usedKwh, b.usedKwh) &&
  Object.is(a.powerW, b.powerW)
