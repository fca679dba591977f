// The street map of the API as the GeoJSON the map draws: one feature a street name and class, one
// for all unnamed of a class.
import type { StreetClass, StreetMap } from '../../../src/api/contract.ts'
import { joinLines, type Line } from './join-lines.ts'

export type StreetFeatures = GeoJSON.FeatureCollection<
  GeoJSON.MultiLineString,
  { class: StreetClass; name: string | null }
>
export type AreaFeatures = GeoJSON.FeatureCollection<GeoJSON.Polygon, { class: 'water' | 'park' }>

/** Whole degrees × 1e5, the first pair absolute, then differences. An odd number at the end is
 *  dropped. */
export function decodeLine(flat: readonly number[]): Line {
  const points: [number, number][] = []
  let lon = 0
  let lat = 0
  for (let index = 0; index + 1 < flat.length; index += 2) {
    lon += flat[index] ?? 0
    lat += flat[index + 1] ?? 0
    points.push([lon / 1e5, lat / 1e5])
  }
  return points
}

export function streetFeatures(map: Pick<StreetMap, 'streets'>): StreetFeatures {
  const groups = new Map<string, { class: StreetClass; name: string | null; lines: Line[] }>()
  for (const street of map.streets) {
    const group = `${street.class}\n${street.name ?? ''}`
    const known = groups.get(group)
    if (known === undefined)
      groups.set(group, { class: street.class, name: street.name, lines: [decodeLine(street.line)] })
    else known.lines.push(decodeLine(street.line))
  }
  return {
    type: 'FeatureCollection',
    features: [...groups.values()].map((group) => ({
      type: 'Feature',
      properties: { class: group.class, name: group.name },
      geometry: {
        type: 'MultiLineString',
        coordinates: joinLines(group.lines).map((line) => line.map(([lon, lat]) => [lon, lat])),
      },
    })),
  }
}

export function areaFeatures(map: Pick<StreetMap, 'areas'>): AreaFeatures {
  return {
    type: 'FeatureCollection',
    features: map.areas.map((area) => ({
      type: 'Feature',
      properties: { class: area.class },
      geometry: {
        type: 'Polygon',
        coordinates: area.rings.map((ring) => decodeLine(ring).map(([lon, lat]) => [lon, lat])),
      },
    })),
  }
}

/** Where most of the streets begin: the middle seven tenths in each direction,
 *  `[west, south, east, north]`. The bounds a map opens on, so that the city fills it; `bounds`
 *  when there are no streets. */
export function coreOf({ streets, bounds }: Pick<StreetMap, 'streets' | 'bounds'>): StreetMap['bounds'] {
  const middle = (axis: 0 | 1): readonly [number, number] | undefined => {
    const starts = streets.flatMap(({ line }) => line[axis] ?? []).sort((a, b) => a - b)
    const [low, high] = [starts[Math.floor(starts.length * 0.15)], starts[Math.floor(starts.length * 0.85)]]
    return low === undefined || high === undefined ? undefined : [low / 1e5, high / 1e5]
  }
  const [lon, lat] = [middle(0), middle(1)]
  return lon === undefined || lat === undefined ? bounds : [lon[0], lat[0], lon[1], lat[1]]
}
