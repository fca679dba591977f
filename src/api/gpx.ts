// A track as GPX 1.1, the speed by Garmin's TrackPointExtension v2. Invariant: what is written
// gives the same instants and places when it is read again; what GPX cannot say, a speed without a
// place, is left out.
import type { TrackColumns } from './contract.ts'

/** A longer silence, or a point without a place, ends a segment: between segments nothing is known
 *  of the way. */
const silenceMaxMs = 60_000

/** The document in pieces. `name` is that of the track; instants are UTC with milliseconds, places
 *  degrees (WGS 84), speeds m/s. */
export async function* gpxOf(name: string, tracks: AsyncIterable<TrackColumns>): AsyncGenerator<string> {
  yield (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    '<gpx version="1.1" creator="Roadstream" xmlns="http://www.topografix.com/GPX/1/1" xmlns:t="http://www.garmin.com/xmlschemas/TrackPointExtension/v2">\n' +
    `<trk><name>${escaped(name)}</name>\n`
  )
  let lastAt: number | undefined
  for await (const { at, lat, lon, speedKmh } of tracks) {
    let text = ''
    for (const [index, instant] of at.entries()) {
      const [latitude, longitude] = [lat[index] ?? undefined, lon[index] ?? undefined]
      const isPlace = latitude !== undefined && longitude !== undefined
      if (lastAt !== undefined && (!isPlace || instant - lastAt > silenceMaxMs)) {
        text += '</trkseg>\n'
        lastAt = undefined
      }
      if (!isPlace) continue
      if (lastAt === undefined) text += '<trkseg>\n'
      text += pointOf(latitude, longitude, instant, speedKmh[index] ?? undefined)
      lastAt = instant
    }
    if (text !== '') yield text
  }
  yield `${lastAt === undefined ? '' : '</trkseg>\n'}</trk>\n</gpx>\n`
}

function pointOf(latitude: number, longitude: number, at: number, speedKmh: number | undefined): string {
  // Twelve digits bring the same km/h back.
  const speed =
    speedKmh === undefined
      ? ''
      : `<extensions><t:TrackPointExtension><t:speed>${decimal(Number((speedKmh / 3.6).toPrecision(12)))}</t:speed></t:TrackPointExtension></extensions>`
  return `<trkpt lat="${decimal(latitude)}" lon="${decimal(longitude)}"><time>${new Date(at).toISOString()}</time>${speed}</trkpt>\n`
}

/** XML Schema's decimals have no exponent, which numbers under a millionth would be written
 *  with. */
const decimal = (value: number): string =>
  Math.abs(value) < 1e-6
    ? Number(value.toFixed(12))
        .toFixed(12)
        .replace(/\.?0+$/, '')
    : String(value)

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
