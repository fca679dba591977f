// One alert: what happened, what that was concluded from, where, and what the car is doing since.
import { useQuery } from '@tanstack/react-query'
import type { Map as MapLibre } from 'maplibre-gl'
import { useCallback, useMemo } from 'react'
import { Link } from 'wouter'
import type { Alert } from '../../../src/api/contract.ts'
import { alertQuery } from '../api/queries.ts'
import { formatPlace, none } from '../format/units.ts'
import { locatePath } from '../live-map/map-filter.ts'
import { boundsOfPlaces } from '../map/bounds.ts'
import { CityMap } from '../map/city-map.tsx'
import { addOverlay, pointFeature, setOverlay } from '../map/overlay.ts'
import { Icon } from '../shell/icons.tsx'
import { Age, Instant } from '../shell/instant.tsx'
import { PageHeader } from '../shell/page-header.tsx'
import { Failed, Loading } from '../shell/page-states.tsx'
import { DoubtBadge, WhoseClock } from '../twin/clock-badge.tsx'
import { alertTitle, evidenceName, evidenceValue, statusMeaning } from './alert-words.ts'

export default function AlertPage({ id }: { readonly id: string }) {
  const { data: alert, error, refetch } = useQuery(alertQuery(id))
  if (alert === undefined)
    return (
      <div className="page">
        <PageHeader title="Alert" parent={{ href: '/alerts', name: 'Alerts' }} />
        {error === null ? (
          <Loading what="the alert" />
        ) : (
          <Failed what="alert" error={error} retry={() => void refetch()} />
        )}
      </div>
    )
  return (
    <div className="page">
      <PageHeader
        title={`${alertTitle(alert)} of ${alert.vehicle}`}
        parent={{ href: '/alerts', name: 'Alerts' }}
        note={
          <>
            <span className={`severity ${alert.severity} ${alert.status}`}>{alert.severity}</span>{' '}
            <DoubtBadge clockDoubt={alert.clockDoubt} /> <WhoseClock clock={alert.clock} />
          </>
        }
      >
        <Link className="button small" href={locatePath(alert.vehicle)}>
          <Icon name="map" /> Where it is now
        </Link>
        <Link className="button small" href={`/vehicles/${encodeURIComponent(alert.vehicle)}`}>
          Vehicle
        </Link>
      </PageHeader>
      <dl className="figures">
        <div>
          <dt>When</dt>
          <dd>
            <Instant at={alert.at} /> <span className="figure-note">{<Age at={alert.at} />}</span>
          </dd>
        </div>
        <div>
          <dt>Heard</dt>
          <dd>
            {alert.receivedAt === null ? (
              'not known'
            ) : (
              <>
                <Instant at={alert.receivedAt} /> <span className="figure-note">{<Age at={alert.receivedAt} />}</span>
              </>
            )}
          </dd>
        </div>
        <div>
          <dt>Where</dt>
          <dd>{alert.place === null ? none : formatPlace(alert.place.lat, alert.place.lon)}</dd>
        </div>
      </dl>
      <section className="card" aria-label="Evidence">
        <h2>Concluded from</h2>
        <p className="help" data-testid="alert-status">
          {statusMeaning[alert.status]}
        </p>
        <dl className="facts wide">
          {Object.entries(alert.evidence).map(([name, value]) => (
            <div key={name}>
              <dt>{evidenceName(name)}</dt>
              <dd>{evidenceValue(name, value)}</dd>
            </div>
          ))}
        </dl>
      </section>
      {alert.place === null ? (
        <p className="notice">The car had no position at that time, so there is no map.</p>
      ) : (
        <AlertMap place={alert.place} vehicle={alert.vehicle} />
      )}
    </div>
  )
}

function AlertMap({
  place: { lat, lon },
  vehicle,
}: {
  readonly place: NonNullable<Alert['place']>
  readonly vehicle: string
}) {
  const bounds = useMemo(() => boundsOfPlaces([lat], [lon]), [lat, lon])
  const onMap = useCallback(
    (map: MapLibre) => {
      addOverlay(map, 'alert', [
        {
          id: 'alert-halo',
          type: 'circle',
          paint: { 'circle-radius': 22, 'circle-color': '#d9362a', 'circle-opacity': 0.2 },
        },
        {
          id: 'alert',
          type: 'circle',
          paint: {
            'circle-radius': 8,
            'circle-color': '#d9362a',
            'circle-stroke-width': 3,
            'circle-stroke-color': '#ffffff',
          },
        },
      ])
      setOverlay(map, 'alert', pointFeature(lat, lon))
      return undefined
    },
    [lat, lon],
  )
  return (
    <div className="map-frame">
      <CityMap label={`Where the alert of ${vehicle} was`} bounds={bounds} onMap={onMap} />
    </div>
  )
}
