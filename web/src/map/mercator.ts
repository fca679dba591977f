// Web Mercator (EPSG:3857) with the world as the unit square, y down, as the map draws it.

export type Mercator = { readonly x: number; readonly y: number }

const latitudeMax = 85.051_129

export const mercatorX = (lon: number): number => (180 + lon) / 360

export function mercatorY(lat: number): number {
  const bounded = Math.max(-latitudeMax, Math.min(latitudeMax, lat))
  return (180 - (180 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + (bounded * Math.PI) / 360))) / 360
}

export const lonOfMercator = (x: number): number => x * 360 - 180

export const latOfMercator = (y: number): number =>
  (360 / Math.PI) * Math.atan(Math.exp(((180 - y * 360) * Math.PI) / 180)) - 90

/** Metres of ground in one unit of the square, at a latitude. */
export const metresPerUnit = (lat: number): number => 40_075_016.686 * Math.cos((lat * Math.PI) / 180)

/** Great-circle distance (haversine, mean radius 6,371,008.8 m). Metres. */
export function distanceM(latA: number, lonA: number, latB: number, lonB: number): number {
  const radians = Math.PI / 180
  const a =
    Math.sin(((latB - latA) * radians) / 2) ** 2 +
    Math.cos(latA * radians) * Math.cos(latB * radians) * Math.sin(((lonB - lonA) * radians) / 2) ** 2
  return 2 * 6_371_008.8 * Math.asin(Math.min(1, Math.sqrt(a)))
}
