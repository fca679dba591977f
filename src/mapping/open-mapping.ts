// A mapping made ready for rows: it gives a sample for each, and counts what a row did not tell. In tables the columns are known, and of several
// rules for a signal the first counts whose columns are there; other rows are asked one by one.
import type { Catalogue } from '../model/catalogue.ts'
import { isInvalid, type SignalValue } from '../model/message.ts'
import { openClockwork, timeFields, type Clockwork } from './clockwork.ts'
import type { Form, Mapping, SignalRule, TimeRule } from './mapping.ts'
import type { Row } from './row.ts'
import { rowAccess } from './access.ts'
import { openValue, valueFields, type ValueReader } from './values.ts'

export type MappedSample = { readonly segment: string; readonly at: number; readonly signals: Readonly<Record<string, SignalValue>> }

/** Undefined for a row without a readable time or segment. A sample may be without signals, where the row tells nothing of any. */
export type RowMapper = (row: Row) => MappedSample | undefined

export type MappingContext = {
  /** The names of all columns, where rows are of a table. */
  readonly columns?: readonly string[]
  /** What rows belong to where the mapping names no field that splits them. */
  readonly segment: string
  /** Epoch milliseconds at which counted time begins. */
  readonly startAt: number
  /** Of the signals that the mapping names; VSS's when absent. */
  readonly catalogue?: Catalogue
  readonly isSparse?: (field: string) => boolean
  /** Called for each value that is empty or invalid, with the rule's fields. */
  readonly onLack?: (fields: string, why: 'empty' | 'invalid') => void
}

/** A form in which every row has the same fields and tells a whole instant, so that a mapping can be held against the first. */
export const isTable = (form: Form): boolean => form.form === 'csv' && form.long === undefined

/** Columns are compared without case, outer space and degree signs: the same recording exists with and without them, well and badly encoded. */
export const plainColumn = (column: string): string =>
  column
    .replaceAll(/[°\u00c2\ufffd]/g, '')
    .trim()
    .toLowerCase()

/** The columns that a mapping needs and a table has not, as they are named in the first of each rules' list. */
export function lackingColumns(mapping: Mapping, columns: readonly string[]): readonly string[] {
  const known = new Set(columns.map(plainColumn))
  const lacks = (fields: readonly string[]): readonly string[] => fields.filter((field) => !known.has(plainColumn(field)))
  const lackOf = (alternatives: readonly (readonly string[])[]): readonly string[] =>
    alternatives.some((fields) => lacks(fields).length === 0) ? [] : lacks(alternatives[0] ?? [])
  const ofSignals = mapping.lacking === 'skip' ? [] : Object.values(mapping.signals)
  return [
    ...new Set([
      ...ofSignals.flatMap((rules) => lackOf([rules].flat().map(valueFields))),
      ...lackOf([mapping.time].flat().map(timeFields)),
      ...(mapping.segments === undefined ? [] : lacks([mapping.segments.field])),
    ]),
  ]
}

export function openMapping(mapping: Mapping, context: MappingContext): RowMapper {
  const { columns, segment: wholeSegment } = context
  const nameOf = columns === undefined ? (field: string) => field : columnNames(columns)
  const hasAll = (row: Row, fields: readonly string[]): boolean => fields.every((field) => row[field] !== undefined)
  const clocks = [mapping.time]
    .flat()
    .map((rule) => renamedTime(rule, nameOf))
    .map((rule) => ({ fields: timeFields(rule), clock: openClockwork(rule, context.startAt, mapping.segments?.are !== 'vehicles') }))
  const signals = Object.entries(mapping.signals).map(([path, rules]) => ({
    path,
    readers: [rules]
      .flat()
      .map((rule) => renamedRule(rule, nameOf))
      .filter((rule) => columns === undefined || valueFields(rule).every((field) => columns.includes(field)))
      .map((rule) => ({
        fields: valueFields(rule),
        name: valueFields(rule).join(' x '),
        read: openValue(path, rule, mapping, {
          access: rowAccess,
          ...(context.isSparse === undefined ? {} : { isSparse: context.isSparse }),
          ...(context.catalogue === undefined ? {} : { catalogue: context.catalogue }),
        }),
      })),
  }))
  const segmentField = mapping.segments === undefined ? undefined : nameOf(mapping.segments.field)
  const clockOf = (row: Row): Clockwork | undefined => (clocks.find(({ fields }) => hasAll(row, fields)) ?? clocks[0])?.clock
  return (row) => {
    const segment = segmentField === undefined ? wholeSegment : (row[segmentField] ?? '').trim()
    if (segment === '') return undefined
    const at = clockOf(row)?.(row, segment)
    if (at === undefined) return undefined
    const values: Record<string, SignalValue> = {}
    for (const { path, readers } of signals) {
      const reader = readers.find(({ fields }) => hasAll(row, fields)) ?? readers[0]
      if (reader === undefined) continue
      const value = valueOf(reader, row, context)
      if (value !== undefined) values[path] = value
    }
    return { segment, at, signals: values }
  }
}

function valueOf(
  { fields, name, read }: { readonly fields: readonly string[]; readonly name: string; readonly read: ValueReader<Row> },
  row: Row,
  { onLack }: MappingContext,
): SignalValue | undefined {
  const value = read(row)
  if (onLack !== undefined) {
    if (value === null || (value === undefined && fields.every((field) => row[field] !== undefined))) onLack(name, 'empty')
    else if (value !== undefined && isInvalid(value)) onLack(name, 'invalid')
  }
  return value
}

function columnNames(columns: readonly string[]): (field: string) => string {
  const byPlain = new Map(columns.toReversed().map((column) => [plainColumn(column), column]))
  return (field) => byPlain.get(plainColumn(field)) ?? field
}

function renamedTime(rule: TimeRule, nameOf: (field: string) => string): TimeRule {
  if (!('field' in rule)) return rule
  const { field } = rule
  return typeof field === 'string' ? { ...rule, field: nameOf(field) } : ({ ...rule, field: field.map(nameOf) } as TimeRule)
}

function renamedRule(rule: SignalRule, nameOf: (field: string) => string): SignalRule {
  const { field, times, unit, unknownWhen } = rule
  return {
    ...rule,
    field: nameOf(field),
    ...(times === undefined ? {} : { times: nameOf(times) }),
    ...(typeof unit === 'object' ? { unit: { ...unit, field: nameOf(unit.field) } } : {}),
    ...(unknownWhen === undefined
      ? {}
      : { unknownWhen: [unknownWhen].flat().map((condition) => ({ ...condition, field: nameOf(condition.field) })) }),
  }
}
