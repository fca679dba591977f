// The way of a car that sends positions and no speed. It has moved when it is 30 m from where it was, which is beyond the noise of a
// receiver at rest; its way there is the line through places a few metres apart, so that corners count as driven.
import { anchorM, bendMost, legM } from './trip-rules.ts'

/** All numbers; NaN = none. */
export type Path = {
  placeFirstAt: number
  placeFirstLat: number
  placeFirstLon: number
  placeLastAt: number
  placeLastLat: number
  placeLastLon: number
  /** Where the car last was counted as having moved to. */
  anchorLat: number
  anchorLon: number
  /** The way from there through places a leg apart, and the last of them. */
  pathM: number
  bendLat: number
  bendLon: number
}

/** What lies between two paths of one car; `moved` when the car is known to have. */
export type Way = { readonly distanceM: number; readonly moved: boolean }

/** Makes the anchor and the way of `a` those of both; `b` is later, and `isMoving` when it has a way of its own. Gives what was driven
 *  from the anchor of `a` to the first place of `b`. */
export function joinPaths(a: Path, b: Path, isMoving: boolean): Way {
  if (Number.isNaN(b.placeFirstLat)) return { distanceM: 0, moved: false }
  const lineM = haversineM(a.anchorLat, a.anchorLon, b.placeFirstLat, b.placeFirstLon)
  const lastLegM = haversineM(a.bendLat, a.bendLon, b.placeFirstLat, b.placeFirstLon)
  const moved = lineM >= anchorM
  if (moved || isMoving || Number.isNaN(lineM)) {
    const distanceM = Number.isNaN(lineM) ? 0 : wayM(a.pathM + lastLegM, lineM)
    a.anchorLat = b.anchorLat
    a.anchorLon = b.anchorLon
    a.pathM = b.pathM
    a.bendLat = b.bendLat
    a.bendLon = b.bendLon
    return { distanceM, moved }
  }
  if (lastLegM >= legM || b.pathM > 0) {
    a.pathM = a.pathM + lastLegM + b.pathM
    a.bendLat = b.bendLat
    a.bendLon = b.bendLon
  }
  return { distanceM: 0, moved: false }
}

/** From the last anchor to the last place: what no anchor was set for yet. */
export function restM({ anchorLat, anchorLon, pathM, bendLat, bendLon, placeLastLat, placeLastLon }: Path): number {
  const lineM = haversineM(anchorLat, anchorLon, placeLastLat, placeLastLon)
  return Number.isNaN(lineM) ? 0 : wayM(pathM + haversineM(bendLat, bendLon, placeLastLat, placeLastLon), lineM)
}

/** Wandering at rest makes a way of any length: it counts for no more than bends would. */
const wayM = (pathM: number, lineM: number): number => Math.min(pathM, bendMost * lineM)

const radians = Math.PI / 180
/** The mean radius R1 of WGS 84 (IUGG). */
const earthM = 6_371_008.8

/** Metres between two places (haversine formula); NaN when one is not known. */
export function haversineM(latA: number, lonA: number, latB: number, lonB: number): number {
  const sinLat = Math.sin(((latB - latA) * radians) / 2)
  const sinLon = Math.sin(((lonB - lonA) * radians) / 2)
  const square = sinLat * sinLat + Math.cos(latA * radians) * Math.cos(latB * radians) * sinLon * sinLon
  return 2 * earthM * Math.asin(Math.min(1, Math.sqrt(square)))
}
