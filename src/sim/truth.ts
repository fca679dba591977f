// The truth of what happened, one JSON line each: what jobs and dashboards are scored against.
// Instants are those of the simulation; a trip begins and ends with the samples that say so.

export type TripTruth = {
  readonly kind: 'trip'
  readonly vehicle: string
  readonly startAt: number
  /** Null: still under way when the simulation ended. */
  readonly endAt: number | null
  readonly distanceM: number
  /** Ignition on and standing still. */
  readonly idleMs: number
  readonly maxSpeedKmh: number
  readonly fuelL: number | null
  readonly energyKwh: number | null
  readonly start: { readonly lat: number; readonly lon: number }
  readonly end: { readonly lat: number; readonly lon: number }
}

export type Truth =
  | TripTruth
  | {
      readonly kind: 'crash'
      readonly vehicle: string
      readonly at: number
      readonly peakG: number
      readonly deltaVKmh: number
      readonly airbag: boolean
    }
  | {
      readonly kind: 'harsh-braking'
      readonly vehicle: string
      readonly startAt: number
      readonly endAt: number
      readonly peakMs2: number
    }
  | {
      readonly kind: 'stop'
      readonly vehicle: string
      readonly startAt: number
      readonly endAt: number
      readonly reason: 'signal' | 'give-way' | 'traffic' | 'other'
    }
  | { readonly kind: 'tunnel'; readonly vehicle: string; readonly startAt: number; readonly endAt: number | null }
  | {
      readonly kind: 'breakdown'
      readonly vehicle: string
      readonly at: number
      readonly endAt: number
      readonly code: string
    }
  | { readonly kind: 'refuel'; readonly vehicle: string; readonly at: number; readonly litres: number }
  | {
      readonly kind: 'charge'
      readonly vehicle: string
      readonly startAt: number
      readonly endAt: number
      readonly kwh: number
    }
  /** Looks a little like a crash and is none. */
  | {
      readonly kind: 'pothole' | 'kerb' | 'door-slam'
      readonly vehicle: string
      readonly at: number
      readonly peakG: number
    }
