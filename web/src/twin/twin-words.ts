// Reads single facts out of a vehicle's signals, and says them in words.
import type {
  DoubtReason,
  Place,
  SampleClock,
  VehicleDetail,
  VehicleFacts,
  VehicleRow,
  VehicleSignal,
} from '../../../src/api/contract.ts'
import { none } from '../format/units.ts'
import type { CarNow } from '../live/car-columns.ts'

type Signals = readonly VehicleSignal[]

export function numberSignal(signals: Signals, path: string): number | null {
  const value = signals.find((signal) => signal.path === path)?.value
  return typeof value === 'number' ? value : null
}

export function textSignal(signals: Signals, path: string): string | null {
  const value = signals.find((signal) => signal.path === path)?.value
  return typeof value === 'string' ? value : null
}

/** The place, of which both halves are there and neither is doubted. */
export function placeNow(signals: Signals): Place | null {
  const [lat, lon] = ['Latitude', 'Longitude'].map((half) => {
    const signal = signals.find(({ path }) => path === `Vehicle.CurrentLocation.${half}`)
    return typeof signal?.value === 'number' && signal.doubt === undefined ? signal.value : undefined
  })
  return lat === undefined || lon === undefined ? null : { lat, lon }
}

/** Why the newest place is doubted; undefined where it is not, or there is none. */
export const placeDoubt = (signals: Signals): DoubtReason | undefined =>
  signals.find(({ path }) => path === 'Vehicle.CurrentLocation.Latitude')?.doubt

/** The speed, but for one that is doubted or whose instant is ahead of its receipt: that is not the
 *  speed of now. */
export function speedNow(signals: Signals): number | null {
  const signal = signals.find(({ path }) => path === 'Vehicle.Speed')
  return typeof signal?.value === 'number' && signal.clockDoubt === undefined && signal.doubt === undefined
    ? signal.value
    : null
}

/** The newest instant the car measured, of what the feed and the API know. The feed's is that of
 *  the place, marked or not: where it is ahead of its receipt, or the API says that the car's clock
 *  is ahead or jumps, the API's stands, which is not marked unless all are. */
export function measuredAt(
  car: Pick<CarNow, 'at' | 'receivedAt'>,
  known: Pick<VehicleRow, 'at' | 'carClock'> | undefined,
): number {
  if (known === undefined) return car.at
  const isAhead = car.receivedAt === null || car.at - car.receivedAt > clockAheadMs
  return isAhead || known.carClock?.state === 'ahead' || known.carClock?.state === 'jumps'
    ? known.at
    : Math.max(car.at, known.at)
}

/** Whose clock the newest instant is of, of those that are not marked; undefined where the car
 *  measured it. */
export function newestClock(signals: Signals): SampleClock | undefined {
  const right = signals.filter(({ clockDoubt }) => clockDoubt === undefined)
  const newestAt = right.reduce((newest, { at }) => Math.max(newest, at), 0)
  const newest = right.filter(({ at }) => at === newestAt)
  return newest.some(({ clock }) => clock === undefined) ? undefined : newest[0]?.clock
}

/** As the API marks instants unless told otherwise. */
const clockAheadMs = 120_000

export type Newest = Pick<CarNow, 'receivedAt' | 'at' | 'speedKmh'>

/** The values of a car from the feed, or the API where it has heard of it later. */
export function newestOf(car: CarNow | undefined, known: Newest & Pick<VehicleRow, 'carClock'>): Newest {
  if (car === undefined || (car.receivedAt ?? -1) < (known.receivedAt ?? -1)) {
    const { receivedAt, at, speedKmh } = known
    return { receivedAt, at, speedKmh }
  }
  return { receivedAt: car.receivedAt, at: measuredAt(car, known), speedKmh: car.speedKmh }
}

/** Fuel or charge in percent, whichever the car has; a plug-in hybrid's charge comes after its
 *  fuel. */
export const energyOf = (signals: Signals): number | null =>
  numberSignal(signals, 'Vehicle.Powertrain.FuelSystem.RelativeLevel') ??
  numberSignal(signals, 'Vehicle.Powertrain.TractionBattery.StateOfCharge.Displayed') ??
  numberSignal(signals, 'Vehicle.Powertrain.TractionBattery.StateOfCharge.Current')

const powertrains: Readonly<Record<string, string>> = {
  COMBUSTION: 'Combustion',
  HYBRID: 'Hybrid',
  ELECTRIC: 'Electric',
}

export const powertrainName = (powertrain: string | null): string =>
  powertrain === null ? none : (powertrains[powertrain] ?? powertrain)

const kinds: Readonly<Record<NonNullable<VehicleFacts['kind']>, string>> = {
  car: 'Car',
  van: 'Van',
  truck: 'Truck',
  bus: 'Bus',
  'two-wheeler': 'Two-wheeler',
  trailer: 'Trailer',
  machine: 'Machine',
  fixed: 'Fixed unit',
}

export const kindName = (kind: VehicleFacts['kind']): string => (kind === null ? none : kinds[kind])

/** As the operator names it, else as the vehicle does. */
export function modelName({ model, version, signals }: Pick<VehicleDetail, 'model' | 'version' | 'signals'>): string {
  const told = ['Brand', 'Model'].map((part) => textSignal(signals, `Vehicle.VehicleIdentification.${part}`))
  const parts = (model === null ? told : [model, version]).filter((part) => part !== null)
  return parts.length === 0 ? none : parts.join(' ')
}

const points = ['N', 'NE', 'E', 'SE', 'S', 'SW', 'W', 'NW'] as const

/** `NE 47°`. */
export const compass = (degrees: number): string => {
  const whole = Math.round(((degrees % 360) + 360) % 360) % 360
  return `${points[Math.round(whole / 45) % 8] ?? 'N'} ${whole}°`
}
