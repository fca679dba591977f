// A map of the city in a React component: streets, theme, zoom buttons, attribution. A page adds in
// `onMap` what it draws on top.
import { Map as MapLibre, prewarm, setWorkerCount, setWorkerUrl } from 'maplibre-gl'
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import { useEffect, useRef, useState, useSyncExternalStore, type ReactNode } from 'react'
import type { GeoJSONSource } from 'maplibre-gl'
import { Icon } from '../shell/icons.tsx'
import { useReducedMotion, useTheme, type Theme } from '../shell/theme.ts'
import type { Bounds } from './bounds.ts'
import { cityStyle, mapPalettes, paintOf } from './map-style.ts'
import type { StreetFeatures } from './street-geojson.ts'
import { city, cityBounds, loadCity } from './street-map.ts'

// A bundled MapLibre cannot find its worker by itself, and stays blank without a word.
setWorkerUrl(workerUrl)
setWorkerCount(1)
// The worker starts with this module and outlives each map, so that going back to one is quick.
prewarm()

export type MapReady = (map: MapLibre) => undefined | (() => void)

export type Padding = { readonly top: number; readonly right: number; readonly bottom: number; readonly left: number }

type Props = {
  /** A description of the map for who does not see it. */
  readonly label: string
  /** The bounds the map opens at; the city without it. Only the first value counts. */
  readonly bounds?: Bounds | undefined
  /** The bounds that *Show all* shows, asked when it is pressed; those the map opened at without
   *  it, or when it gives nothing. */
  readonly all?: () => Bounds | undefined
  /** Called once the style is there; the returned function when the map goes. Must not change from
   *  render to render. */
  readonly onMap: MapReady
  /** Pixels that something of the page covers, kept free when the map shows everything. Asked each
   *  time; must not change from render to render. */
  readonly covered?: () => Padding
  readonly onTheme?: (map: MapLibre, theme: Theme) => void
  readonly children?: ReactNode
}

const margin = 32
const nothingCovered = (): Padding => ({ top: margin, right: margin, bottom: margin, left: margin })

export function CityMap({ label, bounds, all, onMap, covered = nothingCovered, onTheme, children }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const [map, setMap] = useState<MapLibre | null>(null)
  const [broken, setBroken] = useState(false)
  const theme = useTheme()
  const reducedMotion = useReducedMotion()
  const streets = useSyncExternalStore(city.subscribe, city.get)
  const opening = useRef({ bounds, theme, label, reducedMotion, padding: covered() })
  const placed = useRef(bounds !== undefined)

  useEffect(() => {
    const container = box.current
    if (container === null) return
    loadCity()
    const opened = openMap(container, opening.current)
    if (opened === null) return setBroken(true)
    opened.once('load', () => setMap(opened))
    return () => {
      setMap(null)
      opened.remove()
    }
  }, [])

  useEffect(() => (map === null ? undefined : onMap(map)), [map, onMap])

  useEffect(() => {
    if (map === null) return
    for (const [layer, property, colour] of paintOf(mapPalettes[theme]))
      map.setPaintProperty(layer, property as 'line-color', colour)
    onTheme?.(map, theme)
  }, [map, theme, onTheme])

  useEffect(() => {
    if (map === null || streets.areas === null) return
    void map.getSource<GeoJSONSource>('areas')?.setData(streets.areas)
  }, [map, streets.areas])

  // The main roads first, and all streets once those are on the screen: to draw all at once would
  // keep the first sight of the city back.
  const [painted, setPainted] = useState(false)
  useEffect(() => {
    if (map === null || streets.mainRoads === null) return
    return drawStreets(map, streets.mainRoads, () => setPainted(true))
  }, [map, streets.mainRoads])
  useEffect(() => {
    if (map === null || streets.streets === null || !painted) return
    return drawStreets(map, streets.streets)
  }, [map, streets.streets, painted])

  useEffect(() => {
    if (map === null || streets.core === null || placed.current) return
    placed.current = true
    map.fitBounds([...streets.core] as [number, number, number, number], { padding: covered(), animate: false })
  }, [map, streets.core, covered])

  const fit = (): void => {
    const [west, south, east, north] = all?.() ?? opening.current.bounds ?? streets.bounds ?? cityBounds
    map?.fitBounds([west, south, east, north], { padding: covered(), animate: !reducedMotion, maxZoom: 16 })
  }

  return (
    <div className="city-map" data-testid="map" data-ready={map !== null}>
      <div className="map-box" ref={box} />
      {broken ? (
        <p className="map-note" role="alert">
          This browser has no WebGL 2, which the map needs. Everything it shows is also in the lists.
        </p>
      ) : null}
      {streets.failed ? (
        <p className="map-note" role="status">
          The streets did not load.{' '}
          <button type="button" className="link" onClick={loadCity}>
            Try again
          </button>
        </p>
      ) : null}
      <div className="map-buttons" role="group" aria-label="Map view">
        <button
          type="button"
          className="icon-button"
          aria-label="Zoom in"
          onClick={() => map?.zoomIn({ animate: !reducedMotion })}
        >
          <Icon name="plus" />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label="Zoom out"
          onClick={() => map?.zoomOut({ animate: !reducedMotion })}
        >
          <Icon name="minus" />
        </button>
        <button type="button" className="icon-button" aria-label="Show all" onClick={fit}>
          <Icon name="fit" />
        </button>
      </div>
      <p className="attribution">
        <a href="https://www.openstreetmap.org/copyright" target="_blank" rel="noreferrer">
          {streets.attribution}
        </a>
      </p>
      {children}
    </div>
  )
}

type Opening = {
  readonly bounds: Props['bounds']
  readonly theme: Theme
  readonly label: string
  readonly reducedMotion: boolean
  readonly padding: Padding
}

/** Null when the browser has no WebGL 2. */
function openMap(container: HTMLElement, { bounds, theme, label, reducedMotion, padding }: Opening): MapLibre | null {
  const [west, south, east, north] = bounds ?? cityBounds
  try {
    const map = new MapLibre({
      container,
      style: cityStyle(mapPalettes[theme]),
      bounds: [west, south, east, north],
      fitBoundsOptions: { padding, maxZoom: 16 },
      attributionControl: false,
      maxZoom: 19.5,
      maxPitch: 0,
      pitchWithRotate: false,
      fadeDuration: reducedMotion ? 0 : 150,
      locale: { 'Map.Title': label },
    })
    map.touchZoomRotate.disableRotation()
    map.on('error', ({ error }) => console.error(error.message))
    return map
  } catch {
    return null
  }
}

/** Gives the map its streets and tells when they are on the screen; the first time is marked as
 *  `performance.mark('map-painted')`. Returns how to stop telling. */
function drawStreets(map: MapLibre, streets: StreetFeatures, onPainted?: () => void): () => void {
  const check = (): void => {
    if (!map.isSourceLoaded('streets')) return
    map.off('render', check)
    if (performance.getEntriesByName('map-painted').length === 0) performance.mark('map-painted')
    onPainted?.()
  }
  void map.getSource<GeoJSONSource>('streets')?.setData(streets)
  map.on('render', check)
  return () => map.off('render', check)
}
