// The way of a trip, coloured by speed, with the car where the replay is. Pointing at the way sets
// the replay.
import type { ExpressionSpecification, Map as MapLibre, MapMouseEvent } from 'maplibre-gl'
import { useCallback, useEffect, useState } from 'react'
import { carPalettes } from '../map/car-layer.ts'
import { boundsOfTrack } from '../map/bounds.ts'
import { CityMap } from '../map/city-map.tsx'
import { addOverlay, placedEnds, pointFeature, setOverlay } from '../map/overlay.ts'
import type { Store } from '../live/store.ts'
import type { Theme } from '../shell/theme.ts'
import { seek, type Replay } from './replay.ts'
import { instantNear, pointAt, routeBySpeed, speedSteps, type Columns } from './track.ts'

/** One colour a speed step, from slow to fast; equal steps of lightness for those who do not see
 *  the hues. */
const stepColours = {
  light: ['#7a1d6e', '#b5305f', '#dd5a46', '#c98a00', '#3f9142', '#1668b8'],
  dark: ['#c86bd8', '#f0719d', '#ff9478', '#f0bf45', '#7fd182', '#74baff'],
} as const
const unknownColour = '#8b95a3'

const stepColour = (theme: Theme) =>
  [
    'match',
    ['get', 'step'],
    ...stepColours[theme].flatMap((colour, step) => [step, colour]),
    unknownColour,
  ] as unknown as ExpressionSpecification

/** The legend and the buttons lie over the map. */
const covered = () => ({ top: 32, right: 64, bottom: 92, left: 32 })

type Props = { readonly track: Columns; readonly replay: Store<Replay>; readonly label: string }

export function TripMap({ track, replay, label }: Props) {
  const [map, setMap] = useState<MapLibre | null>(null)
  const onMap = useCallback((ready: MapLibre) => {
    const round = { 'line-cap': 'round', 'line-join': 'round' } as const
    addOverlay(ready, 'route', [
      { id: 'route-casing', type: 'line', layout: round, paint: { 'line-width': 8, 'line-opacity': 0.9 } },
      { id: 'route', type: 'line', layout: round, paint: { 'line-width': 4.5 } },
      { id: 'route-touch', type: 'line', paint: { 'line-width': 26, 'line-opacity': 0 } },
    ])
    addOverlay(ready, 'ends', [
      { id: 'ends', type: 'circle', paint: { 'circle-radius': 5, 'circle-stroke-width': 2.5 } },
    ])
    addOverlay(ready, 'replay-car', [
      { id: 'replay-car', type: 'circle', paint: { 'circle-radius': 8, 'circle-stroke-width': 3 } },
    ])
    setMap(ready)
    return () => setMap(null)
  }, [])
  const onTheme = useCallback((ready: MapLibre, theme: Theme) => {
    if (ready.getLayer('route') === undefined) return
    const { outline, ring, moving } = carPalettes[theme]
    ready.setPaintProperty('route-casing', 'line-color', outline)
    ready.setPaintProperty('route', 'line-color', stepColour(theme))
    ready.setPaintProperty('ends', 'circle-color', outline)
    ready.setPaintProperty('ends', 'circle-stroke-color', ring)
    ready.setPaintProperty('replay-car', 'circle-color', moving)
    ready.setPaintProperty('replay-car', 'circle-stroke-color', outline)
  }, [])

  useEffect(() => {
    if (map === null) return
    setOverlay(map, 'route', routeBySpeed(track))
    const ends = (placedEnds(track) ?? []).map((index) => pointAt(track, track.at[index] ?? 0))
    setOverlay(map, 'ends', {
      type: 'FeatureCollection',
      features: ends.flatMap((end) => (end === null ? [] : [pointFeature(end.lat, end.lon)])),
    })
  }, [map, track])

  useEffect(() => {
    if (map === null) return
    const place = (): void => {
      const point = pointAt(track, replay.get().at)
      setOverlay(
        map,
        'replay-car',
        point === null ? { type: 'FeatureCollection', features: [] } : pointFeature(point.lat, point.lon),
      )
    }
    const take = ({ lngLat, type }: MapMouseEvent): void => {
      if (type === 'mousemove' && replay.get().playing) return
      const at = instantNear(track, lngLat.lat, lngLat.lng)
      if (at !== undefined) replay.set(seek(replay.get(), at))
    }
    const stop = replay.subscribe(place)
    place()
    map.on('mousemove', 'route-touch', take)
    map.on('click', 'route-touch', take)
    return () => {
      stop()
      map.off('mousemove', 'route-touch', take)
      map.off('click', 'route-touch', take)
    }
  }, [map, track, replay])

  return (
    <div className="map-frame">
      <CityMap label={label} bounds={boundsOfTrack(track)} covered={covered} onMap={onMap} onTheme={onTheme}>
        <ul className="speed-legend" aria-label="Colours of speed in km/h">
          {speedSteps.map((from, step) => (
            <li key={from}>
              <span className={`swatch step-${step}`} aria-hidden="true" />
              {speedSteps[step + 1] === undefined ? `${from}+` : `${from}–${speedSteps[step + 1]}`}
            </li>
          ))}
          <li className="legend-unit">km/h</li>
        </ul>
      </CityMap>
    </div>
  )
}
