// The page of who has a link: where the vehicle is and how it does, and until when that is shown.
// No account, no navigation; the token stays behind the # of the address.
import { useQuery } from '@tanstack/react-query'
import type { Map as MapLibre } from 'maplibre-gl'
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { SharedVehicle } from '../../../src/api/contract.ts'
import { isSignedOut } from '../api/client.ts'
import { formatDistance, formatPercent, formatSpeed } from '../format/units.ts'
import { heardAgo } from '../live/car-columns.ts'
import { LiveProvider, useLive } from '../live/live-context.tsx'
import { carPalettes, createCarLayer, type CarLayer } from '../map/car-layer.ts'
import { CityMap } from '../map/city-map.tsx'
import { latOfMercator, lonOfMercator } from '../map/mercator.ts'
import { addOverlay, setOverlay, trackFeature } from '../map/overlay.ts'
import { Figure } from '../shell/figure.tsx'
import { Mark } from '../shell/icons.tsx'
import { Heard, Instant } from '../shell/instant.tsx'
import { useNow } from '../shell/now.ts'
import { usePageTitle } from '../shell/page-header.tsx'
import { Failed, Loading, Outdated } from '../shell/page-states.tsx'
import { useReducedMotion, type Theme } from '../shell/theme.ts'
import { StateBadge } from '../vehicles/state-badge.tsx'
import { sharedQuery, sharedTrackQuery } from './share-queries.ts'
import { tokenOf } from './share-words.ts'

const subscribeToHash = (changed: () => void): (() => void) => {
  addEventListener('hashchange', changed)
  return () => removeEventListener('hashchange', changed)
}

export default function SharePage() {
  const token = tokenOf(useSyncExternalStore(subscribeToHash, () => location.hash))
  return token === null ? <Ended /> : <Shared key={token} token={token} />
}

function Ended() {
  usePageTitle('A link that has ended')
  return (
    <main className="alone">
      <div className="card narrow" data-testid="share-ended">
        <p className="brand">
          <Mark /> Roadstream
        </p>
        <h1>This link shows nothing any more</h1>
        <p>It has ended, or is not whole. Ask whoever sent it for another one.</p>
      </div>
    </main>
  )
}

function Shared({ token }: { readonly token: string }) {
  const { data, error, refetch } = useQuery(sharedQuery(token))
  const hasEnded = useNow() >= (data?.until ?? Number.POSITIVE_INFINITY)
  if (hasEnded || isSignedOut(error)) return <Ended />
  if (data === undefined)
    return (
      <main className="alone">
        {error === null ? (
          <Loading what="the vehicle" />
        ) : (
          <Failed what="vehicle" error={error} retry={() => void refetch()} />
        )}
      </main>
    )
  return (
    <LiveProvider token={token}>
      <SharedView token={token} shared={data} error={error} />
    </LiveProvider>
  )
}

type ViewProps = { readonly token: string; readonly shared: SharedVehicle; readonly error: Error | null }

function SharedView({ token, shared, error }: ViewProps) {
  const { vehicle, until, trip } = shared
  usePageTitle(`Where ${vehicle} is`)
  return (
    <main className="share-page">
      <header className="share-head">
        <p className="brand">
          <Mark /> Roadstream
        </p>
        <h1>{vehicle}</h1>
        <p className="help">
          Shown until <Instant at={until} />
        </p>
      </header>
      <SharedMap vehicle={vehicle} token={trip === null ? null : token} place={shared.place} />
      <Outdated error={error} />
      <Values shared={shared} />
    </main>
  )
}

function Values({ shared }: { readonly shared: SharedVehicle }) {
  const { vehicle, receivedAt, speedKmh, energyPercent, place, trip } = shared
  const nowAt = useNow()
  const car = useLive().now(vehicle)
  const heardAt = Math.max(car?.receivedAt ?? 0, receivedAt ?? 0) || null
  const speed = car === undefined ? speedKmh : car.speedKmh
  return (
    <dl className="figures" data-testid="shared-values">
      <Figure name="State">
        <StateBadge ageMs={heardAgo(heardAt, nowAt)} speedKmh={speed} />
      </Figure>
      <Figure name="Last heard">{heardAt === null ? 'not yet' : <Heard receivedAt={heardAt} />}</Figure>
      <Figure name="Speed">{formatSpeed(speed)}</Figure>
      <Figure name="Fuel or charge">{formatPercent(energyPercent)}</Figure>
      {place === null && car === undefined ? <Figure name="Place">not known</Figure> : null}
      {trip === null ? null : (
        <>
          <Figure name="On its way since">
            <Instant at={trip.startAt} />
          </Figure>
          <Figure name="Driven">{formatDistance(trip.distanceM)}</Figure>
        </>
      )}
    </dl>
  )
}

type MapProps = {
  readonly vehicle: string
  readonly place: SharedVehicle['place']
  /** Null: no way is shown. */
  readonly token: string | null
}

const streetZoom = 15

/** The map follows the vehicle until a hand moves it; *Show all* goes back to it. */
function SharedMap({ vehicle, place, token }: MapProps) {
  const live = useLive()
  const reducedMotion = useReducedMotion()
  const [map, setMap] = useState<MapLibre | null>(null)
  const layer = useRef<CarLayer | null>(null)
  const follows = useRef(true)
  const track = useQuery({ ...sharedTrackQuery(token ?? ''), enabled: token !== null }).data

  const onMap = useCallback(
    (ready: MapLibre) => {
      addOverlay(ready, 'way', [
        {
          id: 'way',
          type: 'line',
          layout: { 'line-cap': 'round', 'line-join': 'round' },
          paint: { 'line-width': 4, 'line-opacity': 0.75 },
        },
      ])
      const cars = createCarLayer(live)
      cars.setSelected(vehicle)
      ready.addLayer(cars)
      ready.on('dragstart', () => (follows.current = false))
      layer.current = cars
      setMap(ready)
      return () => setMap(null)
    },
    [live, vehicle],
  )
  const onTheme = useCallback((ready: MapLibre, theme: Theme) => {
    layer.current?.setPalette(carPalettes[theme])
    if (ready.getLayer('way') !== undefined) ready.setPaintProperty('way', 'line-color', carPalettes[theme].moving)
  }, [])

  const now = useCallback((): readonly [number, number] | null => {
    const car = live.now(vehicle)
    if (car !== undefined) return [lonOfMercator(car.x), latOfMercator(car.y)]
    return place === null ? null : [place.lon, place.lat]
  }, [live, vehicle, place])

  useEffect(() => layer.current?.setGlide(!reducedMotion), [map, reducedMotion])
  useEffect(() => {
    if (map === null) return
    let isThere = false
    const follow = (): void => {
      const center = now()
      if (center === null || !follows.current) return
      const camera = { center: [...center] as [number, number], zoom: Math.max(map.getZoom(), streetZoom) }
      if (isThere && !reducedMotion) map.easeTo({ ...camera, duration: 900 })
      else map.jumpTo(camera)
      isThere = true
    }
    follow()
    const timer = setInterval(follow, 1000)
    return () => clearInterval(timer)
  }, [map, now, reducedMotion])
  useEffect(() => {
    if (map !== null && track !== undefined) setOverlay(map, 'way', trackFeature(track))
  }, [map, track])

  const all = (): [number, number, number, number] | undefined => {
    const center = now()
    follows.current = true
    if (center === null) return undefined
    const [lon, lat] = center
    return [lon - 0.004, lat - 0.003, lon + 0.004, lat + 0.003]
  }
  return (
    <div className="share-map">
      <CityMap
        label={`Map with ${vehicle}. Arrow keys move it, plus and minus zoom.`}
        all={all}
        onMap={onMap}
        onTheme={onTheme}
      />
    </div>
  )
}
