// The registry as a table of texts, out and in again: what was exported comes back as it was. A
// cell that a spreadsheet would take for a formula has an apostrophe before it, which goes when it
// comes back.
import type { RegistryEntry, RegistryFields, WorkingHours } from '../model/registry.ts'
import { vehicleKinds } from '../model/vehicle-kind.ts'

/** Of a file. */
export const csvLimits = { bytes: 16 * 2 ** 20, lines: 50_000 } as const

type Cell<Value> = {
  readonly write: (value: Value) => string
  /** Undefined: it is none. */
  readonly read: (text: string) => Value | undefined
  readonly remedy: string
}
type Column = keyof RegistryFields

const text: Cell<string | null> = { write: (value) => value ?? '', read: (cell) => cell || null, remedy: '' }
const list: Cell<readonly string[]> = {
  write: (values) => values.join(', '),
  read: (cell) => cell.split(',').flatMap((each) => each.trim() || []),
  remedy: '',
}
const days = [1, 2, 3, 4, 5, 6, 7]
const minutes = (at: string | undefined): number => Number(at?.slice(0, 2)) * 60 + Number(at?.slice(3))
const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
const span = /^([1-7]+) ((?:[01]\d|2[0-4]):[0-5]\d)-((?:[01]\d|2[0-4]):[0-5]\d)$/

const hours: Cell<readonly WorkingHours[]> = {
  write: (spans) => spans.map(({ days: of, from, to }) => `${of.join('')} ${clock(from)}-${clock(to)}`).join(', '),
  read(cell) {
    const spans = list.read(cell)?.map((each) => span.exec(each)) ?? []
    return spans.includes(null)
      ? undefined
      : spans.flatMap((found) =>
          found === null
            ? []
            : [
                {
                  days: days.filter((day) => found[1]?.includes(String(day))),
                  from: minutes(found[2]),
                  to: minutes(found[3]),
                },
              ],
        )
  },
  remedy: 'Give days and times such as "12345 08:00-17:00", several with a comma between them.',
}

/** All but the attributes, which have a column each. */
const cells: { readonly [Name in Exclude<Column, 'attributes'>]: Cell<RegistryFields[Name]> } = {
  name: text,
  plate: text,
  make: text,
  model: text,
  year: {
    write: (year) => (year === null ? '' : String(year)),
    read: (cell) => (cell === '' ? null : /^\d{4}$/.test(cell) ? Number(cell) : undefined),
    remedy: 'Give the year of the model in four digits, or nothing.',
  },
  kind: {
    write: (kind) => kind ?? '',
    read: (cell) => (cell === '' ? null : vehicleKinds.find((kind) => kind === cell.toLowerCase())),
    remedy: `Give one of ${vehicleKinds.join(', ')}, or nothing.`,
  },
  vin: text,
  groups: list,
  tags: list,
  tariff: text,
  zone: text,
  hours,
  archivedAt: {
    write: (at) => (at === null ? '' : new Date(at).toISOString()),
    read(cell) {
      if (cell === '') return null
      const at = /^\d{4}-\d\d-\d\dT/.test(cell) ? Date.parse(cell) : Number.NaN
      return Number.isNaN(at) ? undefined : at
    },
    remedy: 'Give the instant such as 2026-11-30T12:00:00.000Z, or nothing for a vehicle in use.',
  },
  notes: text,
}
export const csvFields = Object.keys(cells) as (keyof typeof cells)[]
const attributePrefix = 'attribute:'

const formula = /^'*[=+\-@\t\r]/
const escapedFormula = /^'+[=+\-@\t\r]/
const harmless = (cell: string): string => (formula.test(cell) ? `'${cell}` : cell)
const asWritten = (cell: string): string => (escapedFormula.test(cell) ? cell.slice(1) : cell)
const quoted = (cell: string): string => (/[",;\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)
const lineOf = (cellsOfLine: readonly string[]): string =>
  `${cellsOfLine.map((cell) => quoted(harmless(cell))).join(',')}\r\n`

export type CsvWriter = { readonly header: string; line(entry: RegistryEntry): string }

/** `attributes`: the names that have a column. */
export function createCsvWriter(isVinShown: boolean, attributes: readonly string[]): CsvWriter {
  const fields = csvFields.filter((field) => isVinShown || field !== 'vin')
  return {
    header: lineOf(['vehicle', ...fields, ...attributes.map((name) => `${attributePrefix}${name}`)]),
    line: (entry) =>
      lineOf([
        entry.vehicle,
        ...fields.map((field) => writeCell(field, entry)),
        ...attributes.map((name) => (Object.hasOwn(entry.attributes, name) ? (entry.attributes[name] ?? '') : '')),
      ]),
  }
}

const writeCell = <Name extends keyof typeof cells>(field: Name, entry: RegistryEntry): string =>
  cells[field].write(entry[field])

export type CsvFault = { readonly line: number; readonly column: string; readonly message: string }
export type CsvLine = {
  readonly line: number
  readonly vehicle: string
  /** Of the columns there are; attributes are those that have one, empty ones left out. */
  readonly fields: Partial<RegistryFields>
  readonly faults: readonly CsvFault[]
}
/** The columns of a header line, or what is wrong with them. */
export type CsvHeader = { readonly columns: readonly string[]; readonly faults: readonly CsvFault[] }

export function readHeader(given: readonly string[]): CsvHeader {
  const byLowerCase = new Map([...csvFields, 'vehicle'].map((name) => [name.toLowerCase(), name]))
  const columns = given.map((name) => {
    const plain = asWritten(name.trim())
    return plain.startsWith(attributePrefix) ? plain : (byLowerCase.get(plain.toLowerCase()) ?? plain)
  })
  const faults: CsvFault[] = []
  const fault = (column: string, message: string): void => void faults.push({ line: 1, column, message })
  if (!columns.includes('vehicle')) fault('vehicle', 'A column "vehicle" with the ids of vehicles is missing: add it.')
  for (const [index, column] of columns.entries()) {
    if (columns.indexOf(column) < index) fault(column, 'There are two such columns: remove one.')
    else if (!isColumn(column))
      fault(
        column.slice(0, 60),
        `There is no such column: remove it, call it ${attributePrefix}${column.slice(0, 60)} to keep it as an attribute, or give one of vehicle, ${csvFields.join(', ')}.`,
      )
  }
  return { columns, faults }
}

const isColumn = (column: string): boolean =>
  column === 'vehicle' ||
  Object.hasOwn(cells, column) ||
  (column.length > attributePrefix.length && column.startsWith(attributePrefix))

const vehicleForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

/** One line under a header without faults. */
export function readLine(columns: readonly string[], given: readonly string[], line: number): CsvLine {
  const faults: CsvFault[] = []
  const fields: Record<string, unknown> = {}
  const attributes: Record<string, string> = Object.create(null) as Record<string, string>
  const fault = (column: string, message: string): void => void faults.push({ line, column, message })
  let vehicle = ''
  if (given.length !== columns.length)
    fault(
      columns[Math.min(given.length, columns.length - 1)] ?? 'vehicle',
      `The line has ${given.length} cells and the header ${columns.length}: put quotes around a text with a separator in it.`,
    )
  for (const [index, column] of columns.entries()) {
    const cell = asWritten((given[index] ?? '').trim())
    if (column === 'vehicle') vehicle = cell
    else if (column.startsWith(attributePrefix)) {
      if (cell !== '') attributes[column.slice(attributePrefix.length)] = cell
    } else {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the header has no other columns
      const { read, remedy } = cells[column as keyof typeof cells]
      const value = read(cell)
      if (value === undefined) fault(column, remedy)
      else fields[column] = value
    }
  }
  if (!vehicleForm.test(vehicle))
    fault(
      'vehicle',
      'Give the id of the vehicle: 1 to 63 letters, digits, ".", "_" or "-", starting with a letter or digit.',
    )
  const hasAttributes = columns.some((column) => column.startsWith(attributePrefix))
  return { line, vehicle, fields: hasAttributes ? { ...fields, attributes: { ...attributes } } : fields, faults }
}
