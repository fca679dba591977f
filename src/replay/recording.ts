// A recording as samples: the rows of a CSV file (plain or gzip) through a mapping, one at a time, so that a file of any
// size needs the memory of one row. Invariant: no value is made up. An empty field is null, one that is no number, has an
// unknown code or lies outside the signal's range is { invalid: reason }, and each of them is counted.
import { createReadStream } from 'node:fs'
import { access, open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { CsvError, parse } from 'csv-parse'
import { openColumns, type RowReader } from './columns.ts'
import { parseInstant } from './instants.ts'
import type { Mapping, StartTable } from './mapping.ts'
import { newTally, RecordingError, type RecordedSample, type RecordingTally } from './recorded-sample.ts'

export type { RecordedSample } from './recorded-sample.ts'

export type ReadingOptions = {
  /** When the recording started, for one that has no date of its own. Epoch milliseconds. */
  readonly startAt?: number
  readonly tally?: RecordingTally
}

/** Reads a recording row by row, in the order of the file. Signals are VSS paths in VSS units; the first sample of a segment
 *  carries the mapping's constants too. Rejects with a `RecordingError`. */
export async function* readRecording(file: string, mapping: Mapping, options: ReadingOptions = {}): AsyncIterable<RecordedSample> {
  const tally = options.tally ?? newTally()
  const fileSegment = basename(file).split('.')[0] ?? ''
  const startAt =
    options.startAt ?? (await recordedStartAt(file, fileSegment, mapping)) ?? ('startAt' in mapping.time ? mapping.time.startAt : 0)
  const starts = new Set<string>()
  let row: RowReader | undefined
  for await (const fields of rowsOf(file, mapping.delimiter)) {
    if (row === undefined) {
      row = openColumns(fields, mapping, { file: basename(file), fileSegment, startAt, tally })
      continue
    }
    tally.rows++
    const sample = row(fields)
    if (sample === undefined) {
      tally.rowsSkipped++
      continue
    }
    if (starts.has(sample.segment)) yield sample
    else {
      starts.add(sample.segment)
      yield { ...sample, signals: { ...mapping.constants, ...sample.signals } }
    }
  }
  if (row === undefined) throw new RecordingError('format', `${basename(file)} is empty: it has not even a header line.`)
}

async function* rowsOf(file: string, delimiter: string): AsyncIterable<readonly string[]> {
  const isCompressed = await isGzip(file).catch((error: unknown) => {
    throw readable(error, file)
  })
  const raw = createReadStream(file)
  // Errors do not pass through pipe(): each stage hands its own to the parser, which is what we read.
  const parser = parse({ delimiter, bom: true, relax_column_count: true, skip_empty_lines: true })
  const chain: Readable[] = [raw]
  try {
    if (isCompressed) chain.push(raw.pipe(createGunzip()))
    for (const stage of chain) stage.on('error', (error) => parser.destroy(error))
    chain.at(-1)?.pipe(parser)
    for await (const fields of parser as AsyncIterable<string[]>) yield fields
  } catch (error) {
    throw readable(error, file)
  } finally {
    for (const stage of chain) stage.destroy()
    parser.destroy()
  }
}

async function isGzip(file: string): Promise<boolean> {
  await using handle = await open(file)
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0)
  return bytesRead === 2 && buffer.readUInt16BE(0) === 0x1f8b
}

function readable(error: unknown, file: string): unknown {
  if (!(error instanceof Error)) return error
  const code = 'code' in error ? String(error.code) : ''
  if (error instanceof CsvError)
    return new RecordingError('format', `${basename(file)} is not a readable CSV file: ${error.message}`, error)
  if (code.startsWith('Z_')) return new RecordingError('format', `${basename(file)} is a broken or truncated gzip file (${code}).`, error)
  if (code === 'ENOENT') return new RecordingError('file', `There is no file ${file}.`, error)
  if (code === 'EISDIR') return new RecordingError('file', `${file} is a folder; name one recording in it.`, error)
  if (code === 'EACCES') return new RecordingError('file', `${file} may not be read by this user.`, error)
  return error
}

/** When the segment started, by the table beside the recording; undefined when there is no table or no line in it. */
async function recordedStartAt(file: string, segment: string, { time }: Mapping): Promise<number | undefined> {
  const table = time.kind === 'seconds' ? time.startTable : undefined
  if (table === undefined) return undefined
  const path = join(dirname(file), table.file)
  const isThere = await access(path).then(
    () => true,
    () => false,
  )
  return isThere ? await startInTable(path, segment, table) : undefined
}

async function startInTable(path: string, segment: string, { keyColumn, timeColumn, zone }: StartTable): Promise<number | undefined> {
  let header: readonly string[] | undefined
  for await (const fields of rowsOf(path, ',')) {
    if (header === undefined) header = fields
    else if (fields[header.indexOf(keyColumn)] === segment) return parseInstant(fields[header.indexOf(timeColumn)] ?? '', zone)
  }
  return undefined
}
