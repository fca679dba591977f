// The shape of a message of protobuf as a table: the names of proto3 JSON, each with its number,
// its type and how often it may stand.
import type { Branch, Tree } from '../tree.ts'
import { scalarTypes, signed32, type Scalar } from './scalars.ts'
import { wireType, type Wire } from './wire.ts'

/** The words of an enum by their numbers, from 0 on. A number that has no word is told as it is. */
export type Words = readonly string[]

/** `plain`: absent is the type's zero, as proto3 says of a field without a mark. `optional`: absent
 *  is absent. `list`: repeated, packed or not. `map`: by texts. Of `one of NAME` the last that came
 *  stands. Messages are absent when they are. */
export type Label = 'plain' | 'optional' | 'list' | 'map' | `one of ${string}`

export type ProtoField = {
  readonly name: string
  readonly type: Scalar | Words | (() => ProtoMessage)
  readonly label: Label
  readonly wireType: number
  /** Reads a value that is no message. */
  readonly read: ((wire: Wire) => Tree) | undefined
  /** Of which fields only the last stands. */
  readonly group: string | undefined
}

export type ProtoMessage = {
  readonly fields: ReadonlyMap<number, ProtoField>
  /** Values that stand where nothing came. */
  readonly zeros: Branch
  readonly lists: readonly string[]
  readonly maps: readonly string[]
  /** Makes of the message what stands for it, as a Timestamp is a text. */
  readonly finish?: (tree: Branch) => Tree
}

type Entry = readonly [number: number, type: ProtoField['type'], label?: Label]

export function message(table: Readonly<Record<string, Entry>>, finish?: (tree: Branch) => Tree): ProtoMessage {
  const fields = Object.entries(table).map(([name, [number, type, label = 'plain']]) => ({
    number,
    field: fieldOf(name, type, label),
  }))
  const named = (label: Label): string[] =>
    fields.filter(({ field }) => field.label === label).map(({ field }) => field.name)
  return {
    fields: new Map(fields.map(({ number, field }) => [number, field])),
    zeros: Object.fromEntries(
      fields
        .filter(({ field }) => field.label === 'plain' && typeof field.type !== 'function')
        .map(({ field }) => [field.name, zeroOf(field)]),
    ),
    lists: named('list'),
    maps: named('map'),
    ...(finish === undefined ? {} : { finish }),
  }
}

function fieldOf(name: string, type: ProtoField['type'], label: Label): ProtoField {
  const group = label.startsWith('one of') ? label : undefined
  if (typeof type === 'function') return { name, type, label, wireType: wireType.bytes, read: undefined, group }
  if (typeof type === 'string') return { name, type, label, ...scalarTypes[type], group }
  return { name, type, label, wireType: wireType.varint, read: (wire) => wordOf(type, signed32(wire.varint())), group }
}

const wordOf = (type: Words, code: number): Tree => type[code] ?? code

/** `words('Gear', 'P R N')` are GearP, GearR, GearN. */
export const words = (prefix: string, names: string): Words =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => prefix + name)

function zeroOf({ type }: ProtoField): Tree {
  if (typeof type === 'object') return type[0] ?? 0
  if (type === 'string' || type === 'bytes') return ''
  return type === 'bool' ? false : 0
}

/** google.protobuf.Timestamp, as proto3 JSON writes it: `2026-03-04T05:06:07.250Z`, with 0, 3, 6 or
 *  9 digits of a second. A value that is no instant of the years 1 to 9999 stays seconds and
 *  nanoseconds. */
export const timestamp: ProtoMessage = message({ seconds: [1, 'int64'], nanos: [2, 'int32'] }, (tree) => {
  const { seconds, nanos } = tree
  if (typeof seconds !== 'number' || typeof nanos !== 'number' || nanos < 0 || nanos > 999_999_999) return tree
  if (seconds < -62_135_596_800 || seconds > 253_402_300_799) return tree
  const digits = String(nanos)
    .padStart(9, '0')
    .replace(/(?:000)+$/, '')
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}${digits === '' ? '' : `.${digits}`}Z`
})
