// A flat plane over a city: metres east and north of its middle. Within 20 km of the middle lengths
// are right to 0.1 %.
import { earthRadiusM } from '../model/geo.ts'

const metresPerDegree = (earthRadiusM * Math.PI) / 180

export type Plane = {
  readonly lon0: number
  readonly lat0: number
  readonly metresPerLonDegree: number
  readonly metresPerLatDegree: number
}

/** The plane that touches the earth in the middle of the bounds [west, south, east, north], whole
 *  1e-7 degrees. */
export function planeOver(boundsE7: readonly [number, number, number, number]): Plane {
  const lon0 = (boundsE7[0] + boundsE7[2]) / 2e7
  const lat0 = (boundsE7[1] + boundsE7[3]) / 2e7
  return {
    lon0,
    lat0,
    metresPerLonDegree: metresPerDegree * Math.cos((lat0 * Math.PI) / 180),
    metresPerLatDegree: metresPerDegree,
  }
}

export const eastM = (plane: Plane, lonDegrees: number): number => (lonDegrees - plane.lon0) * plane.metresPerLonDegree
export const northM = (plane: Plane, latDegrees: number): number => (latDegrees - plane.lat0) * plane.metresPerLatDegree
export const lonOfX = (plane: Plane, xM: number): number => plane.lon0 + xM / plane.metresPerLonDegree
export const latOfY = (plane: Plane, yM: number): number => plane.lat0 + yM / plane.metresPerLatDegree

/** Direction of (dx east, dy north): radians clockwise from north, −π to π. */
export const bearing = (dx: number, dy: number): number => Math.atan2(dx, dy)

/** The same angle between −π and π. */
export const wrapAngle = (radians: number): number =>
  radians > Math.PI ? radians - 2 * Math.PI : radians < -Math.PI ? radians + 2 * Math.PI : radians
