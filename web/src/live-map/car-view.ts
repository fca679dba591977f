// The cars on a map and what one does with them: pick, walk through, follow, draw the tail of the
// one picked out. No React in here.
import type { Map as MapLibre, MapMouseEvent } from 'maplibre-gl'
import type { Alert, TrackColumns } from '../../../src/api/contract.ts'
import { getJson } from '../api/client.ts'
import type { LiveClient } from '../live/live-client.ts'
import { createCarLayer, type CarPalette } from '../map/car-layer.ts'
import { latOfMercator, lonOfMercator } from '../map/mercator.ts'
import { addOverlay, pointFeature, setOverlay, trackFeature } from '../map/overlay.ts'
import { carsInView, carsNear } from '../map/pick-car.ts'
import type { Theme } from '../shell/theme.ts'
import { createTail } from './tail.ts'

export type CarView = {
  setPalette(palette: CarPalette, theme: Theme): void
  setGlide(glide: boolean): void
  setSelected(vehicle: string | null): void
  setFollow(follow: boolean): void
  setAlerts(alerts: readonly Alert[]): void
  /** Selects the next (1) or previous (−1) car in view. */
  step(by: 1 | -1): void
  /** Moves the map to the selected car. */
  locate(): void
  close(): void
}

type Hooks = { select(vehicle: string | null): void; unfollow(): void; openAlert(id: string): void }

const pickPx = 18
const tailMs = 10 * 60_000
const streetZoom = 15
/** Older alerts, and withdrawn ones, are in the list, not on the map. */
const alertAgeMs = 24 * 3_600_000
/** Rows not stored yet at the first look are by now. */
const tailReloadMs = 20_000

export function createCarView(map: MapLibre, live: LiveClient, hooks: Hooks): CarView {
  const layer = createCarLayer(live)
  let selected: string | null = null
  let follow = false
  let glide = true
  /** A car named in the address may not have reported yet: the map goes there when it does. */
  let located = true
  let tail = createTail(tailMs)
  let loading: AbortController | undefined
  let reload: ReturnType<typeof setTimeout> | undefined

  addOverlay(map, 'tail', [
    {
      id: 'tail',
      type: 'line',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-width': 3.5, 'line-opacity': 0.75 },
    },
  ])
  addOverlay(map, 'alerts', [
    {
      id: 'alerts-halo',
      type: 'circle',
      paint: { 'circle-radius': ['interpolate', ['linear'], ['zoom'], 10, 8, 14, 14], 'circle-opacity': 0.18 },
    },
    {
      id: 'alerts',
      type: 'circle',
      paint: { 'circle-radius': ['interpolate', ['linear'], ['zoom'], 10, 3.5, 14, 6], 'circle-stroke-width': 1.5 },
    },
  ])
  map.addLayer(layer)

  const place = (): { lat: number; lon: number } | undefined => {
    const now = selected === null ? undefined : live.now(selected)
    return now === undefined ? undefined : { lat: latOfMercator(now.y), lon: lonOfMercator(now.x) }
  }

  function locate(): void {
    const at = place()
    located = at !== undefined
    if (at === undefined) return
    const camera = {
      center: [at.lon, at.lat] as [number, number],
      zoom: Math.max(map.getZoom(), streetZoom),
      ...panelOffset(map),
    }
    if (glide) map.easeTo({ ...camera, duration: 500 })
    else map.jumpTo(camera)
  }

  function onTick(): void {
    if (selected === null) return
    if (!located) locate()
    const now = live.now(selected)
    if (now === undefined) return
    if (tail.add(now.at, latOfMercator(now.y), lonOfMercator(now.x)))
      setOverlay(map, 'tail', trackFeature(tail.columns()))
    if (follow && !map.isMoving()) follows()
  }

  function follows(): void {
    const at = place()
    if (at === undefined) return
    const center: [number, number] = [at.lon, at.lat]
    if (glide)
      map.easeTo(
        { center, duration: 900, easing: (part) => part, essential: true, ...panelOffset(map) },
        { following: true },
      )
    else map.jumpTo({ center })
  }

  async function loadTail(vehicle: string): Promise<void> {
    const mine = new AbortController()
    loading = mine
    const to = live.now(vehicle)?.at ?? Date.now()
    const track = await getJson<TrackColumns>(
      `/vehicles/${encodeURIComponent(vehicle)}/track`,
      { from: to - tailMs, to: to + 60_000 },
      mine.signal,
    ).catch(() => undefined)
    if (track === undefined || mine.signal.aborted || selected !== vehicle) return
    tail.setStored(track)
    setOverlay(map, 'tail', trackFeature(tail.columns()))
    reload = setTimeout(() => void loadTail(vehicle), tailReloadMs)
  }

  const pick = (event: MapMouseEvent): void => {
    const frame = live.frame()
    const view = layer.view()
    const [slot] = frame === null || view === null ? [] : carsNear(frame, view, event.point, pickPx, Date.now())
    if (slot !== undefined) return hooks.select(live.vehicleIn(slot) ?? null)
    const [alert] = map.queryRenderedFeatures(event.point, { layers: ['alerts-halo'] })
    const id: unknown = alert?.properties['id']
    if (typeof id === 'string') hooks.openAlert(id)
    else hooks.select(null)
  }

  function step(by: 1 | -1): void {
    const frame = live.frame()
    const view = layer.view()
    if (frame === null || view === null) return
    const slots = carsInView(frame, view, Date.now())
    const at = slots.findIndex((slot) => live.vehicleIn(slot) === selected)
    const next = slots[at === -1 ? (by === 1 ? 0 : slots.length - 1) : (at + by + slots.length) % slots.length]
    if (next !== undefined) hooks.select(live.vehicleIn(next) ?? null)
  }

  const onKey = (event: KeyboardEvent): void => {
    if (event.key === 'n') step(1)
    else if (event.key === 'p') step(-1)
    else if (event.key === 'Escape') hooks.select(null)
  }
  const onDrag = (): void => hooks.unfollow()
  const onMove = (event: MapMouseEvent): void => {
    const frame = live.frame()
    const view = layer.view()
    const over =
      frame !== null && view !== null && carsNear(frame, view, event.point, pickPx / 2, Date.now()).length > 0
    map.getCanvas().style.cursor = over ? 'pointer' : ''
  }

  const canvas = map.getCanvas()
  map.on('click', pick)
  map.on('dragstart', onDrag)
  map.on('mousemove', onMove)
  canvas.addEventListener('keydown', onKey)
  const stopTicks = live.onTick(onTick)

  return {
    setPalette(palette, theme) {
      layer.setPalette(palette)
      const danger = theme === 'dark' ? '#ff7a70' : '#c8281c'
      map.setPaintProperty('tail', 'line-color', palette.moving)
      map.setPaintProperty('alerts-halo', 'circle-color', danger)
      map.setPaintProperty('alerts', 'circle-color', danger)
      map.setPaintProperty('alerts', 'circle-stroke-color', palette.outline)
    },
    setGlide(next) {
      glide = next
      layer.setGlide(next)
    },
    setSelected(vehicle) {
      if (vehicle === selected) return
      selected = vehicle
      layer.setSelected(vehicle)
      loading?.abort()
      clearTimeout(reload)
      tail = createTail(tailMs)
      setOverlay(map, 'tail', trackFeature(tail.columns()))
      if (vehicle === null) return
      void loadTail(vehicle)
      const at = place()
      if (at === undefined || !map.getBounds().contains([at.lon, at.lat])) locate()
    },
    setFollow(next) {
      follow = next
      if (next) locate()
    },
    setAlerts: (alerts) =>
      setOverlay(map, 'alerts', {
        type: 'FeatureCollection',
        features: alerts.flatMap(({ id, at, receivedAt, place, status }) =>
          place === null || status === 'withdrawn' || (receivedAt ?? at) < Date.now() - alertAgeMs
            ? []
            : [pointFeature(place.lat, place.lon, { id })],
        ),
      }),
    step,
    locate,
    close() {
      loading?.abort()
      clearTimeout(reload)
      stopTicks()
      map.off('click', pick)
      map.off('dragstart', onDrag)
      map.off('mousemove', onMove)
      canvas.removeEventListener('keydown', onKey)
    },
  }
}

/** On a phone the panel covers the lower half: the car belongs in the half that is seen. */
const panelOffset = (map: MapLibre): { offset: [number, number] } => {
  const { clientWidth, clientHeight } = map.getCanvas()
  return { offset: clientWidth < 640 ? [0, -clientHeight * 0.2] : [0, 0] }
}
