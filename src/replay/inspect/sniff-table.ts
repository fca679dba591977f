// The shape of a table by its first lines: delimiter, header, what stands before it, units, kind
// and value. A guess, said as one.
import { basename } from 'node:path'
import type { CsvForm, Delimiter } from '../../mapping/mapping.ts'
import { fileBytes } from '../bytes.ts'
import { linesOf } from '../readers/lines.ts'
import { RecordingError } from '../recorded-sample.ts'
import { namingFile } from '../recording.ts'

const linesMax = 200
const delimiters: readonly (readonly [name: Delimiter, text: string])[] = [
  ['tab', '\t'],
  ['semicolon', ';'],
  ['comma', ','],
  ['blank', ' '],
]
const commentMarks = ['#', '//', '%']

const isNumber = (cell: string): boolean => /^[+-]?\d+(?:[.,]\d+)?(?:e[+-]?\d+)?$/i.test(cell)
const hasDigitFirst = (cell: string): boolean => /^[+-]?\d/.test(cell)

/** Rejects with a `RecordingError` for a file that is no table of lines. */
export async function sniffTable(file: string): Promise<CsvForm> {
  const lines = await firstLines(file).catch((error: unknown) => {
    throw namingFile(error, file)
  })
  const comment = commentMarks.find((mark) => lines.some((line) => line.startsWith(mark)))
  const rows = lines.filter((line) => line.trim() !== '' && (comment === undefined || !line.startsWith(comment)))
  const shape = shapeOf(rows)
  if (shape === undefined)
    throw new RecordingError(
      'format',
      `${basename(file)} is no table: its lines are not the same number of fields with tabs, semicolons, commas or blanks between them.`,
    )
  const { delimiter, text, fields } = shape
  // A header may lack the delimiter that ends all other lines.
  const isEnded = rows.every((row) => cellsOf(row, text).length !== fields || cellsOf(row, text).at(-1) === '')
  const first = rows.findIndex((row) => [fields, isEnded ? fields - 1 : fields].includes(cellsOf(row, text).length))
  const [head = [], second = [], third = []] = rows
    .slice(first, first + 3)
    .map((row) => (isEnded ? cellsOf(row, text).slice(0, fields - 1) : cellsOf(row, text)))
  const hasHeader = head.some((cell) => cell !== '') && !head.some(hasDigitFirst)
  const isUnits =
    hasHeader && second.length > 0 && !second.some(isNumber) && !second.some(hasDigitFirst) && third.some(isNumber)
  return {
    form: 'csv',
    ...(delimiter === 'comma' ? {} : { delimiter }),
    ...(hasHeader ? {} : { header: head.map((_, index) => `c${index + 1}`) }),
    ...(first > 0 ? { skip: lines.indexOf(rows[first] ?? '') } : {}),
    ...(comment === undefined ? {} : { comment }),
    ...(isUnits ? { unitsRow: true } : {}),
    ...(hasHeader ? longForm(head) : {}),
  }
}

async function firstLines(file: string): Promise<readonly string[]> {
  const lines: string[] = []
  for await (const line of linesOf(fileBytes(file))) {
    lines.push(lines.length === 0 ? line.replace(/^\ufeff/, '') : line)
    if (lines.length >= linesMax) break
  }
  return lines
}

function shapeOf(rows: readonly string[]): { delimiter: Delimiter; text: string; fields: number } | undefined {
  for (const [delimiter, text] of delimiters) {
    const counts = Map.groupBy(
      rows.map((row) => cellsOf(row, text).length),
      (count) => count,
    )
    const [fields = 0, like = []] = [...counts].sort(([, a], [, b]) => b.length - a.length)[0] ?? []
    if (fields > 1 && like.length >= rows.length * 0.6) return { delimiter, text, fields }
  }
  return undefined
}

/** The cells of a line. Quotes hold delimiters. */
function cellsOf(row: string, delimiter: string): readonly string[] {
  const cells = delimiter === ' ' ? row.trim().split(/[ \t]+/) : splitQuoted(row, delimiter)
  return cells.map((cell) => cell.trim().replaceAll(/^"|"$/g, ''))
}

function splitQuoted(row: string, delimiter: string): string[] {
  const cells = ['']
  let isQuoted = false
  for (const letter of row) {
    if (letter === '"') isQuoted = !isQuoted
    if (letter === delimiter && !isQuoted) cells.push('')
    else cells[cells.length - 1] += letter
  }
  return cells
}

function longForm(head: readonly string[]): { readonly long?: NonNullable<CsvForm['long']> } {
  const namingFile = (pattern: RegExp): string | undefined => head.find((cell) => pattern.test(cell))
  const [name, value, unit] = [
    namingFile(/^(pid|name|signal|parameter|sensor|key|metric)$/i),
    namingFile(/^(value|val|reading)$/i),
    namingFile(/^units?$/i),
  ]
  return name === undefined || value === undefined
    ? {}
    : { long: { name, value, ...(unit === undefined ? {} : { unit }) } }
}
