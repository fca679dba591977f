// The shape of a geofence of Traccar 6.14.5 from the text that its column `area` has
// (`GeofenceCircle`, `GeofencePolygon` and `GeofencePolyline` of its sources): like WKT, but with
// latitude before longitude. Invariant: a refusal tells no place: degrees are whole in it, and the
// digits of what is no number are hidden.
import { accepted, refused, type Result } from '../../base/errors.ts'
import { nearDeg } from './ring.ts'

/** A corner in degrees, WGS 84; `number` is its place in the text, from 1. */
export type Corner = { readonly number: number; readonly lat: number; readonly lon: number }

export type Area =
  | { readonly shape: 'circle'; readonly center: Corner; readonly radiusM: number }
  /** At least two corners, neighbours told apart. */
  | { readonly shape: 'corridor'; readonly corners: readonly Corner[] }
  /** At least three corners, neighbours told apart; the first does not stand at the end again. */
  | { readonly shape: 'polygon'; readonly corners: readonly Corner[] }

/** Several times what the column holds, which is 4096 characters. */
const cornersMax = 4096

/** The detail is the rest of a sentence that begins with the name of the geofence, and ends with a
 *  remedy. */
export function parseArea(area: unknown): Result<Area, 'area'> {
  if (typeof area !== 'string' || area.trim() === '')
    return refused(
      'area',
      `has an area that is ${typeof area === 'string' || area === null || area === undefined ? 'empty' : 'no text'}. Draw it anew in Traccar`,
    )
  const [, word = '', body = ''] = /^([A-Z]*)\s*\((.*)\)$/s.exec(area.trim()) ?? []
  if (word === 'CIRCLE') return circleOf(body)
  if (word === 'LINESTRING') return corridorOf(body)
  if (word === 'POLYGON') return polygonOf(body)
  return refused(
    'area',
    `has an area that begins with ${hidden(area.trim())} and is none of CIRCLE (…), POLYGON ((…)) and LINESTRING (…). Is it cut off? Else draw it anew as one of them`,
  )
}

function circleOf(body: string): Result<Area, 'area'> {
  const [place = '', radius, ...more] = body.split(',', 4)
  if (radius === undefined || more.length > 0)
    return refused(
      'area',
      `is a circle that is not of the form CIRCLE (latitude longitude, radius). Is there a comma in a number, or no radius? Write numbers with a full stop`,
    )
  const center = cornerOf(place, 1)
  if (!center.ok) return center
  const radiusM = decimalOf(radius)
  if (radiusM === undefined)
    return refused('area', `has the radius ${hidden(radius.trim())}, which is no number. Say it in metres`)
  if (radiusM <= 0) return refused('area', `has a radius of ${radiusM} m, within which nothing is. Say one above 0`)
  return accepted({ shape: 'circle', center: center.value, radiusM })
}

function corridorOf(body: string): Result<Area, 'area'> {
  const corners = cornersOf(body)
  if (!corners.ok) return corners
  if (corners.value.length < 2)
    return refused('area', 'is a line with fewer than two corners that differ. Draw it anew')
  return accepted({ shape: 'corridor', corners: corners.value })
}

function polygonOf(body: string): Result<Area, 'area'> {
  const [, ring] = /^\s*\(([^()]*)\)\s*$/.exec(body) ?? []
  if (ring === undefined)
    return refused(
      'area',
      'is a polygon that is not of the form POLYGON ((latitude longitude, …)) with one ring, as Traccar reads it. Draw it anew, a hole as a geofence of its own',
    )
  const corners = cornersOf(ring)
  if (!corners.ok) return corners
  const [first] = corners.value
  const last = corners.value.at(-1)
  const isClosed = first !== undefined && last !== undefined && first !== last && isSamePlace(first, last)
  const open = isClosed ? corners.value.slice(0, -1) : corners.value
  if (open.length < 3)
    return refused('area', `is a polygon with fewer than three corners that differ (${open.length}). Draw it anew`)
  return accepted({ shape: 'polygon', corners: open })
}

/** Without those that repeat the one before. */
function cornersOf(body: string): Result<readonly Corner[], 'area'> {
  const texts = body.split(',', cornersMax + 2)
  // A ring says its first corner once more.
  if (texts.length > cornersMax + 1) return refused('area', `has more than ${cornersMax} corners. Draw it with fewer`)
  const corners: Corner[] = []
  for (const [index, text] of texts.entries()) {
    const corner = cornerOf(text, index + 1)
    if (!corner.ok) return corner
    const before = corners.at(-1)
    if (before === undefined || !isSamePlace(before, corner.value)) corners.push(corner.value)
  }
  return accepted(corners)
}

function cornerOf(text: string, number: number): Result<Corner, 'area'> {
  const parts = text.trim().split(/\s+/, 3)
  const [lat, lon] = parts.map(decimalOf)
  if (parts.length !== 2 || lat === undefined || lon === undefined)
    return refused(
      'area',
      `has ${hidden(text.trim())} as corner ${number}, which is not latitude and longitude in degrees. Write numbers with a full stop, and one blank between`,
    )
  if (Math.abs(lat) > 90 && Math.abs(lat) <= 180 && Math.abs(lon) <= 90)
    return refused(
      'area',
      `has a latitude of about ${Math.round(lat)}° in corner ${number}: latitude and longitude look swapped. Traccar writes latitude first`,
    )
  if (Math.abs(lat) > 90)
    return refused(
      'area',
      `has a latitude of about ${whole(lat)}° in corner ${number}, which is not from -90 to 90. Draw it anew`,
    )
  if (Math.abs(lon) > 180)
    return refused(
      'area',
      `has a longitude of about ${whole(lon)}° in corner ${number}, which is not from -180 to 180. Draw it anew on the map's middle world, where longitudes are so`,
    )
  return accepted({ number, lat, lon })
}

/** The meridian of 180° has two longitudes. */
function isSamePlace(a: Corner, b: Corner): boolean {
  const apart = Math.abs(a.lon - b.lon)
  return Math.abs(a.lat - b.lat) <= nearDeg && Math.min(apart, 360 - apart) <= nearDeg
}

/** Undefined for what is no finite decimal number. */
export function decimalOf(text: string): number | undefined {
  const number = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : Number.NaN
  return Number.isFinite(number) ? number : undefined
}

const whole = (degrees: number): string =>
  Math.abs(degrees) < 1e6 ? String(Math.trunc(degrees)) : degrees.toExponential(0)
/** Its form without its digits: a place may be in it. */
const hidden = (text: string): string => JSON.stringify(text.slice(0, 40).replaceAll(/\d/g, '#'))
