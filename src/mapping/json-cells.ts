// Columns of a table whose texts are JSON: a field `name/a/b` points into the text of the column
// `name`, by the words of messages. Invariant: a text that is empty or no JSON tells none of its
// fields.
import { parseJsonText } from '../model/lenient-json.ts'
import type { Form, Mapping, SignalRule, TimeRule } from './mapping.ts'
import { readRef } from './messages/fields.ts'
import { openPut, type Put } from './messages/pointers.ts'
import { createUnreadNames } from './messages/unread-names.ts'
import type { Cells, Row } from './row.ts'

/** The column that a field is in; of a pointer into JSON the one before its first slash. */
export const columnOf = (from: Form, field: string): string => jsonColumnOf(from, field) ?? field

/** The column of JSON that a field points into; undefined for a field that is a column itself. */
export function jsonColumnOf(from: Form, field: string): string | undefined {
  if (from.form !== 'csv' || from.json === undefined) return undefined
  const { name, keys } = readRef(field)
  return keys.length > 0 && from.json.includes(name) ? name : undefined
}

/** All fields that a mapping reads, as it names them. */
export function fieldsOf({
  signals,
  time,
  segments,
}: Pick<Mapping, 'signals' | 'time' | 'segments'>): ReadonlySet<string> {
  return new Set([
    ...Object.values(signals).flat().flatMap(ruleFields),
    ...[time].flat().flatMap(timeRuleFields),
    ...(segments === undefined ? [] : [segments.field]),
  ])
}

const ruleFields = ({ field, times, unit, unknownWhen }: SignalRule): readonly string[] => [
  field,
  ...(times === undefined ? [] : [times]),
  ...(typeof unit === 'object' ? [unit.field] : []),
  ...[unknownWhen ?? []].flat().map((condition) => condition.field),
]

const timeRuleFields = (rule: TimeRule): readonly string[] => [
  ...('field' in rule ? [rule.field].flat() : []),
  ...('when' in rule ? [rule.when ?? []].flat().map(({ field }) => field) : []),
]

/** Reads what the mapping asks of JSON. `nameOf` gives the names of columns as the table has them;
 *  `onNoJson` is called for each text that is none, `onObject` for each that is an object. */
export function openCells(
  mapping: Mapping,
  nameOf: (column: string) => string,
  { onNoJson, onObject }: { readonly onNoJson: (column: string) => void; readonly onObject: (column: string) => void },
): (row: Row) => Cells {
  const pointers = [...fieldsOf(mapping)].flatMap((ref, place) => {
    const column = jsonColumnOf(mapping.from, ref)
    return column === undefined ? [] : [{ ref, ...readRef(ref), place, column: nameOf(column) }]
  })
  if (pointers.length === 0) return (row) => row
  const puts = new Map<string, Put>()
  for (const [column, fields] of Map.groupBy(pointers, ({ column }) => column))
    puts.set(column, openPut(fields, column, createUnreadNames()))
  return (row) => {
    const told: unknown[] = []
    for (const [column, put] of puts) {
      const text = row[column]?.trim() ?? ''
      if (text === '') continue
      const tree = parseJsonText(text)
      if (tree === undefined) onNoJson(column)
      else {
        if (typeof tree === 'object' && tree !== null && !Array.isArray(tree)) onObject(column)
        put(told, tree)
      }
    }
    const cells: Record<string, unknown> = { ...row }
    for (const { ref, place } of pointers) cells[ref] = told[place]
    return cells
  }
}
