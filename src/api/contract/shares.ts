// The contract of links to a vehicle: types only.
import type { VehicleRow } from '../contract.ts'

/** POST /vehicles/{vehicle}/shares ShareRequest → 201 MadeShare; GET → Listing<ShareInfo>, newest
 *  first; DELETE /vehicles/{vehicle}/shares/{id} → 204. */
export type ShareRequest = { readonly until: number; readonly withTrip?: boolean }
export type ShareInfo = {
  readonly id: string
  readonly vehicle: string
  /** Whether the trip it is on is told as well. */
  readonly withTrip: boolean
  /** Nothing that happened before is told. */
  readonly from: number
  readonly until: number
  readonly madeAt: number
  readonly madeBy: string
  /** Null: nobody has looked. */
  readonly usedAt: number | null
}
/** The link is `/share#token`. The token is told this once. */
export type MadeShare = ShareInfo & { readonly token: string }

/** GET /share, with the token of a link as `authorization: Bearer`: the vehicle it shows. GET
 *  /share/track?from → TrackColumns of its trip so far. GET /live gives its places as well. Null is
 *  not known. */
export type SharedVehicle = Pick<VehicleRow, 'vehicle' | 'powertrain' | 'speedKmh' | 'place' | 'energyPercent'> & {
  readonly from: number
  readonly until: number
  readonly at: number | null
  readonly receivedAt: number | null
  /** Null where it is on none, or that is not told. */
  readonly trip: { readonly startAt: number; readonly distanceM: number } | null
}
