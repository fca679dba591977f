// What the fleet sends that cannot be right, by kind, with the vehicles that gave cause last and what to do.
import { Link } from 'wouter'
import type { DoubtSum } from '../../../src/api/contract.ts'
import { formatCount } from '../format/units.ts'
import { Age } from '../shell/instant.tsx'
import { doubtWords } from './doubt-words.ts'

/** Nothing where there is nothing to doubt. */
export function FleetDoubts({ doubts }: { readonly doubts: readonly DoubtSum[] }) {
  if (doubts.length === 0) return null
  return (
    <section className="card" aria-labelledby="doubts-title" data-testid="fleet-doubts">
      <h2 id="doubts-title">What vehicles send that cannot be right</h2>
      <p className="help">
        All of it is kept. What it means for what one sees, and what to do, stands with each kind; a vehicle’s page has the details under
        Ledger.
      </p>
      <ul className="doubt-kinds">
        {doubts.map((sum) => (
          <Kind key={sum.kind} sum={sum} />
        ))}
      </ul>
    </section>
  )
}

function Kind({ sum: { kind, vehicles, count, newest } }: { readonly sum: DoubtSum }) {
  const { name, meaning, remedy } = doubtWords[kind]
  return (
    <li>
      <h3>
        {name}{' '}
        <span className="page-note">
          {formatCount(count)}, from {vehicles === 1 ? '1 vehicle' : `${formatCount(vehicles)} vehicles`}
        </span>
      </h3>
      <p className="doubt-vehicles">
        {newest.map(({ vehicle, lastReceivedAt }) => (
          <span key={vehicle}>
            <Link className="mono" href={`/vehicles/${encodeURIComponent(vehicle)}?tab=ledger`}>
              {vehicle}
            </Link>{' '}
            <Age at={lastReceivedAt} />
          </span>
        ))}
        {vehicles > newest.length ? <span className="help">and {formatCount(vehicles - newest.length)} more</span> : null}
      </p>
      <details className="explain">
        <summary>What it means and what to do</summary>
        <p>{meaning}</p>
        <p>{remedy}</p>
      </details>
    </li>
  )
}
