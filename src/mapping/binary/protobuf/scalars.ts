// The scalar types of protobuf (protobuf.dev, "Encoding" and "Scalar Value Types"): how each stands
// in the bytes, and what it is as a tree.
import { exact, finite, shortest, type Tree } from '../tree.ts'
import { wireType, type Wire } from './wire.ts'

export type Scalar =
  | 'int32'
  | 'int64'
  | 'uint32'
  | 'uint64'
  | 'sint32'
  | 'sint64'
  | 'bool'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed32'
  | 'sfixed64'
  | 'float'
  | 'double'
  | 'string'
  | 'bytes'

type ScalarType = { readonly wireType: number; readonly read: (wire: Wire) => Tree }

/** A wider integer than its type has is cut to its low bits, as parsers do. */
const low32 = (value: number | bigint): number =>
  Number(typeof value === 'bigint' ? BigInt.asUintN(32, value) : value % 2 ** 32)

export const signed32 = (value: number | bigint): number => low32(value) | 0

export const scalarTypes: Readonly<Record<Scalar, ScalarType>> = {
  int32: { wireType: wireType.varint, read: (wire) => signed32(wire.varint()) },
  uint32: { wireType: wireType.varint, read: (wire) => low32(wire.varint()) },
  sint32: { wireType: wireType.varint, read: (wire) => unzigzag32(low32(wire.varint())) },
  int64: { wireType: wireType.varint, read: (wire) => signed64(wire.varint()) },
  uint64: { wireType: wireType.varint, read: (wire) => exact(wire.varint()) },
  sint64: { wireType: wireType.varint, read: (wire) => unzigzag64(wire.varint()) },
  bool: { wireType: wireType.varint, read: (wire) => Number(wire.varint()) !== 0 },
  fixed32: { wireType: wireType.fixed32, read: (wire) => wire.fixed32() },
  sfixed32: { wireType: wireType.fixed32, read: (wire) => wire.fixed32() | 0 },
  fixed64: { wireType: wireType.fixed64, read: (wire) => exact(wire.fixed64()) },
  sfixed64: { wireType: wireType.fixed64, read: (wire) => signed64(wire.fixed64()) },
  float: { wireType: wireType.fixed32, read: (wire) => shortest(wire.float()) },
  double: { wireType: wireType.fixed64, read: (wire) => finite(wire.double()) },
  string: { wireType: wireType.bytes, read: (wire) => wire.text() },
  bytes: { wireType: wireType.bytes, read: (wire) => Buffer.from(wire.bytes()).toString('base64') },
}

const signed64 = (value: number | bigint): number | string =>
  exact(typeof value === 'bigint' ? BigInt.asIntN(64, value) : value)

/** ZigZag: 0, -1, 1, -2 … are written as 0, 1, 2, 3 … */
const unzigzag32 = (value: number): number => (value >>> 1) ^ -(value & 1)

function unzigzag64(value: number | bigint): number | string {
  if (typeof value === 'number') return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  return exact((value >> 1n) ^ -(value & 1n))
}
