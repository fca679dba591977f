// Instants as files and messages write them. Invariant: a text that is not a real date gives
// undefined, never a nearby one.

const iso = /^(\d{4})\D(\d\d)\D(\d\d)\D(\d\d)\D(\d\d)\D(\d\d)(?:[.,](\d{1,9})\d*)?(Z|[+-]\d\d:?\d\d)?$/

/** A date and a time of day as they stand in a text; month and day from 1, `offset` as `Z` or
 *  `+hh:mm`. */
export type WallTime = {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  /** Digits after the decimal sign of the seconds. */
  readonly fraction: string
  readonly offset: string | undefined
}

/** Epoch milliseconds of a date and time, year first, with any separators. An offset in the text
 *  counts; without one the text is local time of `zone` (an IANA name). A time the clocks repeat in
 *  autumn is the first that is not before `notBefore`, or else the second; one they skip in spring
 *  is an hour later. */
export function parseInstant(text: string, zone: string, notBefore = -Infinity): number | undefined {
  const match = iso.exec(text.trim())
  if (match === null) return undefined
  const [, year, month, day, hour, minute, second, fraction = '', offset] = match
  return instantOf(
    {
      year: Number(year),
      month: Number(month),
      day: Number(day),
      hour: Number(hour),
      minute: Number(minute),
      second: Number(second),
      fraction,
      offset,
    },
    zone,
    notBefore,
  )
}

/** The same of a date and time that was read in another way. */
export function instantOf(wall: WallTime, zone: string, notBefore = -Infinity): number | undefined {
  const { year, month, day, hour, minute, second, fraction, offset } = wall
  const wallAt = Date.UTC(year, month - 1, day, hour, minute, second, Number(fraction.slice(0, 3).padEnd(3, '0')))
  if (new Date(wallAt).getUTCDate() !== day || month < 1 || month > 12 || hour > 23 || minute > 59 || second > 59)
    return undefined
  if (offset === undefined) return zone === 'UTC' ? wallAt : fromWall(wallAt, zone, notBefore)
  if (offset === 'Z') return wallAt
  const sign = offset.startsWith('-') ? -1 : 1
  return wallAt - sign * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2))) * 60_000
}

/** Whether the runtime knows an IANA zone of that name. */
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions()
    return true
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

function fromWall(wallAt: number, zone: string, notBefore: number): number {
  const dayMs = 86_400_000
  const before = wallAt - zoneOffsetMs(wallAt - dayMs, zone)
  const after = wallAt - zoneOffsetMs(wallAt + dayMs, zone)
  if (before === after) return before
  // Near a change of the clocks a reading stands if its offset holds at it: both do in the repeated
  // hour, none in the one that is skipped.
  const isBefore = before + zoneOffsetMs(before, zone) === wallAt
  const isAfter = after + zoneOffsetMs(after, zone) === wallAt
  return isAfter && (!isBefore || before < notBefore) ? after : before
}

const formats = new Map<string, Intl.DateTimeFormat>()
/** Offsets by zone and quarter of an hour, the finest step any zone changes at: Intl is slow, and
 *  rows are many. */
const offsets = new Map<string, number>()
const offsetsMax = 100_000

function zoneOffsetMs(at: number, zone: string): number {
  const quarter = Math.floor(at / 900_000)
  const key = `${zone} ${quarter}`
  const known = offsets.get(key)
  if (known !== undefined) return known
  let format = formats.get(zone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    formats.set(zone, format)
  }
  const quarterAt = quarter * 900_000
  const part = Object.fromEntries(format.formatToParts(quarterAt).map(({ type, value }) => [type, Number(value)]))
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part
  const offset = Date.UTC(year, month - 1, day, hour, minute, second) - quarterAt
  if (offsets.size >= offsetsMax) offsets.clear()
  offsets.set(key, offset)
  return offset
}
