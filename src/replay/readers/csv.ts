// Tables of texts: CSV with any of four delimiters, with or without a header, with comments, a row
// of units, or rows of kind and value. Invariant: a row has the fields of the header, all of them;
// a row with another number of them is passed on empty.
import { Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import type { CsvForm } from '../../mapping/mapping.ts'
import { RecordingError } from '../recorded-sample.ts'
import type { NumberedRow, Reader } from '../rows.ts'
import { linesOf } from './lines.ts'

/** A quote that is never closed would take the rest of the file for one field. */
const recordBytesMax = 1024 * 1024

const remedies: Readonly<Partial<Record<CsvError['code'], string>>> = {
  CSV_QUOTE_NOT_CLOSED: ' Is it cut off? Export it again.',
  CSV_INVALID_CLOSING_QUOTE: ' A quote within a text is written twice (""), and not with a backslash before it.',
}

const delimiters = { comma: ',', semicolon: ';', tab: '\t', blank: ' ' } as const

type Record_ = { readonly record: readonly string[]; readonly info: { readonly lines: number } }

export const csvReader = (form: CsvForm): Reader =>
  async function* (bytes) {
    const told: Record<string, string> = {}
    const isAsItIs = form.skip === undefined && form.comment === undefined && form.delimiter !== 'blank'
    const source = Readable.from(isAsItIs ? bytes : cleaned(bytes, form, told), { objectMode: true })
    const parser = parse({
      delimiter: delimiters[form.delimiter ?? 'comma'],
      bom: true,
      relax_column_count: true,
      skip_empty_lines: true,
      info: true,
      max_record_size: recordBytesMax,
    })
    // Errors do not pass through pipe().
    source.on('error', (error) => parser.destroy(error))
    source.pipe(parser)
    try {
      yield* tableRows(parser as AsyncIterable<Record_>, form, told)
    } catch (error) {
      if (!(error instanceof CsvError)) throw error
      throw new RecordingError(
        'format',
        `it is not a readable CSV file: ${error.message}.${remedies[error.code] ?? ''}`,
        error,
      )
    } finally {
      source.destroy()
      parser.destroy()
    }
  }

/** Skipped lines and comments as empty ones, so that the others keep their numbers; runs of blanks
 *  as one where they delimit. */
async function* cleaned(
  bytes: AsyncIterable<Uint8Array>,
  form: CsvForm,
  told: Record<string, string>,
): AsyncGenerator<string> {
  const { skip = 0, comment } = form
  let line = 0
  let isBefore = true
  for await (const raw of linesOf(bytes)) {
    line++
    const text = line === 1 && raw.startsWith('\ufeff') ? raw.slice(1) : raw
    const isComment = comment !== undefined && text.trimStart().startsWith(comment)
    if (line > skip && !isComment) {
      if (text.trim() !== '') isBefore = false
      yield `${form.delimiter === 'blank' ? text.trim().replaceAll(/[ \t]+/g, ' ') : text}\n`
      continue
    }
    if (isBefore) tell(isComment ? text.trimStart().slice(comment.length) : text, told)
    yield '\n'
  }
}

/** More than any writer says of a recording before it begins. */
const toldMax = 100

function tell(text: string, told: Record<string, string>): void {
  const [, name, value] =
    /^([^=:]{1,60}?)\s*[=:]\s*(.{1,200}?)$/.exec(text.trim().replaceAll(/^"|"$/g, '').trim()) ?? []
  if (name !== undefined && value !== undefined && Object.keys(told).length < toldMax) told[`# ${name}`] = value.trim()
}

async function* tableRows(
  records: AsyncIterable<Record_>,
  form: CsvForm,
  told: Readonly<Record<string, string>>,
): AsyncGenerator<NumberedRow> {
  let header = form.header
  let names = header === undefined ? undefined : columnNames(header)
  let isUnits = false
  let [rows, torn] = [0, 0]
  for await (const { record, info } of records) {
    if (names === undefined) {
      header = record
      names = columnNames(record)
      isUnits = form.unitsRow === true
    } else if (isUnits) {
      names = names.map((name, index) =>
        (record[index] ?? '').trim() === '' ? name : `${name} [${record[index]?.trim()}]`,
      )
      isUnits = false
    } else if (!isSame(record, header)) {
      const row = rowOf(record, names, form, told)
      rows++
      if (Object.keys(row).length === 0) torn++
      yield { row, line: info.lines }
    }
  }
  if (names === undefined) throw new RecordingError('format', 'it is empty: it has not even a header line.')
  if (rows > 0 && torn === rows)
    throw new RecordingError(
      'format',
      `none of its ${rows} rows has as many fields as its header: ${names.join(', ').slice(0, 200)}. Is its delimiter another than the mapping's ` +
        `(${form.delimiter ?? 'comma'}; spreadsheets write semicolons), or is its header further down? Export it again, or say from.delimiter or from.skip in a mapping of your own.`,
    )
}

/** Trimmed, and told apart where two are the same; without the one that a delimiter at the end of
 *  the line makes. */
function columnNames(header: readonly string[]): readonly string[] {
  const names = header.map((name) => name.trim())
  if (names.length > 1 && names.at(-1) === '') names.pop()
  const seen = new Map<string, number>()
  return names.map((name) => {
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    return times === 1 ? name : `${name} (${times})`
  })
}

const isSame = (record: readonly string[], header: readonly string[] | undefined): boolean =>
  header !== undefined && record.length === header.length && record.every((text, index) => text === header[index])

function rowOf(
  record: readonly string[],
  names: readonly string[],
  { long, shortRows = false }: CsvForm,
  told: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const isShort = shortRows && record.length < names.length
  const isWhole = record.length === names.length || (record.length === names.length + 1 && record.at(-1)?.trim() === '')
  if (!isWhole && !isShort) return {}
  const row: Record<string, string> = {}
  for (const [index, name] of names.entries()) row[name] = record[index] ?? ''
  Object.assign(row, told)
  if (long === undefined) return row
  const { [long.name]: kind = '', [long.value]: value = '', ...others } = row
  const unit = long.unit === undefined ? '' : (others[long.unit] ?? '').trim()
  if (long.unit !== undefined) delete others[long.unit]
  return kind.trim() === '' ? others : { ...others, [unit === '' ? kind.trim() : `${kind.trim()} [${unit}]`]: value }
}
