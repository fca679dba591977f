// Distances on the ellipsoid of WGS 84 (EPSG 7030), by the radii of curvature in the meridian (M)
// and in the prime vertical (N) at the middle latitude of a leg, as in R. H. Rapp, Geometric
// Geodesy, Part I (Ohio State University, 1991):
//
//   M = a (1 − e²) / (1 − e² sin² φ)^(3/2)        N = a / (1 − e² sin² φ)^(1/2)
//
// On a sphere the same legs are up to 0.3 % off, by latitude and course.

const semiMajorM = 6_378_137
const flattening = 1 / 298.257_223_563
const e2 = flattening * (2 - flattening)
const radians = Math.PI / 180

/** Metres between two places, degrees; NaN when one is not known. For legs of a drive: within 1 mm
 *  a kilometre, and within 0.01 % up to 100 km, below 70° of latitude. */
export function legM(latA: number, lonA: number, latB: number, lonB: number): number {
  const middle = ((latA + latB) / 2) * radians
  const w2 = 1 - e2 * Math.sin(middle) ** 2
  const prime = semiMajorM / Math.sqrt(w2)
  const northM = ((prime * (1 - e2)) / w2) * (latB - latA) * radians
  const eastM = prime * Math.cos(middle) * turn(lonB - lonA) * radians
  return Math.sqrt(northM * northM + eastM * eastM)
}

/** The difference of two longitudes the short way round. */
const turn = (degrees: number): number => (degrees > 180 ? degrees - 360 : degrees < -180 ? degrees + 360 : degrees)

/** A degree of latitude, and of longitude at the equator, in metres: what they are on the ellipsoid
 *  anywhere is at most 0.6 % off, for the latter times the cosine. */
const northDegreeM = 111_133
const eastDegreeM = 111_506

/** Whether two places are less than so many metres apart, as `legM` tells; false when one is not
 *  known. Nearly always it is told without trigonometry: by the first terms of the cosine's series,
 *  which are 0.003 % off at most. */
export function arePlacesWithin(latA: number, lonA: number, latB: number, lonB: number, m: number): boolean {
  const northM = (latB - latA) * northDegreeM
  const equatorM = (lonB - lonA) * eastDegreeM
  const nearly2 = 0.97 * m * m
  if (northM * northM + equatorM * equatorM < nearly2) return true
  const angle = latA * radians
  const eastM = equatorM * cosine(angle * angle)
  const way2 = northM * northM + eastM * eastM
  if (way2 < nearly2) return true
  return !(way2 > 1.03 * m * m && Math.abs(lonB - lonA) < 180) && legM(latA, lonA, latB, lonB) < m
}

/** Of an angle whose square is given, up to a right angle. */
const cosine = (square: number): number =>
  1 + square * (-1 / 2 + square * (1 / 24 + square * (-1 / 720 + square * (1 / 40_320))))
