// Patterns of dates and times, in the letters that Unicode gives them (UTS 35, "Date Field
// Symbols"). Invariant: a text counts only as a whole; what is not a real date gives undefined.
import { instantOf, type WallTime } from './instants.ts'

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)

/** The meaning of each letter group; numbers of one letter may have one digit or two. */
const groups: Readonly<Record<string, string>> = {
  yyyy: String.raw`(?<year>\d{4})`,
  M: String.raw`(?<month>\d{1,2})`,
  MM: String.raw`(?<month>\d\d)`,
  MMM: `(?<month>${months.join('|')})[a-z]*\\.?`,
  d: String.raw`(?<day>\d{1,2})`,
  dd: String.raw`(?<day>\d\d)`,
  H: String.raw`(?<hour>\d{1,2})`,
  HH: String.raw`(?<hour>\d\d)`,
  h: String.raw`(?<half>\d{1,2})`,
  hh: String.raw`(?<half>\d\d)`,
  a: String.raw`(?<noon>[ap])\.?m\.?`,
  m: String.raw`(?<minute>\d{1,2})`,
  mm: String.raw`(?<minute>\d\d)`,
  s: String.raw`(?<second>\d{1,2})`,
  ss: String.raw`(?<second>\d\d)`,
  S: String.raw`(?<fraction>\d{1,9})`,
  XXX: String.raw`(?<offset>Z|[+-]\d\d:?\d\d)`,
  EEE: String.raw`\p{L}+\.?`,
  // The name of a zone is of no standard (EST is three zones); it is passed over, and the mapping
  // says which zone it is.
  z: String.raw`[A-Za-z]{1,5}(?:[+-]\d\d?:?\d\d)?`,
}

export const patternHelp = `a pattern of ${Object.keys(groups).join(', ')} (S: a fraction of any length; * at its end: anything), with yyyy, a month and a day, such as "d/M/yyyy H:mm:ss"`

/** Reads one text; `notBefore` as in `parseInstant`. */
export type PatternReader = (text: string, notBefore?: number) => number | undefined

/** Undefined for a pattern that has other letters, a group twice, or no whole date. */
export function openPattern(pattern: string, zone: string): PatternReader | undefined {
  let source = ''
  const names = new Set<string>()
  for (const [part] of pattern.matchAll(/'[^']*'|([A-Za-z])\1*|[^A-Za-z']/g)) {
    if (part.startsWith("'")) source += literal(part.slice(1, -1))
    else if (part === '*') source += '.*'
    else if (/^[A-Za-z]/.test(part)) {
      const group = groups[/^S+$/.test(part) ? 'S' : part]
      if (group === undefined) return undefined
      const name = /<(\w+)>/.exec(group)?.[1] ?? part
      if (names.has(name)) return undefined
      names.add(name)
      source += group
    } else source += part === ' ' ? ' +' : literal(part)
  }
  if (!['year', 'month', 'day'].every((name) => names.has(name)) || (names.has('half') && !names.has('noon')))
    return undefined
  const whole = new RegExp(`^${source}$`, 'iu')
  return (text, notBefore) => {
    const wall = wallTimeOf(whole.exec(text.trim())?.groups)
    return wall === undefined ? undefined : instantOf(wall, zone, notBefore)
  }
}

function wallTimeOf(found: Readonly<Record<string, string | undefined>> | undefined): WallTime | undefined {
  if (found === undefined) return undefined
  const { year = '', month = '', day = '', hour, half, noon, minute = '0', second = '0', fraction = '', offset } = found
  if (half !== undefined && (Number(half) < 1 || Number(half) > 12)) return undefined
  const byName = months.indexOf(month.slice(0, 3).toLowerCase()) + 1
  return {
    year: Number(year),
    month: byName > 0 ? byName : Number(month),
    day: Number(day),
    hour: half === undefined ? Number(hour ?? 0) : (Number(half) % 12) + (noon?.toLowerCase() === 'p' ? 12 : 0),
    minute: Number(minute),
    second: Number(second),
    fraction,
    offset: offset?.toUpperCase(),
  }
}
