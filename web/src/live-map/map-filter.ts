// The part of the fleet that the map shows, kept in the address so that a view can be sent to a
// colleague.
import type { CarState } from '../live/car-columns.ts'
import type { VehicleRow } from '../../../src/api/contract.ts'

export type Powertrain = NonNullable<VehicleRow['powertrain']>

export type MapView = {
  readonly state: CarState | 'all'
  readonly powertrain: Powertrain | 'all'
  readonly search: string
  readonly vehicle: string | null
  readonly follow: boolean
}

const states = new Set<string>(['moving', 'parked', 'silent'])
const powertrains = new Set<string>(['COMBUSTION', 'HYBRID', 'ELECTRIC'])

/** Reads a view from an address; what it does not know counts as not given. */
export function parseMapView(search: string): MapView {
  const query = new URLSearchParams(search)
  const state = query.get('state') ?? ''
  const powertrain = query.get('powertrain') ?? ''
  const vehicle = query.get('vehicle') || null
  return {
    state: states.has(state) ? (state as CarState) : 'all',
    powertrain: powertrains.has(powertrain) ? (powertrain as Powertrain) : 'all',
    search: query.get('search') ?? '',
    vehicle,
    follow: vehicle !== null && query.get('follow') === '1',
  }
}

/** The address of a view: `/?state=moving&vehicle=…`. */
export function mapViewPath({ state, powertrain, search, vehicle, follow }: MapView): string {
  const query = new URLSearchParams()
  if (state !== 'all') query.set('state', state)
  if (powertrain !== 'all') query.set('powertrain', powertrain)
  if (search !== '') query.set('search', search)
  if (vehicle !== null) query.set('vehicle', vehicle)
  if (vehicle !== null && follow) query.set('follow', '1')
  const text = query.toString()
  return text === '' ? '/' : `/?${text}`
}

/** Where a list's "locate" leads. */
export const locatePath = (vehicle: string, follow = false): string =>
  mapViewPath({ state: 'all', powertrain: 'all', search: '', vehicle, follow })
