// `roadstream replay --inspect`: what a recording looks like, and a draft of its mapping.
// Everything that was assumed is said.
import { basename, dirname, extname } from 'node:path'
import type { Mapping } from '../../mapping/mapping.ts'
import { isTable, lackingColumns } from '../../mapping/open-mapping.ts'
import { isOfMessages } from '../../mapping/parse-mapping.ts'
import { mappingNames, shippedAnyMapping } from '../mapping-catalogue.ts'
import { openReader } from '../readers/readers.ts'
import { RecordingError } from '../recorded-sample.ts'
import { readRecording, rowsOf } from '../recording.ts'
import { wayDoubts } from '../way-doubts.ts'
import { openWay } from '../way.ts'
import { conversion, unitsLike } from '../../mapping/units.ts'
import { guessSignals, type GuessedSignal } from './guess-signals.ts'
import { guessTime } from './guess-time.ts'
import { inspectForm, sniffForm } from './inspect-form.ts'
import { profileOf, type ColumnProfile, type Profile } from './profile.ts'
import { sniffTable } from './sniff-table.ts'

export type Inspection = { readonly report: string; readonly draft: Mapping }

/** Reads the file three times, a row at a time. Rejects with a `RecordingError`; one with code
 *  `column` for a table in which no column can be taken. */
export async function inspect(file: string): Promise<Inspection> {
  const form = await sniffForm(file)
  if (form !== undefined) return inspectForm(file, form)
  const from = await sniffTable(file)
  const profile = await profileOf(rowsOf(file, openReader(from, dirname(file))))
  const name = basename(file)
  const time = guessTime(profile.columns, profile.rows, name.slice(0, name.length - extname(name).length))
  const segments = guessSegments(profile)
  const guessed = guessSignals(
    profile.columns,
    new Set([...time.columns, ...(segments === undefined ? [] : [segments.field])]),
  )
  const told = `${name}: ${profile.rows} rows${profile.skipped === 0 ? '' : `, ${profile.skipped} of them with another number of fields`}`
  const columnLines = profile.columns.map(
    (column) => `  ${columnText(column, profile.rows, guessed, time.columns, segments?.field)}`,
  )
  if (guessed.length === 0)
    throw new RecordingError(
      'column',
      `No column of ${name} is known by its name. Write its mapping by hand (docs/mapping.md).\n${columnLines.join('\n')}`,
    )
  const isDecimalComma = profile.columns.some(
    ({ decimalCommas, numbers }) => decimalCommas > 0 && decimalCommas >= numbers * 0.1,
  )
  const draft: Mapping = {
    name: mappingName(name),
    about: `Draft for ${name}, by its names and ranges`,
    ...(time.notes.length === 0 ? {} : { notes: time.notes.map((note) => `time: ${note}.`) }),
    from,
    time: time.time,
    ...(segments === undefined ? {} : { segments }),
    ...(isDecimalComma ? { decimal: ',' as const } : {}),
    signals: Object.fromEntries(guessed.map(({ signal, rule }) => [signal, rule])),
  }
  const settled = await settleSpeed(file, draft, guessed)
  const lines = [
    told,
    ...columnLines,
    `form: ${JSON.stringify(from)}`,
    `time: ${JSON.stringify(time.time)}`,
    ...time.notes.map((note) => `  check: ${note}`),
  ]
  const shipped = fittingMappings(profile, from.long !== undefined)
  if (shipped.length > 0)
    lines.push(`It has the columns that ${shipped.join(' and ')} reads: try --mapping ${shipped[0]}.`)
  return {
    report: `${[...lines, ...settled.notes.map((note) => `  check: ${note}`)].join('\n')}\n`,
    draft: settled.draft,
  }
}

const mappingName = (file: string): string =>
  (file.split('.')[0] ?? '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40)
    .replace(/-$/, '') || 'recording'

function guessSegments({
  columns,
  rows,
}: Profile): { readonly field: string; readonly are: 'trips' | 'vehicles' } | undefined {
  const found = columns.find(
    ({ name, filled }) =>
      filled === rows && /^(drive|trip|file|session|segment|vehicle|car|vin)([ _]?id)?$/i.test(name),
  )
  return found === undefined
    ? undefined
    : { field: found.name, are: /^(vehicle|car|vin)/i.test(found.name) ? 'vehicles' : 'trips' }
}

function columnText(
  { name, filled, numbers, min, max, examples }: ColumnProfile,
  rows: number,
  guessed: readonly GuessedSignal[],
  timeColumns: readonly string[],
  segment: string | undefined,
): string {
  const share = rows === 0 ? 0 : Math.round((filled / rows) * 100)
  const range = numbers > 0 && numbers >= filled * 0.5 ? `, ${min} to ${max}` : ''
  const signal = guessed.find(({ rule }) => rule.field === name)
  const use = timeColumns.includes(name)
    ? 'the time'
    : name === segment
      ? 'splits the rows'
      : signal === undefined
        ? 'not taken'
        : `${signal.signal} in ${signal.rule.unit}${signal.isUnitTold || signal.rule.unit === 'degrees' ? '' : ' (assumed: its name tells no unit)'}`
  return `${JSON.stringify(name)}: ${share} % filled${range}; ${examples.map((text) => JSON.stringify(text)).join(', ')} → ${use}`
}

/** The unit of a speed whose name tells none is the one by which it goes as far as the positions;
 *  what does not agree else is told. */
async function settleSpeed(
  file: string,
  draft: Mapping,
  guessed: readonly GuessedSignal[],
): Promise<{ readonly draft: Mapping; readonly notes: readonly string[] }> {
  const compared = ['Vehicle.CurrentLocation.Latitude', 'Vehicle.TraveledDistance']
  if (!compared.some((path) => Object.hasOwn(draft.signals, path))) return { draft, notes: [] }
  const measure = openWay()
  for await (const sample of readRecording(file, draft)) measure.add(sample)
  const way = measure.way()
  const speed = guessed.find(({ signal }) => signal === 'Vehicle.Speed')
  const ratio = way.line.speedM / way.line.otherM
  const unit = speed?.rule.unit
  if (speed === undefined || speed.isUnitTold || unit === undefined || way.line.otherM < 500)
    return { draft, notes: wayDoubts(way, draft) }
  const read = conversion(unit, 'km/h')?.factor ?? 1
  const fitting = unitsLike('km/h').find(
    (other) => Math.abs(read / (conversion(other, 'km/h')?.factor ?? 1) / ratio - 1) <= 0.1,
  )
  if (fitting === undefined || fitting === unit) return { draft, notes: wayDoubts(way, draft) }
  const rule = { ...speed.rule, unit: fitting as typeof unit }
  return {
    draft: { ...draft, signals: { ...draft.signals, 'Vehicle.Speed': rule } },
    notes: [`the speed is in ${fitting}, as it then goes as far as the positions`],
  }
}

/** Those first of which the most columns are there. */
function fittingMappings({ columns }: Profile, isLong: boolean): readonly string[] {
  const names = columns.map(({ name }) => name)
  const fitting = mappingNames().flatMap((name) => {
    const mapping = shippedAnyMapping(name)
    if (isOfMessages(mapping) || mapping.from.form !== 'csv' || isTable(mapping.from) === isLong) return []
    if (lackingColumns({ ...mapping, lacking: 'skip' }, names).length > 0) return []
    const rules = Object.values(mapping.signals).flat()
    const found = rules.filter(({ field }) => names.includes(field)).length
    const isFitting = mapping.lacking === 'skip' || isLong ? found >= 2 : found === rules.length
    // The column that splits the rows is one more of its own.
    return isFitting ? [{ name, found: found + (mapping.segments === undefined ? 0 : 1) }] : []
  })
  return fitting.toSorted((a, b) => b.found - a.found).map(({ name }) => name)
}
