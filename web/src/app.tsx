// Who may see what: setup and sign-in stand alone, everything else needs a session and shares one
// live feed.
import { CSPProvider } from '@base-ui/react/csp-provider'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { Route, Switch } from 'wouter'
import { ApiError } from './api/client.ts'
import { LiveProvider } from './live/live-context.tsx'
import { LoginPage } from './session/login-page.tsx'
import { SessionGate } from './session/session.tsx'
import { SetupPage } from './session/setup-page.tsx'
import { AppShell } from './shell/app-shell.tsx'
import { ErrorBoundary } from './shell/error-boundary.tsx'
import { NotFound } from './shell/not-found.tsx'
import { Loading } from './shell/page-states.tsx'

const LiveMapPage = lazy(() => import('./live-map/live-map-page.tsx'))
const VehiclesPage = lazy(() => import('./vehicles/vehicles-page.tsx'))
const VehiclePage = lazy(() => import('./vehicles/vehicle-page.tsx'))
const TripsPage = lazy(() => import('./trips/trips-page.tsx'))
const TripPage = lazy(() => import('./trips/trip-page.tsx'))
const AlertsPage = lazy(() => import('./alerts/alerts-page.tsx'))
const AlertPage = lazy(() => import('./alerts/alert-page.tsx'))
const SystemPage = lazy(() => import('./system/system-page.tsx'))

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5000,
      // Requests that the API refused it will refuse again; those that did not arrive may the next
      // time.
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
      retryDelay: (attempt) => 300 * 2 ** attempt,
    },
  },
})

export function App() {
  return (
    <QueryClientProvider client={queryClient}>
      <CSPProvider disableStyleElements>
        <ErrorBoundary>
          <Switch>
            <Route path="/setup" component={SetupPage} />
            <Route path="/login" component={LoginPage} />
            <Route>
              <SessionGate>
                <LiveProvider>
                  <AppShell>
                    <ErrorBoundary>
                      <Suspense fallback={<Loading what="the page" />}>
                        <Pages />
                      </Suspense>
                    </ErrorBoundary>
                  </AppShell>
                </LiveProvider>
              </SessionGate>
            </Route>
          </Switch>
        </ErrorBoundary>
      </CSPProvider>
    </QueryClientProvider>
  )
}

function Pages() {
  return (
    <Switch>
      <Route path="/" component={LiveMapPage} />
      <Route path="/vehicles" component={VehiclesPage} />
      <Route path="/vehicles/:vehicle">{({ vehicle }) => <VehiclePage vehicle={vehicle} key={vehicle} />}</Route>
      <Route path="/trips" component={TripsPage} />
      <Route path="/trips/:id">{({ id }) => <TripPage id={id} key={id} />}</Route>
      <Route path="/alerts" component={AlertsPage} />
      <Route path="/alerts/:id">{({ id }) => <AlertPage id={id} key={id} />}</Route>
      <Route path="/system" component={SystemPage} />
      <Route component={NotFound} />
    </Switch>
  )
}
