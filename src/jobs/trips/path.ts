// The way of a car that sends positions and no speed. It has moved when it is 30 m from where it was, which is beyond the noise of a
// receiver at rest; its way there is the line through places a few metres apart, so that corners count as driven.
import { legM } from './ellipsoid.ts'
import { anchorM, bendM, bendMost } from './trip-rules.ts'

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

/** Makes the anchor and the way of `a` those of both; `b` is later, and `isMoving` when it has a way of its own. Gives what was driven
 *  from the anchor of `a` to the first place of `b`. */
export function joinPaths(a: Path, b: Path, isMoving: boolean): number {
  if (Number.isNaN(b.placeFirstLat)) return 0
  const lineM = legM(a.anchorLat, a.anchorLon, b.placeFirstLat, b.placeFirstLon)
  const lastLegM = legM(a.bendLat, a.bendLon, b.placeFirstLat, b.placeFirstLon)
  if (lineM >= anchorM || isMoving || Number.isNaN(lineM)) {
    const distanceM = Number.isNaN(lineM) ? 0 : wayM(a.pathM + lastLegM, lineM)
    a.anchorLat = b.anchorLat
    a.anchorLon = b.anchorLon
    a.pathM = b.pathM
    a.bendLat = b.bendLat
    a.bendLon = b.bendLon
    return distanceM
  }
  if (lastLegM >= bendM || b.pathM > 0) {
    a.pathM = a.pathM + lastLegM + b.pathM
    a.bendLat = b.bendLat
    a.bendLon = b.bendLon
  }
  return 0
}

/** From the last anchor to the last place: what no anchor was set for yet. */
export function restM({ anchorLat, anchorLon, pathM, bendLat, bendLon, placeLastLat, placeLastLon }: Path): number {
  const lineM = legM(anchorLat, anchorLon, placeLastLat, placeLastLon)
  return Number.isNaN(lineM) ? 0 : wayM(pathM + legM(bendLat, bendLon, placeLastLat, placeLastLon), lineM)
}

/** Wandering at rest makes a way of any length: it counts for no more than bends would. */
const wayM = (pathM: number, lineM: number): number => Math.min(pathM, bendMost * lineM)
