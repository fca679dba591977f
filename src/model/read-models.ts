// What jobs derive and stores keep. Every one is a function of the set of a car's messages, so it can be derived again.
import type { VehicleRef } from './vehicle-id.ts'
import type { SignalValue } from './message.ts'

/** A signal's last value and when the car measured it. */
export type TwinValue = { readonly value: SignalValue; readonly at: number }

/** The signals of a vehicle that changed with one message: a patch on the twin. */
export type TwinPatch = VehicleRef & { readonly at: number; readonly signals: Readonly<Record<string, TwinValue>> }

/** The last known value of each signal of a vehicle. `at` is the newest sample's. */
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
  readonly durationMs: number
  /** Engine on, not moving. */
  readonly idleMs: number
  readonly maxSpeedKmh: number
  readonly fuelL: number | null
  readonly energyKwh: number | null
  readonly samples: number
}

export type Alert = VehicleRef & {
  readonly id: string
  readonly kind: 'crash'
  readonly severity: 'critical' | 'warning'
  readonly at: number
  readonly place: Place | null
  /** What it was concluded from, for a person: `airbag`, `pulse` with its peak … */
  readonly evidence: Readonly<Record<string, string | number | boolean>>
}

/** The count of one car's messages in one uplink stream, over all boots.
 *  sent = stored + refused + missing, and received = stored + duplicate + refused. */
export type LedgerEntry = VehicleRef & {
  readonly stream: string
  /** By the car's own counting: highest seq + 1, summed over boots; and refused messages that cannot be read beyond those that would be missing. */
  readonly sent: number
  /** Records in the log, duplicates and refused ones included. */
  readonly received: number
  /** Distinct messages. */
  readonly stored: number
  readonly duplicate: number
  /** Distinct messages that came when their car had already spoken of a time later by more than the lateness bound: stored, but too
   *  late to change a trip. */
  readonly late: number
  /** Distinct ones where boot and seq can be read; each that cannot be read counts, and is taken for one that would be missing. */
  readonly refused: number
  readonly missing: number
  readonly lastAt: number
}
