// A geofence as a feature of GeoJSON (RFC 7946): longitude first, rings closed and
// counter-clockwise, nothing over the meridian of 180°. Lengths are metres and named so.
import { accepted, refused, type Result } from '../../base/errors.ts'
import { cutLine, cutRing, planeRing, type LonLat, type RingPoint } from './antimeridian.ts'
import { parseArea, decimalOf, type Corner } from './area.ts'
import { crossingOf, signedArea } from './ring.ts'

type Geometry =
  | { readonly type: 'Point'; readonly coordinates: LonLat }
  | { readonly type: 'LineString'; readonly coordinates: readonly LonLat[] }
  | { readonly type: 'MultiLineString' | 'Polygon'; readonly coordinates: readonly (readonly LonLat[])[] }
  | { readonly type: 'MultiPolygon'; readonly coordinates: readonly (readonly (readonly LonLat[])[])[] }

export type GeofenceFeature = {
  readonly type: 'Feature'
  readonly id: string
  readonly geometry: Geometry
  /** Properties that are not told are left out. */
  readonly properties: {
    readonly name?: string
    readonly description?: string
    /** Of a circle, whose centre is the geometry. */
    readonly radiusM?: number
    /** Of a corridor, whose middle is the geometry: how far it reaches to each side, and around its
     *  ends. */
    readonly halfWidthM?: number
    /** Between which altitudes, as trackers tell them, a position is within. */
    readonly floorM?: number
    readonly ceilingM?: number
  }
}

/** A row of Traccar's geofences; `attributes` are those that its JSON has. */
export type GeofenceRow = {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly area: unknown
  readonly attributes: Readonly<Record<string, unknown>>
}

/** The value Traccar takes for `polylineDistance` where none is told (`Geofence.getGeometry`). */
const halfWidthM = 25

/** The detail is the rest of a sentence that begins with the name of the geofence, and ends with a
 *  remedy. */
export function geofenceFeature({
  id,
  name,
  description,
  area,
  attributes,
}: GeofenceRow): Result<GeofenceFeature, 'area' | 'attribute'> {
  const shape = shapeOf(area, attributes)
  if (!shape.ok) return shape
  const floor = metresOf(attributes, 'floor')
  if (!floor.ok) return floor
  const ceiling = metresOf(attributes, 'ceiling')
  if (!ceiling.ok) return ceiling
  const { geometry, lengths } = shape.value
  return accepted({
    type: 'Feature',
    id: `traccar:${id}`,
    geometry,
    properties: {
      ...(name === '' ? {} : { name }),
      ...(description === '' ? {} : { description }),
      ...lengths,
      // To Traccar a floor or ceiling of 0 is none (`Geofence.containsPosition`).
      ...(floor.value === undefined || floor.value === 0 ? {} : { floorM: floor.value }),
      ...(ceiling.value === undefined || ceiling.value === 0 ? {} : { ceilingM: ceiling.value }),
    },
  })
}

type Shape = {
  readonly geometry: Geometry
  readonly lengths: { readonly radiusM?: number; readonly halfWidthM?: number }
}

function shapeOf(text: unknown, attributes: GeofenceRow['attributes']): Result<Shape, 'area' | 'attribute'> {
  const area = parseArea(text)
  if (!area.ok) return area
  if (area.value.shape === 'circle') {
    const { center, radiusM } = area.value
    return accepted({ geometry: { type: 'Point', coordinates: [center.lon, center.lat] }, lengths: { radiusM } })
  }
  if (area.value.shape === 'polygon') return polygonOf(area.value.corners)
  const told = metresOf(attributes, 'polylineDistance')
  if (!told.ok) return told
  const width = told.value ?? halfWidthM
  if (width <= 0)
    return refused(
      'attribute',
      `has a polylineDistance of ${width} m, within which nothing is. Say one above 0 in Traccar, or none for ${halfWidthM} m`,
    )
  const lines = cutLine(area.value.corners)
  const [first, ...more] = lines
  const geometry: Geometry =
    first !== undefined && more.length === 0
      ? { type: 'LineString', coordinates: first }
      : { type: 'MultiLineString', coordinates: lines }
  return accepted({ geometry, lengths: { halfWidthM: width } })
}

function polygonOf(corners: readonly Corner[]): Result<Shape, 'area'> {
  const plane = planeRing(corners)
  const crossing = crossingOf(plane)
  if (crossing !== undefined) {
    const [one, other] = crossing.map((index) => corners[index]?.number)
    return refused(
      'area',
      `is a polygon that crosses or touches itself: the edges that begin at corners ${one} and ${other} meet. Put its corners in the order in which they are passed, or make two geofences of it`,
    )
  }
  const [first, ...others] = plane
  // The same corner stays the first.
  const ring = signedArea(plane) < 0 && first !== undefined ? [first, ...others.toReversed()] : plane
  const pieces = cutRing(ring)
  if (pieces === undefined || pieces.some((piece) => crossingOf(piece) !== undefined))
    return refused(
      'area',
      'is a polygon that cannot be cut at 180° of longitude, as it touches itself there. Move its corner there a little',
    )
  const polygons = pieces.map((piece) => [closed(piece)])
  const [only, ...more] = polygons
  const geometry: Geometry =
    only !== undefined && more.length === 0
      ? { type: 'Polygon', coordinates: only }
      : { type: 'MultiPolygon', coordinates: polygons }
  return accepted({ geometry, lengths: {} })
}

const closed = (ring: readonly RingPoint[]): readonly LonLat[] =>
  [...ring, ...ring.slice(0, 1)].map(({ lon, y }): LonLat => [lon, y])

/** Undefined where it is not there. Traccar takes a text for the number in it. */
function metresOf(attributes: GeofenceRow['attributes'], name: string): Result<number | undefined, 'attribute'> {
  const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined
  if (value === undefined || value === null) return accepted(undefined)
  const number = typeof value === 'number' || typeof value === 'string' ? decimalOf(String(value)) : undefined
  return number === undefined
    ? refused(
        'attribute',
        `has the attribute ${name} ${JSON.stringify(value).slice(0, 40)}, which is no number. Say it in metres in Traccar, or take it away`,
      )
    : accepted(number)
}
