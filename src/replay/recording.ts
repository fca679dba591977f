// A recording as samples: rows of its reader through a mapping, one at a time, so that a file of
// any size needs the memory of one row. Invariant: no value is made up, and each that is empty or
// invalid is counted.
import { access } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { countedRule, datedClockwork, mappedStart } from '../mapping/clockwork.ts'
import { openGathering } from '../mapping/gather.ts'
import { fieldsOf, jsonColumnOf } from '../mapping/json-cells.ts'
import type { Catalogue } from '../model/catalogue.ts'
import type { Mapping, StartRule } from '../mapping/mapping.ts'
import {
  isTable,
  lackingColumns,
  openMapping,
  passedOverColumns,
  plainColumn,
  type RowMapper,
} from '../mapping/open-mapping.ts'
import { valueFields } from '../mapping/values.ts'
import { fileBytes } from './bytes.ts'
import { csvReader } from './readers/csv.ts'
import { openReader } from './readers/readers.ts'
import { newRecordingTally, RecordingError, type RecordedSample, type RecordingTally } from './recorded-sample.ts'
import type { NumberedRow, Reader, Row } from './rows.ts'

export type { RecordedSample } from './recorded-sample.ts'

export type ReadingOptions = {
  /** When the recording started, for one that has no date of its own. Epoch milliseconds. */
  readonly startAt?: number
  /** The same where neither the recording nor what lies beside it says so. */
  readonly undatedAt?: number
  readonly tally?: RecordingTally
  /** Of the signals that the mapping names; VSS's when absent. */
  readonly catalogue?: Catalogue | undefined
  /** The answer of `sparseColumns` for the file; it is asked when this is left out. */
  readonly sparse?: ReadonlySet<string>
}

/** Reads a recording row by row, in the order of the file. Signals are VSS paths in VSS units;
 *  the first sample of a segment carries the mapping's constants too. Rejects with a
 *  `RecordingError`. */
export async function* readRecording(
  file: string,
  mapping: Mapping,
  options: ReadingOptions = {},
): AsyncGenerator<RecordedSample> {
  const tally = options.tally ?? newRecordingTally()
  const sparse = options.sparse ?? (await sparseColumns(file, mapping))
  const started = new Set<string>()
  for await (const sample of samplesOf(file, mapping, { ...options, sparse, tally })) {
    if (started.has(sample.segment)) yield sample
    else {
      started.add(sample.segment)
      yield { ...sample, signals: { ...mapping.constants, ...sample.signals } }
    }
  }
}

async function* samplesOf(
  file: string,
  mapping: Mapping,
  options: ReadingOptions & { readonly sparse: ReadonlySet<string>; readonly tally: RecordingTally },
): AsyncGenerator<RecordedSample> {
  const { tally } = options
  const gathering = openGathering(!isTable(mapping.from))
  let map: RowMapper | undefined
  for await (const { row } of rowsOf(file, openReader(mapping.from, dirname(file), tally.notes))) {
    tally.rows++
    if (map === undefined && !isEmpty(row)) map = await openRows(file, mapping, row, options)
    const sample = isEmpty(row) ? undefined : map?.(row)
    if (sample === undefined) tally.rowsSkipped++
    const whole = sample === undefined ? undefined : gathering.add(sample)
    if (whole !== undefined) yield whole
  }
  const last = gathering.end()
  if (last !== undefined) yield last
}

const isEmpty = (row: Row): boolean => Object.keys(row).length === 0

async function openRows(
  file: string,
  mapping: Mapping,
  first: Row,
  {
    startAt,
    undatedAt,
    sparse,
    tally,
    catalogue,
  }: ReadingOptions & { readonly sparse: ReadonlySet<string>; readonly tally: RecordingTally },
): Promise<RowMapper> {
  const columns = isTable(mapping.from) ? Object.keys(first) : undefined
  const lacking = columns === undefined ? [] : lackingColumns(mapping, columns)
  if (columns !== undefined && lacking.length > 0)
    throw new RecordingError(
      'column',
      `${basename(file)} has no column ${lacking.map((column) => `"${column}"`).join(', ')}, which the mapping ${mapping.name} reads. ` +
        `Its columns are: ${columns.join(', ')}. Is it another kind of recording, or is the delimiter not a ${'delimiter' in mapping.from ? mapping.from.delimiter : 'comma'}?`,
    )
  if (columns !== undefined) tallyColumns(file, mapping, columns, tally)
  return openMapping(mapping, {
    ...(columns === undefined ? {} : { columns }),
    ...(catalogue === undefined ? {} : { catalogue }),
    segment: basename(file).split('.')[0] ?? '',
    startAt: startAt ?? (await startOf(file, mapping, first, undatedAt)),
    isSparse: (field) => sparse.has(plainColumn(field)),
    onLack: (fields, why) => {
      let count = tally.columns.get(fields)
      if (count === undefined) tally.columns.set(fields, (count = { empty: 0, invalid: 0 }))
      count[why]++
    },
    onObject: (column) => tally.objects.set(column, (tally.objects.get(column) ?? 0) + 1),
  })
}

function tallyColumns(
  file: string,
  mapping: Mapping,
  columns: readonly string[],
  { lacking, objects }: RecordingTally,
): void {
  for (const column of passedOverColumns(mapping, columns))
    lacking.set(column, [...(lacking.get(column) ?? []), basename(file)])
  const ofJson = new Set([...fieldsOf(mapping)].map((field) => plainColumn(jsonColumnOf(mapping.from, field) ?? '')))
  for (const column of columns) if (ofJson.has(plainColumn(column))) objects.set(column, objects.get(column) ?? 0)
}

/** The rows of a file; errors of its reader name it. */
export async function* rowsOf(file: string, reader: Reader): AsyncGenerator<NumberedRow> {
  const bytes = fileBytes(file)
  try {
    yield* reader(bytes)
  } catch (error) {
    throw namingFile(error, file)
  }
}

/** Readers do not know the name of what they read. */
export function namingFile(error: unknown, file: string): unknown {
  const isNamed = !(error instanceof RecordingError) || error.message.includes(basename(file))
  return isNamed ? error : new RecordingError(error.code, `${basename(file)}: ${error.message}`, error.cause)
}

/** The columns, in plain form, that are filled in less than half of a table's rows, of those whose
 *  rules do not say what an empty field means. Sensors of different rates in one table leave most
 *  fields of most rows empty: that says nothing of them. */
export async function sparseColumns(file: string, mapping: Mapping): Promise<ReadonlySet<string>> {
  if (mapping.absent !== undefined || !isTable(mapping.from)) return new Set()
  const asked = Object.values(mapping.signals)
    .flat()
    .filter(({ absent }) => absent === undefined)
  const fields = new Map(
    asked.flatMap((rule) =>
      valueFields(rule)
        .filter((field) => jsonColumnOf(mapping.from, field) === undefined)
        .map((field) => [plainColumn(field), new Set(['', ...(rule.unknown ?? mapping.unknown ?? [])])]),
    ),
  )
  if (fields.size === 0) return new Set()
  const filled = new Map<string, number>()
  const plains = new Map<string, string>()
  let rows = 0
  for await (const { row } of rowsOf(file, openReader(mapping.from, dirname(file)))) {
    if (isEmpty(row)) continue
    rows++
    for (const [column, text] of Object.entries(row)) {
      let plain = plains.get(column)
      if (plain === undefined) plains.set(column, (plain = plainColumn(column)))
      if (fields.get(plain)?.has(text.trim()) === false) filled.set(plain, (filled.get(plain) ?? 0) + 1)
    }
  }
  return new Set([...fields.keys()].filter((field) => (filled.get(field) ?? 0) * 2 < rows))
}

/** When counted time begins, by the recording or what lies beside it, else by the mapping. `# file`
 *  is the file's name up to its last dot. */
async function startOf(file: string, mapping: Mapping, first: Row, undatedAt: number | undefined): Promise<number> {
  const name = basename(file)
  const start = countedRule(mapping.time)?.start
  const inTable =
    start !== undefined && 'table' in start
      ? await startInTable(join(dirname(file), start.table), name.split('.')[0] ?? '', start)
      : undefined
  return (
    inTable ??
    mappedStart(mapping, { ...first, '# file': name.slice(0, name.length - extname(name).length) }, undatedAt)
  )
}

async function startInTable(
  path: string,
  segment: string,
  { key, time }: Extract<StartRule, { table: string }>,
): Promise<number | undefined> {
  const isThere = await access(path).then(
    () => true,
    () => false,
  )
  if (!isThere) return undefined
  for await (const { row } of rowsOf(path, csvReader({ form: 'csv', shortRows: true })))
    if (row[key] === segment) return datedClockwork(time)(row, '')
  return undefined
}
