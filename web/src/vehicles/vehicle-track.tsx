// Where the vehicle has been in the last while that it measured, which need not be up to now.
import { useQuery } from '@tanstack/react-query'
import type { Map as MapLibre } from 'maplibre-gl'
import { useCallback, useEffect, useState } from 'react'
import { vehicleTrackQuery } from '../api/queries.ts'
import { formatInstant } from '../format/time.ts'
import { carPalettes } from '../map/car-layer.ts'
import { boundsOfTrack } from '../map/bounds.ts'
import { CityMap } from '../map/city-map.tsx'
import { addOverlay, placedEnds, pointFeature, setOverlay, trackFeature } from '../map/overlay.ts'
import { Empty, Failed, Loading } from '../shell/page-states.tsx'
import type { Theme } from '../shell/theme.ts'

const windows = [
  { ms: 15 * 60_000, name: 'Last 15 minutes' },
  { ms: 60 * 60_000, name: 'Last hour' },
  { ms: 6 * 3_600_000, name: 'Last 6 hours' },
  { ms: 24 * 3_600_000, name: 'Last 24 hours' },
] as const

export function VehicleTrack({ vehicle, measuredAt }: { readonly vehicle: string; readonly measuredAt: number }) {
  const [windowMs, setWindowMs] = useState<number>(windows[1].ms)
  const { data: track, error, refetch } = useQuery(vehicleTrackQuery(vehicle, windowMs, measuredAt))
  const [map, setMap] = useState<MapLibre | null>(null)
  const onMap = useCallback((ready: MapLibre) => {
    addOverlay(ready, 'track', [
      { id: 'track', type: 'line', layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-width': 4 } },
    ])
    addOverlay(ready, 'last', [
      { id: 'last', type: 'circle', paint: { 'circle-radius': 7, 'circle-stroke-width': 2.5 } },
    ])
    setMap(ready)
    return () => setMap(null)
  }, [])
  const onTheme = useCallback((ready: MapLibre, theme: Theme) => {
    if (ready.getLayer('track') === undefined) return
    ready.setPaintProperty('track', 'line-color', carPalettes[theme].moving)
    ready.setPaintProperty('last', 'circle-color', carPalettes[theme].moving)
    ready.setPaintProperty('last', 'circle-stroke-color', carPalettes[theme].outline)
  }, [])
  useEffect(() => {
    if (map === null || track === undefined) return
    setOverlay(map, 'track', trackFeature(track))
    const [, last = -1] = placedEnds(track) ?? []
    const [lat, lon] = [track.lat[last] ?? null, track.lon[last] ?? null]
    setOverlay(
      map,
      'last',
      lat === null || lon === null ? { type: 'FeatureCollection', features: [] } : pointFeature(lat, lon),
    )
  }, [map, track])
  const bounds = track === undefined ? undefined : boundsOfTrack(track)

  return (
    <>
      <div className="filters">
        <label className="select-label">
          <span className="for-readers">Time</span>
          <select value={windowMs} onChange={(event) => setWindowMs(Number(event.target.value))}>
            {windows.map(({ ms, name }) => (
              <option key={ms} value={ms}>
                {name}
              </option>
            ))}
          </select>
        </label>
        {track === undefined ? null : (
          <span className="help" role="status">
            {track.at.length === 0
              ? 'No points'
              : `${track.at.length} points since ${formatInstant(track.at[0] ?? 0, Date.now())}${track.truncated ? ', cut at the limit of one answer' : ''}`}
          </span>
        )}
      </div>
      {track === undefined ? (
        error === null ? (
          <Loading what="the track" />
        ) : (
          <Failed what="track" error={error} retry={() => void refetch()} />
        )
      ) : bounds === undefined ? (
        <Empty title="No position in this time">Choose a longer time, or look at its trips.</Empty>
      ) : (
        <div className="map-frame">
          <CityMap key={windowMs} label={`Where ${vehicle} has been`} bounds={bounds} onMap={onMap} onTheme={onTheme} />
        </div>
      )}
    </>
  )
}
