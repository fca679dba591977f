// A file of vehicles as it comes from spreadsheets: any of the usual encodings and separators.
// Invariant: every fault names its line, its column and the remedy; lines are told apart from each
// other, so that one that cannot be read leaves the others as they are.
import { CsvError, parse } from 'csv-parse/sync'
import { csvLimits, readHeader, readLine, type CsvFault, type CsvLine } from './registry-csv.ts'

/** Without lines where the header or the form of the file is at fault. */
export type CsvFile = {
  readonly columns: readonly string[]
  readonly lines: readonly CsvLine[]
  readonly faults: readonly CsvFault[]
}

export function readCsv(bytes: Uint8Array): CsvFile {
  const text = textOf(bytes)
  const end = text.search(/[\r\n]/)
  const first = end < 0 ? text : text.slice(0, end)
  const delimiter = [';', '\t', ','].find((each) => first.split(each).some(isVehicleColumn)) ?? ','
  let rows: readonly Row[]
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- rows with `info` are so
    rows = parse(text, { delimiter, relax_column_count: true, skip_empty_lines: true, info: true }) as unknown as Row[]
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const line = typeof error['lines'] === 'number' ? error['lines'] : 1
    return unreadable(line, `The file cannot be read from there on: ${error.message}. Is a quote not closed?`)
  }
  const [header, ...others] = rows
  if (header === undefined) return unreadable(1, 'The file is empty: its first line names the columns.')
  if (others.length > csvLimits.lines)
    return unreadable(csvLimits.lines + 2, `A file has at most ${csvLimits.lines} vehicles: divide it.`)
  const { columns, faults } = readHeader(header.record)
  if (faults.length > 0) return { columns, lines: [], faults }
  return { columns, lines: withoutRepeats(others.map((row) => readLine(columns, row.record, row.info.lines))), faults }
}

type Row = { readonly record: readonly string[]; readonly info: { readonly lines: number } }

const isVehicleColumn = (name: string): boolean => /^\W*vehicle\W*$/i.test(name)

const unreadable = (line: number, message: string): CsvFile => ({
  columns: [],
  lines: [],
  faults: [{ line, column: 'vehicle', message }],
})

/** Spreadsheets write UTF-8 with a mark or without, UTF-16, or the code page of Western Windows,
 *  which takes any bytes. */
function textOf(bytes: Uint8Array): string {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}

function withoutRepeats(lines: readonly CsvLine[]): readonly CsvLine[] {
  const lineOf = new Map<string, number>()
  return lines.map((each) => {
    const before = lineOf.get(each.vehicle)
    if (before === undefined) {
      lineOf.set(each.vehicle, each.line)
      return each
    }
    const message = `The vehicle stands in line ${before} already: remove one of the two.`
    return { ...each, faults: [...each.faults, { line: each.line, column: 'vehicle', message }] }
  })
}
