// The start of the dashboard: the theme before the first paint, then the application.
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { loadCity } from './map/street-map.ts'
import { applyTheme } from './shell/theme.ts'
import './styles/tokens.css'
import './styles/base.css'
import './styles/shell.css'
import './styles/controls.css'
import './styles/tables.css'
import './styles/map-panel.css'
import './styles/map.css'
import './styles/vehicle.css'
import './styles/cursor-plot.css'
import './styles/trip.css'
import './styles/series.css'
import './styles/pages.css'
import './styles/room.css'
import './styles/sessions.css'
import './styles/shares.css'
import './styles/audit.css'
import './styles/account.css'

applyTheme()
// The map is what most come for: its code and its streets load while the session is still being
// asked for.
if (location.pathname === '/') {
  loadCity()
  void import('./live-map/live-map-page.tsx')
}
const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
