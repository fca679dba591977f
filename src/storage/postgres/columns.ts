// The columns of a read model's table, from its shape, as pieces of SQL: how a row that is given as
// JSON becomes columns, and columns the row again. Names become snake case; a place is two columns;
// lists of numbers are arrays, other lists and objects documents; texts that stand for bytes are
// those.
import type { TObject } from 'typebox'
import { placeColumns } from './sql-near.ts'
import { shapeFields, withoutNull, type FieldSchema } from '../../read-models/field-schema.ts'

export type Column = {
  /** Of the row, as a quoted name of SQL. */
  readonly field: string
  /** The type that the field has in the given JSON. */
  readonly given: string
  /** Names of columns, and how each is made of the given field. */
  readonly stored: Readonly<Record<string, string>>
  /** The field made of the columns. */
  readonly read: string
}

export const columnName = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

export const columnsOf = (shape: TObject): readonly Column[] =>
  Object.entries(shapeFields(shape)).map(([name, schema]) => columnOf(name, withoutNull(schema)))

const scalars: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'bigint',
  number: 'double precision',
  boolean: 'boolean',
}

function columnOf(name: string, schema: FieldSchema): Column {
  const field = `"${name}"`
  const column = columnName(name)
  if (schema.type === 'object' && schema.properties?.['lat'] !== undefined) return columnOfPlace(field, column)
  if (schema.contentEncoding === 'base64')
    return {
      field,
      given: 'text',
      stored: { [column]: `decode(${field}, 'base64')` },
      read: `encode(${column}, 'base64') as ${field}`,
    }
  const scalar = schema.enum === undefined ? scalars[schema.type ?? ''] : 'text'
  if (scalar !== undefined) return { field, given: scalar, stored: { [column]: field }, read: `${column} as ${field}` }
  const item = schema.items === undefined ? undefined : scalars[withoutNull(schema.items).type ?? '']
  if (item === undefined) return { field, given: 'jsonb', stored: { [column]: field }, read: `${column} as ${field}` }
  // Arrays are read as JSON: numbers are written so that they read back as they were, and every
  // driver parses it alike.
  return { field, given: `${item}[]`, stored: { [column]: field }, read: `to_json(${column}) as ${field}` }
}

function columnOfPlace(field: string, column: string): Column {
  const [lat, lon] = placeColumns(column)
  const coordinate = (name: string): string => `(${field}->>'${name}')::double precision`
  return {
    field,
    given: 'json',
    stored: { [lat]: coordinate('lat'), [lon]: coordinate('lon') },
    read: `case when ${lat} is not null and ${lon} is not null then json_build_object('lat', ${lat}, 'lon', ${lon}) end as ${field}`,
  }
}
