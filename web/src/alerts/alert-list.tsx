// Alerts, last heard first.
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { Alert, Listing } from '../../../src/api/contract.ts'
import { staleAfterMs } from '../live/car-columns.ts'
import { Age, Heard, Instant } from '../shell/instant.tsx'
import { MoreButton } from '../shell/more-button.tsx'
import { Empty, Failed, Loading } from '../shell/page-states.tsx'
import { DoubtBadge, WhoseClock } from '../twin/clock-badge.tsx'
import { alertTitle, evidenceName, evidenceValue } from './alert-words.ts'

type Props = { readonly query: UseInfiniteQueryResult<InfiniteData<Listing<Alert>>>; readonly withVehicle?: boolean }

export function AlertList({ query, withVehicle = true }: Props) {
  const { data, error, isPending, refetch } = query
  if (isPending) return <Loading what="the alerts" />
  if (data === undefined) return <Failed what="alerts" error={error} retry={() => void refetch()} />
  const rows = data.pages.flatMap((page) => page.rows)
  if (rows.length === 0)
    return (
      <Empty title="No alert">
        When something happens that a person should see, such as a crash, it is here and is announced on every page.
      </Empty>
    )
  return (
    <>
      <ul className="alert-list" data-testid="alerts">
        {rows.map((alert) => (
          <li key={alert.id}>
            <Link href={`/alerts/${encodeURIComponent(alert.id)}`} className="alert-row">
              <span className={`severity ${alert.severity} ${alert.status}`}>{alertTitle(alert)}</span>
              {withVehicle ? <span className="mono">{alert.vehicle}</span> : null}
              <span className="help evidence">{evidenceLine(alert)}</span>
              <span className="alert-when">
                <DoubtBadge clockDoubt={alert.clockDoubt} /> <WhoseClock clock={alert.clock} />{' '}
                <Instant at={alert.at} /> <Age at={alert.at} />
                {isHeardApart(alert) ? <HeardLater alert={alert} /> : null}
              </span>
            </Link>
          </li>
        ))}
      </ul>
      <MoreButton query={query} />
    </>
  )
}

/** Where the order of the list is not that of the instants. */
const isHeardApart = ({ at, receivedAt }: Alert): boolean =>
  receivedAt !== null && Math.abs(receivedAt - at) > staleAfterMs

const HeardLater = ({ alert }: { readonly alert: Alert }) => (
  <span className="help">
    , heard <Heard receivedAt={alert.receivedAt} />
  </span>
)

const evidenceLine = ({ evidence }: Alert): string =>
  Object.entries(evidence)
    .slice(0, 3)
    .map(([name, value]) => `${evidenceName(name)}: ${evidenceValue(name, value)}`)
    .join(' · ')
