// The columns of a read model's table, from its shape, as pieces of SQL: how the fields of a row
// are given and become columns, and columns the row again. Names become snake case; a place is two
// columns; lists of numbers are arrays, other lists and objects documents; texts that stand for
// bytes are those.
import type { TObject } from 'typebox'
import { placeColumns } from './sql-near.ts'
import { type ColumnType, type ColumnValue } from './column-lists.ts'
import { mendedText, storableJson } from './storable-json.ts'
import { shapeFields, withoutNull, type FieldSchema } from '../../read-models/field-schema.ts'

export type Column = {
  /** Of the row, as a quoted name of SQL. */
  readonly field: string
  readonly name: string
  readonly given: ColumnType
  /** Of a field that is not null. */
  readonly give: (value: unknown) => ColumnValue
  /** Names of columns, and how each is made of the given field. */
  readonly stored: Readonly<Record<string, string>>
  /** The field made of the columns. */
  readonly read: string
}

export const columnName = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

export const columnsOf = (shape: TObject): readonly Column[] =>
  Object.entries(shapeFields(shape)).map(([name, schema]) => columnOf(name, withoutNull(schema)))

type Given = Pick<Column, 'given' | 'give'>
const numbers: Readonly<Record<string, string>> = { integer: 'bigint', number: 'double precision' }
const asText: Given = { given: 'text', give: (value) => mendedText(String(value)) }
const asDocument: Given = { given: 'jsonb', give: storableJson }
const scalars: Readonly<Record<string, Given>> = {
  string: asText,
  integer: { given: 'bigint', give: Number },
  number: { given: 'float8', give: Number },
  boolean: { given: 'boolean', give: (value) => value === true },
}

function columnOf(name: string, schema: FieldSchema): Column {
  const field = `"${name}"`
  const column = columnName(name)
  const stored = { [column]: field }
  if (schema.type === 'object' && schema.properties?.['lat'] !== undefined)
    return { name, field, ...asDocument, ...placeOf(field, column) }
  if (schema.contentEncoding === 'base64') {
    const give = (value: unknown): Buffer => Buffer.from(String(value), 'base64')
    return { name, field, given: 'bytea', give, stored, read: `encode(${column}, 'base64') as ${field}` }
  }
  const read = `${column} as ${field}`
  const scalar = schema.enum === undefined ? scalars[schema.type ?? ''] : asText
  if (scalar !== undefined) return { name, field, ...scalar, stored, read }
  const item = schema.items === undefined ? undefined : numbers[withoutNull(schema.items).type ?? '']
  if (item === undefined) return { name, field, ...asDocument, stored, read }
  // Arrays are read as JSON: numbers are written so that they read back as they were, and every
  // driver parses it alike.
  return {
    name,
    field,
    given: 'text',
    give: (value) => JSON.stringify(value).replace('[', '{').replace(']', '}'),
    stored: { [column]: `${field}::${item}[]` },
    read: `to_json(${column}) as ${field}`,
  }
}

function placeOf(field: string, column: string): Pick<Column, 'stored' | 'read'> {
  const [lat, lon] = placeColumns(column)
  const coordinate = (name: string): string => `(${field}->>'${name}')::double precision`
  return {
    stored: { [lat]: coordinate('lat'), [lon]: coordinate('lon') },
    read: `case when ${lat} is not null and ${lon} is not null then json_build_object('lat', ${lat}, 'lon', ${lon}) end as ${field}`,
  }
}
