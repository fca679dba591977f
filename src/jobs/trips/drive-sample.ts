// The part of a sample that trips need, with all that says which of its values are doubted: those
// are kept, as what is doubted of others depends on them. Values are rounded to what is stored, so
// that a result does not depend on whether a sample was still in memory when it was computed.
import { isInstant } from '../../model/instant.ts'
import { clockRank, type ClockRank, type Message, type Sample } from '../../model/message.ts'
import { fix, fixOf, ignition, ignitionOf, numberOf, type Fix, type Ignition } from '../../plausibility/reading.ts'
import { movingKmh } from './trip-rules.ts'

export { ignition, type Ignition }

/** NaN = no value. */
export type DriveSample = {
  readonly at: number
  /** When the instant was first heard of, by our clock. */
  readonly receivedAt: number
  /** Whose clock `at` is of. */
  readonly clock: ClockRank
  readonly ignition: Ignition
  /** Degrees, 7 decimals. A place where both are there. */
  readonly lat: number
  readonly lon: number
  /** 1 where no message told both: then one may be missing. */
  readonly apart: 0 | 1
  /** The receiver's word on its place: how far it may be off, and whether it has one at all. */
  readonly accuracyM: number
  readonly fix: Fix
  /** 2 decimals. */
  readonly speedKmh: number
  /** Fuel used since the engine was started. */
  readonly usedL: number
  readonly tankL: number
  /** Fuel an hour: as told, or what is used on 100 km times the speed told with it. The latter says
   *  nothing at rest. */
  readonly fuelLh: number
  /** Energy that left the traction battery, by its counter. */
  readonly usedKwh: number
  /** Into the battery; negative while driving, as VSS has it. */
  readonly powerW: number
  readonly odometerM: number
  /** State of charge, and what the battery holds when it is full. */
  readonly chargePercent: number
  readonly capacityKwh: number
}

/** The fields of a sample. They stand in the order in which samples are made, and with no number:
 *  V8 keeps each number in a box of its own, NaN too, in objects of a shape that had numbers there
 *  from the first one on. Of a sample these boxes would be more than half, so the first one is
 *  this, as long as it is kept. */
const untold: Readonly<Record<keyof DriveSample, null>> = {
  at: null,
  receivedAt: null,
  clock: null,
  ignition: null,
  lat: null,
  lon: null,
  apart: null,
  accuracyM: null,
  fix: null,
  speedKmh: null,
  usedL: null,
  tankL: null,
  fuelLh: null,
  usedKwh: null,
  powerW: null,
  odometerM: null,
  chargePercent: null,
  capacityKwh: null,
}

const stateOf: Readonly<Record<string, Ignition>> = { 'ignition-on': ignition.switchedOn, 'ignition-off': ignition.off }

const figureNames = [
  'usedL',
  'tankL',
  'usedKwh',
  'powerW',
  'fuelLh',
  'odometerM',
  'chargePercent',
  'capacityKwh',
] as const
export const readingNames = [...figureNames, 'accuracyM'] as const

const none = Number.isNaN

/** Whether it says where the car is. Two messages may tell latitude and longitude 0 of one instant,
 *  which is no place. */
export const isPlaced = ({ lat, lon }: Pick<DriveSample, 'lat' | 'lon'>): boolean =>
  !none(lat) && !none(lon) && (lat !== 0 || lon !== 0)

/** Whether it says how the car drives: a speed, a place or the ignition. Other readings do not show
 *  that a car is on its way. */
export const isHeard = (sample: DriveSample): boolean =>
  !none(sample.speedKmh) || isPlaced(sample) || sample.ignition !== ignition.unknown

/** Whether it says something of a drive. */
export const tells = (sample: DriveSample): boolean =>
  isHeard(sample) || figureNames.some((name) => !none(sample[name]))

/** Whether it says something of a drive, or of which values are doubted. */
const isKept = (sample: DriveSample): boolean =>
  tells(sample) || !none(sample.lat) || !none(sample.lon) || sample.fix !== fix.unknown || !none(sample.accuracyM)

/** The samples of a message that are worth keeping. */
export function driveSamples(message: Message, receivedAt: number): DriveSample[] {
  if ('event' in message) {
    const state = stateOf[message.event]
    return state === undefined || !isInstant(message.at)
      ? []
      : [{ ...blank, at: message.at, receivedAt, ignition: state }]
  }
  const samples: DriveSample[] = []
  for (const sample of message.samples) {
    const drive = driveSample(sample, receivedAt)
    if (isKept(drive)) samples.push(drive)
  }
  return samples
}

/** The samples of what has no ignition of its own. */
export const withoutIgnition = (samples: readonly DriveSample[]): DriveSample[] =>
  samples.map((sample): DriveSample => ({ ...sample, ignition: ignition.unknown })).filter(isKept)

/** A sample of which nothing was read. */
export const blank = {
  clock: 0,
  lat: NaN,
  lon: NaN,
  apart: 0,
  accuracyM: NaN,
  fix: fix.unknown,
  speedKmh: NaN,
  usedL: NaN,
  tankL: NaN,
  fuelLh: NaN,
  usedKwh: NaN,
  powerW: NaN,
  odometerM: NaN,
  chargePercent: NaN,
  capacityKwh: NaN,
} as const

function driveSample({ at, signals, clock }: Sample, receivedAt: number): DriveSample {
  const lat = numberOf(signals['Vehicle.CurrentLocation.Latitude'])
  const lon = numberOf(signals['Vehicle.CurrentLocation.Longitude'])
  const speedKmh = hundredths(Math.abs(numberOf(signals['Vehicle.Speed'])))
  const gross = numberOf(signals['Vehicle.Powertrain.TractionBattery.GrossCapacity'])
  const net = numberOf(signals['Vehicle.Powertrain.TractionBattery.NetCapacity'])
  return {
    at,
    receivedAt,
    clock: clockRank(clock),
    ignition: ignitionOf(signals),
    lat: Math.round(lat * 1e7) / 1e7,
    lon: Math.round(lon * 1e7) / 1e7,
    apart: none(lat) === none(lon) ? 0 : 1,
    accuracyM: numberOf(signals['Vehicle.CurrentLocation.HorizontalAccuracy']),
    fix: fixOf(signals['Vehicle.CurrentLocation.GNSSReceiver.FixType']),
    speedKmh,
    usedL: numberOf(signals['Vehicle.Powertrain.FuelSystem.ConsumptionSinceStart']),
    tankL: numberOf(signals['Vehicle.Powertrain.FuelSystem.AbsoluteLevel']),
    fuelLh: rateLh(signals, speedKmh),
    usedKwh: numberOf(signals['Vehicle.Powertrain.TractionBattery.AccumulatedConsumedEnergy']),
    powerW: numberOf(signals['Vehicle.Powertrain.TractionBattery.CurrentPower']),
    odometerM: numberOf(signals['Vehicle.TraveledDistance']),
    chargePercent: numberOf(signals['Vehicle.Powertrain.TractionBattery.StateOfCharge.Current']),
    capacityKwh: none(net) ? gross : net,
  }
}

/** A speed below a whole number stays below it, as rules begin at whole ones. */
function hundredths(kmh: number): number {
  const rounded = Math.round(kmh * 100)
  return (rounded % 100 === 0 && rounded > kmh * 100 ? rounded - 1 : rounded) / 100
}

function rateLh(signals: Sample['signals'], speedKmh: number): number {
  const toldLh = numberOf(signals['Vehicle.OBD.FuelRate'])
  if (!none(toldLh)) return toldLh
  return speedKmh >= movingKmh
    ? (numberOf(signals['Vehicle.Powertrain.FuelSystem.InstantConsumption']) * speedKmh) / 100
    : NaN
}

/** Two samples of one instant as one: the greater value of each, which is arbitrary but the same in
 *  every order. */
export function mergeSamples(a: DriveSample, b: DriveSample): DriveSample {
  return {
    at: a.at,
    receivedAt: Math.min(a.receivedAt, b.receivedAt),
    clock: a.clock > b.clock ? a.clock : b.clock,
    ignition: a.ignition > b.ignition ? a.ignition : b.ignition,
    ...mergePlaces(a, b),
    accuracyM: greater(a.accuracyM, b.accuracyM),
    fix: a.fix > b.fix ? a.fix : b.fix,
    speedKmh: greater(a.speedKmh, b.speedKmh),
    usedL: greater(a.usedL, b.usedL),
    tankL: greater(a.tankL, b.tankL),
    fuelLh: greater(a.fuelLh, b.fuelLh),
    usedKwh: greater(a.usedKwh, b.usedKwh),
    powerW: greater(a.powerW, b.powerW),
    odometerM: greater(a.odometerM, b.odometerM),
    chargePercent: greater(a.chargePercent, b.chargePercent),
    capacityKwh: greater(a.capacityKwh, b.capacityKwh),
  }
}

type At = Pick<DriveSample, 'lat' | 'lon' | 'apart'>

/** A place that one message told goes before one that was put together of two, and that before
 *  latitude and longitude 0, which is none; of two that were told the greater counts. */
function mergePlaces(a: At, b: At): At {
  const [rankA, rankB] = [rankOf(a), rankOf(b)]
  const { lat, lon, apart } =
    rankA === rank.inParts && rankB === rank.inParts
      ? { lat: greater(a.lat, b.lat), lon: greater(a.lon, b.lon), apart: 1 as const }
      : rankB > rankA || (rankA === rankB && (b.lat > a.lat || (b.lat === a.lat && b.lon > a.lon)))
        ? b
        : a
  return { lat, lon, apart }
}

const rank = { nothing: 0, zero: 1, inParts: 2, asOne: 3 } as const

const rankOf = ({ lat, lon, apart }: At): number =>
  apart === 1 ? rank.inParts : none(lat) ? rank.nothing : lat === 0 && lon === 0 ? rank.zero : rank.asOne

const greater = (a: number, b: number): number => (none(a) || b > a ? b : a)

/** The sample as an object of its own. */
export const copyOf = (sample: DriveSample): DriveSample => ({
  at: sample.at,
  receivedAt: sample.receivedAt,
  clock: sample.clock,
  ignition: sample.ignition,
  lat: sample.lat,
  lon: sample.lon,
  apart: sample.apart,
  accuracyM: sample.accuracyM,
  fix: sample.fix,
  speedKmh: sample.speedKmh,
  usedL: sample.usedL,
  tankL: sample.tankL,
  fuelLh: sample.fuelLh,
  usedKwh: sample.usedKwh,
  powerW: sample.powerW,
  odometerM: sample.odometerM,
  chargePercent: sample.chargePercent,
  capacityKwh: sample.capacityKwh,
})

export function sameSample(a: DriveSample, b: DriveSample): boolean {
  for (const field in untold) if (!Object.is(a[field as keyof DriveSample], b[field as keyof DriveSample])) return false
  return true
}
