// A short table of another platform, from an export of it (CSV) or from its API (a list in JSON):
// rows whose columns are known by name, however each of the two writes them. Invariant: what is no
// such export is a `RecordingError` that names the column and the remedy; no more than `bytesMax`
// of a file is held.
import { basename } from 'node:path'
import { plainColumn } from '../mapping/open-mapping.ts'
import { fileBytes } from './bytes.ts'
import { csvReader } from './readers/csv.ts'
import { RecordingError } from './recorded-sample.ts'
import { rowsOf } from './recording.ts'

/** Which table a file should be. */
export type TableForm = {
  /** The kind of thing a row is: `device`, and `devices` of several. */
  readonly one: string
  readonly many: string
  /** In plain form. */
  readonly columns: readonly string[]
  /** The export to make instead; a sentence without its full stop. */
  readonly remedy: string
}

export type ExportedRow = {
  /** Where it stands, for people: `line 3` of a CSV, `entry 2` of a list. */
  readonly place: string
  /** Of a CSV: it has another number of fields than the header, and no value then. */
  readonly isTorn: boolean
  /** The value as it came: a text from CSV, any JSON value from the API. */
  readonly value: (column: string) => unknown
  /** The value where it is a text or a number, without blanks around it; else empty. */
  readonly text: (column: string) => string
}

const bytesMax = 64 * 1024 * 1024
const rowsMax = 200_000

/** All rows, in the order of the file, and at least one. Rejects with a `RecordingError`. */
export async function readExportedTable(file: string, form: TableForm): Promise<readonly ExportedRow[]> {
  const rows = (await isJson(file)) ? await jsonRows(file, form) : await csvRows(file, form)
  if (rows.length === 0) throw new RecordingError('format', `${basename(file)} has no ${form.one}. ${form.remedy}.`)
  return rows
}

/** By the first byte that is no blank. */
async function isJson(file: string): Promise<boolean> {
  for await (const bytes of fileBytes(file)) {
    const [first = ''] = Buffer.from(bytes)
      .toString('utf8')
      .replace(/^\ufeff/, '')
      .trimStart()
    if (first !== '') return first === '[' || first === '{'
  }
  return false
}

async function csvRows(file: string, form: TableForm): Promise<readonly ExportedRow[]> {
  const rows: ExportedRow[] = []
  const reader = csvReader({ form: 'csv' })
  let isChecked = false
  try {
    for await (const { row, line } of rowsOf(file, (bytes) => reader(bounded(file, bytes, form)))) {
      const isTorn = Object.keys(row).length === 0
      const plain = new Map(Object.entries(row).map(([name, text]) => [plainColumn(name), text]))
      if (!isTorn && !isChecked) refuseLacking(file, form, [...plain.keys()], Object.keys(row))
      isChecked ||= !isTorn
      rows.push(rowOf(plain, `line ${line}`, isTorn))
      refuseTooMany(file, rows.length, form)
    }
  } catch (error) {
    const [first] = rows
    // The reader's remedy for rows that are all torn is one for mappings, of which there is none
    // here.
    if (first !== undefined && rows.every(({ isTorn }) => isTorn)) throw tornError(file, first, form, error)
    throw error
  }
  return rows
}

/** That a row has another number of fields than the header. */
export const tornError = (
  file: string,
  { place }: ExportedRow,
  { remedy }: TableForm,
  cause?: unknown,
): RecordingError =>
  new RecordingError(
    'format',
    `${basename(file)}: ${place} has another number of fields than the header. Is it cut off, or saved with semicolons? ${remedy}.`,
    cause,
  )

async function jsonRows(file: string, form: TableForm): Promise<readonly ExportedRow[]> {
  const json = parsed(file, await textOf(file, form), form)
  if (!Array.isArray(json) || !json.every((entry) => typeof entry === 'object' && entry !== null))
    throw new RecordingError('format', `${basename(file)} is JSON, but no list of ${form.many}. ${form.remedy}.`)
  refuseTooMany(file, json.length, form)
  return (json as readonly Readonly<Record<string, unknown>>[]).map((entry, index) => {
    const plain = new Map(Object.entries(entry).map(([name, value]) => [plainColumn(name), value]))
    refuseLacking(file, form, [...plain.keys()], Object.keys(entry))
    return rowOf(plain, `entry ${index + 1}`, false)
  })
}

async function textOf(file: string, form: TableForm): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const bytes of bounded(file, fileBytes(file), form)) parts.push(bytes)
  return Buffer.concat(parts)
    .toString('utf8')
    .replace(/^\ufeff/, '')
}

function parsed(file: string, text: string, { remedy }: TableForm): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new RecordingError('format', `${basename(file)} is no JSON: is it cut off? ${remedy}.`, error)
  }
}

async function* bounded(
  file: string,
  bytes: AsyncIterable<Uint8Array>,
  { remedy }: TableForm,
): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const piece of bytes) {
    if ((size += piece.byteLength) > bytesMax)
      throw new RecordingError('format', `${basename(file)} has more than ${bytesMax} bytes. ${remedy}.`)
    yield piece
  }
}

const rowOf = (plain: ReadonlyMap<string, unknown>, place: string, isTorn: boolean): ExportedRow => ({
  place,
  isTorn,
  value: (column) => plain.get(column),
  text: (column) => {
    const value = plain.get(column)
    return typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : ''
  },
})

function refuseTooMany(file: string, count: number, { many }: TableForm): void {
  if (count > rowsMax)
    throw new RecordingError('format', `${basename(file)} has more than ${rowsMax} ${many}. Split it.`)
}

function refuseLacking(
  file: string,
  { columns, remedy }: TableForm,
  plain: readonly string[],
  shown: readonly string[],
): void {
  const lacking = columns.filter((column) => !plain.includes(column))
  if (lacking.length > 0) throw lackingError(file, lacking, shown.slice(0, 40), remedy)
}

/** That columns lack; `shown` are those that are there. */
export const lackingError = (
  file: string,
  lacking: readonly string[],
  shown: readonly string[],
  remedy: string,
): RecordingError =>
  new RecordingError(
    'column',
    `${basename(file)} has no column ${lacking.map((column) => `"${column}"`).join(', ')}. Its columns are: ${shown.join(', ')}. ${remedy}.`,
  )
