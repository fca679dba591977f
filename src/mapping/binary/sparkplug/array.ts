// Arrays of Sparkplug B: bytes, little-endian throughout (Eclipse Sparkplug 3.0.0, section 6.4.16,
// "Array Types"). Two of its examples contradict its text, those of FloatArray and DateTimeArray;
// the text is followed, as Tahu does.
import { decodeUtf8 } from '../../../base/utf8.ts'
import { exact, finite, shortest, type Tree } from '../tree.ts'

const elements: Readonly<Record<string, readonly [width: number, read: (view: DataView, at: number) => Tree]>> = {
  Int8Array: [1, (view, at) => view.getInt8(at)],
  Int16Array: [2, (view, at) => view.getInt16(at, true)],
  Int32Array: [4, (view, at) => view.getInt32(at, true)],
  Int64Array: [8, (view, at) => exact(view.getBigInt64(at, true))],
  UInt8Array: [1, (view, at) => view.getUint8(at)],
  UInt16Array: [2, (view, at) => view.getUint16(at, true)],
  UInt32Array: [4, (view, at) => view.getUint32(at, true)],
  UInt64Array: [8, (view, at) => exact(view.getBigUint64(at, true))],
  FloatArray: [4, (view, at) => shortest(view.getFloat32(at, true))],
  DoubleArray: [8, (view, at) => finite(view.getFloat64(at, true))],
  DateTimeArray: [8, (view, at) => exact(view.getBigUint64(at, true))],
}

/** Undefined for bytes that are no whole array of that type. */
export function readArray(type: string, bytes: Uint8Array): readonly Tree[] | undefined {
  if (type === 'BooleanArray') return readBooleans(bytes)
  if (type === 'StringArray') return readTexts(bytes)
  const element = elements[type]
  if (element === undefined) return undefined
  const [width, read] = element
  if (bytes.byteLength % width !== 0) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: bytes.byteLength / width }, (_none, index) => read(view, index * width))
}

/** Four bytes say how many there are; they follow as bits, the highest first. */
function readBooleans(bytes: Uint8Array): readonly boolean[] | undefined {
  if (bytes.byteLength < 4) return undefined
  const count = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  if (Math.ceil(count / 8) !== bytes.byteLength - 4) return undefined
  return Array.from({ length: count }, (_none, index) => ((bytes[4 + (index >> 3)] ?? 0) & (0x80 >> (index & 7))) !== 0)
}

/** Each ends with a zero byte. */
function readTexts(bytes: Uint8Array): readonly string[] | undefined {
  if (bytes.byteLength === 0) return []
  const text = decodeUtf8(bytes)
  return text === undefined || !text.endsWith('\0') ? undefined : text.slice(0, -1).split('\0')
}
