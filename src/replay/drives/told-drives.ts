// The drives that TeslaMate tells of its own positions: results, which are no samples. They are
// read to be held against what is played, and are not sent. Form: the table `drives` of TeslaMate
// 4.1.1 as CSV with a header; instants are UTC, distances km by the odometer
// (`TeslaMate.Log.close_drive`).
import { basename } from 'node:path'
import { parseInstant } from '../../mapping/instants.ts'
import { plainColumn } from '../../mapping/open-mapping.ts'
import { lackingError } from '../exported-table.ts'
import { csvReader } from '../readers/csv.ts'
import { RecordingError } from '../recorded-sample.ts'
import { rowsOf } from '../recording.ts'
import type { Row } from '../rows.ts'

export type ToldDrive = {
  readonly id: string
  /** As the positions name it: a segment of the recording. */
  readonly car: string
  readonly startAt: number
  readonly endAt: number
  /** Undefined where none is told. */
  readonly distanceM: number | undefined
}

export type ToldDrives = {
  readonly drives: readonly ToldDrive[]
  /** Drives that are not over, or that TeslaMate never closed. */
  readonly endless: number
  /** Rows without a readable time or distance, or with another number of fields than the header. */
  readonly unreadable: number
  /** The first few of them, each a text with its id, or its line where it has none, and the
   *  reason. */
  readonly unreadableTexts: readonly string[]
}

/** More than a car drives in its life, times a thousand cars. */
const drivesMax = 5_000_000
const unreadableTextsMax = 5
const columns = ['id', 'car_id', 'start_date', 'end_date', 'distance'] as const
type Column = (typeof columns)[number]
const remedy = `--drives reads the table drives of TeslaMate: psql teslamate --csv -c 'SELECT * FROM drives ORDER BY id'`

/** Rejects with a `RecordingError` that names the column. */
export async function readDrives(file: string): Promise<ToldDrives> {
  const drives: ToldDrive[] = []
  let [endless, unreadable] = [0, 0]
  let names: ReadonlyMap<string, string> | undefined
  const unreadableTexts: string[] = []
  const refuse = (text: string): void => {
    unreadable++
    if (unreadableTexts.length < unreadableTextsMax) unreadableTexts.push(text)
  }
  let unreadText: string | undefined
  for await (const { row, line } of rowsOf(file, csvReader({ form: 'csv' }))) {
    if (Object.keys(row).length === 0) {
      refuse(`line ${line} has another number of fields than the header`)
      continue
    }
    names ??= columnNames(file, row)
    const text = (column: Column): string => (row[names?.get(column) ?? ''] ?? '').trim()
    const [startAt, endAt] = [parseInstant(text('start_date'), 'UTC'), parseInstant(text('end_date'), 'UTC')]
    const distanceM = metresOf(text('distance'))
    if (text('end_date') === '' && startAt !== undefined) endless++
    else if (startAt === undefined || endAt === undefined || endAt < startAt || Number.isNaN(distanceM)) {
      refuse(`drive ${text('id').slice(0, 20) || `of line ${line}`}: ${whyUnreadable(text, startAt, endAt)}`)
      unreadText ??= `"${text('start_date').slice(0, 40)}" to "${text('end_date').slice(0, 40)}" and "${text('distance').slice(0, 20)}"`
    } else drives.push({ id: text('id'), car: text('car_id'), startAt, endAt, distanceM })
    if (drives.length > drivesMax)
      throw new RecordingError('format', `${basename(file)} has more than ${drivesMax} drives. Split it.`)
  }
  if (drives.length === 0 && unreadText !== undefined)
    throw new RecordingError(
      'format',
      `${basename(file)} has no drive whose columns "start_date", "end_date" and "distance" are readable; the first has ${unreadText}, not such as 2026-03-01 08:00:00 and 12.5. A spreadsheet writes them anew: ${remedy}.`,
    )
  return { drives, endless, unreadable, unreadableTexts }
}

/** The first column that is wrong; `text` gives what stands in one. */
function whyUnreadable(
  text: (column: Column) => string,
  startAt: number | undefined,
  endAt: number | undefined,
): string {
  const shown = (column: Column): string => `"${column}" is "${text(column).slice(0, 40)}"`
  if (startAt === undefined) return `${shown('start_date')}, no time such as 2026-03-01 08:00:00`
  if (endAt === undefined) return `${shown('end_date')}, no time such as 2026-03-01 08:00:00`
  if (endAt < startAt) return `${shown('end_date')}, before "start_date", which is "${text('start_date').slice(0, 40)}"`
  return `${shown('distance')}, no number such as 12.5`
}

/** The columns as the file writes them. */
function columnNames(file: string, row: Row): ReadonlyMap<string, string> {
  const there = Object.keys(row)
  const names = new Map(there.toReversed().map((name) => [plainColumn(name), name]))
  const lacking = columns.filter((column) => !names.has(column))
  if (lacking.length > 0) throw lackingError(file, lacking, there, remedy)
  return names
}

/** NaN for what is no number. */
function metresOf(km: string): number | undefined {
  if (km === '') return undefined
  return /^\d+(\.\d+)?(e[+-]?\d+)?$/i.test(km) ? Number(km) * 1000 : Number.NaN
}
