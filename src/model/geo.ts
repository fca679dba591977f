// The earth as a sphere.

/** The mean radius R1 of WGS 84 (IUGG). */
export const earthRadiusM = 6_371_008.8

type LatLon = { readonly lat: number; readonly lon: number }

/** Metres from one place to another along a great circle (haversine), the places in degrees. Off by
 *  up to 0.6 % of the way over the ellipsoid. */
export function greatCircleM(from: LatLon, to: LatLon): number {
  const radians = Math.PI / 180
  const [a, b] = [from.lat * radians, to.lat * radians]
  const h = Math.sin((b - a) / 2) ** 2 + Math.cos(a) * Math.cos(b) * Math.sin(((to.lon - from.lon) * radians) / 2) ** 2
  return 2 * earthRadiusM * Math.asin(Math.min(1, Math.sqrt(h)))
}
