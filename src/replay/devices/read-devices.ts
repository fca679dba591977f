// The devices of Traccar 6.14.5, from an export of its table (CSV) or from its API (JSON, `GET /api/devices`): what is needed to say which cars they are.
import { basename } from 'node:path'
import { plainColumn } from '../../mapping/open-mapping.ts'
import { bytesOf } from '../bytes.ts'
import { csvReader } from '../readers/csv.ts'
import { RecordingError } from '../recorded-sample.ts'
import { rowsOf } from '../recording.ts'

export type Device = {
  /** The row number, by which positions name it. */
  readonly id: string
  readonly name: string
  /** What the tracker calls itself, mostly an IMEI. */
  readonly uniqueId: string
  /** The icon on the map that a user chose; empty for none. */
  readonly category: string
}

const bytesMax = 64 * 1024 * 1024
const devicesMax = 200_000
const columns = ['id', 'name', 'uniqueid', 'category'] as const
const remedy = 'Export SELECT id, name, uniqueid, category FROM tc_devices ORDER BY id as CSV, or take what GET /api/devices answers'

/** Rejects with a `RecordingError` that names the column and the remedy. */
export async function readDevices(file: string): Promise<readonly Device[]> {
  const fields: readonly ((name: string) => string)[] = (await isJson(file)) ? await jsonFields(file) : await csvFields(file)
  if (fields.length === 0) throw new RecordingError('format', `${basename(file)} has no device. ${remedy}.`)
  if (fields.length > devicesMax) throw new RecordingError('format', `${basename(file)} has more than ${devicesMax} devices. Split it.`)
  const devices = fields.map((told) => ({ id: told('id'), name: told('name'), uniqueId: told('uniqueid'), category: told('category') }))
  refuseDoubtful(file, devices)
  return devices
}

function refuseDoubtful(file: string, devices: readonly Device[]): void {
  const refuse = (why: string): never => {
    throw new RecordingError('format', `${basename(file)}: ${why} ${remedy}.`)
  }
  const known = { id: new Set<string>(), uniqueId: new Set<string>() }
  for (const { id, uniqueId } of devices) {
    if (!/^\d{1,19}$/.test(id)) refuse(`the column "id" has "${id.slice(0, 40)}", which is no row number.`)
    // A spreadsheet takes an IMEI for a number of which it keeps a few digits.
    if (uniqueId === '' || /^\d([.,]\d+)?E\+\d+$/i.test(uniqueId))
      refuse(`the column "uniqueid" of device ${id} has "${uniqueId}": a spreadsheet may have taken it for a number.`)
    for (const [column, text] of Object.entries({ id, uniqueId })) {
      const before = known[column as keyof typeof known]
      if (before.has(text)) refuse(`the column "${column.toLowerCase()}" of device ${id} stands there twice.`)
      before.add(text)
    }
  }
}

/** By the first byte that is no blank. */
async function isJson(file: string): Promise<boolean> {
  for await (const bytes of bytesOf(file)) {
    const [first = ''] = Buffer.from(bytes)
      .toString('utf8')
      .replace(/^\ufeff/, '')
      .trimStart()
    if (first !== '') return first === '[' || first === '{'
  }
  return false
}

async function csvFields(file: string): Promise<readonly ((name: string) => string)[]> {
  const devices: ((name: string) => string)[] = []
  for await (const { row, line } of rowsOf(file, csvReader({ form: 'csv' }))) {
    // A table of cars is short and is the whole of what a history is played by: a row that is torn is an error.
    if (Object.keys(row).length === 0)
      throw new RecordingError(
        'format',
        `${basename(file)}: line ${line} has another number of fields than the header. Is it cut off? ${remedy}.`,
      )
    const plain = new Map(Object.entries(row).map(([name, text]) => [plainColumn(name), text.trim()]))
    if (devices.length === 0) refuseLacking(file, [...plain.keys()], Object.keys(row))
    devices.push((name) => plain.get(name) ?? '')
  }
  return devices
}

async function jsonFields(file: string): Promise<readonly ((name: string) => string)[]> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const bytes of bytesOf(file)) {
    if ((size += bytes.byteLength) > bytesMax)
      throw new RecordingError('format', `${basename(file)} has more than ${bytesMax} bytes. ${remedy}.`)
    parts.push(bytes)
  }
  let json: unknown
  try {
    json = JSON.parse(
      Buffer.concat(parts)
        .toString('utf8')
        .replace(/^\ufeff/, ''),
    )
  } catch (error) {
    throw new RecordingError('format', `${basename(file)} is no JSON: is it cut off? ${remedy}.`, error)
  }
  if (!Array.isArray(json) || !json.every((device) => typeof device === 'object' && device !== null))
    throw new RecordingError('format', `${basename(file)} is JSON, but no list of devices. ${remedy}.`)
  return (json as readonly Readonly<Record<string, unknown>>[]).map((device) => {
    const plain = new Map(Object.entries(device).map(([name, value]) => [plainColumn(name), value]))
    refuseLacking(file, [...plain.keys()], Object.keys(device))
    return (name) => {
      const value = plain.get(name)
      return typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : ''
    }
  })
}

function refuseLacking(file: string, plain: readonly string[], shown: readonly string[]): void {
  const lacking = columns.filter((column) => !plain.includes(column))
  if (lacking.length > 0)
    throw new RecordingError(
      'column',
      `${basename(file)} has no column ${lacking.map((column) => `"${column}"`).join(', ')}. Its columns are: ${shown.slice(0, 40).join(', ')}. ${remedy}.`,
    )
}
