// A mapping made ready for rows: it gives a sample for each, and counts what a row did not tell. In
// tables the columns are known, and of several rules for a signal the first counts whose columns
// are there; other rows are asked one by one.
import type { Catalogue } from '../model/catalogue.ts'
import { isInvalid, type Sample, type SampleClock, type SignalValue } from '../model/message.ts'
import { openClockwork, timeFields, type Clockwork } from './clockwork.ts'
import { columnOf, jsonColumnOf, openCells } from './json-cells.ts'
import type { Condition, Form, Mapping, SignalRule, TimeRule } from './mapping.ts'
import { textOf, type Cells, type Row } from './row.ts'
import { rowAccess } from './access.ts'
import { openValue, valueFields, type ValueReader } from './values.ts'

export type MappedSample = Sample & { readonly segment: string }

/** Undefined for a row without a readable time or segment. A sample may be without signals, where
 *  the row tells nothing of any. */
export type RowMapper = (row: Row) => MappedSample | undefined

export type MappingContext = {
  /** The names of all columns, where rows are of a table. */
  readonly columns?: readonly string[]
  /** The segment rows belong to where the mapping names no field that splits them. */
  readonly segment: string
  /** Epoch milliseconds at which counted time begins. */
  readonly startAt: number
  /** Of the signals that the mapping names; VSS's when absent. */
  readonly catalogue?: Catalogue
  readonly isSparse?: (field: string) => boolean
  /** Called for each value that is empty or invalid, with the rule's fields. */
  readonly onLack?: (fields: string, why: 'empty' | 'invalid') => void
  /** Called for each object in a column of JSON, with the column as the table names it. */
  readonly onObject?: (column: string) => void
}

/** A form in which every row has the same fields and tells a whole instant, so that a mapping can
 *  be held against the first. */
export const isTable = (form: Form): boolean => form.form === 'csv' && form.long === undefined

/** Columns are compared without case, outer space and degree signs: the same recording exists with
 *  and without them, well and badly encoded. */
export const plainColumn = (column: string): string =>
  column
    .replaceAll(/[°\u00c2\ufffd]/g, '')
    .trim()
    .toLowerCase()

/** The columns that a mapping needs and a table has not, as they are named in the first of each
 *  rules' list. */
export function lackingColumns(mapping: Mapping, columns: readonly string[]): readonly string[] {
  const known = new Set(columns.map(plainColumn))
  const lacks = (fields: readonly string[]): readonly string[] =>
    fields.map((field) => columnOf(mapping.from, field)).filter((column) => !known.has(plainColumn(column)))
  const lackOf = (alternatives: readonly (readonly string[])[]): readonly string[] =>
    alternatives.some((fields) => lacks(fields).length === 0) ? [] : lacks(alternatives[0] ?? [])
  // A rule for some rows alone does not tell the instants of the others.
  const ofAllRows = [mapping.time].flat().filter((rule) => !('when' in rule))
  const ofSignals = mapping.lacking === 'skip' ? [] : Object.values(mapping.signals)
  return [
    ...new Set([
      ...ofSignals.flatMap((rules) => lackOf([rules].flat().map(valueFields))),
      ...(ofAllRows.length === 0 ? [] : lackOf(ofAllRows.map(timeFields))),
      ...(mapping.segments === undefined ? [] : lacks([mapping.segments.field])),
    ]),
  ]
}

/** The columns that a table has not and a mapping goes on without, those first that most rules
 *  read: all of a signal of which no rule's columns are there, those of conditions, and those of
 *  instants for some rows alone. A signal that another column tells lacks none. */
export function passedOverColumns(mapping: Mapping, columns: readonly string[]): readonly string[] {
  const known = new Set(columns.map(plainColumn))
  const lacks = (fields: readonly string[]): readonly string[] =>
    [...new Set(fields.map((field) => columnOf(mapping.from, field)))].filter(
      (column) => !known.has(plainColumn(column)),
    )
  const ofSignals = Object.values(mapping.signals).flatMap((signalRules) => {
    const rules = [signalRules].flat()
    const there = rules.filter((rule) => lacks(valueFields(rule)).length === 0)
    return there.length === 0
      ? lacks(rules.flatMap(valueFields))
      : there.flatMap((rule) => lacks(conditionFields(rule.unknownWhen)))
  })
  const ofTimes = [mapping.time]
    .flat()
    .flatMap((rule) => ('when' in rule ? lacks([...timeFields(rule), ...conditionFields(rule.when)]) : []))
  const counts = Map.groupBy([...ofSignals, ...ofTimes], (column) => column)
  return [...counts].toSorted(([, a], [, b]) => b.length - a.length).map(([column]) => column)
}

const conditionFields = (conditions: Condition | readonly Condition[] | undefined): readonly string[] =>
  [conditions ?? []].flat().map(({ field }) => field)

export function openMapping(mapping: Mapping, context: MappingContext): RowMapper {
  const { columns, segment: wholeSegment } = context
  const columnName = columns === undefined ? (column: string) => column : columnNames(columns)
  const nameOf = (field: string): string =>
    jsonColumnOf(mapping.from, field) === undefined ? columnName(field) : field
  const cellsOf = openCells(mapping, columnName, {
    onNoJson: (column) => context.onLack?.(column, 'invalid'),
    onObject: (column) => context.onObject?.(column),
  })
  const isThere = (field: string): boolean => columns?.includes(columnName(columnOf(mapping.from, field))) !== false
  const hasAll = (row: Cells, fields: readonly string[]): boolean => fields.every((field) => row[field] !== undefined)
  const clocks = [mapping.time]
    .flat()
    .map((rule) => renamedTime(rule, nameOf))
    .map((rule) => ({
      fields: timeFields(rule),
      clock: openClockwork(rule, context.startAt, mapping.segments?.are !== 'vehicles'),
      whose: whoseOf(rule),
      conditions: 'when' in rule ? [rule.when ?? []].flat().map((condition) => rowAccess.condition(condition)) : [],
    }))
  const signals = Object.entries(mapping.signals).map(([path, rules]) => ({
    path,
    readers: [rules]
      .flat()
      .map((rule) => renamedRule(rule, nameOf))
      .filter((rule) => valueFields(rule).every(isThere))
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
  const clockOf = (row: Cells): { readonly clock: Clockwork; readonly whose: SampleClock | undefined } | undefined =>
    clocks.find(
      ({ fields, conditions }) => conditions.every((condition) => condition(row) !== 'no') && hasAll(row, fields),
    ) ?? clocks.find(({ conditions }) => conditions.length === 0)
  return (texts) => {
    const row = cellsOf(texts)
    const segment = segmentField === undefined ? wholeSegment : (textOf(row[segmentField]) ?? '').trim()
    if (segment === '') return undefined
    const told = clockOf(row)
    const at = told?.clock(row, segment)
    if (told === undefined || at === undefined) return undefined
    const values: Record<string, SignalValue> = {}
    for (const { path, readers } of signals) {
      const reader = readers.find(({ fields }) => hasAll(row, fields)) ?? readers[0]
      if (reader === undefined) continue
      const value = valueOf(reader, row, context)
      if (value !== undefined) values[path] = value
    }
    const { whose } = told
    return whose === undefined ? { segment, at, signals: values } : { segment, at, signals: values, clock: whose }
  }
}

const whoseOf = ({ clock }: TimeRule): SampleClock | undefined => (clock === 'measured' ? undefined : clock)

function valueOf(
  {
    fields,
    name,
    read,
  }: { readonly fields: readonly string[]; readonly name: string; readonly read: ValueReader<Cells> },
  row: Cells,
  { onLack }: MappingContext,
): SignalValue | undefined {
  const value = read(row)
  if (onLack !== undefined) {
    if (value === null || (value === undefined && fields.every((field) => row[field] !== undefined)))
      onLack(name, 'empty')
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
  const when = 'when' in rule ? { when: renamedConditions(rule.when, nameOf) } : {}
  return { ...rule, ...when, field: typeof field === 'string' ? nameOf(field) : field.map(nameOf) } as TimeRule
}

const renamedConditions = (
  conditions: Condition | readonly Condition[] | undefined,
  nameOf: (field: string) => string,
): readonly Condition[] =>
  [conditions ?? []].flat().map((condition) => ({ ...condition, field: nameOf(condition.field) }))

function renamedRule(rule: SignalRule, nameOf: (field: string) => string): SignalRule {
  const { field, times, unit, unknownWhen } = rule
  return {
    ...rule,
    field: nameOf(field),
    ...(times === undefined ? {} : { times: nameOf(times) }),
    ...(typeof unit === 'object' ? { unit: { ...unit, field: nameOf(unit.field) } } : {}),
    ...(unknownWhen === undefined ? {} : { unknownWhen: renamedConditions(unknownWhen, nameOf) }),
  }
}
