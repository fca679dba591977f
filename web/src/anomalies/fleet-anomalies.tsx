// Data of the fleet that cannot be right, by kind, with the vehicles that gave cause last and what
// to do.
import { Link } from 'wouter'
import type { AnomalySum } from '../../../src/api/contract.ts'
import { formatCount } from '../format/units.ts'
import { Age } from '../shell/instant.tsx'
import { anomalyWords } from './anomaly-words.ts'

/** Nothing where there is none. */
export function FleetAnomalies({ anomalies }: { readonly anomalies: readonly AnomalySum[] }) {
  if (anomalies.length === 0) return null
  return (
    <section className="card" aria-labelledby="anomalies-title" data-testid="fleet-anomalies">
      <h2 id="anomalies-title">What vehicles send that cannot be right</h2>
      <p className="help">
        All of it is kept. What it means for what one sees, and what to do, stands with each kind; a vehicle’s page has
        the details under Ledger.
      </p>
      <ul className="anomaly-kinds">
        {anomalies.map((sum) => (
          <Kind key={sum.kind} sum={sum} />
        ))}
      </ul>
    </section>
  )
}

function Kind({ sum: { kind, vehicles, count, newest } }: { readonly sum: AnomalySum }) {
  const { name, meaning, remedy } = anomalyWords[kind]
  return (
    <li>
      <h3>
        {name}{' '}
        <span className="page-note">
          {formatCount(count)}, from {vehicles === 1 ? '1 vehicle' : `${formatCount(vehicles)} vehicles`}
        </span>
      </h3>
      <p className="anomaly-vehicles">
        {newest.map(({ vehicle, lastReceivedAt }) => (
          <span key={vehicle}>
            <Link className="mono" href={`/vehicles/${encodeURIComponent(vehicle)}?tab=ledger`}>
              {vehicle}
            </Link>{' '}
            <Age at={lastReceivedAt} />
          </span>
        ))}
        {vehicles > newest.length ? (
          <span className="help">and {formatCount(vehicles - newest.length)} more</span>
        ) : null}
      </p>
      <details className="explain">
        <summary>What it means and what to do</summary>
        <p>{meaning}</p>
        <p>{remedy}</p>
      </details>
    </li>
  )
}
