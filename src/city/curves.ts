// How sharp the bends are. A bend at a point is taken as the circle that leaves both pieces
// `tangentM` before and after it: radius = tangent / tan(angle / 2), the tangent formula of road
// alignment.
import { wrapAngle } from './plane.ts'
import type { EdgeTable } from './road-edges.ts'

/** A drawn corner of a real street is rounded over at most this much on each side. */
const tangentMaxM = 15
/** At crossings cars cut less: half the width of the street they turn into. */
const crossingTangentM = 8
const radiusMinM = 5
/** Below this change of direction the street is straight. */
const straightRadians = 0.03

export const bendRadiusM = (tangentM: number, turnRadians: number): number =>
  Math.abs(turnRadians) < straightRadians
    ? Infinity
    : Math.max(radiusMinM, tangentM / Math.tan(Math.min(Math.abs(turnRadians), 3) / 2))

/** Radius of the turn from one edge into the next. */
export const crossingRadiusM = (turnRadians: number): number => bendRadiusM(crossingTangentM, turnRadians)

/** The radius at each inner point of each edge; Infinity at the ends. */
export function markCurves({ edgeCount, pointStart, pointS, pointBearing }: EdgeTable): Float64Array {
  const radius = new Float64Array(pointS.length).fill(Infinity)
  for (let e = 0; e < edgeCount; e++)
    for (let p = pointStart[e]! + 1; p < pointStart[e + 1]! - 1; p++) {
      const tangent = Math.min(pointS[p]! - pointS[p - 1]!, pointS[p + 1]! - pointS[p]!, 2 * tangentMaxM) / 2
      radius[p] = bendRadiusM(tangent, wrapAngle(pointBearing[p]! - pointBearing[p - 1]!))
    }
  return radius
}
