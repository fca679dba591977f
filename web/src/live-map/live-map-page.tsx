// The live map: the city, every car, and one of them picked out.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import type { Map as MapLibre } from 'maplibre-gl'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useLocation, useSearch } from 'wouter'
import { alertsQuery } from '../api/queries.ts'
import { useLive } from '../live/live-context.tsx'
import { boundsOfCars, type Bounds } from '../map/bounds.ts'
import { CityMap, type Padding } from '../map/city-map.tsx'
import { carPalettes } from '../map/car-layer.ts'
import { usePageTitle } from '../shell/page-header.tsx'
import { useReducedMotion, type Theme } from '../shell/theme.ts'
import { createCarView, type CarView } from './car-view.ts'
import { CarCard } from './car-card.tsx'
import { mapViewPath, parseMapView, type MapView } from './map-filter.ts'
import { MapPanel, phoneWidthPx } from './map-panel.tsx'
import { powertrainSetQuery } from './powertrain-set.ts'

/** The panel lies over the map: at its left, or on a phone at its foot. */
function coveredByPanel(): Padding {
  const margin = 24
  const even = { top: margin, right: margin, bottom: margin, left: margin }
  const panel = document.querySelector('.map-panel')?.getBoundingClientRect()
  if (panel === undefined) return innerWidth < phoneWidthPx ? { ...even, bottom: 150 } : { ...even, left: 352 }
  return innerWidth < phoneWidthPx
    ? { ...even, bottom: margin + panel.height }
    : { ...even, right: 60, left: margin + panel.right }
}

export default function LiveMapPage() {
  usePageTitle('Live map')
  const live = useLive()
  const [, navigate] = useLocation()
  const view = parseMapView(useSearch())
  const reducedMotion = useReducedMotion()
  const [cars, setCars] = useState<CarView | null>(null)
  const alerts = useInfiniteQuery(alertsQuery({}))
  const recent = useMemo(() => alerts.data?.pages[0]?.rows.slice(0, 20) ?? [], [alerts.data])
  const latest = useRef(view)
  latest.current = view

  const change = useCallback(
    (patch: Partial<MapView>) => navigate(mapViewPath({ ...latest.current, ...patch }), { replace: true }),
    [navigate],
  )
  const select = useCallback((vehicle: string | null) => change({ vehicle, follow: false }), [change])

  const onMap = useCallback(
    (map: MapLibre) => {
      const opened = createCarView(map, live, {
        select,
        unfollow: () => latest.current.follow && change({ follow: false }),
        openAlert: (id) => navigate(`/alerts/${encodeURIComponent(id)}`),
      })
      setCars(opened)
      return () => {
        setCars(null)
        opened.close()
      }
    },
    [live, select, change, navigate],
  )
  const allCars = (): Bounds | undefined => {
    const frame = live.frame()
    return frame === null ? undefined : boundsOfCars(frame)
  }
  const onTheme = useCallback((_: MapLibre, theme: Theme) => cars?.setPalette(carPalettes[theme], theme), [cars])

  const { data: ofPowertrain } = useQuery(powertrainSetQuery(view.powertrain))
  const { state, search, powertrain, vehicle, follow } = view
  useEffect(
    () => live.setFilter({ state, search, vehicles: powertrain === 'all' ? null : (ofPowertrain ?? new Set()) }),
    [live, state, search, powertrain, ofPowertrain],
  )
  useEffect(() => () => live.setFilter({ state: 'all', search: '', vehicles: null }), [live])
  useEffect(() => cars?.setGlide(!reducedMotion), [cars, reducedMotion])
  useEffect(() => cars?.setSelected(vehicle), [cars, vehicle])
  useEffect(() => cars?.setFollow(follow), [cars, follow])
  useEffect(() => cars?.setAlerts(recent), [cars, recent])

  return (
    <div className="live-map">
      <h1 className="for-readers">Live map</h1>
      <CityMap
        label="Live map of the city. Arrow keys move it, plus and minus zoom, N and P walk through the cars in view."
        covered={coveredByPanel}
        all={allCars}
        onMap={onMap}
        onTheme={onTheme}
      />
      <MapPanel view={view} change={change} alerts={recent} step={(by) => cars?.step(by)}>
        {vehicle === null ? null : (
          <CarCard
            vehicle={vehicle}
            follow={follow}
            onFollow={(next) => change({ follow: next })}
            onLocate={() => cars?.locate()}
            onClose={() => select(null)}
          />
        )}
      </MapPanel>
    </div>
  )
}
