// Lines and points a page draws over the streets: each a GeoJSON source of its own with its layers,
// added once.
import type { GeoJSONSource, LayerSpecification, Map as MapLibre } from 'maplibre-gl'
import type { TrackColumns } from '../../../src/api/contract.ts'

type OwnLayer = LayerSpecification extends infer Layer
  ? Layer extends { source: string }
    ? Omit<Layer, 'source'>
    : never
  : never

const nothing: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] }

/** Adds an empty source with its layers, below the layer `before` when it is there. */
export function addOverlay(map: MapLibre, id: string, layers: readonly OwnLayer[], before?: string): void {
  if (map.getSource(id) !== undefined) return
  map.addSource(id, { type: 'geojson', data: nothing })
  for (const layer of layers)
    map.addLayer(
      { ...layer, source: id },
      before !== undefined && map.getLayer(before) !== undefined ? before : undefined,
    )
}

export function setOverlay(map: MapLibre, id: string, data: GeoJSON.FeatureCollection | GeoJSON.Feature): void {
  void map.getSource<GeoJSONSource>(id)?.setData(data)
}

/** Between two points farther apart in time the way is not known. */
const gapMs = 30_000

/** A track as lines, cut wherever it has no position and wherever nothing came for a while. */
export function trackFeature(track: Pick<TrackColumns, 'at' | 'lat' | 'lon'>): GeoJSON.Feature {
  const lines: [number, number][][] = []
  let line: [number, number][] = []
  track.lat.forEach((lat, index) => {
    const lon = track.lon[index]
    const known = lat !== null && lon !== null && lon !== undefined
    if (!known || (track.at[index] ?? 0) - (track.at[index - 1] ?? 0) > gapMs) {
      if (line.length > 1) lines.push(line)
      line = []
    }
    if (known) line.push([lon, lat])
  })
  if (line.length > 1) lines.push(line)
  return { type: 'Feature', properties: {}, geometry: { type: 'MultiLineString', coordinates: lines } }
}

export const pointFeature = (lat: number, lon: number, properties: Record<string, unknown> = {}): GeoJSON.Feature => ({
  type: 'Feature',
  properties,
  geometry: { type: 'Point', coordinates: [lon, lat] },
})

/** The first and the last sample with a whole position, as their indices; undefined without any. */
export function placedEnds({
  lat,
  lon,
}: Pick<TrackColumns, 'lat' | 'lon'>): readonly [first: number, last: number] | undefined {
  const placed = (value: number | null, index: number): boolean => value !== null && (lon[index] ?? null) !== null
  const first = lat.findIndex(placed)
  return first === -1 ? undefined : [first, lat.findLastIndex(placed)]
}
