// The devices of Traccar 6.14.5, from an export of its table (CSV) or from its API (JSON,
// `GET /api/devices`): what is needed to say which cars they are.
import { basename } from 'node:path'
import { readExportedTable, tornError } from '../exported-table.ts'
import { RecordingError } from '../recorded-sample.ts'

export type Device = {
  /** The row number, by which positions name it. */
  readonly id: string
  readonly name: string
  /** The tracker's name for itself, mostly an IMEI. */
  readonly uniqueId: string
  /** The icon on the map that a user chose; empty for none. */
  readonly category: string
}

const remedy =
  'Export SELECT id, name, uniqueid, category FROM tc_devices ORDER BY id as CSV, or take what GET /api/devices answers'
const form = { one: 'device', many: 'devices', columns: ['id', 'name', 'uniqueid', 'category'], remedy }

/** Rejects with a `RecordingError` that names the column and the remedy. */
export async function readDevices(file: string): Promise<readonly Device[]> {
  const rows = await readExportedTable(file, form)
  const torn = rows.find(({ isTorn }) => isTorn)
  // A table of cars is short and is the whole of what a history is played by: a row that is torn is
  // an error.
  if (torn !== undefined) throw tornError(file, torn, form)
  const devices = rows.map(({ text }) => ({
    id: text('id'),
    name: text('name'),
    uniqueId: text('uniqueid'),
    category: text('category'),
  }))
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
