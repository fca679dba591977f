// Builds city/montevideo.json.gz from the OpenStreetMap vector tiles of the package
// @mapbox/mvt-fixtures; run by hand: `node scripts/build-city.ts`. The same tiles give the same
// bytes. Who edited the map, and when, is left behind.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { constants, gzipSync } from 'node:zlib'
import { VectorTile, type VectorTileFeature } from '@mapbox/vector-tile'
import { PbfReader } from 'pbf'
import { cityAttribution, cityFormat, cityUnitsPerDegree, roadClasses, type CityFile } from '../src/city/city-file.ts'

if (process.argv.length > 2) {
  console.error('Usage: node scripts/build-city.ts (it takes no arguments, and writes city/montevideo.json.gz)')
  process.exit(2)
}

const tilesUrl = new URL('../node_modules/@mapbox/mvt-fixtures/real-world/osm-qa-montevideo/', import.meta.url)
const outputUrl = new URL('../city/montevideo.json.gz', import.meta.url)

/** Tiles of zoom 12 with 2^20 units a side: the world is 2^32 units wide, about 1 cm each. */
const tileUnits = 2 ** 20
const worldUnits = 2 ** 32

type Feature = {
  readonly type: number
  readonly tags: Readonly<Record<string, string | number | boolean>>
  readonly lines: number[][]
}

/** Web Mercator (EPSG:3857) to degrees, rounded to the precision OpenStreetMap itself keeps. */
const lonUnits = (x: number): number => Math.round((x / worldUnits - 0.5) * 360 * cityUnitsPerDegree)
const latUnits = (y: number): number =>
  Math.round(((Math.atan(Math.sinh(Math.PI * (1 - (2 * y) / worldUnits))) * 180) / Math.PI) * cityUnitsPerDegree)

function* features(): Generator<Feature> {
  for (const name of readdirSync(tilesUrl).sort()) {
    const [, , tileX, tileY] = /^(\d+)-(\d+)-(\d+)\.mvt$/.exec(name)?.map(Number) ?? []
    if (tileX === undefined || tileY === undefined) throw new Error(`${name} is not named zoom-x-y.mvt`)
    const layer = new VectorTile(new PbfReader(readFileSync(new URL(name, tilesUrl)))).layers['osm']
    if (layer === undefined || layer.extent !== tileUnits)
      throw new Error(`${name} has no layer "osm" of extent ${tileUnits}`)
    for (let i = 0; i < layer.length; i++) {
      const feature = layer.feature(i)
      yield {
        type: feature.type,
        tags: feature.properties,
        lines: degreesOf(feature, tileX * tileUnits, tileY * tileUnits),
      }
    }
  }
}

const degreesOf = (feature: VectorTileFeature, x0: number, y0: number): number[][] =>
  feature.loadGeometry().map((line) => line.flatMap(({ x, y }) => [lonUnits(x0 + x), latUnits(y0 + y)]))

/** First lon, lat, then the differences from point to point. */
const deltas = (line: readonly number[]): number[] =>
  line.map((value, i) => (i < 2 ? value : value - (line[i - 2] ?? 0)))

const reversed = (line: readonly number[]): number[] => {
  const out: number[] = []
  for (let i = line.length - 2; i >= 0; i -= 2) out.push(line[i] ?? 0, line[i + 1] ?? 0)
  return out
}

const wholeOf = (tag: unknown): number => {
  const value = Number(tag)
  return Number.isInteger(value) && value > 0 ? value : 0
}

const unpavedSurfaces = new Set(['unpaved', 'dirt', 'gravel', 'compacted', 'sand', 'ground', 'grass'])
const cobbledSurfaces = new Set(['cobblestone', 'sett'])
const parkTags = new Set(['park', 'garden', 'golf_course', 'recreation_ground', 'forest', 'cemetery', 'nature_reserve'])

const names: string[] = []
const nameIndexes = new Map<string, number>()
/** Position of the name in the list plus one; 0 = has none. */
function nameIndex(name: unknown): number {
  if (typeof name !== 'string' || name.trim() === '') return 0
  const known = nameIndexes.get(name)
  if (known !== undefined) return known
  names.push(name)
  nameIndexes.set(name, names.length)
  return names.length
}

const ways: CityFile['ways'] = { class: [], name: [], limitKmh: [], lanes: [], flags: [], lines: [] }
const points: CityFile['points'] = { signals: [], stops: [], bumps: [], fuel: [] }
const fuelNames: number[] = []
const areas: CityFile['areas'] = { class: [], rings: [] }

function addWay({ tags, lines }: Feature, roadClass: number): void {
  const roundabout = tags['junction'] === 'roundabout'
  const backwards = tags['oneway'] === '-1'
  const oneway = backwards || roundabout || tags['oneway'] === 'yes'
  const surface = String(tags['surface'] ?? '')
  ways.class.push(roadClass)
  ways.name.push(nameIndex(tags['name']))
  ways.limitKmh.push(wholeOf(tags['maxspeed']))
  ways.lanes.push(wholeOf(tags['lanes']))
  ways.flags.push(
    (oneway ? 1 : 0) |
      (roundabout ? 2 : 0) |
      (tags['tunnel'] === 'yes' || tags['tunnel'] === 'building_passage' ? 4 : 0) |
      (unpavedSurfaces.has(surface) ? 8 : 0) |
      (cobbledSurfaces.has(surface) ? 16 : 0),
  )
  ways.lines.push(lines.map((line) => deltas(backwards ? reversed(line) : line)))
}

function addPoint({ tags, lines }: Feature): void {
  const at = lines[0] ?? []
  if (tags['highway'] === 'traffic_signals') points.signals.push(...at)
  if (tags['highway'] === 'stop' || tags['highway'] === 'give_way') points.stops.push(...at)
  if (tags['traffic_calming'] === 'bump' || tags['traffic_calming'] === 'table') points.bumps.push(...at)
  if (tags['amenity'] === 'fuel') {
    points.fuel.push(...at)
    fuelNames.push(nameIndex(tags['name'] ?? tags['brand'] ?? tags['operator']))
  }
}

function addArea({ tags, lines }: Feature): void {
  const water = tags['natural'] === 'water' || tags['waterway'] === 'riverbank'
  const park = [tags['leisure'], tags['landuse'], tags['natural']].some((tag) => parkTags.has(String(tag)))
  if (!water && !park) return
  areas.class.push(water ? 'water' : 'park')
  areas.rings.push(lines.map(deltas))
}

for (const feature of features()) {
  const roadClass = roadClasses.findIndex((name) => name === feature.tags['highway'])
  if (feature.type === 2 && roadClass !== -1) addWay(feature, roadClass)
  if (feature.type === 1) addPoint(feature)
  if (feature.type === 3) addArea(feature)
}

const file: CityFile = {
  format: cityFormat,
  name: 'Montevideo',
  attribution: cityAttribution,
  licence: 'ODbL-1.0',
  source: 'OpenStreetMap, as vector tiles of @mapbox/mvt-fixtures 4.0.0 (osm-qa-montevideo)',
  names,
  ways,
  points: {
    signals: deltas(points.signals),
    stops: deltas(points.stops),
    bumps: deltas(points.bumps),
    fuel: deltas(points.fuel),
  },
  fuelNames,
  areas,
}
const bytes = gzipSync(JSON.stringify(file), { level: constants.Z_BEST_COMPRESSION })
bytes[9] = 255 // "unknown operating system": the one byte of a gzip header that would differ from machine to machine
writeFileSync(outputUrl, bytes)
console.error(
  `${ways.class.length} ways, ${names.length} names, ${points.signals.length / 2} signals, ${fuelNames.length} fuel stations,`,
)
console.error(`${areas.class.length} areas: ${bytes.byteLength} bytes in city/montevideo.json.gz`)
