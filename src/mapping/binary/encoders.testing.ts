// Encoders for tests: what the decoders must read back, written the other way round and in the
// plainest way.
import assert from 'node:assert/strict'
import type { ProtoField, ProtoMessage } from './protobuf/descriptor.ts'
import type { Scalar } from './protobuf/scalars.ts'
import type { Branch, Tree } from './tree.ts'

/** A tree as a message of protobuf. Lists of numbers are packed, or not. */
export function encodeMessage(message: ProtoMessage, tree: Tree, isPacked = true): Buffer {
  const parts: Buffer[] = []
  if (message.finish !== undefined) return encodeTimestamp(tree)
  for (const [number, field] of message.fields) {
    const value = (tree as Branch)[field.name]
    if (value === undefined) continue
    if (field.label === 'map')
      parts.push(...Object.entries(value as Branch).map(([key, item]) => encodeEntry(number, field, key, item)))
    else if (field.label !== 'list') parts.push(encodeField(number, field, value, isPacked))
    else if (isPacked && isNumeric(field)) {
      const items = (value as readonly Tree[]).map((item) => encodeValue(field, item, isPacked))
      if (items.length > 0) parts.push(tagOf(number, 2), delimited(Buffer.concat(items)))
    } else parts.push(...(value as readonly Tree[]).map((item) => encodeField(number, field, item, isPacked)))
  }
  return Buffer.concat(parts)
}

export const encodeField = (number: number, field: Pick<ProtoField, 'type'>, value: Tree, isPacked = true): Buffer =>
  Buffer.concat([tagOf(number, wireTypeOf(field)), encodeValue(field, value, isPacked)])

const encodeEntry = (number: number, field: ProtoField, key: string, value: Tree): Buffer =>
  Buffer.concat([
    tagOf(number, 2),
    delimited(Buffer.concat([encodeField(1, { type: 'string' }, key), encodeField(2, field, value)])),
  ])

/** Seconds and nanoseconds of a text such as 2026-03-04T05:06:07.250Z. */
function encodeTimestamp(tree: Tree): Buffer {
  const text = typeof tree === 'string' ? tree : assert.fail('an instant that is no text')
  const [whole = '', fraction = ''] = text.replace('Z', '').split('.')
  return Buffer.concat([
    encodeField(1, { type: 'int64' }, Date.parse(`${whole}Z`) / 1000),
    encodeField(2, { type: 'int32' }, Number(fraction.padEnd(9, '0'))),
  ])
}

const isNumeric = ({ type }: Pick<ProtoField, 'type'>): boolean =>
  typeof type !== 'function' && type !== 'string' && type !== 'bytes'

function wireTypeOf({ type }: Pick<ProtoField, 'type'>): number {
  if (typeof type === 'function' || type === 'string' || type === 'bytes') return 2
  if (type === 'double' || type === 'fixed64' || type === 'sfixed64') return 1
  return type === 'float' || type === 'fixed32' || type === 'sfixed32' ? 5 : 0
}

function encodeValue({ type }: Pick<ProtoField, 'type'>, value: Tree, isPacked: boolean): Buffer {
  if (typeof type === 'function') return delimited(encodeMessage(type(), value, isPacked))
  if (typeof type === 'object')
    return varint(BigInt.asUintN(64, BigInt(typeof value === 'string' ? type.indexOf(value) : Number(value))))
  return encodeScalar(type, value as string | number | boolean)
}

function encodeScalar(type: Scalar, value: string | number | boolean): Buffer {
  const bytes = Buffer.alloc(8)
  switch (type) {
    case 'string':
      return delimited(Buffer.from(String(value)))
    case 'bytes':
      return delimited(Buffer.from(String(value), 'base64'))
    case 'bool':
      return varint(value === true ? 1n : 0n)
    case 'sint32':
    case 'sint64': {
      const signed = BigInt(value)
      return varint(signed < 0n ? -signed * 2n - 1n : signed * 2n)
    }
    case 'float':
      bytes.writeFloatLE(Number(value))
      return bytes.subarray(0, 4)
    case 'double':
      bytes.writeDoubleLE(Number(value))
      return bytes
    case 'fixed32':
    case 'sfixed32':
      bytes.writeUInt32LE(Number(value) >>> 0)
      return bytes.subarray(0, 4)
    case 'fixed64':
    case 'sfixed64':
      bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)))
      return bytes
    case 'int32':
    case 'int64':
    case 'uint32':
    case 'uint64':
      return varint(BigInt.asUintN(64, BigInt(value)))
  }
}

export const tagOf = (number: number, type: number): Buffer => varint(BigInt(number) * 8n + BigInt(type))
export const delimited = (bytes: Buffer): Buffer => Buffer.concat([varint(BigInt(bytes.length)), bytes])

export function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = value
  do {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0))
    rest >>= 7n
  } while (rest > 0n)
  return Buffer.from(bytes)
}

/** A record as its codec writes it; `io` are elements by number, with their bytes. */
export type TestRecord = {
  readonly timestamp: bigint
  readonly priority: number
  /** In 1e-7 degrees. */
  readonly longitude: number
  readonly latitude: number
  readonly altitude: number
  readonly angle: number
  readonly satellites: number
  readonly speed: number
  readonly eventIo: number
  readonly generation: number
  readonly io: readonly (readonly [id: number, value: Uint8Array])[]
}

export type TestCodec = '8' | '8E' | '16'

/** At 63 km/h in Montevideo; a test says what else matters to it. */
export const testRecord: TestRecord = {
  timestamp: 1_772_600_767_250n,
  priority: 1,
  longitude: -561_913_000,
  latitude: -349_055_000,
  altitude: 43,
  angle: 270,
  satellites: 9,
  speed: 63,
  eventIo: 0,
  generation: 0,
  io: [],
}

/** `counts`: what stands before and after the records; their number where nothing is said. */
export function encodeFrame(
  codec: TestCodec,
  records: readonly TestRecord[],
  counts = [records.length, records.length],
): Buffer {
  const data = Buffer.concat([
    Buffer.of({ '8': 0x08, '8E': 0x8e, '16': 0x10 }[codec], counts[0] ?? 0),
    ...records.map((record) => encodeRecord(codec, record)),
    Buffer.of(counts[1] ?? 0),
  ])
  return sealFrame(data)
}

/** The frame of any data, its length and checksum right. */
export function sealFrame(data: Uint8Array): Buffer {
  const head = Buffer.alloc(8)
  head.writeUInt32BE(data.length, 4)
  const tail = Buffer.alloc(4)
  tail.writeUInt32BE(slowCrc16(data))
  return Buffer.concat([head, data, tail])
}

function encodeRecord(codec: TestCodec, record: TestRecord): Buffer {
  const place = Buffer.alloc(24)
  place.writeBigUInt64BE(record.timestamp)
  place.writeUInt8(record.priority, 8)
  place.writeInt32BE(record.longitude, 9)
  place.writeInt32BE(record.latitude, 13)
  place.writeInt16BE(record.altitude, 17)
  place.writeUInt16BE(record.angle, 19)
  place.writeUInt8(record.satellites, 21)
  place.writeUInt16BE(record.speed, 22)
  const id = (value: number): Buffer => (codec === '8' ? Buffer.of(value) : Buffer.of(value >> 8, value & 255))
  const count = (value: number): Buffer => (codec === '8E' ? Buffer.of(value >> 8, value & 255) : Buffer.of(value))
  const isFixed = ([, value]: readonly [number, Uint8Array]): boolean => [1, 2, 4, 8].includes(value.length)
  const ofWidth = (width: number): Buffer[] => {
    const own = record.io.filter(([, value]) => value.length === width)
    return [count(own.length), ...own.flatMap(([number, value]) => [id(number), Buffer.from(value)])]
  }
  const variable = record.io.filter((element) => !isFixed(element))
  return Buffer.concat([
    place,
    id(record.eventIo),
    codec === '16' ? Buffer.of(record.generation) : Buffer.of(),
    count(record.io.length),
    ...[1, 2, 4, 8].flatMap(ofWidth),
    ...(codec === '8E'
      ? [
          count(variable.length),
          ...variable.flatMap(([number, value]) => [
            id(number),
            Buffer.of(value.length >> 8, value.length & 255),
            Buffer.from(value),
          ]),
        ]
      : []),
  ])
}

/** Bit by bit, as its definition says. */
function slowCrc16(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >> 1) ^ 0xa001 : crc >> 1
  }
  return crc
}

/** A block of snappy from literals, and copies as [offset, count]. */
export function encodeSnappy(
  elements: readonly (Uint8Array | readonly [offset: number, count: number])[],
  length: number,
): Buffer {
  return Buffer.concat([
    varint(BigInt(length)),
    ...elements.flatMap((element) => {
      if (element instanceof Uint8Array) return [literalTag(element.length), Buffer.from(element)]
      const [offset, count] = element
      if (count >= 4 && count < 12 && offset < 2048)
        return [Buffer.of(1 | ((count - 4) << 2) | ((offset >> 8) << 5), offset & 255)]
      if (offset < 65_536) return [Buffer.of(2 | ((count - 1) << 2), offset & 255, offset >> 8)]
      return [Buffer.of(3 | ((count - 1) << 2), offset & 255, (offset >> 8) & 255, (offset >> 16) & 255, offset >>> 24)]
    }),
  ])
}

function literalTag(length: number): Buffer {
  const rest = length - 1
  if (rest < 60) return Buffer.of(rest << 2)
  if (rest < 256) return Buffer.of(60 << 2, rest)
  return rest < 65_536
    ? Buffer.of(61 << 2, rest & 255, rest >> 8)
    : Buffer.of(62 << 2, rest & 255, (rest >> 8) & 255, rest >> 16)
}
