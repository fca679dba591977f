// For tests: small cities drawn by hand. Points are metres, roughly; a street is a list of them.
import type { City, Way } from './city.ts'

export const way = (points: readonly (readonly [xM: number, yM: number])[], change: Partial<Way> = {}): Way => ({
  class: 'residential',
  name: null,
  limitKmh: null,
  lanes: null,
  oneway: false,
  roundabout: false,
  tunnel: false,
  unpaved: false,
  cobbled: false,
  lines: [pointsOf(points)],
  ...change,
})

/** About a metre near the equator: 90 units of 1e-7 degrees. */
export const pointsOf = (points: readonly (readonly [xM: number, yM: number])[]): Int32Array =>
  Int32Array.from(points.flatMap(([x, y]) => [Math.round(x * 90), Math.round(y * 90)]))

export function cityOf(ways: readonly Way[], change: Partial<City> = {}): City {
  const all = ways.flatMap(({ lines }) => lines.flatMap((line) => [...line]))
  const lons = all.filter((_, i) => i % 2 === 0)
  const lats = all.filter((_, i) => i % 2 === 1)
  return {
    name: 'Test',
    attribution: 'none',
    ways,
    signals: new Int32Array(),
    stops: new Int32Array(),
    bumps: new Int32Array(),
    fuelStations: [],
    areas: [],
    boundsE7: [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)],
    ...change,
  }
}
