// Who may see what: setup, sign-in and the page of a link stand alone, everything else needs a
// session and shares one live feed.
import { CSPProvider } from '@base-ui/react/csp-provider'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { Route, Switch } from 'wouter'
import { ApiError } from './api/client.ts'
import { LiveProvider } from './live/live-context.tsx'
import { Pages } from './pages.tsx'
import { LoginPage } from './session/login-page.tsx'
import { SessionGate } from './session/session.tsx'
import { SetupPage } from './session/setup-page.tsx'
import { WelcomePage } from './session/welcome-page.tsx'
import { AppShell } from './shell/app-shell.tsx'
import { ErrorBoundary } from './shell/error-boundary.tsx'
import { Loading } from './shell/page-states.tsx'

const SharePage = lazy(() => import('./shares/share-page.tsx'))

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
            <Route path="/welcome" component={WelcomePage} />
            <Route path="/share">
              <Suspense fallback={<Loading what="the vehicle" />}>
                <SharePage />
              </Suspense>
            </Route>
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
