// The value of a metric of Sparkplug B by its type (Eclipse Sparkplug 3.0.0, section 6.4.16, "Data
// Types"): the bytes alone do not tell -4 from 4,294,967,292, nor an instant from a count.
// Invariant: what is not carried as its type says, or lies outside of it, has a reason and no
// value.
import { exact, type Branch, type Tree } from '../tree.ts'
import { readArray } from './array.ts'

/** By their numbers, from 0 on. */
const typeNames =
  `Unknown Int8 Int16 Int32 Int64 UInt8 UInt16 UInt32 UInt64 Float Double Boolean String DateTime Text UUID DataSet Bytes File Template PropertySet PropertySetList
   Int8Array Int16Array Int32Array Int64Array UInt8Array UInt16Array UInt32Array UInt64Array FloatArray DoubleArray BooleanArray StringArray DateTimeArray`.split(
    /\s+/,
  )

/** Undefined for a type that 3.0.0 does not have. */
export const typeName = (type: Tree | undefined): string | undefined =>
  typeof type === 'number' && type > 0 ? typeNames[type] : undefined

export type ValueReason = 'no-type' | 'no-value' | 'wrong-field' | 'out-of-range'

export type ToldValue = { readonly value: Tree } | { readonly reason: ValueReason }

const integers: Readonly<Record<string, readonly [bits: number, isSigned: boolean]>> = {
  Int8: [8, true],
  Int16: [16, true],
  Int32: [32, true],
  Int64: [64, true],
  UInt8: [8, false],
  UInt16: [16, false],
  UInt32: [32, false],
  UInt64: [64, false],
  DateTime: [64, false],
}

const fields = [
  'intValue',
  'longValue',
  'floatValue',
  'doubleValue',
  'booleanValue',
  'stringValue',
  'bytesValue',
  'datasetValue',
] as const

/** Of a metric, a property, a parameter or a cell: whatever has such fields. Templates are of
 *  metrics, and are not read here. */
export function typedValue(carrier: Branch, type: string | undefined): ToldValue {
  if (carrier['isNull'] === true) return { value: null }
  if (type === undefined) return { reason: 'no-type' }
  if (fields.every((field) => carrier[field] === undefined)) return { reason: 'no-value' }
  const integer = integers[type]
  if (integer !== undefined) return readInteger(carrier, ...integer)
  if (type === 'Float' || type === 'Double') return oneOf(carrier['floatValue'] ?? carrier['doubleValue'])
  if (type === 'Boolean') return oneOf(carrier['booleanValue'])
  if (type === 'String' || type === 'Text' || type === 'UUID') return oneOf(carrier['stringValue'])
  const bytes = carrier['bytesValue']
  if (type === 'Bytes' || type === 'File') return oneOf(bytes)
  if (type === 'DataSet') return readDataSet(carrier['datasetValue'] as Branch | undefined)
  if (!type.endsWith('Array')) return { reason: 'no-type' }
  if (typeof bytes !== 'string') return { reason: 'wrong-field' }
  const array = readArray(type, Buffer.from(bytes, 'base64'))
  return array === undefined ? { reason: 'out-of-range' } : { value: array }
}

const oneOf = (value: Tree | undefined): ToldValue => (value === undefined ? { reason: 'wrong-field' } : { value })

/** Libraries put a small number in either field, and a negative one as two's complement of its own
 *  width, of 32 or of 64 bits. */
function readInteger(carrier: Branch, bits: number, isSigned: boolean): ToldValue {
  const raw = carrier['intValue'] ?? carrier['longValue']
  if (typeof raw !== 'number' && typeof raw !== 'string') return { reason: 'wrong-field' }
  const value = BigInt(raw)
  if (value >> BigInt(bits) === 0n) return { value: exact(isSigned ? BigInt.asIntN(bits, value) : value) }
  const extended = [32, 64]
    .map((width) => BigInt.asIntN(width, value))
    .find((wide) => wide < 0n && BigInt.asIntN(bits, wide) === wide)
  return isSigned && extended !== undefined ? { value: exact(extended) } : { reason: 'out-of-range' }
}

/** `{ columns, rows }`; a cell without a value is null. */
function readDataSet(dataset: Branch | undefined): ToldValue {
  if (dataset === undefined) return { reason: 'wrong-field' }
  const columns = dataset['columns'] as readonly string[]
  const types = dataset['types'] as readonly number[]
  if (types.length !== columns.length) return { reason: 'out-of-range' }
  const rows: Tree[] = []
  for (const row of dataset['rows'] as readonly Branch[]) {
    const cells = row['elements'] as readonly Branch[]
    if (cells.length !== columns.length) return { reason: 'out-of-range' }
    const told = cells.map((cell, index) => typedValue(cell, typeName(types[index])))
    const bad = told.find((cell) => 'reason' in cell && cell.reason !== 'no-value')
    if (bad !== undefined) return bad
    rows.push(told.map((cell) => ('value' in cell ? cell.value : null)))
  }
  return { value: { columns, rows } }
}
