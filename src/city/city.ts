// A city: its drivable streets and what stands along them. Coordinates are whole 1e-7 degrees (WGS
// 84), lon before lat; equal coordinates are the same point, also across ways.
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { Outage } from '../base/errors.ts'
import { cityFormat, roadClasses, wayFlag, type CityFile, type RoadClass } from './city-file.ts'

export type Way = {
  readonly class: RoadClass
  readonly name: string | null
  /** As signposted; null = the map does not say. */
  readonly limitKmh: number | null
  /** In both directions together; null = the map does not say. */
  readonly lanes: number | null
  /** Open only in the order of its points. */
  readonly oneway: boolean
  readonly roundabout: boolean
  readonly tunnel: boolean
  readonly unpaved: boolean
  readonly cobbled: boolean
  /** Flat lon, lat lists of at least two points. More than one where a border of the source cut the
   *  way. */
  readonly lines: readonly Int32Array[]
}

export type FuelStation = { readonly name: string | null; readonly lonE7: number; readonly latE7: number }

export type CityArea = { readonly class: 'water' | 'park'; readonly rings: readonly Int32Array[] }

export type City = {
  readonly name: string
  readonly attribution: string
  readonly ways: readonly Way[]
  /** Flat lon, lat lists of points; most of them are points of ways. */
  readonly signals: Int32Array
  readonly stops: Int32Array
  readonly bumps: Int32Array
  readonly fuelStations: readonly FuelStation[]
  readonly areas: readonly CityArea[]
  /** west, south, east, north of the streets. */
  readonly boundsE7: readonly [number, number, number, number]
}

const montevideoUrl = new URL('../../city/montevideo.json.gz', import.meta.url)

/** Reads a city file (default: Montevideo). Throws an `Outage` `CITY_UNREADABLE` or `CITY_INVALID`
 *  that names the file. */
export async function loadCity(url: URL = montevideoUrl): Promise<City> {
  const remedy = 'Restore it from the project, or write it anew with `node scripts/build-city.ts`.'
  let text: string
  try {
    text = (await promisify(gunzip)(await readFile(url))).toString('utf8')
  } catch (cause) {
    throw new Outage('CITY_UNREADABLE', `The city file ${url.pathname} cannot be read or unpacked. ${remedy}`, {
      retryable: false,
      cause,
    })
  }
  try {
    return parseCity(JSON.parse(text))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Outage('CITY_INVALID', `The city file ${url.pathname} is not valid: ${reason} ${remedy}`, {
      retryable: false,
      cause,
    })
  }
}

/** Checks and unpacks the content of a city file. Throws an Error that names the field. */
export function parseCity(json: unknown): City {
  check(isCityFile(json), `"format" is not ${cityFormat}.`)
  const file = json
  check(typeof file.name === 'string' && typeof file.attribution === 'string', '"name" or "attribution" is missing.')
  check(Array.isArray(file.names), '"names" is not a list.')
  const ways = parseWays(file)
  const signals = pointsOf(file.points?.signals, 'points.signals')
  const fuel = pointsOf(file.points?.fuel, 'points.fuel')
  check(
    Array.isArray(file.fuelNames) && file.fuelNames.length * 2 === fuel.length,
    '"fuelNames" and "points.fuel" differ in length.',
  )
  return {
    name: file.name,
    attribution: file.attribution,
    ways,
    signals,
    stops: pointsOf(file.points.stops, 'points.stops'),
    bumps: pointsOf(file.points.bumps, 'points.bumps'),
    fuelStations: file.fuelNames.map((name, i) => ({
      name: nameOf(file, name),
      lonE7: fuel[2 * i] ?? 0,
      latE7: fuel[2 * i + 1] ?? 0,
    })),
    areas: parseAreas(file),
    boundsE7: boundsOf(ways),
  }
}

/** Only says whose file it is; the parsers below check the columns they read. */
const isCityFile = (json: unknown): json is CityFile =>
  typeof json === 'object' && json !== null && 'format' in json && json.format === cityFormat

function parseWays(file: CityFile): Way[] {
  const columns = file.ways
  check(Array.isArray(columns?.lines) && columns.lines.length > 0, '"ways.lines" is empty.')
  for (const column of ['class', 'name', 'limitKmh', 'lanes', 'flags'] as const)
    check(columns[column]?.length === columns.lines.length, `"ways.${column}" and "ways.lines" differ in length.`)
  return columns.lines.map((lines, i) => {
    const roadClass = roadClasses[columns.class[i] ?? -1]
    check(roadClass !== undefined, `"ways.class" ${columns.class[i]} is not one of 0 to ${roadClasses.length - 1}.`)
    const flags = columns.flags[i] ?? 0
    return {
      class: roadClass,
      name: nameOf(file, columns.name[i] ?? 0),
      limitKmh: columns.limitKmh[i] || null,
      lanes: columns.lanes[i] || null,
      oneway: (flags & wayFlag.oneway) !== 0,
      roundabout: (flags & wayFlag.roundabout) !== 0,
      tunnel: (flags & wayFlag.tunnel) !== 0,
      unpaved: (flags & wayFlag.unpaved) !== 0,
      cobbled: (flags & wayFlag.cobbled) !== 0,
      lines: lines.map((line) => {
        const points = pointsOf(line, 'ways.lines')
        check(points.length >= 4, 'a line of "ways.lines" has fewer than two points.')
        return points
      }),
    }
  })
}

function parseAreas({ areas }: CityFile): CityArea[] {
  check(
    Array.isArray(areas?.rings) && areas.class?.length === areas.rings.length,
    '"areas.class" and "areas.rings" differ in length.',
  )
  return areas.rings.map((rings, i) => {
    const areaClass = areas.class[i]
    check(areaClass === 'water' || areaClass === 'park', '"areas.class" is water or park.')
    return { class: areaClass, rings: rings.map((ring) => pointsOf(ring, 'areas.rings')) }
  })
}

/** Undoes the differences. */
function pointsOf(line: unknown, field: string): Int32Array {
  check(Array.isArray(line) && line.length % 2 === 0, `"${field}" is not a list of pairs.`)
  const points = Int32Array.from(line, Number)
  for (let i = 2; i < points.length; i++) points[i]! += points[i - 2]!
  for (let i = 0; i < points.length; i += 2)
    check(Math.abs(points[i]!) <= 180e7 && Math.abs(points[i + 1]!) <= 90e7, `"${field}" leaves the range of degrees.`)
  return points
}

function nameOf(file: CityFile, index: number): string | null {
  if (index === 0) return null
  const name = file.names[index - 1]
  check(typeof name === 'string', `name ${index} is not in "names".`)
  return name
}

function boundsOf(ways: readonly Way[]): [number, number, number, number] {
  const bounds: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const { lines } of ways)
    for (const line of lines)
      for (let i = 0; i < line.length; i += 2) {
        bounds[0] = Math.min(bounds[0], line[i]!)
        bounds[1] = Math.min(bounds[1], line[i + 1]!)
        bounds[2] = Math.max(bounds[2], line[i]!)
        bounds[3] = Math.max(bounds[3], line[i + 1]!)
      }
  return bounds
}

function check(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message)
}
