// The time of a recording by the forms that fit its columns. Assumptions are said, so that a reader
// can put it right.
import type { DatedRule, TimeRule } from '../../mapping/mapping.ts'
import { readName } from './guess-units.ts'
import { dayPatterns, type ColumnProfile } from './profile.ts'

export type GuessedTime = {
  readonly time: TimeRule
  /** The columns it reads. */
  readonly columns: readonly string[]
  /** Assumptions that are to be checked. */
  readonly notes: readonly string[]
}

const epochs = [
  ['s', 1e9, 4e9],
  ['ms', 1e12, 4e12],
  ['us', 1e15, 4e15],
] as const

const zoneNote =
  'its texts have no offset from UTC: put the zone they were written in, such as "Europe/Madrid", in place of UTC'

/** `fileName`: without what follows its last dot. */
export function guessTime(columns: readonly ColumnProfile[], rows: number, fileName: string): GuessedTime {
  const whole = columns.filter(({ filled, name }) => filled >= rows * 0.5 && !name.startsWith('# '))
  return dated(whole) ?? inTwoColumns(whole) ?? epoch(whole) ?? elapsed(whole, columns, fileName) ?? byRows()
}

function dated(columns: readonly ColumnProfile[]): GuessedTime | undefined {
  const candidates = columns.filter(({ dates }) => dates.some((form) => !dayPatterns.includes(form)))
  const [column] = candidates.toSorted((a, b) => rank(b) - rank(a))
  if (column === undefined) return undefined
  const forms = column.dates.filter((form) => !dayPatterns.includes(form))
  const { form, notes } = picked(forms) ?? { form: 'iso', notes: [] }
  const base = { field: column.name, zone: 'UTC' } as const
  const time: DatedRule = form === 'iso' ? { as: 'iso', ...base } : { as: 'pattern', pattern: form, ...base }
  const isOffset = column.hasOffset && form === 'iso'
  return { time, columns: [column.name], notes: [...notes, ...(isOffset ? [] : [zoneNote])] }
}

/** Texts with an offset, and those of the device that wrote the file, before others. */
const rank = ({ name, hasOffset, dates }: ColumnProfile): number =>
  (hasOffset && dates.includes('iso') ? 4 : 0) +
  (/utc/i.test(name) ? 2 : 0) +
  (/device|time|date/i.test(name) ? 1 : 0) -
  (/gps/i.test(name) ? 1 : 0)

type Picked = { readonly form: string; readonly notes: readonly string[] }

/** Where day and month cannot be told apart the day is first, but beside a.m. and p.m., which are
 *  written where the month is. */
function picked(forms: readonly string[]): Picked | undefined {
  const [dayFirst, monthFirst] = ['d/', 'M/'].map((start) => forms.find((form) => form.startsWith(start)))
  if (dayFirst === undefined || monthFirst === undefined)
    return forms[0] === undefined ? undefined : { form: forms[0], notes: [] }
  const isMonthFirst = monthFirst.endsWith(' a')
  return {
    form: isMonthFirst ? monthFirst : dayFirst,
    notes: [`day and month cannot be told apart in it: ${isMonthFirst ? 'month' : 'day'} first was taken`],
  }
}

function inTwoColumns(columns: readonly ColumnProfile[]): GuessedTime | undefined {
  const day = columns.find(({ dates }) => dates.length > 0)
  const clock = columns.find(
    ({ examples, numbers }) =>
      numbers === 0 && examples.length > 0 && examples.every((text) => /^\d{1,2}:\d\d:\d\d(?:\.\d+)?$/.test(text)),
  )
  const days = day === undefined ? undefined : picked(day.dates)
  if (day === undefined || clock === undefined || days === undefined) return undefined
  const fraction = clock.examples.some((text) => text.includes('.')) ? '.S' : ''
  const time: TimeRule = {
    as: 'pattern',
    field: [day.name, clock.name],
    pattern: `${days.form} H:mm:ss${fraction}`,
    zone: 'UTC',
  }
  return { time, columns: [day.name, clock.name], notes: [...days.notes, zoneNote] }
}

const isCounter = ({ numbers, filled, falls }: ColumnProfile): boolean =>
  numbers === filled && numbers > 0 && falls <= numbers * 0.01

function epoch(columns: readonly ColumnProfile[]): GuessedTime | undefined {
  for (const column of columns.filter(isCounter))
    for (const [unit, min, max] of epochs)
      if (column.min >= min && column.max <= max)
        return { time: { as: 'epoch', field: column.name, unit }, columns: [column.name], notes: [] }
  return undefined
}

function elapsed(
  whole: readonly ColumnProfile[],
  columns: readonly ColumnProfile[],
  fileName: string,
): GuessedTime | undefined {
  const column = whole.find((candidate) => {
    const { words, unit } = readName(candidate.name)
    return (
      isCounter(candidate) &&
      /^(time|t|sec|secs|seconds|elapsed|elapsed time|cyc|timestamp|time elapsed)( (s|sec|ms))?$/.test(words) &&
      unit !== 'm/s'
    )
  })
  if (column === undefined) return undefined
  const { unit } = readName(column.name)
  const isKnown = unit === 's' || unit === 'ms' || unit === 'us' || unit === 'min'
  const notes = isKnown || /sec/i.test(column.name) ? [] : ['its name tells no unit: seconds were taken']
  const { rule: start, notes: startNotes } = startOf(columns, column.first ?? 0, fileName)
  return {
    time: { as: 'elapsed', field: column.name, unit: isKnown ? unit : 's', ...(start === undefined ? {} : { start }) },
    columns: [column.name],
    notes: [
      ...notes,
      start === undefined
        ? 'it counts from the start, and nothing tells when that was: say it with --start'
        : `the start is read from ${String(start.field)}; ${zoneNote}`,
      ...startNotes,
    ],
  }
}

/** The start in a line before the header, or in the name of the file: the time of day where seconds
 *  begin at 0, else the day alone. */
function startOf(
  columns: readonly ColumnProfile[],
  firstSeconds: number,
  fileName: string,
): { readonly rule: DatedRule | undefined; readonly notes: readonly string[] } {
  const told = columns.find(({ name, dates }) => name.startsWith('# ') && dates.length > 0)
  const date = told === undefined ? undefined : picked(told.dates)
  if (told !== undefined && date !== undefined) {
    const base = { field: told.name, zone: 'UTC' } as const
    return {
      rule: date.form === 'iso' ? { as: 'iso', ...base } : { as: 'pattern', pattern: date.form, ...base },
      notes: date.notes,
    }
  }
  const match = /^\d{4}-\d\d-\d\d([ _T])(\d\d)([-_])(\d\d)\3(\d\d)/.exec(fileName)
  if (match === null) return { rule: undefined, notes: [] }
  const [, between = ' ', hour, dash = '-', minute, second] = match
  const sinceMidnight = Number(hour) * 3600 + Number(minute) * 60 + Number(second)
  const isSinceMidnight = firstSeconds > 0 && Math.abs(firstSeconds - sinceMidnight) < 600
  const pattern = isSinceMidnight
    ? 'yyyy-MM-dd*'
    : `yyyy-MM-dd${between === 'T' ? "'T'" : between}HH${dash}mm${dash}ss*`
  return { rule: { as: 'pattern', field: '# file', pattern, zone: 'UTC' }, notes: [] }
}

const byRows = (): GuessedTime => ({
  time: { as: 'rows', periodMs: 1000 },
  columns: [],
  notes: [
    'no column tells a time: rows were taken to be a second apart; say the true period in periodMs, and the start with --start',
  ],
})
