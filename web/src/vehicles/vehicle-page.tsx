// One vehicle: what it last said, signal by signal, where it has been, and what became of its
// messages.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Tabs } from '@base-ui/react/tabs'
import { Link, useLocation, useSearch } from 'wouter'
import type { VehicleDetail } from '../../../src/api/contract.ts'
import { alertsQuery, tripsQuery, vehicleQuery, vehicleSessionQuery } from '../api/queries.ts'
import { AlertList } from '../alerts/alert-list.tsx'
import { AnomalyNotice, VehicleAnomalies } from '../anomalies/vehicle-anomalies.tsx'
import { formatPercent, formatSpeed } from '../format/units.ts'
import { heardAgo, staleAfterMs } from '../live/car-columns.ts'
import { useLive } from '../live/live-context.tsx'
import { locatePath } from '../live-map/map-filter.ts'
import { EditButton, RegistryFigures } from '../registry/registry-dialog.tsx'
import { ShareButton } from '../shares/share-dialog.tsx'
import { SignalsPanel } from '../series/signals-panel.tsx'
import { Icon } from '../shell/icons.tsx'
import { Age, Heard, Instant } from '../shell/instant.tsx'
import { useNow } from '../shell/now.ts'
import { PageHeader } from '../shell/page-header.tsx'
import { Failed, Loading, Outdated } from '../shell/page-states.tsx'
import { LedgerTable } from '../system/ledger-table.tsx'
import { TripList } from '../trips/trip-list.tsx'
import { ClockBadge, ClockNotice, WhoseClock } from '../twin/clock-badge.tsx'
import {
  energyOf,
  kindName,
  modelName,
  newestClock,
  newestOf,
  powertrainName,
  speedNow,
  textSignal,
} from '../twin/twin-words.ts'
import { RawMessages } from './raw-messages.tsx'
import { StateBadge } from './state-badge.tsx'
import { VehicleTrack } from './vehicle-track.tsx'
import { Figure } from '../shell/figure.tsx'

const tabs = [
  { id: 'signals', name: 'Signals' },
  { id: 'track', name: 'Track' },
  { id: 'trips', name: 'Trips' },
  { id: 'alerts', name: 'Alerts' },
  { id: 'messages', name: 'Messages' },
  { id: 'ledger', name: 'Ledger' },
] as const

export default function VehiclePage({ vehicle }: { readonly vehicle: string }) {
  const { data: twin, error, refetch } = useQuery(vehicleQuery(vehicle))
  const [path, navigate] = useLocation()
  const wanted = new URLSearchParams(useSearch()).get('tab')
  const tab = tabs.find(({ id }) => id === wanted)?.id ?? 'signals'
  const header = (
    <PageHeader title={vehicle} documentTitle={`Vehicle ${vehicle}`} parent={{ href: '/vehicles', name: 'Vehicles' }}>
      <Link className="button small" href={locatePath(vehicle)}>
        <Icon name="map" /> Show on the map
      </Link>
      <Link className="button small" href={locatePath(vehicle, true)}>
        <Icon name="locate" /> Follow
      </Link>
      <EditButton vehicle={vehicle} />
      <ShareButton vehicle={vehicle} />
    </PageHeader>
  )
  if (twin === undefined)
    return (
      <div className="page">
        {header}
        {error === null ? (
          <Loading what="the vehicle" />
        ) : (
          <Failed what="vehicle" error={error} retry={() => void refetch()} />
        )}
      </div>
    )
  return (
    <div className="page">
      {header}
      <Outdated error={error} />
      <ClockNotice clock={twin.carClock} />
      <AnomalyNotice vehicle={vehicle} />
      <Summary vehicle={vehicle} twin={twin} />
      <Tabs.Root
        value={tab}
        onValueChange={(next: string) => navigate(next === 'signals' ? path : `${path}?tab=${next}`, { replace: true })}
      >
        <Tabs.List className="tabs" aria-label="About this vehicle">
          {tabs.map(({ id, name }) => (
            <Tabs.Tab key={id} value={id} className="tab">
              {name}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="signals" className="tab-panel">
          <SignalsPanel vehicle={vehicle} twin={twin} />
        </Tabs.Panel>
        <Tabs.Panel value="track" className="tab-panel">
          <VehicleTrack vehicle={vehicle} measuredAt={twin.at} />
        </Tabs.Panel>
        <Tabs.Panel value="trips" className="tab-panel">
          <VehicleTrips vehicle={vehicle} />
        </Tabs.Panel>
        <Tabs.Panel value="alerts" className="tab-panel">
          <VehicleAlerts vehicle={vehicle} />
        </Tabs.Panel>
        <Tabs.Panel value="messages" className="tab-panel">
          <RawMessages vehicle={vehicle} />
        </Tabs.Panel>
        <Tabs.Panel value="ledger" className="tab-panel">
          <VehicleAnomalies vehicle={vehicle} />
          <LedgerTable vehicle={vehicle} />
        </Tabs.Panel>
      </Tabs.Root>
    </div>
  )
}

const VehicleTrips = ({ vehicle }: { readonly vehicle: string }) => (
  <TripList query={useInfiniteQuery(tripsQuery({ vehicle }))} withVehicle={false} />
)
const VehicleAlerts = ({ vehicle }: { readonly vehicle: string }) => (
  <AlertList query={useInfiniteQuery(alertsQuery({ vehicle }))} withVehicle={false} />
)

function Summary({ vehicle, twin }: { readonly vehicle: string; readonly twin: VehicleDetail }) {
  const nowAt = useNow()
  const car = useLive().now(vehicle)
  const { receivedAt, at, speedKmh } = newestOf(car, { ...twin, speedKmh: speedNow(twin.signals) })
  const ageMs = heardAgo(receivedAt, nowAt)
  const stale = ageMs > staleAfterMs
  return (
    <dl className={stale ? 'figures stale' : 'figures'} data-testid="vehicle-summary">
      <RegistryFigures vehicle={vehicle} />
      <Figure name="State">
        <StateBadge ageMs={ageMs} speedKmh={speedKmh} /> <ClockBadge clock={twin.carClock} />
      </Figure>
      <Figure name="Last heard">
        <Heard receivedAt={receivedAt} />
      </Figure>
      <Figure name="Measured">
        <Age at={at} /> <WhoseClock clock={newestClock(twin.signals)} />{' '}
        {Math.abs(nowAt - at) > staleAfterMs ? (
          <span className="figure-note">
            <Instant at={at} />
          </span>
        ) : null}
      </Figure>
      <ConnectionFigure vehicle={vehicle} />
      <Figure name="Speed">{formatSpeed(speedKmh)}</Figure>
      <Figure name="Fuel or charge">{formatPercent(energyOf(twin.signals))}</Figure>
      <Figure name="Powertrain">{powertrainName(textSignal(twin.signals, 'Vehicle.Powertrain.Type'))}</Figure>
      <Figure name="Kind">{kindName(twin.kind)}</Figure>
      <Figure name="Make and model">{modelName(twin)}</Figure>
    </dl>
  )
}

/** Of its MQTT session, where a gateway can tell. */
function ConnectionFigure({ vehicle }: { readonly vehicle: string }) {
  const { data } = useQuery(vehicleSessionQuery(vehicle))
  if (data === undefined) return null
  return (
    <Figure name="Connection">
      {data === null ? (
        'none'
      ) : (
        <>
          <Link href={`/system?session=${encodeURIComponent(data.clientId)}`}>
            {data.state === 'connected' ? 'Connected' : 'Away'}
          </Link>{' '}
          <span className="figure-note">
            since <Instant at={data.sinceAt} />
          </span>
        </>
      )}
    </Figure>
  )
}
