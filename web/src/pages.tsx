// The pages, each loaded when it is first opened; and those that the frame leads to, in its order.
import { lazy } from 'react'
import { Route, Switch } from 'wouter'
import type { Permission } from '../../src/api/contract.ts'
import type { IconName } from './shell/icons.tsx'
import { NotFound } from './shell/not-found.tsx'

const LiveMapPage = lazy(() => import('./live-map/live-map-page.tsx'))
const VehiclesPage = lazy(() => import('./vehicles/vehicles-page.tsx'))
const VehiclePage = lazy(() => import('./vehicles/vehicle-page.tsx'))
const TripsPage = lazy(() => import('./trips/trips-page.tsx'))
const TripPage = lazy(() => import('./trips/trip-page.tsx'))
const AlertsPage = lazy(() => import('./alerts/alerts-page.tsx'))
const AlertPage = lazy(() => import('./alerts/alert-page.tsx'))
const AuditPage = lazy(() => import('./audit/audit-page.tsx'))
const AccountPage = lazy(() => import('./account/account-page.tsx'))
const PeoplePage = lazy(() => import('./people/people-page.tsx'))
const SystemPage = lazy(() => import('./system/system-page.tsx'))

type PlaceOfPage = {
  readonly href: string
  readonly name: string
  readonly icon: IconName
  /** Shown to those who may. */
  readonly needs?: Permission
}

export const places: readonly PlaceOfPage[] = [
  { href: '/', name: 'Map', icon: 'map' },
  { href: '/vehicles', name: 'Vehicles', icon: 'vehicles' },
  { href: '/trips', name: 'Trips', icon: 'trips' },
  { href: '/alerts', name: 'Alerts', icon: 'alerts' },
  { href: '/system', name: 'System', icon: 'system' },
  { href: '/people', name: 'People', icon: 'user', needs: 'people:manage' },
  { href: '/audit', name: 'Audit', icon: 'audit', needs: 'audit:read' },
]

export function Pages() {
  return (
    <Switch>
      <Route path="/" component={LiveMapPage} />
      <Route path="/vehicles" component={VehiclesPage} />
      <Route path="/vehicles/:vehicle">{({ vehicle }) => <VehiclePage vehicle={vehicle} key={vehicle} />}</Route>
      <Route path="/trips" component={TripsPage} />
      <Route path="/trips/:id">{({ id }) => <TripPage id={id} key={id} />}</Route>
      <Route path="/alerts" component={AlertsPage} />
      <Route path="/alerts/:id">{({ id }) => <AlertPage id={id} key={id} />}</Route>
      <Route path="/account" component={AccountPage} />
      <Route path="/people" component={PeoplePage} />
      <Route path="/system" component={SystemPage} />
      <Route path="/audit" component={AuditPage} />
      <Route component={NotFound} />
    </Switch>
  )
}
