// Rows given to a statement as a list for each column, in PostgreSQL's own binary form of arrays:
// the server reads them in half the time of rows as one JSON text, which it takes apart by name.
//
//   list = dimensions | has nulls | number of the type | count | first index | elements
//   element = bytes of the value, or -1 where it is null | value
import { Outage } from '../../base/errors.ts'
import type { Statement } from './sql.ts'

/** As the values of each type are given: texts as `mendedText` made them, and those of jsonb as
 *  `storableJson` did. */
type ValueOf = {
  readonly text: string
  readonly boolean: boolean
  readonly bigint: number
  readonly float8: number
  readonly jsonb: string
  readonly bytea: Uint8Array
}
export type ColumnType = keyof ValueOf
export type ColumnValue = ValueOf[ColumnType] | null

/** By name, as it stands in SQL. */
export type ColumnTypes = Readonly<Record<string, ColumnType>>
export type ColumnValues<Columns extends ColumnTypes> = {
  readonly [Name in keyof Columns]: ValueOf[Columns[Name]] | null
}

/** Selects such rows in a statement. Lists of one length give a row each time. */
export const rowsOfLists = (columns: ColumnTypes): string =>
  `select ${Object.entries(columns)
    .map(([name, type], index) => `unnest($${index + 1}::${type}[]) as ${name}`)
    .join(', ')}`

/** Of a statement: the memory it takes in the server stays small, and is used again. */
const rowsAtOnce = 2_000

/** Statements over `rowsOfLists(columns)`; none when there are no rows. Throws Outage ROW_REFUSED
 *  where a bigint is no whole number. */
export function overLists<Columns extends ColumnTypes>(
  text: string,
  columns: Columns,
  rows: readonly ColumnValues<Columns>[],
): Statement[] {
  const statements: Statement[] = []
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    const part = rows.slice(from, from + rowsAtOnce)
    const listOf = ([name, type]: readonly [string, ColumnType]): Buffer =>
      encodeList(
        type,
        part.map((row) => row[name] ?? null),
      )
    statements.push({ text, params: Object.entries(columns).map(listOf) })
  }
  return statements
}

/** The same memory twice. */
type ListBytes = { readonly bytes: Buffer; readonly view: DataView }

type Codec<Value> = {
  /** PostgreSQL's number of the type. */
  readonly oid: number
  readonly bytesOf: (value: Value) => number
  readonly write: (list: ListBytes, value: Value, at: number) => void
}

const headBytes = 20
const sizeBytes = 4
const numberBytes = 8
const halfRange = 2 ** 32
/** Goes before the text of a jsonb. */
const jsonbVersion = 1

const codecs: { readonly [Type in ColumnType]: Codec<ValueOf[Type]> } = {
  text: {
    oid: 25,
    bytesOf: (text) => Buffer.byteLength(text),
    write: ({ bytes }, text, at) => void bytes.write(text, at),
  },
  boolean: { oid: 16, bytesOf: () => 1, write: ({ bytes }, is, at) => void (bytes[at] = is ? 1 : 0) },
  bigint: {
    oid: 20,
    bytesOf: () => numberBytes,
    write({ view }, number, at) {
      if (!Number.isSafeInteger(number))
        throw new Outage('ROW_REFUSED', `${number} is no whole number`, { retryable: false })
      const high = Math.floor(number / halfRange)
      view.setInt32(at, high)
      view.setUint32(at + 4, number - high * halfRange)
    },
  },
  float8: { oid: 701, bytesOf: () => numberBytes, write: ({ view }, number, at) => view.setFloat64(at, number) },
  jsonb: {
    oid: 3802,
    bytesOf: (json) => 1 + Buffer.byteLength(json),
    write({ bytes }, json, at) {
      bytes[at] = jsonbVersion
      bytes.write(json, at + 1)
    },
  },
  bytea: {
    oid: 17,
    bytesOf: (value) => value.byteLength,
    write: ({ bytes }, value, at) => bytes.set(value, at),
  },
}

function encodeList<Type extends ColumnType>(type: Type, given: readonly (ValueOf[Type] | null)[]): Buffer {
  const { oid, bytesOf, write } = codecs[type]
  const sizes = given.map((value) => (value === null ? -1 : bytesOf(value)))
  const bytes = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + sizeBytes + Math.max(size, 0), headBytes))
  const list = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset) }
  for (const [index, number] of [1, 1, oid, given.length, 1].entries()) list.view.setInt32(index * 4, number)
  let at = headBytes
  for (let index = 0; index < given.length; index++) {
    const value = given[index] ?? null
    list.view.setInt32(at, sizes[index]!)
    at += sizeBytes
    if (value === null) continue
    write(list, value, at)
    at += sizes[index]!
  }
  return bytes
}
