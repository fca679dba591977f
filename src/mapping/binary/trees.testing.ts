// Trees for tests, by the table of a message: every type with its ends, lists, maps, and of several
// one.
import fc from 'fast-check'
import type { ProtoField, ProtoMessage } from './protobuf/descriptor.ts'
import type { Scalar } from './protobuf/scalars.ts'
import { exact, finite, put, shortest, type Branch, type Tree } from './tree.ts'

const depthMax = 2

/** `depth`: how deep the message is thought to lie, where the third has none within it. */
export function treeOf(message: ProtoMessage, depth = 0): fc.Arbitrary<Branch> {
  const fields = [...message.fields.values()]
  const required = fields.filter(({ name }) => name in message.zeros)
  const lists = fields.filter(({ label }) => label === 'list' || label === 'map')
  const groups = Map.groupBy(
    fields.filter(({ label }) => label.startsWith('one of')),
    ({ label }) => label,
  )
  const rest = fields.filter((field) => !required.includes(field) && !lists.includes(field) && !groups.has(field.label))
  const record = (of: readonly ProtoField[], isAlways: boolean): fc.Arbitrary<Branch> =>
    fc.record(
      Object.fromEntries(of.map((field) => [field.name, valueOf(field, depth)])),
      isAlways ? {} : { requiredKeys: [] },
    ) as fc.Arbitrary<Branch>
  const oneOf = (of: readonly ProtoField[]): fc.Arbitrary<Branch> =>
    fc.oneof(
      fc.constant({}),
      ...of
        .filter((field) => depth < depthMax || typeof field.type !== 'function')
        .map((field) => record([field], true)),
    )
  const isShallow = (field: ProtoField): boolean => depth < depthMax || typeof field.type !== 'function'
  return fc
    .tuple(
      record(required, true),
      record(rest.filter(isShallow), false),
      fc.record(Object.fromEntries(lists.map((field) => [field.name, manyOf(field, depth)]))),
      ...[...groups.values()].map(oneOf),
    )
    .map((parts) => Object.assign({}, ...parts) as Branch)
}

function manyOf(field: ProtoField, depth: number): fc.Arbitrary<Tree> {
  if (typeof field.type === 'function' && depth === depthMax) return fc.constant(field.label === 'list' ? [] : {})
  const maxLength = typeof field.type === 'function' ? 2 : 4
  if (field.label === 'list') return fc.array(valueOf(field, depth), { maxLength })
  return fc
    .array(fc.tuple(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', '')), valueOf(field, depth)), {
      maxLength,
    })
    .map((entries) => {
      const map = {}
      for (const [key, value] of entries) put(map, key, value)
      return map
    })
}

function valueOf({ type }: ProtoField, depth: number): fc.Arbitrary<Tree> {
  if (typeof type === 'object')
    return fc.oneof(
      fc.constantFrom(...type),
      fc.integer({ min: type.length, max: 2 ** 31 - 1 }),
      fc.integer({ min: -(2 ** 31), max: -1 }),
    )
  if (typeof type !== 'function') return scalarOf(type)
  const message = type()
  if (message.finish === undefined) return treeOf(message, depth + 1)
  return fc
    .tuple(
      fc.integer({ min: -62_135_596_800, max: 253_402_300_799 }),
      fc.oneof(fc.constantFrom(0, 250_000_000, 120_000), fc.nat(999_999_999)),
    )
    .map(([seconds, nanos]) => message.finish?.({ seconds, nanos }) ?? null)
}

const big = (min: bigint, max: bigint): fc.Arbitrary<Tree> => fc.bigInt({ min, max }).map(exact)

function scalarOf(type: Scalar): fc.Arbitrary<Tree> {
  switch (type) {
    case 'int32':
    case 'sint32':
    case 'sfixed32':
      return fc.integer()
    case 'uint32':
    case 'fixed32':
      return fc.nat(2 ** 32 - 1)
    case 'int64':
    case 'sint64':
    case 'sfixed64':
      return fc.oneof(big(-(2n ** 63n), 2n ** 63n - 1n), big(-(2n ** 53n), 2n ** 53n))
    case 'uint64':
    case 'fixed64':
      return fc.oneof(big(0n, 2n ** 64n - 1n), big(0n, 2n ** 53n))
    case 'bool':
      return fc.boolean()
    case 'float':
      return fc.float().map(shortest)
    case 'double':
      return fc.double().map(finite)
    case 'string':
      return fc.string({ unit: 'binary', maxLength: 8 })
    case 'bytes':
      return fc.uint8Array({ maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('base64'))
  }
}
