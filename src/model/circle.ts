// A circle on the earth, by which places are asked for, and the boxes of degrees that hold it, by
// which they are found in an index.
import { earthRadiusM, greatCircleM } from './geo.ts'

/** Degrees, WGS 84, and metres along a great circle. */
export type Circle = { readonly lat: number; readonly lon: number; readonly radiusM: number }

/** Degrees; `west` is never above `east`. */
export type Box = { readonly south: number; readonly north: number; readonly west: number; readonly east: number }

export const isInCircle = (circle: Circle, place: { readonly lat: number; readonly lon: number }): boolean =>
  greatCircleM(circle, place) <= circle.radiusM

const degrees = 180 / Math.PI
/** A box is so much wider, a tenth of a metre, that rounding leaves out no place. */
const slack = 1e-6

/** Boxes that together hold all of the circle: two where it goes over the antimeridian, and one of
 *  all longitudes where it reaches a pole. */
export function boxesAround({ lat, lon, radiusM }: Circle): readonly Box[] {
  const arc = radiusM / earthRadiusM
  const high = arc * degrees + slack
  const [south, north] = [Math.max(-90, lat - high), Math.min(90, lat + high)]
  const sine = Math.sin(arc) / Math.cos(lat / degrees)
  if (south === -90 || north === 90 || sine >= 1) return [{ south, north, west: -180, east: 180 }]
  const wide = Math.asin(sine) * degrees + slack
  const [west, east] = [lon - wide, lon + wide]
  if (west < -180)
    return [
      { south, north, west: -180, east },
      { south, north, west: west + 360, east: 180 },
    ]
  if (east > 180)
    return [
      { south, north, west, east: 180 },
      { south, north, west: -180, east: east - 360 },
    ]
  return [{ south, north, west, east }]
}

/** Parses `latitude,longitude,metres`, whose form was checked (`circlePattern`). */
export function parseCircle(text: string): Circle {
  const [lat = Number.NaN, lon = Number.NaN, radiusM = Number.NaN] = text.split(',').map(Number)
  return { lat, lon, radiusM }
}

/** The radius is whole, and 10,000 km at most: a quarter of the way round. */
export const circlePattern = String.raw`^-?(90(\.0+)?|[1-8]?\d(\.\d+)?),-?(180(\.0+)?|(1[0-7]\d|[1-9]?\d)(\.\d+)?),(10000000|[1-9]\d{0,6})$`
