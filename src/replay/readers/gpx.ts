// GPX 1.0 and 1.1 (topografix.com/GPX): the points of tracks as rows. Routes and waypoints are
// plans and marks, not drives: they are counted, not taken. Invariant: a row has what is written
// within its own <trkpt>, and nothing of its neighbours.
import { RecordingError } from '../recorded-sample.ts'
import type { NumberedRow } from '../rows.ts'
import { note, noted, type Notes } from './notes.ts'
import { openXml, type XmlElement, type XmlHandler } from './xml.ts'

/** The length of what a device or app says in one field of a point; longer ones are notes of
 *  people. */
const valueLengthMax = 1024
const fieldsMax = 64
const garminPoint = /^http:\/\/www\.garmin\.com\/xmlschemas\/TrackPointExtension\/v\d$/
const notTaken: ReadonlyMap<string, string> = new Map([
  ['wpt', 'waypoints, which are marks and no drive'],
  ['rtept', 'points of routes, which are plans and no drive'],
])

/** A row for each `<trkpt>`: `track` and `segment`, counted from 1 through the file; `trackName`;
 *  the attributes `lat` and `lon` (degrees, WGS 84); what is in the point by its name, so `ele`
 *  (m), `time` (ISO 8601), `hdop`, `sat`, `fix` and of 1.0 `speed` (m/s) and `course` (degrees); of
 *  Garmin's TrackPointExtension v1 and v2 likewise, so `speed` (m/s), `course`, `atemp`; of other
 *  extensions by their path, such as `extensions/speed`, in whatever unit their writer took. */
export async function* readGpx(bytes: AsyncIterable<Uint8Array>, notes: Notes = new Map()): AsyncIterable<NumberedRow> {
  const rows: NumberedRow[] = []
  let isAnyRow = false
  const xml = openXml(openPoints(rows, notes))
  for await (const text of textOf(bytes)) {
    xml.write(text)
    isAnyRow ||= rows.length > 0
    yield* rows.splice(0)
  }
  xml.end()
  if (isAnyRow) return
  throw new RecordingError('format', `there is no point of a track (<trkpt>) in it${noted(notes)}. Export the track.`)
}

const headBytesMax = 512

/** The text of `bytes` in the encoding that the XML declares, UTF-8 where it declares none; what is
 *  not in it becomes U+FFFD. */
async function* textOf(bytes: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  let decoder: TextDecoder | undefined
  let head = Buffer.alloc(0)
  for await (const piece of bytes) {
    if (decoder !== undefined) {
      yield decoder.decode(piece, { stream: true })
      continue
    }
    head = Buffer.concat([head, piece])
    if (head.length < headBytesMax && !head.includes('>')) continue
    decoder = openDecoder(head.toString('latin1', 0, headBytesMax))
    yield decoder.decode(head, { stream: true })
  }
  yield decoder === undefined ? head.toString() : decoder.decode()
}

function openDecoder(head: string): TextDecoder {
  const encoding = /^\s*(?:\u00ef\u00bb\u00bf)?<\?xml[^>]*\bencoding\s*=\s*["']([^"']+)/.exec(head)?.[1] ?? 'utf-8'
  try {
    return new TextDecoder(encoding)
  } catch (error) {
    throw new RecordingError('format', `line 1: the encoding "${encoding}" is not known here. Save it as UTF-8.`, error)
  }
}

function openPoints(rows: NumberedRow[], notes: Notes): XmlHandler {
  const path: string[] = []
  let gpx = ''
  let track = 0
  let segment = 0
  let trackName: string | undefined
  let point: { readonly row: Record<string, string>; readonly line: number; readonly depth: number } | undefined
  /** The text of the innermost element, undefined once an element in it was closed. */
  let text: string | undefined

  const begin = ({ name, attributes, line }: XmlElement, parents: string): void => {
    if (parents === 'gpx' && name === 'trk') {
      track++
      trackName = undefined
    } else if (parents === 'gpx/trk' && name === 'trkseg') segment++
    else if (parents === 'gpx/trk/trkseg' && name === 'trkpt') {
      const row: Record<string, string> = { track: String(track), segment: String(segment) }
      if (trackName !== undefined) row['trackName'] = trackName
      for (const field of ['lat', 'lon']) {
        const value = attributes.get(field)
        if (value !== undefined) row[field] = value.trim()
      }
      point = { row, line, depth: path.length }
    } else {
      const what = notTaken.get(name)
      if (what !== undefined) note(notes, what, line)
    }
  }

  const take = ({ space, name, line }: XmlElement, value: string): void => {
    if (point === undefined) {
      if (space === gpx && path.join('/') === 'gpx/trk' && name === 'name') trackName = value.slice(0, valueLengthMax)
      return
    }
    const inside = path.slice(point.depth + 1)
    const isOwn = (inside.length === 0 && space === gpx) || garminPoint.test(space)
    const field = isOwn ? name : [...(inside[0] === 'extensions' ? [] : ['extensions']), ...inside, name].join('/')
    if (value.length > valueLengthMax) note(notes, `values of more than ${valueLengthMax} characters`, line)
    else if (Object.hasOwn(point.row, field))
      note(notes, `second values of one field in a point, which are not taken`, line)
    else if (Object.keys(point.row).length >= fieldsMax)
      note(notes, `values of points with more than ${fieldsMax} fields`, line)
    else point.row[field] = value
  }

  return {
    open(element) {
      if (path.length === 0) {
        if (element.name !== 'gpx')
          throw new RecordingError(
            'format',
            `line ${element.line}: it is no GPX, it begins with <${element.name}>. Export the track as GPX.`,
          )
        gpx = element.space
      }
      if (element.space === gpx && point === undefined) begin(element, path.join('/'))
      path.push(element.name)
      text = ''
    },
    text(piece) {
      if (text !== undefined && text.length <= valueLengthMax) text += piece
    },
    close(element) {
      path.pop()
      if (point !== undefined && path.length === point.depth) {
        rows.push({ row: point.row, line: point.line })
        point = undefined
      } else if (text !== undefined) take(element, text.trim())
      text = undefined
    },
  }
}
