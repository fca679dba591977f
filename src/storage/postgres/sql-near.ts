// The condition that a place lies within a circle. The boxes around it come first, which are cheap
// and can be found in an index; of what is in them the distance decides, by the formula of the
// reference (model/geo.ts).
import { boxesAround, type Circle } from '../../model/circle.ts'
import { earthRadiusM } from '../../model/geo.ts'
import type { Conditions } from './sql-conditions.ts'

/** The columns of a place. */
export type PlaceColumns = readonly [lat: string, lon: string]

export const placeColumns = (column: string): PlaceColumns => [`${column}_lat`, `${column}_lon`]

/** Half of the difference to the angle that is asked for, in radians. To PostgreSQL a product that
 *  is too small for a double is an error, also where one place of many has such an angle: below a
 *  millionth of a millionth of a degree a difference is 0 here, and `cosd` takes any. */
const half = (column: string): string => `(radians(round((${column} - ?) * 1e12) / 1e12) / 2)`

const distance = ([lat, lon]: PlaceColumns): string =>
  `${2 * earthRadiusM} * asin(least(1, sqrt(sin${half(lat)} ^ 2 + cosd(?) * cosd(${lat}) * sin${half(lon)} ^ 2)))`

/** Adds that one of the places lies within; nothing when no circle is given. */
export function addNear(conditions: Conditions, circle: Circle | undefined, places: readonly PlaceColumns[]): void {
  if (circle === undefined) return
  const values: number[] = []
  const texts = places.map((place) => {
    const [lat, lon] = place
    const inBoxes = boxesAround(circle).map(({ south, north, west, east }) => {
      values.push(south, north, west, east)
      return `${lat} between ? and ? and ${lon} between ? and ?`
    })
    values.push(circle.lat, circle.lat, circle.lon, circle.radiusM)
    return `(${inBoxes.join(' or ')}) and ${distance(place)} <= ?`
  })
  conditions.add(`(${texts.join(' or ')})`, ...values)
}
