// The twin of a vehicle: what was told of it last. It is a function of the set of its messages, so
// it can be derived again.
import type { CarClock } from './car-clock.ts'
import type { VehicleRef } from './vehicle-id.ts'
import type { SampleClock, SignalValue } from './message.ts'
import type { DoubtReason } from './value-doubt.ts'

/** A signal's last value and its instant. */
export type TwinValue = {
  readonly value: SignalValue
  readonly at: number
  /** Whose clock the instant is of; absent where the car measured the value then. */
  readonly clock?: SampleClock
  /** The instant is marked: further after its receipt than clocks differ (car-clock.ts). Such a
   *  value is never "now". */
  readonly clockDoubt?: 'ahead'
  /** Why the value is doubted, by what was told in the same sample; absent where nothing speaks
   *  against it. It is kept and told, and is neither the place nor the speed of the vehicle. */
  readonly doubt?: DoubtReason
}

/** News of a vehicle after a message: its times and clock as they are now, and the signals that
 *  changed. */
export type TwinPatch = VehicleRef & {
  /** The newest instant told that is not marked; when all are marked, the newest. By the car's
   *  clock, but for values that say another. */
  readonly at: number
  /** When we last heard the vehicle: the greatest receipt of its messages, by our clock. Null where
   *  it is not known, as in what was derived before receipts were kept. */
  readonly receivedAt: number | null
  /** Of the boot heard last; null while none of its messages had an instant of the car's own clock
   *  since clocks are watched. */
  readonly carClock: CarClock | null
  readonly signals: Readonly<Record<string, TwinValue>>
  /** Signals that were told and are kept no more, as others took their room (jobs/twin/room.ts);
   *  none of them is among `signals`. Absent where there is none. */
  readonly gone?: readonly string[]
}

/** All that is known of a vehicle: the last value of each signal. */
export type Twin = Omit<TwinPatch, 'gone'>

/** Signals that rows of lists have; all others are of a vehicle alone. They are those of the
 *  vehicle list and the live map, and all of the catalogue, so that such a row is small whatever a
 *  vehicle sends. */
export const listedSignals = [
  'Vehicle.Speed',
  'Vehicle.CurrentLocation.Latitude',
  'Vehicle.CurrentLocation.Longitude',
  'Vehicle.CurrentLocation.Heading',
  'Vehicle.Powertrain.Type',
  'Vehicle.Powertrain.FuelSystem.RelativeLevel',
  'Vehicle.Powertrain.TractionBattery.StateOfCharge.Displayed',
  'Vehicle.Powertrain.TractionBattery.StateOfCharge.Current',
] as const
export type ListedSignal = (typeof listedSignals)[number]
