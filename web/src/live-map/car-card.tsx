// The car picked out on the map: what it does now, how fresh that is, and where to read more.
import { useQuery } from '@tanstack/react-query'
import type { DoubtReason, Place } from '../../../src/api/contract.ts'
import { Link } from 'wouter'
import { isMissing } from '../api/client.ts'
import { vehicleQuery } from '../api/queries.ts'
import { formatPercent, formatPlace, formatSpeed, none } from '../format/units.ts'
import { heardAgo, staleAfterMs } from '../live/car-columns.ts'
import { useLive } from '../live/live-context.tsx'
import { Icon } from '../shell/icons.tsx'
import { Age, Heard } from '../shell/instant.tsx'
import { useNow } from '../shell/now.ts'
import { ClockBadge, WhoseClock } from '../twin/clock-badge.tsx'
import { doubtWords } from '../twin/doubt-words.ts'
import { compass, energyOf, newestClock, placeDoubt, powertrainName, textSignal } from '../twin/twin-words.ts'
import { StateBadge } from '../vehicles/state-badge.tsx'
import { carFacts } from './car-facts.ts'

type Props = {
  readonly vehicle: string
  readonly follow: boolean
  readonly onFollow: (follow: boolean) => void
  readonly onLocate: () => void
  readonly onClose: () => void
}

export function CarCard({ vehicle, follow, onFollow, onLocate, onClose }: Props) {
  const live = useLive()
  const nowAt = useNow()
  const car = live.now(vehicle)
  const { data: twin, error } = useQuery(vehicleQuery(vehicle))
  const signals = twin?.signals ?? []
  const { receivedAt, at, speedKmh, heading, place } = carFacts(car, twin)
  const ageMs = receivedAt === undefined ? undefined : heardAgo(receivedAt, nowAt)
  const stale = ageMs !== undefined && ageMs > staleAfterMs
  return (
    <article className={stale ? 'car-card stale' : 'car-card'} aria-label={`Vehicle ${vehicle}`} data-testid="car-card">
      <header>
        <h2 className="mono">{vehicle}</h2>
        <button type="button" className="icon-button" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {car === undefined && isMissing(error) ? <p className="help">No vehicle of this id is known.</p> : null}
      {twin === undefined ? null : <PlaceNote place={place} doubt={placeDoubt(signals)} />}
      <p className="car-now">
        <strong>{formatSpeed(speedKmh)}</strong>
        {ageMs === undefined ? null : <StateBadge ageMs={ageMs} speedKmh={speedKmh} />}
        <ClockBadge clock={twin?.carClock ?? null} />
      </p>
      <dl className="facts">
        <div>
          <dt>Last heard</dt>
          <dd>{receivedAt === undefined ? none : <Heard receivedAt={receivedAt} />}</dd>
        </div>
        <div>
          <dt>Measured</dt>
          <dd>
            {at === undefined ? (
              none
            ) : (
              <>
                <Age at={at} /> <WhoseClock clock={newestClock(signals)} />
              </>
            )}
          </dd>
        </div>
        <div>
          <dt>Powertrain</dt>
          <dd>{powertrainName(textSignal(signals, 'Vehicle.Powertrain.Type'))}</dd>
        </div>
        <div>
          <dt>Fuel or charge</dt>
          <dd>{formatPercent(energyOf(signals))}</dd>
        </div>
        <div>
          <dt>Heading</dt>
          <dd>{heading === null ? none : compass(heading)}</dd>
        </div>
        <div>
          <dt>Position</dt>
          <dd>{place === null ? none : formatPlace(place.lat, place.lon)}</dd>
        </div>
      </dl>
      <div className="card-actions">
        <button type="button" className="button small" aria-pressed={follow} onClick={() => onFollow(!follow)}>
          <Icon name="locate" /> {follow ? 'Following' : 'Follow'}
        </button>
        <button type="button" className="button small" disabled={car === undefined} onClick={onLocate}>
          Locate
        </button>
        <Link className="button small" href={`/vehicles/${encodeURIComponent(vehicle)}`}>
          Details
        </Link>
      </div>
    </article>
  )
}

/** A note on where it is: that nobody knows, or that the newest place it told is not taken for
 *  true. */
function PlaceNote({ place, doubt }: { readonly place: Place | null; readonly doubt: DoubtReason | undefined }) {
  if (doubt === undefined)
    return place === null ? (
      <p className="help">It has sent no position, so it is not on the map. The map goes there once it does.</p>
    ) : null
  return (
    <p className="help">
      The position it sent last is doubted: {doubtWords(doubt)}.{' '}
      {place === null
        ? 'So it is not on the map. The map goes there once it sends another.'
        : 'The map shows the one before.'}
    </p>
  )
}
