// NMEA 0183 of satellite receivers: sentences of one time of day as one row. Invariants: a sentence
// whose checksum is wrong gives nothing; where any sentence of an epoch says that there is no fix,
// the row has no place; a date is the receiver's own, and never mended.
import { RecordingError } from '../recorded-sample.ts'
import type { NumberedRow } from '../rows.ts'
import { linesOf } from './lines.ts'
import { note, noted, type Notes } from './notes.ts'

const dayMs = 86_400_000
/** Receivers whose firmware counts 1024 weeks from another start tell dates that are so much too
 *  early. */
const rolloverMs = 1024 * 7 * dayMs
/** A drive of today told 1024 weeks early is before this until August 2029; real drives of before
 *  it are few. */
const oddBefore = Date.UTC(2010, 0, 1)

type Epoch = {
  readonly row: Record<string, string>
  readonly line: number
  readonly timeMs: number
  dateAt: number | undefined
  isWithoutFix: boolean
}
/** Takes the fields of a sentence, the first of which is its name. */
type Sentence = (epoch: Epoch, fields: readonly string[]) => void

/** A row for each time of day that RMC, GGA or ZDA tell, of any talker; the GSA and VTG behind
 *  belong to it. Fields, where they are told: `time` (ISO 8601 UTC; only once an RMC or ZDA has
 *  told the date), `timeOfDay` (as written), `lat` and `lon` (degrees; empty without a fix),
 *  `speedKnots`, `speedKmh`, `course` (degrees true), `altitude` (m above the geoid), `quality`
 *  (GGA: 0 none, 1 GPS, 2 differential, 4 and 5 RTK, 6 estimated), `fix` (GSA: 1 none, 2 of two, 3
 *  of three dimensions), `satellites` (in use), `pdop`, `hdop`, `vdop`. */
export async function* readNmea(
  bytes: AsyncIterable<Uint8Array>,
  notes: Notes = new Map(),
): AsyncIterable<NumberedRow> {
  const date = openDates(notes)
  let epoch: Epoch | undefined
  let isAnyRow = false
  /** Whether the sentence that began an instant may be missing. */
  let isTorn = false
  let line = 0
  for await (const text of linesOf(bytes)) {
    line++
    const sentence = sentenceOf(text)
    if (typeof sentence === 'string') {
      note(notes, sentence, line)
      isTorn ||= sentence !== noSentence
      continue
    }
    const kind = sentence === undefined ? '' : kindOf(sentence[0] ?? '')
    const take = sentences.get(kind)
    if (sentence === undefined || take === undefined) continue
    if (timed.has(kind)) {
      const timeMs = timeOfDay(sentence[1] ?? '')
      isTorn = timeMs === undefined
      if (timeMs === undefined) {
        note(notes, 'sentences without a readable time of day', line)
        continue
      }
      const dateAt = dateTold(kind, sentence)
      if (epoch === undefined || epoch.timeMs !== timeMs || (epoch.dateAt ?? dateAt) !== (dateAt ?? epoch.dateAt)) {
        if (epoch !== undefined) yield { row: rowOf(epoch, date), line: epoch.line }
        epoch = { row: { timeOfDay: sentence[1] ?? '' }, line, timeMs, dateAt, isWithoutFix: false }
        isAnyRow = true
      }
      epoch.dateAt ??= dateAt
    }
    if (epoch === undefined) note(notes, 'sentences before the first that tells a time', line)
    else if (isTorn)
      note(notes, 'sentences without a time behind one that is damaged, which may be of another instant', line)
    else take(epoch, sentence)
  }
  if (epoch !== undefined) yield { row: rowOf(epoch, date), line: epoch.line }
  if (isAnyRow) return
  throw new RecordingError(
    'format',
    `there is no whole RMC, GGA or ZDA sentence of NMEA 0183 in it, such as $GPRMC,…*hh${noted(notes)}. Is it another kind of file?`,
  )
}

const noSentence = 'lines without a sentence ($…)'
const wrongChecksum = 'sentences with a wrong checksum'
const noChecksum = 'sentences without a checksum, which are not taken'

/** The kind of a sentence, whoever talks; a name that begins with P is a maker's own ($PGRMC is no
 *  RMC). */
const kindOf = (name: string): string => (name.length === 5 && !name.startsWith('P') ? name.slice(2) : '')

/** The fields of the sentence in a line, before which a logger may have written something of its
 *  own; undefined for an empty line, and a text that says what it is for one that has none, or a
 *  damaged one. */
function sentenceOf(text: string): readonly string[] | string | undefined {
  const start = text.indexOf('$')
  if (start === -1) return text.trim() === '' ? undefined : noSentence
  const match = /^([^*]*)(?:\*([0-9A-Fa-f]{2}))?\s*$/.exec(text.slice(start + 1))
  const [, body = '', told] = match ?? []
  // Nothing tells a whole sentence without a checksum from one that is cut in the middle of a
  // number.
  if (match !== null && told === undefined) return noChecksum
  return match === null || Number.parseInt(told ?? '', 16) !== checksumOf(body) ? wrongChecksum : body.split(',')
}

function checksumOf(body: string): number {
  let sum = 0
  for (let at = 0; at < body.length; at++) sum ^= body.charCodeAt(at)
  return sum
}

/** Milliseconds since midnight; 23:59:60 is a leap second and told as the next midnight. */
function timeOfDay(text: string): number | undefined {
  const match = /^(\d\d)(\d\d)(\d\d(?:\.\d{1,9})?)$/.exec(text)
  if (match === null) return undefined
  const [hour, minute, second] = match.slice(1).map(Number) as [number, number, number]
  return hour < 24 && minute < 60 && second < 61
    ? hour * 3_600_000 + minute * 60_000 + Math.round(second * 1000)
    : undefined
}

function dateOf(year: number, month: number, day: number): number | undefined {
  const at = Date.UTC(year, month - 1, day)
  return new Date(at).getUTCDate() === day && month >= 1 && month <= 12 && day >= 1 ? at : undefined
}

/** GPS began in 1980: two digits of a year from 80 on are of that century. */
function shortDate(text: string): number | undefined {
  const match = /^(\d\d)(\d\d)(\d\d)$/.exec(text)
  if (match === null) return undefined
  const [day, month, year] = match.slice(1).map(Number) as [number, number, number]
  return dateOf(year < 80 ? 2000 + year : 1900 + year, month, day)
}

/** Degrees, of `ddmm.mmmm` and a hemisphere; undefined when one of them is empty or none. */
function degrees(text = '', hemisphere = '', max: number): string | undefined {
  const match = /^(\d{1,3})(\d\d(?:\.\d*)?)$/.exec(text)
  if (match === null || !/^[NSEW]$/.test(hemisphere)) return undefined
  const value = Number(match[1]) + Number(match[2]) / 60
  if (Number(match[2]) >= 60 || value > max) return undefined
  // A ten-millionth of a degree is a centimetre; nine places keep what seven of minutes tell.
  return String(Number((hemisphere === 'S' || hemisphere === 'W' ? -value : value).toFixed(9)) + 0)
}

function put(epoch: Epoch, field: string, value: string | undefined): void {
  if (value !== undefined && value !== '' && !Object.hasOwn(epoch.row, field)) epoch.row[field] = value
}

function putPlace(epoch: Epoch, [latitude, northSouth, longitude, eastWest]: readonly string[]): void {
  const lat = degrees(latitude, northSouth, 90)
  const lon = degrees(longitude, eastWest, 180)
  if (lat === undefined || lon === undefined) return
  put(epoch, 'lat', lat)
  put(epoch, 'lon', lon)
}

const sentences: ReadonlyMap<string, Sentence> = new Map<string, Sentence>([
  [
    'RMC',
    (epoch, fields) => {
      // Status A is valid; the mode N (NMEA 2.3) is not, whatever the status says.
      if (fields[2] !== 'A' || fields[12] === 'N') epoch.isWithoutFix = true
      putPlace(epoch, fields.slice(3))
      put(epoch, 'speedKnots', fields[7])
      put(epoch, 'course', fields[8])
    },
  ],
  [
    'GGA',
    (epoch, fields) => {
      put(epoch, 'quality', fields[6])
      if (fields[6] === '' || fields[6] === '0') epoch.isWithoutFix = true
      putPlace(epoch, fields.slice(2))
      put(epoch, 'satellites', fields[7])
      put(epoch, 'hdop', fields[8])
      if (fields[10] === 'M') put(epoch, 'altitude', fields[9])
    },
  ],
  [
    'GSA',
    (epoch, fields) => {
      put(epoch, 'fix', fields[2])
      if (fields[2] === '1') epoch.isWithoutFix = true
      put(epoch, 'pdop', fields[15])
      put(epoch, 'hdop', fields[16])
      put(epoch, 'vdop', fields[17])
    },
  ],
  [
    'VTG',
    (epoch, fields) => {
      if (fields[2] === 'T') put(epoch, 'course', fields[1])
      if (fields[6] === 'N') put(epoch, 'speedKnots', fields[5])
      if (fields[8] === 'K') put(epoch, 'speedKmh', fields[7])
    },
  ],
  ['ZDA', () => undefined],
])
/** Midnight of the date that a sentence tells, where it does. */
function dateTold(kind: string, fields: readonly string[]): number | undefined {
  if (kind === 'RMC') return shortDate(fields[9] ?? '')
  const [day, month, year] = fields.slice(2).map(Number)
  return kind === 'ZDA' && /^\d{4}$/.test(fields[4] ?? '') ? dateOf(year ?? 0, month ?? 0, day ?? 0) : undefined
}

const timed: ReadonlySet<string> = new Set(['RMC', 'GGA', 'ZDA'])
/** Fields that are known only with a fix: a receiver without one repeats its last, or tells
 *  zeros. */
const ofFix = ['lat', 'lon', 'speedKnots', 'speedKmh', 'course', 'altitude']

/** The instant of an epoch by its own date, or by that of the one before it, over midnight too. */
type Dates = (epoch: Epoch) => number | undefined

function openDates(notes: Notes): Dates {
  let last: { readonly dateAt: number; readonly timeMs: number } | undefined
  return ({ dateAt, timeMs, line }) => {
    if (dateAt !== undefined) {
      if (last !== undefined && Math.abs(Math.abs(dateAt - last.dateAt) - rolloverMs) <= dayMs)
        note(
          notes,
          `jumps of the date by 1024 weeks, which a receiver makes when its count of weeks rolls over; dates stand as they are written`,
          line,
        )
      if (dateAt < oddBefore)
        note(
          notes,
          `dates before 2010: where the drive is newer, the receiver tells them 1024 weeks early; they stand as they are written`,
          line,
        )
    } else if (last === undefined) {
      note(notes, 'rows before the first date', line)
      return undefined
    }
    const today = dateAt ?? (last === undefined ? 0 : last.dateAt + (last.timeMs - timeMs > dayMs / 2 ? dayMs : 0))
    last = { dateAt: today, timeMs }
    return today + timeMs
  }
}

function rowOf(epoch: Epoch, dates: Dates): Record<string, string> {
  const at = dates(epoch)
  if (epoch.isWithoutFix) for (const field of ofFix) epoch.row[field] = ''
  return at === undefined ? epoch.row : { time: new Date(at).toISOString(), ...epoch.row }
}
