// Bytes of protobuf as a tree, by a table of ours (protobuf.dev, "Encoding" and "ProtoJSON"). Invariants: of a field that stands twice the last counts, and of a message both together,
// as any parser has it; fields that the table does not know, or of another wire type, are passed over and counted; depth and number of values are bounded.
import { BinaryFault, exact, finite, put, shortest, type Branch, type Tree } from '../tree.ts'
import type { Field, Message, Scalar } from './descriptor.ts'
import { Wire, wireType } from './wire.ts'

/** Messages within messages. The deepest of a vehicle that we know have six. */
const depthMax = 32
/** Fields, and elements of lists, of a whole payload. Empty messages take two bytes of it and some hundred of memory. */
const valuesMax = 100_000

/** `unknownFields` counts what the table does not know: a publisher that is newer than it. */
export function decodeMessage(message: Message, bytes: Uint8Array): { readonly tree: Branch; readonly unknownFields: number } {
  const reading: Reading = { wire: new Wire(bytes), values: 0, unknownFields: 0 }
  const tree = readMessage(reading, message, bytes.byteLength, 0, undefined)
  return { tree, unknownFields: reading.unknownFields }
}

type Reading = { readonly wire: Wire; values: number; unknownFields: number }
type Growing = { [name: string]: Tree }

function readMessage(reading: Reading, message: Message, end: number, depth: number, begun: Growing | undefined): Branch {
  if (depth === depthMax) throw new BinaryFault('too-deep', `byte ${reading.wire.at}: messages nested more than ${depthMax} deep`)
  const { wire } = reading
  const outerEnd = wire.end
  wire.end = end
  const tree = begun ?? emptyOf(message)
  const chosen = new Map<string, string>()
  if (begun !== undefined)
    for (const { name, label } of message.fields.values()) if (label.startsWith('one of') && name in begun) chosen.set(label, name)
  while (wire.at < end) {
    const { number, type } = wire.tag()
    const field = message.fields.get(number)
    if (field === undefined || !readField(reading, field, type, depth, tree, chosen)) {
      count(reading)
      reading.unknownFields++
      wire.skip(number, type)
    }
  }
  wire.end = outerEnd
  return tree
}

function emptyOf({ zeros, lists, maps }: Message): Growing {
  const tree: Growing = { ...zeros }
  for (const name of lists) tree[name] = []
  for (const name of maps) tree[name] = {}
  return tree
}

/** Whether the field is one of that wire type. */
function readField(reading: Reading, field: Field, type: number, depth: number, tree: Growing, chosen: Map<string, string>): boolean {
  const { name, label } = field
  if (label === 'list') return readElements(reading, field, type, depth, tree[name] as Tree[])
  if (type !== wireTypeOf(field)) return false
  count(reading)
  if (label === 'map') {
    readEntry(reading, field, depth, tree[name] as Growing)
    return true
  }
  if (label.startsWith('one of')) {
    const other = chosen.get(label)
    if (other !== undefined && other !== name) delete tree[other]
    chosen.set(label, name)
  }
  tree[name] = readValue(reading, field, depth, tree[name])
  return true
}

/** Numbers of a list may stand one by one, or packed as one value of bytes. */
function readElements(reading: Reading, field: Field, type: number, depth: number, list: Tree[]): boolean {
  const own = wireTypeOf(field)
  const { wire } = reading
  if (type === own) {
    count(reading)
    list.push(readValue(reading, field, depth, undefined))
    return true
  }
  if (type !== wireType.bytes) return false
  const outerEnd = wire.end
  const end = wire.length() + wire.at
  wire.end = end
  while (wire.at < end) {
    count(reading)
    list.push(readValue(reading, field, depth, undefined))
  }
  wire.end = outerEnd
  return true
}

/** An entry of a map is a message of a key, here always text, and a value. */
function readEntry(reading: Reading, field: Field, depth: number, map: Growing): void {
  const { wire } = reading
  if (typeof field.type !== 'function') throw new TypeError(`the map ${field.name} has no message for its values`)
  const outerEnd = wire.end
  const end = wire.length() + wire.at
  wire.end = end
  let key = ''
  let value: Tree | undefined
  while (wire.at < end) {
    const { number, type } = wire.tag()
    if (number === 1 && type === wireType.bytes) key = wire.text()
    else if (number === 2 && type === wireType.bytes) value = readValue(reading, field, depth + 1, value)
    else {
      reading.unknownFields++
      wire.skip(number, type)
    }
  }
  wire.end = outerEnd
  put(map, key, value ?? emptyOf(field.type()))
}

function readValue(reading: Reading, { type }: Field, depth: number, before: Tree | undefined): Tree {
  const { wire } = reading
  if (typeof type === 'function') {
    const message = type()
    const length = wire.length()
    // What was finished is no message any more that another part could be added to.
    const begun = message.finish === undefined && typeof before === 'object' ? (before as Growing) : undefined
    const tree = readMessage(reading, message, wire.at + length, depth + 1, begun)
    return message.finish?.(tree) ?? tree
  }
  if (typeof type === 'object') {
    const code = signed32(wire.varint())
    return type[code] ?? code
  }
  return readScalar(wire, type)
}

const low32 = (value: number | bigint): number => Number(typeof value === 'bigint' ? BigInt.asUintN(32, value) : value % 2 ** 32)
const signed32 = (value: number | bigint): number => low32(value) | 0

function readScalar(wire: Wire, type: Scalar): Tree {
  switch (type) {
    case 'int32':
      return signed32(wire.varint())
    case 'uint32':
      return low32(wire.varint())
    case 'sint32': {
      const zigzag = low32(wire.varint())
      return (zigzag >>> 1) ^ -(zigzag & 1)
    }
    case 'int64': {
      const value = wire.varint()
      return exact(typeof value === 'bigint' ? BigInt.asIntN(64, value) : value)
    }
    case 'uint64':
      return exact(wire.varint())
    case 'sint64': {
      const zigzag = BigInt(wire.varint())
      return exact((zigzag >> 1n) ^ -(zigzag & 1n))
    }
    case 'bool':
      return Number(wire.varint()) !== 0
    case 'fixed32':
      return wire.fixed32()
    case 'sfixed32':
      return wire.fixed32() | 0
    case 'fixed64':
      return exact(wire.fixed64())
    case 'sfixed64':
      return exact(BigInt.asIntN(64, wire.fixed64()))
    case 'float':
      return shortest(wire.float())
    case 'double':
      return finite(wire.double())
    case 'string':
      return wire.text()
    case 'bytes':
      return Buffer.from(wire.bytes()).toString('base64')
  }
}

function wireTypeOf({ type }: Field): number {
  switch (type) {
    case 'fixed32':
    case 'sfixed32':
    case 'float':
      return wireType.fixed32
    case 'fixed64':
    case 'sfixed64':
    case 'double':
      return wireType.fixed64
    case 'string':
    case 'bytes':
      return wireType.bytes
    case 'int32':
    case 'int64':
    case 'uint32':
    case 'uint64':
    case 'sint32':
    case 'sint64':
    case 'bool':
      return wireType.varint
    default:
      return typeof type === 'function' ? wireType.bytes : wireType.varint
  }
}

function count(reading: Reading): void {
  if (++reading.values > valuesMax) throw new BinaryFault('too-many', `more than ${valuesMax} values in one message`)
}
