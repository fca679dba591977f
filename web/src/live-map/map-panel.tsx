// The panel beside the map: how many cars do what, which of them the map shows, and the one picked
// out. On a phone it is a sheet at the bottom.
import { useState, type ReactNode } from 'react'
import { Link } from 'wouter'
import type { Alert } from '../../../src/api/contract.ts'
import { alertTitle } from '../alerts/alert-words.ts'
import { formatCount, formatRate } from '../format/units.ts'
import type { CarState } from '../live/car-columns.ts'
import { useLive, useLiveSummary } from '../live/live-context.tsx'
import { Icon } from '../shell/icons.tsx'
import { Age } from '../shell/instant.tsx'
import type { MapView, Powertrain } from './map-filter.ts'

type Props = {
  readonly view: MapView
  readonly change: (patch: Partial<MapView>) => void
  readonly alerts: readonly Alert[]
  readonly step: (by: 1 | -1) => void
  readonly children: ReactNode
}

/** Up to it the panel is a sheet at the foot of the screen; the style sheet has the same number. */
export const phoneWidthPx = 640

export function MapPanel({ view, change, alerts, step, children }: Props) {
  const [open, setOpen] = useState(() => innerWidth > phoneWidthPx || view.search !== '')
  return (
    <section className={open ? 'map-panel' : 'map-panel shut'} aria-label="Fleet" data-testid="map-panel">
      <button type="button" className="panel-grip" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="up" />
        <span>{open ? 'Show less' : 'Show more'}</span>
      </button>
      {children}
      <Counts state={view.state} choose={(state) => change({ state })} />
      <div className="panel-body">
        <Search view={view} change={change} />
        <div className="panel-row">
          <label className="select-label">
            <span className="for-readers">Powertrain</span>
            <select
              value={view.powertrain}
              onChange={(event) => change({ powertrain: event.target.value as Powertrain | 'all' })}
            >
              <option value="all">Any powertrain</option>
              <option value="COMBUSTION">Combustion</option>
              <option value="HYBRID">Hybrid</option>
              <option value="ELECTRIC">Electric</option>
            </select>
          </label>
          <div className="button-pair" role="group" aria-label="Walk through the cars in view">
            <button
              type="button"
              className="icon-button"
              aria-label="Previous car in view"
              title="Previous car in view (P)"
              onClick={() => step(-1)}
            >
              <Icon name="previous" />
            </button>
            <button
              type="button"
              className="icon-button"
              aria-label="Next car in view"
              title="Next car in view (N)"
              onClick={() => step(1)}
            >
              <Icon name="next" />
            </button>
          </div>
        </div>
        <RecentAlerts alerts={alerts} />
        <Rate />
      </div>
    </section>
  )
}

const stateNames: readonly { readonly state: CarState | 'all'; readonly name: string }[] = [
  { state: 'all', name: 'All' },
  { state: 'moving', name: 'Moving' },
  { state: 'parked', name: 'Parked' },
  { state: 'silent', name: 'Silent' },
]

/** Legend, count and filter in one. */
function Counts({
  state: chosen,
  choose,
}: {
  readonly state: MapView['state']
  readonly choose: (state: MapView['state']) => void
}) {
  const summary = useLiveSummary()
  return (
    <fieldset className="counts">
      <legend className="for-readers">Show on the map</legend>
      {stateNames.map(({ state, name }) => {
        const count = summary === null ? undefined : summary[state === 'all' ? 'total' : state]
        return (
          <label key={state} className="count" data-testid={`count-${state}`}>
            <input type="radio" name="state" value={state} checked={chosen === state} onChange={() => choose(state)} />
            <span className="count-value">{count === undefined ? '–' : formatCount(count)}</span>
            <span className="count-name">
              {state === 'all' ? null : <span className={`key ${state}`} aria-hidden="true" />}
              {name}
            </span>
          </label>
        )
      })}
    </fieldset>
  )
}

const matchesMax = 8

function Search({ view, change }: Pick<Props, 'view' | 'change'>) {
  const live = useLive()
  // Renders again as cars become known.
  const shown = useLiveSummary()?.shown
  const matches = view.search.trim() === '' ? [] : live.search(view.search, matchesMax)
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        if (matches[0] !== undefined) change({ vehicle: matches[0], follow: false })
      }}
    >
      <label className="search">
        <Icon name="search" />
        <span className="for-readers">Find a vehicle by its id</span>
        <input
          type="search"
          maxLength={63}
          value={view.search}
          placeholder="Find a vehicle"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => change({ search: event.target.value })}
        />
      </label>
      {view.search.trim() === '' ? null : (
        <>
          <p className="help" role="status">
            {matches.length === 0
              ? 'No vehicle on the map has this in its id.'
              : `${formatCount(shown ?? 0)} on the map`}
          </p>
          <ul className="matches">
            {matches.map((vehicle) => (
              <li key={vehicle}>
                <button
                  type="button"
                  aria-pressed={vehicle === view.vehicle}
                  onClick={() => change({ vehicle, follow: false })}
                >
                  {vehicle}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </form>
  )
}

const alertsShown = 3

function RecentAlerts({ alerts }: Pick<Props, 'alerts'>) {
  if (alerts.length === 0) return null
  return (
    <div className="panel-alerts">
      <h2>Latest alerts</h2>
      <ul>
        {alerts.slice(0, alertsShown).map((alert) => (
          <li key={alert.id}>
            <Link href={`/alerts/${encodeURIComponent(alert.id)}`}>
              <span className={`severity ${alert.severity} ${alert.status}`}>{alertTitle(alert)}</span>
              <span className="mono">{alert.vehicle}</span>
              <Age at={alert.at} />
            </Link>
          </li>
        ))}
      </ul>
    </div>
  )
}

function Rate() {
  const summary = useLiveSummary()
  if (summary === null) return <p className="help">Waiting for the first positions …</p>
  return (
    <p className="help" data-testid="report-rate">
      {formatRate(summary.reportsPerSecond)} position updates
      {summary.shown < summary.total ? ` · ${formatCount(summary.shown)} of ${formatCount(summary.total)} shown` : ''}
    </p>
  )
}
