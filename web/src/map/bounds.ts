// The smallest box around places on the globe, wherever they are: one that crosses the antimeridian
// has its east beyond 180°.
import type { TrackColumns } from '../../../src/api/contract.ts'
import { anchor, carStride, column, type CarFrame } from '../live/car-columns.ts'
import { latOfMercator, lonOfMercator } from './mercator.ts'

/** Degrees; −180 ≤ west ≤ 180, west ≤ east < west + 360. */
export type Bounds = readonly [west: number, south: number, east: number, north: number]

/** Some 100 m on each side: a single place is no box. */
const marginDegrees = 0.001

/** The bounds of places given as columns, with a margin; undefined without any. */
export function boundsOfPlaces(lats: readonly number[], lons: readonly number[]): Bounds | undefined {
  if (lats.length === 0) return undefined
  const [west, east] = smallestArc(lons)
  const south = lats.reduce((least, lat) => Math.min(least, lat))
  const north = lats.reduce((most, lat) => Math.max(most, lat))
  return [
    west - marginDegrees,
    Math.max(-90, south - marginDegrees),
    east + marginDegrees,
    Math.min(90, north + marginDegrees),
  ]
}

/** The shortest arc that holds all longitudes: what is left of the circle without the widest gap
 *  between two neighbours. */
function smallestArc(lons: readonly number[]): readonly [west: number, east: number] {
  const sorted = lons.map((lon) => ((((lon + 180) % 360) + 360) % 360) - 180).sort((a, b) => a - b)
  let west = sorted[0] ?? 0
  let east = sorted.at(-1) ?? 0
  let widest = west + 360 - east
  sorted.forEach((lon, index) => {
    const before = sorted[index - 1]
    if (before === undefined || lon - before <= widest) return
    widest = lon - before
    west = lon
    east = before + 360
  })
  return [west, east]
}

/** The bounds of the whole positions of a track; undefined without any. */
export function boundsOfTrack(track: Pick<TrackColumns, 'lat' | 'lon'>): Bounds | undefined {
  const lats: number[] = []
  const lons: number[] = []
  track.lat.forEach((lat, index) => {
    const lon = track.lon[index] ?? null
    if (lat === null || lon === null) return
    lats.push(lat)
    lons.push(lon)
  })
  return boundsOfPlaces(lats, lons)
}

/** The bounds of the cars that the filter lets through; undefined without any. */
export function boundsOfCars({ floats, count }: CarFrame): Bounds | undefined {
  const lats: number[] = []
  const lons: number[] = []
  for (let base = 0; base < count * carStride; base += carStride) {
    if (floats[base + column.shown] !== 1) continue
    lats.push(latOfMercator(anchor.y + (floats[base + column.toY] ?? 0)))
    lons.push(lonOfMercator(anchor.x + (floats[base + column.toX] ?? 0)))
  }
  return boundsOfPlaces(lats, lons)
}
