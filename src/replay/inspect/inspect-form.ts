// Recordings that say by their form what they are: they are told by their first lines, and their
// draft is the mapping that comes with Roadstream.
import { basename, dirname } from 'node:path'
import type { Mapping } from '../../mapping/mapping.ts'
import { timeFields } from '../../mapping/clockwork.ts'
import { fileBytes } from '../bytes.ts'
import { shippedMapping } from '../mapping-catalogue.ts'
import type { Notes } from '../readers/notes.ts'
import { openReader } from '../readers/readers.ts'
import { RecordingError } from '../recorded-sample.ts'
import { rowsOf } from '../recording.ts'
import { profileOf } from './profile.ts'

const forms = [
  ['gpx', /<(?:\w+:)?gpx[\s>]/],
  ['nmea', /^[^\n$]{0,80}\$[A-OQ-Z][A-Z](?:RMC|GGA|GSA|VTG|ZDA|GSV|GLL),/m],
  ['openxc', /^\s*\{(?=[^\n]*"timestamp"\s*:)(?=[^\n]*"name"\s*:)[^\n]*\}\s*$/m],
  ['candump', /^\s*\([\d.: -]+\)\s+\w+\s+(?:[RT]X\s[^\n]*)?(?:[\dA-F]{3}|[\dA-F]{8})(?:##?|\s+\[\d)/im],
] as const
type FormName = (typeof forms)[number][0]
const headBytes = 16_384

/** Undefined for a table, and whatever else. */
export async function sniffForm(file: string): Promise<FormName | undefined> {
  let head = ''
  for await (const piece of fileBytes(file)) {
    head += Buffer.from(piece.buffer, piece.byteOffset, Math.min(piece.byteLength, headBytes)).toString('latin1')
    if (head.length >= headBytes) break
  }
  return forms.find(([, pattern]) => pattern.test(head))?.[0]
}

/** The content of each field, and the mapping that reads it. Rejects with a `RecordingError`: of a
 *  log of candump only its owner knows the database. */
export async function inspectForm(
  file: string,
  form: FormName,
): Promise<{ readonly report: string; readonly draft: Mapping }> {
  const name = basename(file)
  if (form === 'candump')
    throw new RecordingError(
      'format',
      `${name} is a log of candump. Its frames say nothing without the CAN database of the car: a mapping begins with ` +
        '"from": { "form": "candump", "dbc": "my-car.dbc" } (docs/replay.md).',
    )
  const { examples: _examples, ...draft } = shippedMapping(form)
  const notes: Notes = new Map()
  const { rows, columns } = await profileOf(rowsOf(file, openReader(draft.from, dirname(file), notes)))
  const uses = new Map<string, string>([
    ...Object.entries(draft.signals).flatMap(([signal, rules]) =>
      [rules].flat().map(({ field }) => [field, signal] as const),
    ),
    ...[draft.time].flat().flatMap((rule) => timeFields(rule).map((field) => [field, 'the time'] as const)),
    ...(draft.segments === undefined ? [] : [[draft.segments.field, 'splits the rows'] as const]),
  ])
  const lines = [
    `${name}: ${rows} rows`,
    ...columns.map(
      (column) =>
        `  ${JSON.stringify(column.name)}: ${Math.round((column.filled / Math.max(rows, 1)) * 100)} % filled; ` +
        `${column.examples.map((text) => JSON.stringify(text)).join(', ')} → ${uses.get(column.name) ?? 'not taken'}`,
    ),
    ...[...notes].map(([what, { count, firstLine }]) => `  noted: ${count} ${what}; the first is line ${firstLine}`),
    `form: ${JSON.stringify(draft.from)}`,
    `It is read by --mapping ${form}.`,
  ]
  return { report: `${lines.join('\n')}\n`, draft }
}
