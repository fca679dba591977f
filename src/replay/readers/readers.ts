// The readers of recordings by the form that a mapping names. A further form is a type in
// mapping/mapping.ts, its check in mapping/parse-mapping.ts and a line here.
import { readFile, stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import type { Form } from '../../mapping/mapping.ts'
import { RecordingError } from '../recorded-sample.ts'
import type { Reader } from '../rows.ts'
import { readCandump } from './candump.ts'
import { csvReader } from './csv.ts'
import { dbcBytesMax, parseDbc, type Dbc } from './dbc.ts'
import { readGpx } from './gpx.ts'
import { asJ1939 } from './j1939.ts'
import { readNmea } from './nmea.ts'
import type { Notes } from './notes.ts'
import { readOpenxc } from './openxc.ts'

/** `folder`: where the recording lies, for forms that need a file beside it. `notes` count what
 *  forms other than tables leave out or doubt. */
export function openReader(form: Form, folder: string, notes: Notes = new Map()): Reader {
  switch (form.form) {
    case 'csv':
      return csvReader(form)
    case 'gpx':
      return (bytes) => readGpx(bytes, notes)
    case 'nmea':
      return (bytes) => readNmea(bytes, notes)
    case 'openxc':
      return (bytes) => readOpenxc(bytes, notes)
    case 'candump':
      return async function* (bytes) {
        const dbc = await openDbc(resolve(folder, form.dbc))
        yield* readCandump(bytes, form.j1939 === true ? asJ1939(dbc) : dbc, notes)
      }
  }
}

async function openDbc(file: string): Promise<Dbc> {
  const name = basename(file)
  try {
    if ((await stat(file)).size > dbcBytesMax)
      throw new RecordingError('format', `it has more than ${dbcBytesMax} bytes. Is it a DBC file?`)
    return parseDbc(await readFile(file))
  } catch (error) {
    if (error instanceof RecordingError)
      throw new RecordingError(error.code, `the DBC ${name}: ${error.message}`, error)
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new RecordingError('file', `its DBC ${file} cannot be read (${code}). The mapping names it as "dbc".`, error)
  }
}
