// The ledger: what cars sent and what became of it.
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { StreamTotals } from '../../../src/api/contract.ts'
import { ledgerQuery } from '../api/queries.ts'
import { formatCount } from '../format/units.ts'
import { Age } from '../shell/instant.tsx'
import { MoreButton } from '../shell/more-button.tsx'
import { Failed, Loading } from '../shell/page-states.tsx'

type CountName = Exclude<keyof StreamTotals, 'stream'>

const counts: readonly {
  readonly key: CountName
  readonly name: string
  readonly help: string
  readonly trouble: boolean
}[] = [
  { key: 'sent', name: 'Sent', help: 'by the cars’ own counting', trouble: false },
  { key: 'received', name: 'Received', help: 'records in the log, repeats and refused ones included', trouble: false },
  { key: 'stored', name: 'Stored', help: 'different messages that are durable in the log', trouble: false },
  {
    key: 'duplicate',
    name: 'Duplicate',
    help: 'sent again before the acknowledgement arrived; they change nothing',
    trouble: false,
  },
  { key: 'late', name: 'Late', help: 'stored long after they were measured; results are corrected', trouble: false },
  { key: 'refused', name: 'Refused', help: 'kept as dead letters with the reason', trouble: true },
  { key: 'missing', name: 'Missing', help: 'sent by the car’s counting, but never arrived (yet)', trouble: true },
  {
    key: 'clock',
    name: 'Clock',
    help: 'stored with an instant that the car’s clock cannot have had right',
    trouble: true,
  },
  {
    key: 'reused',
    name: 'Reused',
    help: 'different messages under a number that another one has; both are stored',
    trouble: true,
  },
  {
    key: 'jumps',
    name: 'Jumps',
    help: 'numbers too far above those before for what is between to have been sent',
    trouble: true,
  },
]

function Count({ value, trouble }: { readonly value: number | null; readonly trouble: boolean }) {
  if (value === null)
    return (
      <td className="number" title="not known">
        –
      </td>
    )
  return <td className={`number${value === 0 ? ' zero' : trouble ? ' bad' : ''}`}>{formatCount(value)}</td>
}

export function LedgerTotals({ totals }: { readonly totals: readonly StreamTotals[] }) {
  return (
    <>
      <div className="scroll-x" tabIndex={0} role="region" aria-label="Ledger totals">
        <table className="plain" data-testid="ledger-totals">
          <thead>
            <tr>
              <th scope="col">Stream</th>
              {counts.map(({ key, name, help }) => (
                <th key={key} scope="col" className="number" title={help}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {totals.map((row) => (
              <tr key={row.stream}>
                <th scope="row">{row.stream}</th>
                {counts.map(({ key, trouble }) => (
                  <Count key={key} value={row[key]} trouble={trouble} />
                ))}
              </tr>
            ))}
            {totals.length === 0 ? (
              <tr>
                <td colSpan={counts.length + 1} className="help">
                  Nothing has been counted yet.
                </td>
              </tr>
            ) : null}
          </tbody>
        </table>
      </div>
      <details className="explain">
        <summary>What each column counts</summary>
        <dl>
          {counts.map(({ key, name, help }) => (
            <div key={key}>
              <dt>{name}</dt>
              <dd>{help}</dd>
            </div>
          ))}
        </dl>
      </details>
    </>
  )
}

/** The rows of one vehicle, or of all vehicles in trouble. */
export function LedgerTable({ vehicle }: { readonly vehicle?: string }) {
  const query = useInfiniteQuery({
    ...ledgerQuery(vehicle === undefined ? { troubled: true } : { vehicle }),
    refetchInterval: 10_000,
  })
  if (query.isPending) return <Loading what="the ledger" />
  if (query.data === undefined) return <Failed what="ledger" error={query.error} retry={() => void query.refetch()} />
  const rows = query.data.pages.flatMap((page) => page.rows)
  if (rows.length === 0)
    return (
      <p className="help">
        {vehicle === undefined
          ? 'None. Every message of every vehicle is accounted for.'
          : 'Nothing has been counted for this vehicle yet.'}
      </p>
    )
  return (
    <>
      <div className="scroll-x" tabIndex={0} role="region" aria-label="Ledger by vehicle">
        <table className="plain">
          <thead>
            <tr>
              {vehicle === undefined ? <th scope="col">Vehicle</th> : null}
              <th scope="col">Stream</th>
              {counts.map(({ key, name, help }) => (
                <th key={key} scope="col" className="number" title={help}>
                  {name}
                </th>
              ))}
              <th scope="col">Last heard</th>
              <th scope="col">Measured</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.vehicle} ${row.stream}`}>
                {vehicle === undefined ? (
                  <th scope="row">
                    <Link className="mono" href={`/vehicles/${encodeURIComponent(row.vehicle)}?tab=ledger`}>
                      {row.vehicle}
                    </Link>
                  </th>
                ) : null}
                <td>{row.stream}</td>
                {counts.map(({ key, trouble }) => (
                  <Count key={key} value={row[key]} trouble={trouble} />
                ))}
                <td>{row.lastReceivedAt === null ? 'not known' : <Age at={row.lastReceivedAt} />}</td>
                <td>
                  <Age at={row.lastAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <MoreButton query={query} />
    </>
  )
}
