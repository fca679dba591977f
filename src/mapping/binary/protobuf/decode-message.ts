// Bytes of protobuf as a tree, by a table of ours (protobuf.dev, "Encoding" and "ProtoJSON").
// Invariants: of a field that stands twice the last counts, and of a message both together, as any
// parser has it; fields that the table does not know, or of another wire type, are passed over and
// counted; depth and number of values are bounded.
import { BinaryFault, put, type Branch, type Tree } from '../tree.ts'
import type { ProtoField, ProtoMessage } from './descriptor.ts'
import { Wire, wireType } from './wire.ts'

/** Messages within messages. The deepest of a vehicle that we know have six. */
const depthMax = 32
/** Fields, and elements of lists, of a whole payload. Empty messages take two bytes of it and some
 *  hundred of memory. */
const valuesMax = 100_000

/** `unknownFields` counts what the table does not know: a publisher that is newer than it. */
export function decodeProtobuf(
  message: ProtoMessage,
  bytes: Uint8Array,
): { readonly tree: Branch; readonly unknownFields: number } {
  const reading: Reading = { wire: new Wire(bytes), values: 0, unknownFields: 0 }
  const tree = readMessage(reading, message, bytes.byteLength, 0, undefined)
  return { tree, unknownFields: reading.unknownFields }
}

type Reading = { readonly wire: Wire; values: number; unknownFields: number }
type Growing = { [name: string]: Tree }
/** A message while it is read; `chosen`: by the name of a group of fields, which of them stands. */
type Open = { readonly tree: Growing; readonly depth: number; chosen: Map<string, string> | undefined }

function readMessage(
  reading: Reading,
  message: ProtoMessage,
  end: number,
  depth: number,
  begun: Growing | undefined,
): Branch {
  if (depth === depthMax)
    throw new BinaryFault('too-deep', `byte ${reading.wire.at}: messages nested more than ${depthMax} deep`)
  const { wire } = reading
  const outerEnd = wire.end
  wire.end = end
  const open: Open = {
    tree: begun ?? emptyOf(message),
    depth,
    chosen: begun === undefined ? undefined : chosenIn(begun, message),
  }
  while (wire.at < end) {
    const tag = wire.tag()
    const field = message.fields.get(tag >>> 3)
    if (field !== undefined && readField(reading, open, field, tag & 7)) continue
    count(reading)
    reading.unknownFields++
    wire.skip(tag)
  }
  wire.end = outerEnd
  return open.tree
}

function chosenIn(tree: Branch, { fields }: ProtoMessage): Map<string, string> {
  const chosen = new Map<string, string>()
  for (const { name, group } of fields.values()) if (group !== undefined && name in tree) chosen.set(group, name)
  return chosen
}

function emptyOf({ zeros, lists, maps }: ProtoMessage): Growing {
  const tree: Growing = { ...zeros }
  for (const name of lists) tree[name] = []
  for (const name of maps) tree[name] = {}
  return tree
}

/** Whether the field is one of that wire type. */
function readField(reading: Reading, open: Open, field: ProtoField, type: number): boolean {
  const { name, label, group } = field
  const { tree, depth } = open
  if (label === 'list') return readElements(reading, field, type, depth, tree[name] as Tree[])
  if (type !== field.wireType) return false
  count(reading)
  if (label === 'map') {
    readEntry(reading, field, depth, tree[name] as Growing)
    return true
  }
  if (group !== undefined) {
    open.chosen ??= new Map()
    const other = open.chosen.get(group)
    if (other !== undefined && other !== name) delete tree[other]
    open.chosen.set(group, name)
  }
  tree[name] = readValue(reading, field, depth, tree[name])
  return true
}

/** Numbers of a list may stand one by one, or packed as one value of bytes. */
function readElements(reading: Reading, field: ProtoField, type: number, depth: number, list: Tree[]): boolean {
  const { wire } = reading
  if (type === field.wireType) {
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

const keyTag = (1 << 3) | wireType.bytes
const valueTag = (2 << 3) | wireType.bytes

/** An entry of a map is a message of a key, here always text, and a value. */
function readEntry(reading: Reading, field: ProtoField, depth: number, map: Growing): void {
  const { wire } = reading
  if (typeof field.type !== 'function') throw new TypeError(`the map ${field.name} has no message for its values`)
  const outerEnd = wire.end
  const end = wire.length() + wire.at
  wire.end = end
  let key = ''
  let value: Tree | undefined
  while (wire.at < end) {
    const tag = wire.tag()
    if (tag === keyTag) key = wire.text()
    else if (tag === valueTag) value = readValue(reading, field, depth + 1, value)
    else {
      reading.unknownFields++
      wire.skip(tag)
    }
  }
  wire.end = outerEnd
  put(map, key, value ?? emptyOf(field.type()))
}

function readValue(reading: Reading, { type, read }: ProtoField, depth: number, before: Tree | undefined): Tree {
  const { wire } = reading
  if (read !== undefined) return read(wire)
  if (typeof type !== 'function') throw new TypeError('a field that is no message and has no reader')
  const message = type()
  const length = wire.length()
  // A finished value is no message any more that another part could be added to.
  const begun = message.finish === undefined && typeof before === 'object' ? (before as Growing) : undefined
  const tree = readMessage(reading, message, wire.at + length, depth + 1, begun)
  return message.finish?.(tree) ?? tree
}

function count(reading: Reading): void {
  if (++reading.values > valuesMax) throw new BinaryFault('too-many', `more than ${valuesMax} values in one message`)
}
