// Instants as cars write them, read without guessing: what can mean one thing only is taken, all
// else is named. A number is epoch milliseconds; 2000 to 2100 in microseconds or nanoseconds is no
// year that anyone measures in when read as milliseconds, so it is taken; in seconds it is January
// or February of 1970, which is also what a clock says that was never set, so it is named only.
import { believedBehindMs, gpsRolloverMs, gpsWaitMs } from './car-clock.ts'

/** 2000-01-01 to 2100-01-01: outside it a clock is not set, and no window should open for it. */
export const earliestAt = 946_684_800_000
export const latestAt = 4_102_444_800_000

export type InstantFault =
  /** There is none, or not in the form of one. */
  | 'time-form'
  /** ISO 8601 without `Z` or an offset: nobody can tell which zone is meant. */
  | 'time-no-zone'
  /** Of 2000 to 2100 if it were in seconds. */
  | 'time-seconds'
  /** Clocks that were never set begin there: Unix time in 1970; GPS time on 6 January and FAT file
   *  time on 1 January 1980; many real-time clocks in 2000. */
  | 'time-1970'
  | 'time-1980'
  | 'time-2000'
  /** Early by 1,024 or 2,048 weeks: the week number of GPS began anew (IS-GPS-200,
   *  20.3.3.3.1.1). */
  | 'time-gps-rollover'
  /** Later than it was heard; earlier by more than anyone keeps a message. */
  | 'time-ahead'
  | 'time-behind'
  /** Before what was measured earlier: the clock went back. Seen beside other messages alone. */
  | 'time-back'
  /** Outside 2000 to 2100, and like nothing above. */
  | 'time-range'

export const isInstant = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= earliestAt && value < latestAt

/** Epoch milliseconds of 2000 to 2100, from what stands for an instant in a message: a number, a
 *  number as text, or ISO 8601 with a zone. Fractions of a millisecond are cut. A text is the
 *  fault; no object is made, because every sample passes here. */
export function readInstant(given: unknown): number | InstantFault {
  if (isInstant(given)) return given
  const at = typeof given === 'string' ? fromText(given.trim()) : given
  if (at === 'time-no-zone') return at
  if (typeof at !== 'number' || !Number.isFinite(at)) return 'time-form'
  const found = [1, 1000, 1_000_000].map((unit) => Math.floor(at / unit)).find(isInstant)
  return found ?? describeInstant(at, Number.NaN) ?? 'time-range'
}

/** The oddity of an instant that was heard at `receivedAt`, both epoch milliseconds; undefined when
 *  nothing is. Without a receipt (NaN) only what the instant alone shows is told. An instant is
 *  `time-ahead` from `aheadMs` after its receipt on. */
export function describeInstant(at: number, receivedAt: number, aheadMs = 0): InstantFault | undefined {
  const isHeardSoon = (measuredAt: number): boolean =>
    measuredAt > receivedAt - gpsWaitMs && measuredAt <= receivedAt + aheadMs
  if (isHeardSoon(at + gpsRolloverMs) || isHeardSoon(at + 2 * gpsRolloverMs)) return 'time-gps-rollover'
  if (Number.isNaN(receivedAt) ? isInstant(Math.floor(at * 1000)) : isHeardSoon(at * 1000)) return 'time-seconds'
  const year = at < 0 ? Number.NaN : new Date(at).getUTCFullYear()
  if (year === 1970) return 'time-1970'
  if (year === 1980) return 'time-1980'
  if (at > receivedAt + aheadMs) return 'time-ahead'
  if (at < receivedAt - believedBehindMs) return year === 2000 ? 'time-2000' : 'time-behind'
  return at < earliestAt || at >= latestAt ? 'time-range' : undefined
}

const numberPattern = /^\d{1,20}(\.\d{1,20})?$/
/** ISO 8601 as RFC 3339 has it: the whole date and time. */
const isoPattern = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?([Zz]|[+-]\d\d:?\d\d)?$/

const fromText = (text: string): number | 'time-no-zone' | undefined =>
  numberPattern.test(text) ? Number(text) : parseIso(text)

/** Epoch milliseconds of a date and time with its zone; undefined of what is none. */
export function parseIso(text: string): number | 'time-no-zone' | undefined {
  const [, year, month, day, hour, minute, second, fraction = '', zone] = isoPattern.exec(text) ?? []
  if (year === undefined) return undefined
  if (zone === undefined) return 'time-no-zone'
  // A leap second is the second before it: epoch time has no other place for it.
  const plain = `${year}-${month}-${day}T${hour}:${minute}:${second === '60' ? '59' : second}.${fraction.padEnd(3, '0').slice(0, 3)}Z`
  const at = Date.parse(plain)
  // Date.parse takes 30 February for 1 March.
  if (Number.isNaN(at) || new Date(at).getUTCDate() !== Number(day)) return undefined
  return at - offsetMs(zone)
}

function offsetMs(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2))
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000
}
