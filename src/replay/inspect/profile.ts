// The content of each column of a recording: how much of it is filled, its range, examples, and
// which forms of dates fit all of it. One pass, and memory for the columns alone.
import { openPattern } from '../../mapping/instant-pattern.ts'
import { parseInstant } from '../../mapping/instants.ts'
import type { NumberedRow } from '../rows.ts'

export type ColumnProfile = {
  readonly name: string
  readonly filled: number
  /** How many of the filled are numbers, also with a decimal comma. */
  readonly numbers: number
  readonly decimalCommas: number
  readonly min: number
  readonly max: number
  readonly first: number | undefined
  /** Numbers that are less than the one before. */
  readonly falls: number
  readonly examples: readonly string[]
  /** Texts that are no number and come often. */
  readonly words: ReadonlyMap<string, number>
  /** `iso`, and patterns, that fit all of the looked at texts. */
  readonly dates: readonly string[]
  /** All looked at texts have an offset from UTC. */
  readonly hasOffset: boolean
}

export type Profile = { readonly rows: number; readonly skipped: number; readonly columns: readonly ColumnProfile[] }

const columnsMax = 1000
const examplesMax = 3
const wordsMax = 20
/** Texts of a column that are tried as dates. */
const datesMax = 2000

const times = ['H:mm:ss', 'H:mm:ss.S', 'H:mm', 'h:mm:ss a', 'h:mm:ss.S a']
const days = ['d/M/yyyy', 'M/d/yyyy', 'dd.MM.yyyy', 'dd-MMM-yyyy', 'd-M-yyyy', 'yyyy-MM-dd', 'yyyy/MM/dd', 'd MMM yyyy']
/** Days alone, of which a column of the time of day makes instants. */
export const dayPatterns: readonly string[] = days
const patterns = [
  ...days.flatMap((day) => times.map((time) => `${day} ${time}`)),
  'EEE MMM d HH:mm:ss z yyyy',
  'yyyyMMddHHmmss',
  'yyyyMMdd HHmmss',
  ...days,
]
const readers = new Map(patterns.map((pattern) => [pattern, openPattern(pattern, 'UTC')]))

type Growing = { -readonly [Field in keyof ColumnProfile]: ColumnProfile[Field] } & {
  last: number
  words: Map<string, number>
  examples: string[]
  tried: number
}

export async function profileOf(rows: AsyncIterable<NumberedRow>): Promise<Profile> {
  const columns = new Map<string, Growing>()
  let count = 0
  let skipped = 0
  for await (const { row } of rows) {
    count++
    const entries = Object.entries(row)
    if (entries.length === 0) skipped++
    for (const [name, raw] of entries) {
      let column = columns.get(name)
      if (column === undefined) {
        if (columns.size >= columnsMax) continue
        columns.set(name, (column = newColumn(name)))
      }
      const text = raw.trim()
      if (text !== '') take(column, text)
    }
  }
  return { rows: count, skipped, columns: [...columns.values()] }
}

const newColumn = (name: string): Growing => ({
  name,
  filled: 0,
  numbers: 0,
  decimalCommas: 0,
  min: Infinity,
  max: -Infinity,
  first: undefined,
  falls: 0,
  last: -Infinity,
  examples: [],
  words: new Map(),
  dates: ['iso', ...patterns],
  hasOffset: true,
  tried: 0,
})

function take(column: Growing, text: string): void {
  column.filled++
  if (column.examples.length < examplesMax && !column.examples.includes(text)) column.examples.push(text.slice(0, 40))
  const isComma = /^[+-]?\d+,\d+$/.test(text)
  const value = Number(isComma ? text.replace(',', '.') : text)
  if (Number.isFinite(value)) {
    column.numbers++
    if (isComma) column.decimalCommas++
    column.first ??= value
    column.min = Math.min(column.min, value)
    column.max = Math.max(column.max, value)
    if (value < column.last) column.falls++
    column.last = value
  } else if (column.words.has(text) || column.words.size < wordsMax)
    column.words.set(text, (column.words.get(text) ?? 0) + 1)
  if (column.tried >= datesMax || column.dates.length === 0) return
  column.tried++
  column.dates = column.dates.filter(
    (form) => (form === 'iso' ? parseInstant(text, 'UTC') : readers.get(form)?.(text)) !== undefined,
  )
  if (!/(?:Z|[+-]\d\d:?\d\d)$/.test(text)) column.hasOffset = false
}
