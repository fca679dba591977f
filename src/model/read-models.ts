// The read models: rows that jobs derive and stores keep. Every one is a function of the set of a car's messages, so it can be derived again.
import type { CarClock, ClockDoubt } from './car-clock.ts'
import type { VehicleRef } from './vehicle-id.ts'
import type { SampleClock, SignalValue } from './message.ts'
import type { DoubtReason } from './value-doubt.ts'

/** A signal's last value and its instant. */
export type TwinValue = {
  readonly value: SignalValue
  readonly at: number
  /** Whose clock the instant is of; absent where the car measured the value then. */
  readonly clock?: SampleClock
  /** The instant is marked: further after its receipt than clocks differ (car-clock.ts). Such a value is never "now". */
  readonly clockDoubt?: 'ahead'
  /** Why the value is doubted, by what was told in the same sample; absent where nothing speaks against it. It is kept and told, and is
   *  neither the place nor the speed of the vehicle. */
  readonly doubt?: DoubtReason
}

/** News of a vehicle after a message: its times and clock as they are now, and the signals that changed. */
export type TwinPatch = VehicleRef & {
  /** The newest instant told that is not marked; when all are marked, the newest. By the car's clock, but for values that say another. */
  readonly at: number
  /** When we last heard the vehicle: the greatest receipt of its messages, by our clock. Null where it is not known, as in what
   *  was derived before receipts were kept. */
  readonly receivedAt: number | null
  /** Of the boot heard last; null while none of its messages had an instant of the car's own clock since clocks are watched. */
  readonly carClock: CarClock | null
  readonly signals: Readonly<Record<string, TwinValue>>
}

/** All that is known of a vehicle: the last value of each signal. */
export type Twin = TwinPatch

/** One minute of a vehicle's driving, columns of equal length, ordered by time. Null where the sample had no value. */
export type Track = VehicleRef & {
  /** The minute: epoch milliseconds, a multiple of 60,000. */
  readonly minuteAt: number
  readonly at: readonly number[]
  /** Degrees, WGS 84. */
  readonly lat: readonly (number | null)[]
  readonly lon: readonly (number | null)[]
  readonly speedKmh: readonly (number | null)[]
}

export type Place = { readonly lat: number; readonly lon: number }

export type Trip = VehicleRef & {
  /** Derived from vehicle and start; a correction that moves the start deletes the old id. */
  readonly id: string
  readonly startAt: number
  readonly endAt: number
  /** An open trip may still grow; an ended one changes only by late data. */
  readonly status: 'open' | 'ended'
  readonly endedBy: 'ignition' | 'silence' | null
  readonly start: Place | null
  readonly end: Place | null
  readonly distanceM: number
  /** The part of it that was driven in silences of more than 300 s, by the odometer or the straight line; null where nobody knows how far, which then
   *  is no part of the distance. */
  readonly bridgedM: number | null
  /** How long these silences were; null in trips derived before they were joined. */
  readonly bridgedMs: number | null
  /** Driven just before its first sample or just after its last, in a silence that it began or ended in: by the odometer, and no part of the
   *  distance. 0 where it stood at both ends; null where it did not and nobody knows, and in trips derived before this was told. */
  readonly unheardM: number | null
  readonly durationMs: number
  /** At a stand, whether the engine ran or not: between two speeds below 1 km/h that are at most 15 s apart; null where speeds were told for too little of the trip. */
  readonly idleMs: number | null
  /** Of the speeds told; null where there was none. */
  readonly maxSpeedKmh: number | null
  /** The share of the trip between speeds told close together, up to 1; null where there was no speed. */
  readonly speedCovered: number | null
  /** Null where it is not known, never 0 for that. */
  readonly fuelL: number | null
  /** The source of the fuel: the engine's counter, the integral of its rate, or the level of the tank. */
  readonly fuelFrom: 'counter' | 'rate' | 'tank' | null
  /** The share of the trip that was read for it, up to 1. */
  readonly fuelCovered: number | null
  /** Out of the battery; less than 0 where more came back. */
  readonly energyKwh: number | null
  /** The source of the energy: the battery's counter, the integral of its power, or its state of charge and capacity. */
  readonly energyFrom: 'counter' | 'power' | 'charge' | null
  readonly energyCovered: number | null
  /** Why energy that was read is not told: it went the other way than the state of charge. */
  readonly energyDoubt: 'against-charge' | null
  readonly samples: number
  /** Instants in the minutes of the trip that were not looked at, for there were more than 6,000 in a minute; null where it is not known. */
  readonly thinned: number | null
  /** The newest receipt of the samples it was made of, by our clock; null where it is not known. */
  readonly receivedAt: number | null
  /** Whose clock its start, its end and its times are of: of the samples that tell how it was driven the one that says least of the measurement; null where
   *  the car measured them all. */
  readonly clock: SampleClock | null
  /** `ahead` when one of its instants is marked. */
  readonly clockDoubt: 'ahead' | null
}

export const alertStatuses = ['possible', 'confirmed', 'withdrawn'] as const
export type AlertStatus = (typeof alertStatuses)[number]

export type Alert = VehicleRef & {
  readonly id: string
  readonly kind: 'crash'
  /** `critical` with a deployed airbag. */
  readonly severity: 'critical' | 'warning'
  /** An alert is told as possible at once, and keeps its id when more is known. A withdrawn one stays, with the reason in the evidence;
   *  one of which late samples show that there was nothing is deleted. */
  readonly status: AlertStatus
  /** By the car's clock, or the one that `clock` names; the receipt where `clockDoubt` says that its instant cannot be believed. */
  readonly at: number
  readonly place: Place | null
  /** The evidence it was concluded from, for a person: `airbag`, `pulseMs2`, `droveOn` … */
  readonly evidence: Readonly<Record<string, string | number | boolean>>
  /** The receipt of its first evidence, by our clock; null where it is not known. */
  readonly receivedAt: number | null
  /** Whose clock the instant of its first evidence is of; null where the car measured it. */
  readonly clock: SampleClock | null
  /** The doubt about its instant. */
  readonly clockDoubt: ClockDoubt | null
}

/** The count of one car's messages in one uplink stream, over all boots.
 *  sent = stored + refused + missing, and received = stored + duplicate + refused. */
export type LedgerEntry = VehicleRef & {
  readonly stream: string
  /** By the car's own counting: highest seq + 1, summed over boots, without what was jumped over; those under a number that another message has;
   *  and refused messages that cannot be read beyond those that would be missing. */
  readonly sent: number
  /** Records in the log, duplicates and refused ones included. */
  readonly received: number
  /** Distinct messages, those under one number among them. */
  readonly stored: number
  readonly duplicate: number
  /** Distinct messages that came when their car had already spoken of a time later by more than the lateness bound: stored, but too
   *  late to change a trip. */
  readonly late: number
  /** Distinct ones where boot and seq can be read; each that cannot be read counts, and is taken for one that would be missing. */
  readonly refused: number
  readonly missing: number
  /** Distinct numbers of messages with an instant that was marked or put aside; null where it is not known. */
  readonly clock: number | null
  /** Messages under a number of their boot that another message has, as far as numbers are compared; null where it is not known. */
  readonly reused: number | null
  /** Numbers further above all others of their boot than a unit can have counted; null where it is not known. */
  readonly jumps: number | null
  /** The newest instant of its messages, by the car's clock; of one without an instant that can be used, as of a dead letter, the receipt. */
  readonly lastAt: number
  /** The newest receipt, by our clock; null where it is not known. */
  readonly lastReceivedAt: number | null
}
