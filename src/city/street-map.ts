// The city as the dashboard draws it: GET /map/streets.json.
import type { StreetClass, StreetMap } from '../api/contract.ts'
import type { City } from './city.ts'
import type { RoadClass } from './city-file.ts'

const streetClasses: Readonly<Record<RoadClass, StreetClass>> = {
  trunk: 'motorway',
  trunk_link: 'motorway',
  primary: 'primary',
  primary_link: 'primary',
  secondary: 'secondary',
  secondary_link: 'secondary',
  tertiary: 'secondary',
  tertiary_link: 'secondary',
  unclassified: 'residential',
  residential: 'residential',
  living_street: 'residential',
}

/** Streets and areas of the city in whole degrees × 1e5 (about 1 m), main roads last so that they
 *  are drawn on top. */
export function streetMap(city: City): StreetMap {
  const order: readonly StreetClass[] = ['residential', 'secondary', 'primary', 'motorway']
  const streets = city.ways.flatMap((way) =>
    way.lines.map((line) => ({ class: streetClasses[way.class], name: way.name, line: differences(line) })),
  )
  const [west, south, east, north] = city.boundsE7
  return {
    attribution: city.attribution,
    bounds: [west / 1e7, south / 1e7, east / 1e7, north / 1e7],
    streets: order.flatMap((name) => streets.filter((street) => street.class === name)),
    areas: city.areas.map((area) => ({ class: area.class, rings: area.rings.map(differences) })),
  }
}

/** Rounds before it takes differences, so that errors do not add up and joined streets still
 *  meet. */
function differences(line: Int32Array): number[] {
  const out: number[] = []
  let lon = 0
  let lat = 0
  for (let i = 0; i < line.length; i += 2) {
    const nextLon = Math.round(line[i]! / 100)
    const nextLat = Math.round(line[i + 1]! / 100)
    if (i > 0 && nextLon === lon && nextLat === lat && i + 2 < line.length) continue
    out.push(nextLon - lon, nextLat - lat)
    lon = nextLon
    lat = nextLat
  }
  return out
}
