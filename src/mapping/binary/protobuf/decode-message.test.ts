import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeBinary, type BinaryForm } from '../decode-binary.ts'
import { delimited, encodeField, encodeMessage, tagOf, varint } from '../encoders.testing.ts'
import { treeOf } from '../trees.testing.ts'
import { BinaryFault, shortest, type Tree } from '../tree.ts'
import { decodeProtobuf } from './decode-message.ts'
import { message, words, type ProtoMessage } from './descriptor.ts'
import { fleetwiseLastKnownState, fleetwiseVehicleData } from './fleetwise.ts'
import { kuksaSubscribeResponse } from './kuksa.ts'
import { sparkplugPayload } from './sparkplug-payload.ts'
import { teslaPayload } from './tesla.ts'

const { messages: vectors } = JSON.parse(
  readFileSync(new URL('../samples/protobuf-vectors.json', import.meta.url), 'utf8'),
) as {
  readonly messages: readonly { readonly form: BinaryForm; readonly hex: string; readonly tree: Tree }[]
}

for (const { form, hex, tree } of vectors)
  test(`what protobuf 7.36.2 wrote by the publisher's own description is read as it reads it: ${form}`, () => {
    assert.deepEqual(decodeBinary(form, Buffer.from(hex, 'hex')), { ok: true, value: { tree, unknownFields: 0 } })
  })

const scalars = [
  ...([
    'int32',
    'int64',
    'uint32',
    'uint64',
    'sint32',
    'sint64',
    'bool',
    'fixed32',
    'fixed64',
    'sfixed32',
    'sfixed64',
  ] as const),
  ...(['float', 'double', 'string', 'bytes'] as const),
]
const word = words('Gear', 'P R N')

/** Every type in every role, in itself as well. */
const everything: ProtoMessage = message({
  ...Object.fromEntries(scalars.map((type, index) => [`plain_${type}`, [index + 1, type]])),
  ...Object.fromEntries(scalars.map((type, index) => [`optional_${type}`, [index + 101, type, 'optional']])),
  ...Object.fromEntries(scalars.map((type, index) => [`list_${type}`, [index + 201, type, 'list']])),
  ...Object.fromEntries(scalars.map((type, index) => [`one_${type}`, [index + 301, type, 'one of them']])),
  plainWord: [401, word],
  listWord: [402, word, 'list'],
  inner: [403, () => everything],
  inners: [536_870_911, () => everything, 'list'],
  map: [405, () => everything, 'map'],
})

const forms = {
  everything,
  fleetwiseVehicleData,
  fleetwiseLastKnownState,
  kuksaSubscribeResponse,
  sparkplugPayload,
  teslaPayload,
}

for (const [name, form] of Object.entries(forms))
  test(`what is written by a table is read back, packed or not: ${name}`, () => {
    fc.assert(
      fc.property(treeOf(form, form === everything ? 1 : 0), fc.boolean(), (tree, isPacked) => {
        assert.deepEqual(decodeProtobuf(form, encodeMessage(form, tree, isPacked)), { tree, unknownFields: 0 })
      }),
      { numRuns: 200 },
    )
  })

test('two encodings one after the other are one message: of a field the last counts, lists follow each other, messages join', () => {
  const inner = message({ a: [1, 'int32', 'optional'], b: [2, 'string', 'optional'] })
  const form = message({
    a: [1, 'int32'],
    list: [2, 'int32', 'list'],
    inner: [3, () => inner],
    number: [4, 'int32', 'one of x'],
    text: [5, 'string', 'one of x'],
    message: [6, () => inner, 'one of x'],
  })
  const bytes = Buffer.concat([
    encodeMessage(form, { a: 1, list: [1, 2], inner: { a: 7, b: 'first' }, text: 'x' }),
    encodeMessage(form, { a: 3, list: [3], inner: { b: 'second' }, number: 5 }, false),
  ])
  assert.deepEqual(decodeProtobuf(form, bytes).tree, { a: 3, list: [1, 2, 3], inner: { a: 7, b: 'second' }, number: 5 })
  const twice = Buffer.concat([
    encodeMessage(form, { message: { a: 1 } }),
    encodeMessage(form, { message: { b: 'x' } }),
  ])
  assert.deepEqual(decodeProtobuf(form, twice).tree, { a: 0, list: [], message: { a: 1, b: 'x' } })
  const changed = Buffer.concat([encodeMessage(form, { message: { a: 1 } }), encodeMessage(form, { text: 't' })])
  assert.deepEqual(decodeProtobuf(form, changed).tree, { a: 0, list: [], text: 't' })
})

test('a message that stands twice drops what its last part has chosen against', () => {
  const inner = message({ a: [1, 'int32', 'one of x'], b: [2, 'int32', 'one of x'] })
  const form = message({ inner: [1, () => inner] })
  const bytes = Buffer.concat([encodeMessage(form, { inner: { a: 1 } }), encodeMessage(form, { inner: { b: 2 } })])
  assert.deepEqual(decodeProtobuf(form, bytes).tree, { inner: { b: 2 } })
})

test('what the table does not know is passed over and counted, also groups, and fields of another wire type', () => {
  const form = message({ speed: [1, 'double'], list: [3, 'fixed32', 'list'] })
  const group = Buffer.concat([
    tagOf(9, 3),
    encodeField(1, { type: 'int32' }, 1),
    tagOf(8, 3),
    tagOf(8, 4),
    tagOf(9, 4),
  ])
  const bytes = Buffer.concat([
    encodeField(2, { type: 'string' }, 'new'),
    group,
    encodeField(1, { type: 'double' }, 63),
    encodeField(1, { type: 'int32' }, 5),
    encodeField(3, { type: 'int32' }, 5),
    encodeField(4, { type: 'fixed32' }, 5),
    encodeField(5, { type: 'fixed64' }, 5),
  ])
  assert.deepEqual(decodeProtobuf(form, bytes), { tree: { speed: 63, list: [] }, unknownFields: 6 })
})

test('an integer that is written longer than need be is the same, and one wider than its type is cut as others cut it', () => {
  const form = message({ bool: [1, 'bool'], small: [2, 'int32'], large: [3, 'uint64'] })
  const long = (value: number): Buffer => Buffer.from([value | 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0])
  const bytes = Buffer.concat([tagOf(1, 0), long(0), tagOf(2, 0), varint(2n ** 32n + 5n), tagOf(3, 0), long(7)])
  assert.deepEqual(decodeProtobuf(form, bytes).tree, { bool: false, small: 5, large: 7 })
})

test('a number of 32 bits is told by the shortest decimal that is the same number', () => {
  assert.equal(shortest(Math.fround(63.2)), 63.2)
  assert.equal(shortest(Math.fround(187654.3)), 187654.3)
  assert.equal(shortest(Math.fround(-34.9055)), -34.9055)
  fc.assert(
    fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const told = Number(shortest(value))
      assert.equal(Math.fround(told), value)
      assert.ok(Math.abs(value) < 2 ** 24 || told.toExponential().replace(/[^\d]/g, '').length <= 12)
      assert.ok(!(Math.abs(value) < 2 ** 24) || Number.isInteger(value) || told === Number(told.toPrecision(9)))
    }),
  )
})

const reasonOf = (form: ProtoMessage, bytes: Uint8Array): string => {
  try {
    decodeProtobuf(form, bytes)
    return 'none'
  } catch (error) {
    assert.ok(error instanceof BinaryFault)
    return error.reason
  }
}

test('what is no message of protobuf, or not all of one, has a reason', () => {
  const form = message({
    text: [1, 'string'],
    list: [2, 'double', 'list'],
    self: [3, () => everything],
    map: [4, () => everything, 'map'],
  })
  const whole = encodeMessage(form, { text: 'abc', list: [1, 2] })
  assert.equal(reasonOf(form, whole), 'none')
  assert.equal(reasonOf(form, whole.subarray(0, -1)), 'cut')
  assert.equal(reasonOf(form, Buffer.of(0x0a, 0x05, 0x61)), 'cut')
  assert.equal(reasonOf(form, Buffer.of(0x12, 0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0)), 'cut')
  assert.equal(reasonOf(form, Buffer.of(0x1a, 0x02, 0x0a, 0x05, 0x61, 0x61, 0x61, 0x61, 0x61)), 'cut')
  assert.equal(reasonOf(form, Buffer.of(0x0a, 0x02, 0xc3, 0x28)), 'not-utf8')
  assert.equal(reasonOf(form, Buffer.of(0x00)), 'malformed')
  assert.equal(reasonOf(form, Buffer.of(0x0f)), 'malformed')
  assert.equal(reasonOf(form, Buffer.of(0x0c)), 'malformed')
  assert.equal(reasonOf(form, Buffer.of(0x4b, 0x54)), 'malformed')
  assert.equal(reasonOf(form, Buffer.from('08ffffffffffffffffffffff01', 'hex')), 'malformed')
})

test('depth and number of values are bounded, whatever they are made of', () => {
  const nested = (depth: number): Buffer =>
    depth === 0 ? Buffer.of() : Buffer.concat([tagOf(403, 2), delimited(nested(depth - 1))])
  assert.equal(reasonOf(everything, nested(31)), 'none')
  assert.equal(reasonOf(everything, nested(32)), 'too-deep')
  const inMaps = (depth: number): Buffer =>
    depth === 0
      ? Buffer.of()
      : Buffer.concat([tagOf(405, 2), delimited(Buffer.concat([tagOf(2, 2), delimited(inMaps(depth - 1))]))])
  assert.equal(reasonOf(everything, inMaps(15)), 'none')
  assert.equal(reasonOf(everything, inMaps(16)), 'too-deep')
  assert.equal(
    reasonOf(
      everything,
      Buffer.concat([...Array<Buffer>(33).fill(tagOf(9, 3)), ...Array<Buffer>(33).fill(tagOf(9, 4))]),
    ),
    'too-deep',
  )
  const many = (part: Buffer, count = 100_001): Buffer => Buffer.concat(Array<Buffer>(count).fill(part))
  const list: ProtoMessage = message({
    numbers: [1, 'bool', 'list'],
    self: [2, () => list, 'list'],
    map: [3, () => list, 'map'],
  })
  assert.equal(reasonOf(list, many(Buffer.of(0x08, 1), 100_000)), 'none')
  assert.equal(reasonOf(list, many(Buffer.of(0x08, 1))), 'too-many')
  assert.equal(reasonOf(list, Buffer.concat([tagOf(1, 2), delimited(Buffer.alloc(100_001))])), 'too-many')
  assert.equal(reasonOf(list, many(Buffer.of(0x12, 0))), 'too-many')
  assert.equal(reasonOf(list, many(Buffer.of(0x1a, 0))), 'too-many')
  assert.equal(reasonOf(list, many(Buffer.of(0x20, 0))), 'too-many')
})

test('an instant is text as proto3 JSON has it; what is none stays what it was', () => {
  const at = (seconds: number, nanos: number): Tree | undefined =>
    decodeProtobuf(
      teslaPayload,
      Buffer.concat([
        tagOf(2, 2),
        delimited(
          Buffer.concat([encodeField(1, { type: 'int64' }, seconds), encodeField(2, { type: 'int32' }, nanos)]),
        ),
      ]),
    ).tree['createdAt']
  assert.equal(at(1_772_600_767, 0), '2026-03-04T05:06:07Z')
  assert.equal(at(1_772_600_767, 250_000_000), '2026-03-04T05:06:07.250Z')
  assert.equal(at(1_772_600_767, 120_000), '2026-03-04T05:06:07.000120Z')
  assert.equal(at(-1, 1), '1969-12-31T23:59:59.000000001Z')
  assert.deepEqual(at(253_402_300_800, 0), { seconds: 253_402_300_800, nanos: 0 })
  assert.deepEqual(at(0, -1), { seconds: 0, nanos: -1 })
})
